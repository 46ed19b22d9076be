-- propose_flag --
INSERT INTO intake_alert (batch_id, kind, account_id, detail, settlement)
SELECT %(batch)s, 'flag_proposed', (SELECT a.id FROM portfolio_account a WHERE a.account_no = %(account_no)s),
       jsonb_build_object('row_no', %(row_no)s::bigint, 'flag', %(flag)s::text, 'word', %(word)s::text,
                          'customer_no', %(customer_no)s::text), '';

-- previous_list --
-- The day of the list before this one.
SELECT max(b.data_on) FROM intake_importbatch b
WHERE b.layout = %(layout)s AND b.state = 'applied' AND b.data_on < %(on)s;

-- positions_of --
COPY (
  SELECT a.account_no, p.dpd, p.minimum_due_minor, p.total_minor
  FROM standing_positions p JOIN portfolio_account a ON a.id = p.account_id WHERE p.data_on = %(on)s
) TO STDOUT (FORMAT csv);

-- paid_between --
COPY (
  SELECT a.account_no, 'payment' AS kind, r.amount_minor, r.booked_on
  FROM standing_receipts r JOIN portfolio_account a ON a.id = r.account_id
  WHERE r.booked_on > %(previous_on)s AND r.booked_on <= %(on)s
) TO STDOUT (FORMAT csv);

-- stage --
CREATE TEMP TABLE stage_alerts (
  account_no text NOT NULL, alert text NOT NULL, previous_dpd integer, today_dpd integer,
  previous_total_minor bigint NOT NULL, needed_minor bigint, paid_minor bigint NOT NULL
) ON COMMIT DROP;

-- insert --
INSERT INTO intake_alert (batch_id, kind, account_id, detail, settlement)
SELECT %(batch)s, s.alert, a.id, to_jsonb(s) - 'alert' || jsonb_build_object(
         'previous_on', %(previous_on)s::date, 'today_on', %(on)s::date), ''
FROM stage_alerts s JOIN portfolio_account a ON a.account_no = s.account_no
WHERE s.alert <> %(cured)s;

-- close_outdated --
-- A corrected list is compared anew: what the first delivery of the same day left open is answered by it.
UPDATE intake_alert o SET settled_at = %(at)s, settlement = format('compared anew with batch %%s', %(batch)s::bigint)
FROM intake_importbatch b
WHERE b.id = o.batch_id AND b.id <> %(batch)s AND b.layout = %(layout)s AND b.data_on = %(on)s
  AND o.settled_at IS NULL AND o.kind <> 'flag_proposed';

-- arrived --
CREATE TEMP TABLE arrived_accounts (account_no text NOT NULL) ON COMMIT DROP;

-- redelivered --
SELECT 1 FROM intake_importbatch b
WHERE b.received_name = %(name)s AND b.data_on = %(on)s AND b.state = 'applied' AND b.id <> %(batch)s LIMIT 1;

-- withdrawn --
-- In the first delivery of this very file, not in the corrected one.
INSERT INTO intake_alert (batch_id, kind, account_id, detail, settlement)
SELECT %(batch)s, 'withdrawn_by_correction', p.account_id,
       jsonb_build_object('account_no', a.account_no, 'previous_total_minor', p.total_minor), ''
FROM standing_positions p
JOIN portfolio_account a ON a.id = p.account_id
JOIN intake_importbatch b ON b.id = p.batch_id AND b.id <> %(batch)s AND b.received_name = %(name)s
WHERE p.data_on = %(on)s AND NOT EXISTS (SELECT 1 FROM arrived_accounts s WHERE s.account_no = a.account_no);

-- explain_by_payment --
-- The payment file came after the list: an account that left the list and has paid enough since is explained.
UPDATE intake_alert o SET kind = 'cured', settled_at = %(at)s, settlement = 'a payment explains it'
FROM intake_importbatch b
WHERE b.id = o.batch_id AND b.state = 'applied' AND o.kind = 'vanished_unexplained' AND o.settled_at IS NULL
  AND (o.detail ->> 'needed_minor')::bigint <= (
    SELECT sum(r.amount_minor) FROM standing_receipts r WHERE r.account_id = o.account_id
      AND r.booked_on > (o.detail ->> 'previous_on')::date AND r.booked_on <= (o.detail ->> 'today_on')::date);
