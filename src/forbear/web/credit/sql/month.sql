-- accounts --
-- Every account of the book with what became of it by the day. Of a customer and product the latest case counts; a
-- write-off that was taken back did not take place; where only the bank's state says so, it is so from this month on.
SELECT a.id AS account, a.customer_id AS customer, a.opened_on,
       CASE WHEN k.state = 'settled' THEN k.closed_on END AS settled_on,
       CASE WHEN k.state = 'transferred' THEN k.closed_on END AS passed_on,
       coalesce(w.on_day, CASE WHEN a.block_code = 'written_off' THEN %(month)s::date END) AS written_off_on,
       coalesce(p.total_minor, s.balance_minor, 0) AS balance_minor,
       n.day AS told_on, n.notice, (o.open > 0)::int AS disputed, (o.theirs > 0)::int AS not_theirs, b.history
FROM standing_accounts a
LEFT JOIN (SELECT DISTINCT ON (c.customer_id, c.product) c.customer_id, c.product, c.state, c.closed_on FROM cases_case c
           WHERE c.opened_on <= %(month)s ORDER BY c.customer_id, c.product, c.opened_on DESC, c.id DESC) k
       ON k.customer_id = a.customer_id AND k.product = a.product
LEFT JOIN (SELECT e.account_id, min(e.value_on) AS on_day FROM standing_write_offs e
           WHERE e.booked_on <= %(known)s AND (e.undone_on IS NULL OR e.undone_on > %(known)s)
           GROUP BY e.account_id) w ON w.account_id = a.id
LEFT JOIN (SELECT DISTINCT ON (account_id) account_id, total_minor FROM standing_positions
           WHERE data_on <= %(month)s ORDER BY account_id, data_on DESC) p ON p.account_id = a.id
LEFT JOIN (SELECT DISTINCT ON (account_id) account_id, balance_minor FROM standing_statements
           WHERE statement_on <= %(month)s ORDER BY account_id, statement_on DESC) s ON s.account_id = a.id
LEFT JOIN (SELECT DISTINCT ON (t.account) t.account, t.day, t.notice FROM ({told}) t
           WHERE t.day < %(known)s ORDER BY t.account, t.day DESC, t.notice DESC) n ON n.account = a.id
LEFT JOIN (SELECT account_id, count(*) FILTER (WHERE state IN ('received', 'checking')) AS open,
                  count(*) FILTER (WHERE ground = 'not_mine' AND EXISTS (
                      SELECT 1 FROM credit_objectionchange c WHERE c.objection_id = o.id AND c.state = 'corrected')) AS theirs
           FROM credit_creditobjection o GROUP BY account_id) o ON o.account_id = a.id
LEFT JOIN credit_creditline b ON b.account_id = a.id AND b.run_id = %(before)s
WHERE {mine}
ORDER BY a.id

-- told --
-- On which day each notice is proved to have reached the debtor, by account.
SELECT u.account, n.id AS notice, coalesce(n.served_on,
       CASE WHEN m.state = 'delivered' THEN (m.settled_at AT TIME ZONE 'Asia/Shanghai')::date END) AS day
FROM credit_creditnotice n LEFT JOIN outbox_outboxmessage m ON m.id = n.message_id
CROSS JOIN LATERAL unnest(n.accounts) AS u(account)

-- statements --
SELECT s.account_id AS account_no, s.statement_on, s.due_on, s.minimum_due_minor
FROM standing_statements s JOIN standing_accounts a ON a.id = s.account_id
WHERE s.statement_on <= %(month)s AND {mine}

-- entries --
SELECT e.account_id AS account_no, e.entry_no, e.kind, e.amount_minor, e.value_on, e.booked_on, nullif(e.reverses_no, '') AS reverses_no
FROM standing_entries e JOIN standing_accounts a ON a.id = e.account_id
WHERE e.booked_on <= %(known)s AND {mine}

-- touched --
-- Accounts of which something valued by the last month reported was booked or taken back since it was reported.
SELECT e.account_id AS account FROM portfolio_ledgerentry e JOIN intake_importbatch b ON b.id = e.batch_id
WHERE (b.applied_at > %(since)s OR b.reversed_at > %(since)s) AND e.value_on <= %(before_month)s
UNION
SELECT s.account_id FROM portfolio_statement s JOIN intake_importbatch b ON b.id = s.batch_id
WHERE (b.applied_at > %(since)s OR b.reversed_at > %(since)s) AND s.statement_on <= %(before_month)s
ORDER BY 1
