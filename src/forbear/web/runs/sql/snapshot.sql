-- accounts --
SELECT a.id AS account_id, a.account_no, a.customer_id, a.product, a.currency, a.card_no_tail AS card_tail, a.block_code,
       a.block_code = 'written_off' OR w.account_id IS NOT NULL AS written_off, a.credit_limit_minor, a.opened_on
FROM standing_accounts a
LEFT JOIN (SELECT DISTINCT account_id FROM standing_write_offs
           WHERE booked_on <= %(as_of)s AND (undone_on IS NULL OR undone_on > %(as_of)s)) w ON w.account_id = a.id
WHERE {mine}
ORDER BY a.id

-- customers --
-- What may be used to reach the debtor in person: own points that nobody blocked. A text goes to a number the debtor
-- left with the bank (reserved) and to no other.
WITH mine AS (
  SELECT DISTINCT a.customer_id FROM standing_accounts a WHERE {mine}
), points AS (
  SELECT p.customer_id,
         bool_or(p.kind IN ('mobile', 'home_phone', 'work_phone')) AS phone,
         bool_or(p.kind = 'mobile' AND p.reserved) AS mobile,
         bool_or(p.kind = 'email') AS email,
         bool_or(p.kind = 'address') AS address,
         bool_or(p.kind = 'app') AS app
  FROM standing_contact_points p
  WHERE p.relation = 'self' AND NOT p.do_not_contact AND p.state IN ('unverified', 'valid')
    AND NOT EXISTS (SELECT 1 FROM portfolio_numberblock b WHERE b.value_index = p.value_index AND b.lifted_at IS NULL)
  GROUP BY p.customer_id
), tries AS (
  SELECT t.customer_id, t.at, t.local_day, t.answered AND c.relation = 'self' AS reached
  FROM contact_contactattempt t LEFT JOIN portfolio_contactpoint c ON c.id = t.contact_point_id
  WHERE t.local_day < %(as_of)s AND t.channel IN ('voice', 'ai_voice', 'visit')
), reached AS (
  SELECT customer_id, max(at) AS at FROM tries WHERE reached GROUP BY customer_id
), counted AS (
  SELECT t.customer_id,
         count(*) FILTER (WHERE NOT t.reached AND t.at > coalesce(r.at, '-infinity')) AS failed_in_a_row,
         count(*) FILTER (WHERE t.local_day >= %(as_of)s - 30) AS attempts_30,
         count(*) FILTER (WHERE t.local_day >= %(as_of)s - 30 AND t.reached) AS reached_30
  FROM tries t LEFT JOIN reached r ON r.customer_id = t.customer_id
  GROUP BY t.customer_id
), hours AS (
  SELECT DISTINCT ON (customer_id) customer_id, value FROM contact_consent
  WHERE kind = 'hours' AND (at AT TIME ZONE {zone})::date <= %(as_of)s
    AND (withdrawn_at IS NULL OR (withdrawn_at AT TIME ZONE {zone})::date > %(as_of)s)
  ORDER BY customer_id, at DESC, id DESC
), switches AS (
  SELECT DISTINCT ON (customer_id, value) customer_id, value #>> '{{}}' AS channel, kind FROM contact_consent
  WHERE kind IN ('channel_off', 'channel_on') AND (at AT TIME ZONE {zone})::date <= %(as_of)s
    AND (withdrawn_at IS NULL OR (withdrawn_at AT TIME ZONE {zone})::date > %(as_of)s)
  ORDER BY customer_id, value, at DESC, id DESC
), off AS (
  SELECT customer_id, string_agg(channel, ',' ORDER BY channel) AS channels FROM switches
  WHERE kind = 'channel_off' GROUP BY customer_id
)
SELECT k.id AS customer_id, k.city, k.timezone,
       coalesce(p.phone, false) AS phone, coalesce(p.mobile, false) AS mobile, coalesce(p.email, false) AS email,
       coalesce(p.address, false) AS address, coalesce(p.app, false) AS app,
       coalesce(h.value::text, '') AS consented_hours, coalesce(o.channels, '') AS channels_off,
       coalesce(c.failed_in_a_row, 0) AS failed_in_a_row, coalesce(c.attempts_30, 0) AS attempts_30,
       coalesce(c.reached_30, 0) AS reached_30
FROM mine m
JOIN portfolio_customer k ON k.id = m.customer_id
LEFT JOIN points p ON p.customer_id = k.id
LEFT JOIN counted c ON c.customer_id = k.id
LEFT JOIN hours h ON h.customer_id = k.id
LEFT JOIN off o ON o.customer_id = k.id
ORDER BY k.id

-- statements --
SELECT s.account_id, s.statement_on, s.due_on, s.balance_minor, s.minimum_due_minor
FROM standing_statements s JOIN standing_accounts a ON a.id = s.account_id
WHERE s.statement_on <= %(as_of)s AND {mine}
ORDER BY s.account_id, s.statement_on

-- entries --
SELECT e.id AS entry_id, e.account_id, e.kind, e.amount_minor, e.value_on, e.booked_on, o.id AS reverses_id
FROM standing_entries e
JOIN standing_accounts a ON a.id = e.account_id
LEFT JOIN standing_entries o ON e.reverses_no <> '' AND o.entry_no = e.reverses_no AND o.account_id = e.account_id
WHERE e.booked_on <= %(as_of)s AND {mine}
ORDER BY e.account_id, e.id

