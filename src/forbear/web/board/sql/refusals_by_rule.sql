-- A refused decision may rest on several rules; each rule is counted once per decision.
SELECT reason ->> 'rule' AS rule, max(reason ->> 'article') AS article, count(DISTINCT decision.id) AS decisions,
       count(DISTINCT decision.customer_id) AS people, max(decision.at) AS last_at
FROM contact_gatedecision decision
CROSS JOIN LATERAL jsonb_array_elements(decision.reply -> 'reasons') reason
WHERE decision.at >= %(start)s AND decision.at < %(end)s
  AND decision.answer = 'refused' AND reason ->> 'effect' = 'refuse'
GROUP BY reason ->> 'rule'
ORDER BY decisions DESC, rule
