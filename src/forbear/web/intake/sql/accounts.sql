-- stage --
CREATE TEMP TABLE stage_accounts (
  row_no bigint NOT NULL, account_no text NOT NULL, customer_no text NOT NULL, org_no text, product text NOT NULL,
  currency text NOT NULL, card_no_cipher bytea, card_no_index bytea, card_no_tail text, card_role text,
  credit_limit_minor bigint, bill_day smallint, opened_on date, block_code text
) ON COMMIT DROP;

-- last_row_wins --
-- Several cards may share an account; the file's last word about the account counts.
DELETE FROM stage_accounts s
USING (SELECT account_no, max(ctid) AS last FROM stage_accounts GROUP BY account_no HAVING count(*) > 1) d
WHERE s.account_no = d.account_no AND s.ctid <> d.last;

-- set_aside --
-- An account must belong to someone known, by this file or an earlier one.
INSERT INTO stage_bad (row_no, tbl, rule, key)
SELECT s.row_no, 'accounts', 'unknown_customer', s.customer_no
FROM stage_accounts s
WHERE NOT EXISTS (SELECT 1 FROM stage_customers c WHERE c.customer_no = s.customer_no)
  AND NOT EXISTS (SELECT 1 FROM standing_customers c WHERE c.customer_no = s.customer_no)
  AND NOT EXISTS (SELECT 1 FROM stage_bad b WHERE b.row_no = s.row_no);

-- changed --
CREATE TEMP TABLE changed_accounts ON COMMIT DROP AS
SELECT a.id, s.row_no, a.absent, c.id AS customer_id, s.product, s.currency, s.card_no_index IS NOT NULL AS seals,
       s.card_no_cipher, s.card_no_index, s.card_no_tail,
       coalesce(s.org_no, a.org_no, '') AS org_no, coalesce(s.card_role, a.card_role, '') AS card_role,
       coalesce(s.credit_limit_minor, a.credit_limit_minor) AS credit_limit_minor,
       coalesce(s.bill_day, a.bill_day) AS bill_day, coalesce(s.opened_on, a.opened_on) AS opened_on,
       coalesce(s.block_code, a.block_code, '') AS block_code
FROM stage_accounts s
JOIN portfolio_customer c ON c.customer_no = s.customer_no
JOIN LATERAL (
  SELECT k.id, k.account_no, k.customer_id, k.product, k.currency, k.card_no_index,
         b.state IS NOT NULL AND b.state <> 'applied' AS absent,
         CASE WHEN b.state <> 'applied' THEN NULL ELSE k.org_no END AS org_no,
         CASE WHEN b.state <> 'applied' THEN NULL ELSE k.card_role END AS card_role,
         CASE WHEN b.state <> 'applied' THEN NULL ELSE k.credit_limit_minor END AS credit_limit_minor,
         CASE WHEN b.state <> 'applied' THEN NULL ELSE k.bill_day END AS bill_day,
         CASE WHEN b.state <> 'applied' THEN NULL ELSE k.opened_on END AS opened_on,
         CASE WHEN b.state <> 'applied' THEN NULL ELSE k.block_code END AS block_code
  FROM portfolio_account k LEFT JOIN intake_importbatch b ON b.id = k.created_batch_id
) a ON a.account_no = s.account_no
WHERE a.absent
   OR c.id <> a.customer_id
   OR s.product <> a.product
   OR s.currency <> a.currency
   OR s.org_no <> a.org_no
   OR s.card_no_index IS NOT NULL AND s.card_no_index IS DISTINCT FROM a.card_no_index
   OR s.card_role <> a.card_role
   OR s.credit_limit_minor IS NOT NULL AND s.credit_limit_minor IS DISTINCT FROM a.credit_limit_minor
   OR s.bill_day IS NOT NULL AND s.bill_day IS DISTINCT FROM a.bill_day
   OR s.opened_on IS NOT NULL AND s.opened_on IS DISTINCT FROM a.opened_on
   OR s.block_code <> a.block_code;

-- leans_on --
SELECT k.updated_batch_id, count(*)
FROM stage_accounts s
JOIN portfolio_account k ON k.account_no = s.account_no
WHERE NOT EXISTS (SELECT 1 FROM changed_accounts x WHERE x.id = k.id)
GROUP BY 1;

-- keep_before --
INSERT INTO intake_undoimage (batch_id, "table", row_id, before, after)
SELECT %(batch)s, 'accounts', k.id, to_jsonb(k), '{}'
FROM changed_accounts x JOIN portfolio_account k ON k.id = x.id
WHERE NOT x.absent;

-- update --
UPDATE portfolio_account k SET
  customer_id = x.customer_id, product = x.product, currency = x.currency, org_no = x.org_no,
  card_role = x.card_role, credit_limit_minor = x.credit_limit_minor, bill_day = x.bill_day,
  opened_on = x.opened_on, block_code = x.block_code,
  card_no_cipher = CASE WHEN x.seals THEN x.card_no_cipher WHEN x.absent THEN NULL ELSE k.card_no_cipher END,
  card_no_index = CASE WHEN x.seals THEN x.card_no_index WHEN x.absent THEN NULL ELSE k.card_no_index END,
  card_no_tail = CASE WHEN x.seals THEN coalesce(x.card_no_tail, '') WHEN x.absent THEN '' ELSE k.card_no_tail END,
  created_batch_id = CASE WHEN x.absent THEN %(batch)s ELSE k.created_batch_id END,
  updated_batch_id = %(batch)s, updated_row_no = x.row_no
FROM changed_accounts x WHERE x.id = k.id;

-- insert --
INSERT INTO portfolio_account (account_no, customer_id, org_no, product, currency, card_no_cipher, card_no_index,
  card_no_tail, card_role, credit_limit_minor, bill_day, opened_on, block_code,
  created_batch_id, updated_batch_id, updated_row_no)
SELECT s.account_no, c.id, coalesce(s.org_no, ''), s.product, s.currency, s.card_no_cipher, s.card_no_index,
       coalesce(s.card_no_tail, ''), coalesce(s.card_role, ''), s.credit_limit_minor, s.bill_day, s.opened_on,
       coalesce(s.block_code, ''), %(batch)s, %(batch)s, s.row_no
FROM stage_accounts s
JOIN portfolio_customer c ON c.customer_no = s.customer_no
WHERE NOT EXISTS (SELECT 1 FROM portfolio_account k WHERE k.account_no = s.account_no);

-- restore --
UPDATE portfolio_account k SET
  customer_id = o.customer_id, product = o.product, currency = o.currency, org_no = o.org_no,
  card_role = o.card_role, credit_limit_minor = o.credit_limit_minor, bill_day = o.bill_day,
  opened_on = o.opened_on, block_code = o.block_code, card_no_cipher = o.card_no_cipher,
  card_no_index = o.card_no_index, card_no_tail = o.card_no_tail,
  updated_batch_id = o.updated_batch_id, updated_row_no = o.updated_row_no
FROM intake_undoimage u, jsonb_populate_record(NULL::portfolio_account, u.before) o
WHERE u.batch_id = %(batch)s AND u."table" = 'accounts' AND k.id = u.row_id;
