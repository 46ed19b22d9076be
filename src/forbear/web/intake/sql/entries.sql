-- stage --
CREATE TEMP TABLE stage_entries (
  row_no bigint NOT NULL, entry_no text NOT NULL, account_no text NOT NULL, kind text NOT NULL,
  amount_minor bigint NOT NULL, currency text NOT NULL, traded_on date, value_on date NOT NULL,
  booked_on date NOT NULL, channel text, reverses_no text, memo text
) ON COMMIT DROP;

-- set_aside --
-- An unknown account puts the row in suspense until the account arrives.
INSERT INTO stage_bad (row_no, tbl, rule, key)
SELECT DISTINCT ON (s.row_no) s.row_no, 'entries', 'unknown_account', s.account_no
FROM stage_entries s
WHERE NOT EXISTS (SELECT 1 FROM stage_accounts t WHERE t.account_no = s.account_no)
  AND NOT EXISTS (SELECT 1 FROM standing_accounts t WHERE t.account_no = s.account_no)
  AND NOT EXISTS (SELECT 1 FROM stage_bad b WHERE b.row_no = s.row_no)
ORDER BY s.row_no;

-- conflict --
-- An entry number that already stands for something else is never overwritten: the bank corrects by reversing.
INSERT INTO stage_bad (row_no, tbl, rule, key, batch_id)
SELECT DISTINCT ON (s.row_no) s.row_no, 'entries', 'entry_conflict', s.entry_no, o.batch_id
FROM stage_entries s
JOIN standing_entries o ON o.entry_no = s.entry_no
JOIN portfolio_account t ON t.id = o.account_id
WHERE (t.account_no, o.amount_minor, o.currency, o.kind, o.value_on)
      IS DISTINCT FROM (s.account_no, s.amount_minor, s.currency, s.kind, s.value_on)
  AND NOT EXISTS (SELECT 1 FROM stage_bad b WHERE b.row_no = s.row_no)
ORDER BY s.row_no;

-- known --
CREATE TEMP TABLE known_entries ON COMMIT DROP AS
SELECT s.ctid AS place, s.row_no, e.batch_id
FROM stage_entries s
JOIN standing_entries e ON e.entry_no = s.entry_no;

-- insert --
INSERT INTO portfolio_ledgerentry (entry_no, account_id, kind, amount_minor, currency, traded_on, value_on, booked_on,
  channel, reverses_no, memo, batch_id, row_no)
SELECT s.entry_no, a.id, s.kind, s.amount_minor, s.currency, s.traded_on, s.value_on, s.booked_on,
       coalesce(s.channel, ''), coalesce(s.reverses_no, ''), coalesce(s.memo, ''), %(batch)s, s.row_no
FROM stage_entries s JOIN portfolio_account a ON a.account_no = s.account_no;

-- written --
SELECT count(*), coalesce(sum(amount_minor), 0) FROM portfolio_ledgerentry WHERE batch_id = %(batch)s;
