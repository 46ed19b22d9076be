-- stage --
CREATE TEMP TABLE stage_positions (
  row_no bigint NOT NULL, account_no text NOT NULL, data_on date NOT NULL, dpd integer, cycles smallint, due_on date,
  minimum_due_minor bigint, total_minor bigint NOT NULL, principal_minor bigint NOT NULL,
  interest_minor bigint NOT NULL, compound_minor bigint NOT NULL, late_fee_minor bigint NOT NULL,
  fee_minor bigint NOT NULL, other_minor bigint NOT NULL, unbilled_minor bigint, last_payment_on date,
  last_payment_minor bigint, class5 text, flags text
) ON COMMIT DROP;

-- set_aside --
INSERT INTO stage_bad (row_no, tbl, rule, key)
SELECT DISTINCT ON (s.row_no) s.row_no, 'positions', 'unknown_account', s.account_no
FROM stage_positions s
WHERE NOT EXISTS (SELECT 1 FROM stage_accounts t WHERE t.account_no = s.account_no)
  AND NOT EXISTS (SELECT 1 FROM standing_accounts t WHERE t.account_no = s.account_no)
  AND NOT EXISTS (SELECT 1 FROM stage_bad b WHERE b.row_no = s.row_no)
ORDER BY s.row_no;

-- known --
CREATE TEMP TABLE known_positions ON COMMIT DROP AS
SELECT s.ctid AS place, s.row_no, o.batch_id
FROM stage_positions s
JOIN portfolio_account a ON a.account_no = s.account_no
JOIN standing_positions o ON o.account_id = a.id AND o.data_on = s.data_on
  AND o.data_on BETWEEN %(first)s AND %(last)s  -- else the view sorts all days there ever were
WHERE (o.total_minor, o.principal_minor, o.interest_minor, o.compound_minor, o.late_fee_minor, o.fee_minor,
       o.other_minor, o.class5, o.flags)
    = (s.total_minor, s.principal_minor, s.interest_minor, s.compound_minor, s.late_fee_minor, s.fee_minor,
       s.other_minor, coalesce(s.class5, ''), coalesce(string_to_array(s.flags, E'\x1f'), '{}')::varchar[])
  AND (o.dpd, o.cycles, o.due_on, o.minimum_due_minor, o.unbilled_minor, o.last_payment_on, o.last_payment_minor)
      IS NOT DISTINCT FROM
      (s.dpd, s.cycles, s.due_on, s.minimum_due_minor, s.unbilled_minor, s.last_payment_on, s.last_payment_minor);

-- insert --
INSERT INTO portfolio_position (account_id, data_on, dpd, cycles, due_on, minimum_due_minor, total_minor,
  principal_minor, interest_minor, compound_minor, late_fee_minor, fee_minor, other_minor, unbilled_minor,
  last_payment_on, last_payment_minor, class5, flags, batch_id, row_no)
SELECT a.id, s.data_on, s.dpd, s.cycles, s.due_on, s.minimum_due_minor, s.total_minor, s.principal_minor,
       s.interest_minor, s.compound_minor, s.late_fee_minor, s.fee_minor, s.other_minor, s.unbilled_minor,
       s.last_payment_on, s.last_payment_minor, coalesce(s.class5, ''),
       coalesce(string_to_array(s.flags, E'\x1f'), '{}'), %(batch)s, s.row_no
FROM stage_positions s JOIN portfolio_account a ON a.account_no = s.account_no;

-- written --
SELECT count(*), coalesce(sum(total_minor), 0) FROM portfolio_position WHERE batch_id = %(batch)s;
