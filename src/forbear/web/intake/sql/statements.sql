-- stage --
CREATE TEMP TABLE stage_statements (
  row_no bigint NOT NULL, account_no text NOT NULL, statement_on date NOT NULL, due_on date NOT NULL,
  balance_minor bigint NOT NULL, minimum_due_minor bigint NOT NULL
) ON COMMIT DROP;

-- set_aside --
INSERT INTO stage_bad (row_no, tbl, rule, key)
SELECT DISTINCT ON (s.row_no) s.row_no, 'statements', 'unknown_account', s.account_no
FROM stage_statements s
WHERE NOT EXISTS (SELECT 1 FROM stage_accounts t WHERE t.account_no = s.account_no)
  AND NOT EXISTS (SELECT 1 FROM standing_accounts t WHERE t.account_no = s.account_no)
  AND NOT EXISTS (SELECT 1 FROM stage_bad b WHERE b.row_no = s.row_no)
ORDER BY s.row_no;

-- known --
CREATE TEMP TABLE known_statements ON COMMIT DROP AS
SELECT s.ctid AS place, s.row_no, o.batch_id
FROM stage_statements s
JOIN portfolio_account a ON a.account_no = s.account_no
JOIN standing_statements o ON o.account_id = a.id AND o.statement_on = s.statement_on
  AND o.statement_on BETWEEN %(first)s AND %(last)s
WHERE (o.due_on, o.balance_minor, o.minimum_due_minor) = (s.due_on, s.balance_minor, s.minimum_due_minor);

-- insert --
INSERT INTO portfolio_statement (account_id, statement_on, due_on, balance_minor, minimum_due_minor, batch_id, row_no)
SELECT a.id, s.statement_on, s.due_on, s.balance_minor, s.minimum_due_minor, %(batch)s, s.row_no
FROM stage_statements s JOIN portfolio_account a ON a.account_no = s.account_no;

-- written --
SELECT count(*), coalesce(sum(balance_minor), 0) FROM portfolio_statement WHERE batch_id = %(batch)s;
