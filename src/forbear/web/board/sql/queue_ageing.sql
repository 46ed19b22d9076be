-- Days since somebody last tried a waiting case; a case never tried counts from the day it was opened.
WITH waiting AS (
    SELECT item.queue, cases.past_due_minor,
           %(as_of)s::date - greatest(cases.opened_on, tried.last_day) AS days
    FROM runs_queueitem item
    JOIN cases_case cases ON cases.id = item.case_id
    LEFT JOIN LATERAL (
        SELECT max(attempt.local_day) AS last_day FROM contact_contactattempt attempt WHERE attempt.case_id = cases.id
    ) tried ON true
    WHERE item.run_id = %(run)s AND item.done_at IS NULL
)
SELECT queue, width_bucket(days, ARRAY[1, 2, 4, 8, 15]) AS band, count(*) AS cases,
       sum(past_due_minor)::bigint AS past_due_minor, max(days) AS longest
FROM waiting
GROUP BY queue, band
ORDER BY queue, band
