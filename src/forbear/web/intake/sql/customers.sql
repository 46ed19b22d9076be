-- stage --
CREATE TEMP TABLE stage_customers (
  row_no bigint NOT NULL, customer_no text NOT NULL, name text NOT NULL, id_type text,
  id_no_cipher bytea, id_no_index bytea, id_no_tail text, birth_on date, province text, city text
) ON COMMIT DROP;

-- last_row_wins --
-- One file may name a customer on several rows (one per account); its last word counts.
DELETE FROM stage_customers s
USING (SELECT customer_no, max(ctid) AS last FROM stage_customers GROUP BY customer_no HAVING count(*) > 1) d
WHERE s.customer_no = d.customer_no AND s.ctid <> d.last;

-- changed --
-- Known customers about whom the file says something else. An empty cell says nothing. A row left by a reversed
-- batch counts as unknown (`absent`): nothing of it is kept. The cipher differs at every sealing, so compare indexes.
CREATE TEMP TABLE changed_customers ON COMMIT DROP AS
SELECT c.id, s.row_no, c.absent, s.name, s.id_no_index IS NOT NULL AS seals,
       s.id_no_cipher, s.id_no_index, s.id_no_tail,
       coalesce(s.id_type, c.id_type, '') AS id_type, coalesce(s.birth_on, c.birth_on) AS birth_on,
       coalesce(s.province, c.province, '') AS province, coalesce(s.city, c.city, '') AS city
FROM stage_customers s
JOIN LATERAL (
  SELECT k.id, k.customer_no, k.name, b.state IS NOT NULL AND b.state <> 'applied' AS absent, k.id_no_index,
         CASE WHEN b.state <> 'applied' THEN NULL ELSE k.id_type END AS id_type,
         CASE WHEN b.state <> 'applied' THEN NULL ELSE k.birth_on END AS birth_on,
         CASE WHEN b.state <> 'applied' THEN NULL ELSE k.province END AS province,
         CASE WHEN b.state <> 'applied' THEN NULL ELSE k.city END AS city
  FROM portfolio_customer k LEFT JOIN intake_importbatch b ON b.id = k.created_batch_id
) c ON c.customer_no = s.customer_no
WHERE c.absent
   OR s.name <> c.name
   OR s.id_type <> c.id_type
   OR s.id_no_index IS NOT NULL AND s.id_no_index IS DISTINCT FROM c.id_no_index
   OR s.birth_on IS NOT NULL AND s.birth_on IS DISTINCT FROM c.birth_on
   OR s.province <> c.province
   OR s.city <> c.city;

-- leans_on --
-- Batches whose word this file repeats unchanged: they cannot be taken back from under it.
SELECT k.updated_batch_id, count(*)
FROM stage_customers s
JOIN portfolio_customer k ON k.customer_no = s.customer_no
WHERE NOT EXISTS (SELECT 1 FROM changed_customers x WHERE x.id = k.id)
GROUP BY 1;

-- keep_before --
INSERT INTO intake_undoimage (batch_id, "table", row_id, before, after)
SELECT %(batch)s, 'customers', k.id, to_jsonb(k), '{}'
FROM changed_customers x JOIN portfolio_customer k ON k.id = x.id
WHERE NOT x.absent;

-- update --
UPDATE portfolio_customer k SET
  name = x.name, id_type = x.id_type, birth_on = x.birth_on, province = x.province, city = x.city,
  id_no_cipher = CASE WHEN x.seals THEN x.id_no_cipher WHEN x.absent THEN NULL ELSE k.id_no_cipher END,
  id_no_index = CASE WHEN x.seals THEN x.id_no_index WHEN x.absent THEN NULL ELSE k.id_no_index END,
  id_no_tail = CASE WHEN x.seals THEN coalesce(x.id_no_tail, '') WHEN x.absent THEN '' ELSE k.id_no_tail END,
  created_batch_id = CASE WHEN x.absent THEN %(batch)s ELSE k.created_batch_id END,
  updated_batch_id = %(batch)s, updated_row_no = x.row_no
FROM changed_customers x WHERE x.id = k.id;

-- insert --
INSERT INTO portfolio_customer (customer_no, name, id_type, id_no_cipher, id_no_index, id_no_tail, birth_on,
  province, city, created_batch_id, updated_batch_id, updated_row_no)
SELECT s.customer_no, s.name, coalesce(s.id_type, ''), s.id_no_cipher, s.id_no_index, coalesce(s.id_no_tail, ''),
       s.birth_on, coalesce(s.province, ''), coalesce(s.city, ''), %(batch)s, %(batch)s, s.row_no
FROM stage_customers s
WHERE NOT EXISTS (SELECT 1 FROM portfolio_customer k WHERE k.customer_no = s.customer_no);

-- restore --
UPDATE portfolio_customer k SET
  name = o.name, id_type = o.id_type, birth_on = o.birth_on, province = o.province, city = o.city,
  id_no_cipher = o.id_no_cipher, id_no_index = o.id_no_index, id_no_tail = o.id_no_tail,
  updated_batch_id = o.updated_batch_id, updated_row_no = o.updated_row_no
FROM intake_undoimage u, jsonb_populate_record(NULL::portfolio_customer, u.before) o
WHERE u.batch_id = %(batch)s AND u."table" = 'customers' AND k.id = u.row_id;
