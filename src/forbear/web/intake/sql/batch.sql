-- lock --
-- One import at a time: files meet in the same rows, and a double is worse than a wait.
SELECT pg_advisory_xact_lock(hashtext('forbear.intake'));

-- settings --
-- Room for hash joins of a million keys inside this transaction.
SET LOCAL work_mem = '256MB';
SET LOCAL maintenance_work_mem = '512MB';
SET LOCAL jit = off;
-- A killed importer is noticed within seconds, so that the next one need not wait for a statement nobody awaits.
SET LOCAL client_connection_check_interval = '2s';

-- bad --
CREATE TEMP TABLE stage_bad (
  row_no bigint PRIMARY KEY, tbl text NOT NULL, rule text NOT NULL, key text NOT NULL, batch_id bigint,
  field text, held jsonb NOT NULL DEFAULT '{}', out boolean NOT NULL DEFAULT false
) ON COMMIT DROP;

-- open_cases --
-- One open case per customer and product in arrears; a person who falls behind again gets a new case that knows
-- the one before. The day's run may open one meanwhile.
INSERT INTO cases_case (customer_id, product, opened_on, state, previous_id, dpd, bucket, risk_class,
  past_due_minor, total_minor)
SELECT a.customer_id, a.product, %(on)s, 'new', l.id, 0, 'M0', '', 0, 0
FROM (
  SELECT DISTINCT k.customer_id, k.product
  FROM portfolio_position p JOIN portfolio_account k ON k.id = p.account_id
  WHERE p.batch_id = %(batch)s AND p.total_minor > 0
    AND (p.dpd > 0 OR p.dpd IS NULL AND (p.due_on < p.data_on OR p.cycles > 0))
) a
LEFT JOIN (
  SELECT DISTINCT ON (c.customer_id, c.product) c.customer_id, c.product, c.id
  FROM cases_case c WHERE c.closed_on IS NOT NULL
  ORDER BY c.customer_id, c.product, c.closed_on DESC, c.id DESC
) l ON l.customer_id = a.customer_id AND l.product = a.product
WHERE NOT EXISTS (
  SELECT 1 FROM cases_case c WHERE c.customer_id = a.customer_id AND c.product = a.product AND c.closed_on IS NULL
)
{meanwhile};

-- analyze --
ANALYZE stage_{table} (row_no, {keys});

-- hold --
-- Keep what was readable of a row set aside, so that it can be replayed exactly ({table} is a name of ours).
UPDATE stage_bad b SET held = b.held || jsonb_build_object('{table}', x.rows)
FROM (
  SELECT s.row_no, jsonb_agg(to_jsonb(s) - 'row_no') AS rows
  FROM stage_{table} s JOIN stage_bad q ON q.row_no = s.row_no AND NOT q.out
  GROUP BY s.row_no
) x
WHERE x.row_no = b.row_no;

-- take_out --
WITH gone AS (
  DELETE FROM stage_{table} s USING stage_bad b WHERE s.row_no = b.row_no AND NOT b.out RETURNING s.{money} AS money
)
SELECT count(*), coalesce(sum(money), 0) FROM gone;

-- close_round --
UPDATE stage_bad SET out = true WHERE NOT out;

-- drop_known --
WITH gone AS (
  DELETE FROM stage_{table} s USING known_{table} k WHERE s.ctid = k.place RETURNING s.{money} AS money
)
SELECT count(*), coalesce(sum(money), 0) FROM gone;

-- known_leans_on --
SELECT batch_id, count(*) FROM known_{table} GROUP BY 1;

-- keep_newer --
-- An older file, forced in: it may add what is unknown, never overwrite what a newer one said.
DELETE FROM changed_{table} WHERE NOT absent;

-- bad_rows --
SELECT row_no, tbl, rule, key, batch_id, field, held::text FROM stage_bad ORDER BY row_no;

