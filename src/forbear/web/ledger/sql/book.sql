-- anchors --
-- The bank's own figures from which each account is rolled forward: far enough back, or else the oldest there are.
SELECT a.id AS account, a.product, a.bill_day, p.data_on AS anchor_on, p.due_on,
       p.principal_minor, p.interest_minor, p.compound_minor, p.late_fee_minor, p.fee_minor, p.other_minor,
       coalesce(p.minimum_due_minor, 0) AS past_due_minor
FROM portfolio_account a
LEFT JOIN LATERAL (
    (SELECT * FROM standing_positions p WHERE p.account_id = a.id AND p.data_on <= %(far)s
     ORDER BY p.data_on DESC LIMIT 1)
    UNION ALL
    (SELECT * FROM standing_positions p WHERE p.account_id = a.id AND p.data_on < %(to)s
     ORDER BY p.data_on LIMIT 1)
    LIMIT 1) p ON true
WHERE a.id = ANY(%(accounts)s)
ORDER BY a.id

-- entries --
SELECT e.account_id AS account, e.entry_no, e.kind, e.amount_minor, e.value_on, e.booked_on, e.reverses_no
FROM standing_entries e
WHERE e.account_id = ANY(%(accounts)s) AND e.booked_on <= %(to)s
ORDER BY e.account_id, e.value_on, e.entry_no

-- statements --
SELECT s.account_id AS account, s.statement_on, s.due_on, s.minimum_due_minor
FROM standing_statements s
WHERE s.account_id = ANY(%(accounts)s) AND s.statement_on <= %(to)s
ORDER BY s.account_id, s.statement_on

-- positions --
SELECT p.account_id AS account, p.principal_minor, p.interest_minor, p.compound_minor, p.late_fee_minor, p.fee_minor,
       p.other_minor, p.last_payment_on, coalesce(p.last_payment_minor, 0) AS last_payment_minor
FROM standing_positions p
JOIN portfolio_account a ON a.id = p.account_id
WHERE p.data_on = %(to)s AND {mine}
ORDER BY p.account_id
