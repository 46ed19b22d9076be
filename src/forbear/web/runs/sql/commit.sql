-- stage_units --
-- One row per unit of work of the day: how late, how much, and who has it.
CREATE TEMP TABLE day_units (
  customer_id bigint NOT NULL, product text NOT NULL, dpd integer NOT NULL, bucket text NOT NULL,
  risk_class text NOT NULL, past_due_minor bigint NOT NULL, total_minor bigint NOT NULL, statements boolean NOT NULL
) ON COMMIT DROP

-- stage_queue --
CREATE TEMP TABLE day_queue (
  customer_id bigint NOT NULL, product text NOT NULL, queue text NOT NULL, rank integer NOT NULL, user_id bigint,
  band text NOT NULL, reason jsonb NOT NULL
) ON COMMIT DROP

-- stage_messages --
CREATE TEMP TABLE day_messages (
  customer_id bigint NOT NULL, product text NOT NULL, channel text NOT NULL, template text NOT NULL,
  level smallint NOT NULL, language text NOT NULL
) ON COMMIT DROP

-- settings --
SET LOCAL work_mem = '256MB'

-- supersede --
UPDATE runs_dayrun SET state = 'superseded'
WHERE portfolio = %(portfolio)s AND as_of = %(as_of)s AND state = 'committed' AND id <> %(run)s
RETURNING id

-- withdraw --
UPDATE runs_message SET state = 'withdrawn' WHERE run_id = ANY(%(older)s) AND state = 'planned'

-- uncured --
-- Cases cured and yet late again in this run: their payment may have been taken back.
SELECT c.id FROM day_units u
JOIN cases_case c ON c.customer_id = u.customer_id AND c.product = u.product AND c.state = 'cured' AND c.closed_on IS NOT NULL
WHERE u.dpd > 0 AND NOT EXISTS (
  SELECT 1 FROM cases_case o WHERE o.customer_id = c.customer_id AND o.product = c.product
    AND (o.id > c.id OR o.closed_on IS NULL))

-- open_cases --
INSERT INTO cases_case (customer_id, product, opened_on, state, previous_id, dpd, bucket, risk_class, past_due_minor, total_minor)
SELECT u.customer_id, u.product, %(as_of)s, 'new',
       (SELECT max(c.id) FROM cases_case c WHERE c.customer_id = u.customer_id AND c.product = u.product),
       0, 'M0', '', 0, 0
FROM day_units u
WHERE u.dpd > 0 AND NOT EXISTS (
  SELECT 1 FROM cases_case c WHERE c.customer_id = u.customer_id AND c.product = u.product AND c.closed_on IS NULL)
ON CONFLICT (customer_id, product) WHERE closed_on IS NULL DO NOTHING

-- age_cases --
UPDATE cases_case c SET dpd = u.dpd, bucket = u.bucket, risk_class = u.risk_class, past_due_minor = u.past_due_minor,
  total_minor = u.total_minor, aged_on = %(as_of)s
FROM day_units u
WHERE c.customer_id = u.customer_id AND c.product = u.product AND c.closed_on IS NULL
  AND (c.aged_on IS NULL OR c.aged_on <= %(as_of)s)

-- cured --
SELECT c.id FROM day_units u
JOIN cases_case c ON c.customer_id = u.customer_id AND c.product = u.product AND c.closed_on IS NULL
WHERE u.past_due_minor = 0 AND u.statements AND c.state = ANY(%(curable)s) AND c.opened_on <= %(as_of)s
ORDER BY c.id

-- queue --
INSERT INTO runs_queueitem (run_id, case_id, queue, rank, owner_id, band, reason, done_at)
SELECT %(run)s, c.id, q.queue, q.rank, q.user_id, q.band, q.reason,
       (SELECT max(o.done_at) FROM runs_queueitem o WHERE o.run_id = ANY(%(older)s) AND o.case_id = c.id)
FROM day_queue q
JOIN cases_case c ON c.customer_id = q.customer_id AND c.product = q.product AND c.closed_on IS NULL
ORDER BY q.queue, q.user_id, q.rank

-- messages --
-- What an earlier run of the same day already sent stays sent.
INSERT INTO runs_message (run_id, case_id, channel, template, level, language, state)
SELECT %(run)s, c.id, m.channel, m.template, m.level, m.language,
       CASE WHEN EXISTS (SELECT 1 FROM runs_message o WHERE o.run_id = ANY(%(older)s) AND o.case_id = c.id
                           AND o.template = m.template AND o.state = 'sent') THEN 'sent' ELSE 'planned' END
FROM day_messages m
JOIN cases_case c ON c.customer_id = m.customer_id AND c.product = m.product AND c.closed_on IS NULL
ORDER BY m.channel, m.customer_id, m.product

-- hands --
SELECT q.owner_id, array_agg(q.case_id ORDER BY q.case_id)
FROM runs_queueitem q JOIN cases_case c ON c.id = q.case_id
WHERE q.run_id = %(run)s AND q.owner_id IS NOT NULL AND c.owner_id IS DISTINCT FROM q.owner_id
GROUP BY q.owner_id ORDER BY q.owner_id

-- later --
SELECT EXISTS (SELECT 1 FROM runs_dayrun WHERE portfolio = %(portfolio)s AND state = 'committed' AND as_of > %(as_of)s)