-- close_untouched_cases --
UPDATE cases_case c SET state = 'closed', closed_on = %(on)s
WHERE c.closed_on IS NULL AND c.state = 'new' AND c.owner_id IS NULL
  AND EXISTS (
    SELECT 1 FROM portfolio_position p JOIN portfolio_account a ON a.id = p.account_id
    WHERE p.batch_id = %(batch)s AND a.customer_id = c.customer_id AND a.product = c.product)
  AND NOT EXISTS (
    SELECT 1 FROM portfolio_account a JOIN portfolio_position p ON p.account_id = a.id
    JOIN intake_importbatch b ON b.id = p.batch_id AND b.state = 'applied'
    WHERE a.customer_id = c.customer_id AND a.product = c.product)
  AND NOT EXISTS (
    SELECT 1 FROM portfolio_account a JOIN portfolio_statement s ON s.account_id = a.id
    JOIN intake_importbatch b ON b.id = s.batch_id AND b.state = 'applied'
    WHERE a.customer_id = c.customer_id AND a.product = c.product)
  AND NOT EXISTS (SELECT 1 FROM cases_caseevent e WHERE e.case_id = c.id AND e.kind <> 'opened')
  AND NOT EXISTS (SELECT 1 FROM cases_promise e WHERE e.case_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM cases_hold e WHERE e.case_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM cases_task e WHERE e.case_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM contact_contactattempt e WHERE e.case_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM contact_gatedecision e WHERE e.case_id = c.id);

-- waiting --
SELECT i.id, i.batch_id, i.row_no, i.held
FROM intake_rowissue i JOIN intake_importbatch b ON b.id = i.batch_id AND b.state = 'applied'
WHERE i.resolved_at IS NULL AND i.key <> '' AND i.held IS NOT NULL
  AND (i.rule = 'unknown_account' AND EXISTS (SELECT 1 FROM standing_accounts a WHERE a.account_no = i.key)
    OR i.rule = 'unknown_customer' AND EXISTS (SELECT 1 FROM standing_customers c WHERE c.customer_no = i.key))
ORDER BY i.batch_id, i.row_no;

-- blockers --
-- Later batches that build on this one: they changed its rows, repeat them, or refer to what it created.
SELECT DISTINCT l.id, l.received_name
FROM intake_importbatch l
WHERE l.state = 'applied' AND l.id <> %(batch)s AND l.replay_of_id IS DISTINCT FROM %(batch)s AND (
  jsonb_exists(l.counts -> 'leans_on', %(batch_text)s)
  OR l.id IN (
    SELECT k.updated_batch_id FROM portfolio_customer k WHERE k.created_batch_id = %(batch)s
    UNION SELECT k.updated_batch_id FROM portfolio_account k WHERE k.created_batch_id = %(batch)s
    UNION SELECT k.updated_batch_id FROM portfolio_contactpoint k WHERE k.created_batch_id = %(batch)s
    UNION SELECT k.updated_batch_id FROM intake_undoimage u JOIN portfolio_customer k ON k.id = u.row_id
      WHERE u.batch_id = %(batch)s AND u."table" = 'customers'
    UNION SELECT k.updated_batch_id FROM intake_undoimage u JOIN portfolio_account k ON k.id = u.row_id
      WHERE u.batch_id = %(batch)s AND u."table" = 'accounts'
    UNION SELECT k.updated_batch_id FROM intake_undoimage u JOIN portfolio_contactpoint k ON k.id = u.row_id
      WHERE u.batch_id = %(batch)s AND u."table" = 'contact_points'
    UNION SELECT a.created_batch_id FROM portfolio_account a JOIN portfolio_customer k ON k.id = a.customer_id
      WHERE k.created_batch_id = %(batch)s
    UNION SELECT p.created_batch_id FROM portfolio_contactpoint p JOIN portfolio_customer k ON k.id = p.customer_id
      WHERE k.created_batch_id = %(batch)s
    UNION SELECT f.batch_id FROM portfolio_statement f JOIN portfolio_account a ON a.id = f.account_id
      WHERE a.created_batch_id = %(batch)s
    UNION SELECT f.batch_id FROM portfolio_ledgerentry f JOIN portfolio_account a ON a.id = f.account_id
      WHERE a.created_batch_id = %(batch)s
    UNION SELECT f.batch_id FROM portfolio_position f JOIN portfolio_account a ON a.id = f.account_id
      WHERE a.created_batch_id = %(batch)s
    UNION SELECT f.batch_id FROM portfolio_placement f JOIN portfolio_account a ON a.id = f.account_id
      WHERE a.created_batch_id = %(batch)s
  )
)
ORDER BY l.id;