-- positions --
SELECT DISTINCT ON (p.account_id) p.account_id, p.data_on, p.total_minor, array_to_string(p.flags, ',') AS flags
FROM portfolio_position p
JOIN intake_importbatch b ON b.id = p.batch_id AND b.state = 'applied'
JOIN standing_accounts a ON a.id = p.account_id
WHERE p.data_on <= %(as_of)s AND {mine}
ORDER BY p.account_id, p.data_on DESC, p.batch_id DESC, p.id DESC

-- touches --
-- What was made before the day. A visit or a legal review that stayed undone in its queue was not made.
SELECT customer_id, channel, max(on_day) AS last_on FROM (
  SELECT t.customer_id, t.channel::text, t.local_day AS on_day
  FROM contact_contactattempt t WHERE t.local_day < %(as_of)s
  UNION ALL
  SELECT c.customer_id, m.channel::text, r.as_of
  FROM runs_message m JOIN runs_dayrun r ON r.id = m.run_id JOIN cases_case c ON c.id = m.case_id
  WHERE r.as_of < %(as_of)s AND m.state <> 'withdrawn'
  UNION ALL
  SELECT c.customer_id, q.queue::text, r.as_of
  FROM runs_queueitem q JOIN runs_dayrun r ON r.id = q.run_id JOIN cases_case c ON c.id = q.case_id
  WHERE r.as_of < %(as_of)s AND q.queue IN ('visit', 'legal') AND q.done_at IS NOT NULL
) made
WHERE customer_id IN (SELECT a.customer_id FROM standing_accounts a WHERE {mine})
GROUP BY customer_id, channel
ORDER BY customer_id, channel

-- holds --
SELECT DISTINCT c.customer_id, c.product, h.kind
FROM cases_hold h JOIN cases_case c ON c.id = h.case_id
WHERE (h.since AT TIME ZONE {zone})::date <= %(as_of)s
  AND (h.released_at IS NULL OR (h.released_at AT TIME ZONE {zone})::date > %(as_of)s)
  AND (h.until IS NULL OR (h.until AT TIME ZONE {zone})::date > %(as_of)s)
  AND EXISTS (SELECT 1 FROM standing_accounts a WHERE a.customer_id = c.customer_id AND {mine})
ORDER BY 1, 2, 3

-- placements --
SELECT p.account_id, string_agg(DISTINCT p.agency, ',' ORDER BY p.agency) AS agency
FROM standing_placements p JOIN standing_accounts a ON a.id = p.account_id
WHERE p.placed_on <= %(as_of)s AND (p.recall_on IS NULL OR p.recall_on > %(as_of)s) AND {mine}
GROUP BY p.account_id
ORDER BY p.account_id

-- marks --
SELECT c.customer_id, c.product, CASE WHEN c.state = 'transferred' THEN 'transferred' ELSE 'legal' END AS mark
FROM cases_case c
WHERE c.state IN ('legal', 'legal_dormant', 'transferred')
  AND EXISTS (SELECT 1 FROM standing_accounts a WHERE a.customer_id = c.customer_id AND {mine})
ORDER BY 1, 2, 3

-- notices --
-- Levels sent in this spell of arrears: those of the case that is open on the day.
SELECT c.customer_id, c.product, max(m.level) AS level, max(r.as_of) AS last_on
FROM runs_message m
JOIN runs_dayrun r ON r.id = m.run_id AND r.as_of < %(as_of)s
JOIN cases_case c ON c.id = m.case_id AND (c.closed_on IS NULL OR c.closed_on >= %(as_of)s)
WHERE m.state <> 'withdrawn' AND m.level >= 0
  AND EXISTS (SELECT 1 FROM standing_accounts a WHERE a.customer_id = c.customer_id AND {mine})
GROUP BY c.customer_id, c.product
ORDER BY 1, 2

-- previous --
SELECT o.account_id, o.bucket, o.total_minor
FROM runs_outcome o
WHERE o.run_id = (SELECT r.id FROM runs_dayrun r
                  WHERE r.state = 'committed' AND r.portfolio = %(portfolio)s AND r.as_of < %(as_of)s
                  ORDER BY r.as_of DESC, r.id DESC LIMIT 1)
ORDER BY o.account_id

-- staff --
SELECT u.id AS user_id, u.skill_group FROM people_user u
WHERE u.is_active AND u.role = 'collector' AND u.skill_group <> '' AND u.agency = '' AND %(staff)s
ORDER BY u.id

-- owners --
SELECT c.customer_id, c.product, c.owner_id AS user_id
FROM cases_case c
WHERE c.owner_id IS NOT NULL AND c.closed_on IS NULL
  AND EXISTS (SELECT 1 FROM standing_accounts a WHERE a.customer_id = c.customer_id AND {mine})
ORDER BY 1, 2

-- promises --
SELECT p.id, c.customer_id, c.product, p.made_on, p.due_on
FROM cases_promise p JOIN cases_case c ON c.id = p.case_id
WHERE p.id = ANY(%(ids)s)
  AND EXISTS (SELECT 1 FROM standing_accounts a WHERE a.customer_id = c.customer_id AND {mine})
ORDER BY c.customer_id, c.product, p.due_on, p.made_on, p.id
