SELECT count(*) AS asked,
       count(*) FILTER (WHERE answer = 'allowed') AS allowed,
       count(*) FILTER (WHERE answer = 'discouraged') AS discouraged,
       count(*) FILTER (WHERE answer = 'refused') AS refused
FROM contact_gatedecision
WHERE at >= %(start)s AND at < %(end)s
