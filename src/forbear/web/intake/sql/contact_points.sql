-- stage --
CREATE TEMP TABLE stage_contact_points (
  row_no bigint NOT NULL, customer_no text NOT NULL, kind text NOT NULL, value_cipher bytea, value_index bytea,
  value_tail text, relation text NOT NULL, person_name text, source text NOT NULL, lawful_basis text NOT NULL,
  reserved boolean NOT NULL, valid boolean NOT NULL, do_not_contact boolean NOT NULL, updated_on date
) ON COMMIT DROP;

-- last_row_wins --
DELETE FROM stage_contact_points s
USING (
  SELECT customer_no, kind, value_index, max(ctid) AS last
  FROM stage_contact_points GROUP BY customer_no, kind, value_index HAVING count(*) > 1
) d
WHERE s.customer_no = d.customer_no AND s.kind = d.kind AND s.value_index = d.value_index AND s.ctid <> d.last;

-- set_aside --
INSERT INTO stage_bad (row_no, tbl, rule, key)
SELECT DISTINCT ON (s.row_no) s.row_no, 'contact_points', 'unknown_customer', s.customer_no
FROM stage_contact_points s
WHERE NOT EXISTS (SELECT 1 FROM stage_customers c WHERE c.customer_no = s.customer_no)
  AND NOT EXISTS (SELECT 1 FROM standing_customers c WHERE c.customer_no = s.customer_no)
  AND NOT EXISTS (SELECT 1 FROM stage_bad b WHERE b.row_no = s.row_no)
ORDER BY s.row_no;

-- changed --
-- A file may tighten, never loosen: it can set "do not contact", not lift it; it can say a number is dead; it can
-- bring a dead number back only by a newer date, as unverified. `refused` and `wrong_person` reopen through
-- compliance alone (domain dossier 3.4), and a blocked number stays blocked whoever delivers it (R05).
CREATE TEMP TABLE changed_contact_points ON COMMIT DROP AS
SELECT * FROM (
  SELECT p.id, s.row_no, s.value_cipher, s.value_tail, s.relation, s.source, s.lawful_basis, s.reserved,
         p.absent, p.old_state, p.old_do_not_contact,
         p.old_relation, p.old_source, p.old_lawful_basis, p.old_reserved, p.person_name AS old_person_name,
         p.updated_on AS old_updated_on,
         coalesce(s.person_name, p.person_name, '') AS person_name,
         coalesce(s.updated_on, p.updated_on) AS updated_on,
         s.do_not_contact OR p.old_do_not_contact AS do_not_contact,
         CASE
           WHEN p.old_state IN ('refused', 'wrong_person') THEN p.old_state
           WHEN n.reason IS NOT NULL THEN CASE n.reason WHEN 'wrong_person' THEN 'wrong_person' ELSE 'refused' END
           WHEN NOT s.valid THEN 'invalid'
           WHEN p.absent OR p.old_state = 'invalid' AND s.updated_on > p.updated_on THEN 'unverified'
           ELSE p.old_state
         END AS state
  FROM stage_contact_points s
  JOIN portfolio_customer c ON c.customer_no = s.customer_no
  JOIN LATERAL (
    SELECT k.id, k.customer_id, k.kind, k.value_index, b.state IS NOT NULL AND b.state <> 'applied' AS absent,
           k.state AS old_state, k.do_not_contact AS old_do_not_contact, k.relation AS old_relation,
           k.source AS old_source, k.lawful_basis AS old_lawful_basis, k.reserved AS old_reserved,
           CASE WHEN b.state <> 'applied' THEN NULL ELSE k.person_name END AS person_name,
           CASE WHEN b.state <> 'applied' THEN NULL ELSE k.updated_on END AS updated_on
    FROM portfolio_contactpoint k LEFT JOIN intake_importbatch b ON b.id = k.created_batch_id
  ) p ON p.customer_id = c.id AND p.kind = s.kind AND p.value_index = s.value_index
  LEFT JOIN portfolio_numberblock n ON n.value_index = s.value_index AND n.lifted_at IS NULL
) x
WHERE absent OR relation <> old_relation OR source <> old_source OR lawful_basis <> old_lawful_basis
   OR reserved <> old_reserved OR person_name <> coalesce(old_person_name, '')
   OR updated_on IS DISTINCT FROM old_updated_on
   OR do_not_contact <> old_do_not_contact OR state <> old_state;

