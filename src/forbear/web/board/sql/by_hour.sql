-- The hour is the debtor's own: contact hours are judged where the debtor lives.
SELECT hour, sum(answered)::bigint AS answered, sum(unanswered)::bigint AS unanswered, sum(refused)::bigint AS refused
FROM (
    SELECT extract(hour FROM attempt.at AT TIME ZONE customer.timezone)::int AS hour,
           attempt.answered::int AS answered, (NOT attempt.answered)::int AS unanswered, 0 AS refused
    FROM contact_contactattempt attempt
    JOIN portfolio_customer customer ON customer.id = attempt.customer_id
    WHERE attempt.at >= %(start)s AND attempt.at < %(end)s
    UNION ALL
    SELECT extract(hour FROM decision.at AT TIME ZONE customer.timezone)::int, 0, 0, 1
    FROM contact_gatedecision decision
    JOIN portfolio_customer customer ON customer.id = decision.customer_id
    WHERE decision.at >= %(start)s AND decision.at < %(end)s AND decision.answer = 'refused'
) each
GROUP BY hour
ORDER BY hour
