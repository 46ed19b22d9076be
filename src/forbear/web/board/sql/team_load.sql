-- By name, not by result: a table for sharing work out, not for shaming. No amounts (办法 2011 art. 66).
SELECT person.id, person.display_name, person.staff_no, person.role, person.skill_group, person.agency,
       coalesce(queue.waiting, 0) AS waiting, coalesce(queue.done, 0) AS done, coalesce(tries.tries, 0) AS tries,
       coalesce(tries.reached, 0) AS reached, coalesce(today.made, 0) AS promises_made,
       coalesce(matured.matured, 0) AS matured, coalesce(matured.kept, 0) AS kept, coalesce(refused.refused, 0) AS refused
FROM people_user person
LEFT JOIN (
    SELECT owner_id, count(*) FILTER (WHERE done_at IS NULL) AS waiting, count(done_at) AS done
    FROM runs_queueitem WHERE run_id = %(run)s GROUP BY owner_id
) queue ON queue.owner_id = person.id
LEFT JOIN (
    SELECT staff_id, count(*) AS tries, count(*) FILTER (WHERE party = 'P1') AS reached
    FROM contact_contactattempt WHERE at >= %(start)s AND at < %(end)s GROUP BY staff_id
) tries ON tries.staff_id = person.id
LEFT JOIN (
    SELECT made_by_id, count(*) AS made FROM cases_promise WHERE made_on = %(today)s GROUP BY made_by_id
) today ON today.made_by_id = person.id
LEFT JOIN (
    SELECT made_by_id, count(*) AS matured, count(*) FILTER (WHERE state = 'kept') AS kept
    FROM cases_promise
    WHERE due_on >= %(first)s AND due_on <= %(today)s AND state IN ('kept', 'partial', 'broken')
    GROUP BY made_by_id
) matured ON matured.made_by_id = person.id
LEFT JOIN (
    SELECT asked_by_id, count(*) AS refused FROM contact_gatedecision
    WHERE at >= %(start)s AND at < %(end)s AND answer = 'refused' GROUP BY asked_by_id
) refused ON refused.asked_by_id = person.id
WHERE person.is_active AND person.role = ANY(%(roles)s)
ORDER BY array_position(ARRAY['early', 'middle', 'late'], person.skill_group::text), person.display_name, person.id