-- leans_on --
SELECT k.updated_batch_id, count(*)
FROM stage_contact_points s
JOIN portfolio_customer c ON c.customer_no = s.customer_no
JOIN portfolio_contactpoint k ON k.customer_id = c.id AND k.kind = s.kind AND k.value_index = s.value_index
WHERE NOT EXISTS (SELECT 1 FROM changed_contact_points x WHERE x.id = k.id)
GROUP BY 1;

-- keep_before --
INSERT INTO intake_undoimage (batch_id, "table", row_id, before, after)
SELECT %(batch)s, 'contact_points', k.id, to_jsonb(k),
       jsonb_build_object('state', x.state, 'do_not_contact', x.do_not_contact)
FROM changed_contact_points x JOIN portfolio_contactpoint k ON k.id = x.id
WHERE NOT x.absent;

-- update --
UPDATE portfolio_contactpoint k SET
  value_cipher = x.value_cipher, value_tail = coalesce(x.value_tail, ''), relation = x.relation,
  person_name = x.person_name, source = x.source, lawful_basis = x.lawful_basis, reserved = x.reserved,
  do_not_contact = x.do_not_contact, state = x.state, updated_on = x.updated_on,
  created_batch_id = CASE WHEN x.absent THEN %(batch)s ELSE k.created_batch_id END,
  updated_batch_id = %(batch)s, updated_row_no = x.row_no
FROM changed_contact_points x WHERE x.id = k.id;

-- insert --
INSERT INTO portfolio_contactpoint (customer_id, kind, value_cipher, value_index, value_tail, relation, person_name,
  source, lawful_basis, reserved, do_not_contact, state, updated_on, created_batch_id, updated_batch_id,
  updated_row_no)
SELECT c.id, s.kind, s.value_cipher, s.value_index, coalesce(s.value_tail, ''), s.relation,
       coalesce(s.person_name, ''), s.source, s.lawful_basis, s.reserved, s.do_not_contact,
       CASE n.reason WHEN 'wrong_person' THEN 'wrong_person' ELSE
         CASE WHEN n.reason IS NOT NULL THEN 'refused' WHEN s.valid THEN 'unverified' ELSE 'invalid' END END,
       s.updated_on, %(batch)s, %(batch)s, s.row_no
FROM stage_contact_points s
JOIN portfolio_customer c ON c.customer_no = s.customer_no
LEFT JOIN portfolio_numberblock n ON n.value_index = s.value_index AND n.lifted_at IS NULL
WHERE NOT EXISTS (
  SELECT 1 FROM portfolio_contactpoint k
  WHERE k.customer_id = c.id AND k.kind = s.kind AND k.value_index = s.value_index
);

-- restore --
-- What the desk set after the import stays as the desk left it.
UPDATE portfolio_contactpoint k SET
  value_cipher = o.value_cipher, value_tail = o.value_tail, relation = o.relation, person_name = o.person_name,
  source = o.source, lawful_basis = o.lawful_basis, reserved = o.reserved, updated_on = o.updated_on,
  state = CASE WHEN k.state = u.after ->> 'state' THEN o.state ELSE k.state END,
  do_not_contact = CASE WHEN k.do_not_contact = (u.after ->> 'do_not_contact')::boolean
                        THEN o.do_not_contact ELSE k.do_not_contact END,
  updated_batch_id = o.updated_batch_id, updated_row_no = o.updated_row_no
FROM intake_undoimage u, jsonb_populate_record(NULL::portfolio_contactpoint, u.before) o
WHERE u.batch_id = %(batch)s AND u."table" = 'contact_points' AND k.id = u.row_id;
