-- Each query named like a table answers: may the book hold something of what its rows tell? A table without a query
-- (placements) is always judged row by row.

-- customers --
SELECT EXISTS (SELECT FROM portfolio_customer);

-- accounts --
SELECT EXISTS (SELECT FROM portfolio_account);

-- contact_points --
-- A number that somebody blocked comes in blocked: that takes a look at each row.
SELECT EXISTS (SELECT FROM portfolio_contactpoint)
    OR EXISTS (SELECT FROM portfolio_numberblock WHERE lifted_at IS NULL);

-- statements --
SELECT EXISTS (SELECT FROM portfolio_statement WHERE statement_on BETWEEN %(min)s AND %(max)s);

-- entries --
SELECT EXISTS (SELECT FROM portfolio_ledgerentry);

-- positions --
SELECT EXISTS (SELECT FROM portfolio_position WHERE data_on BETWEEN %(min)s AND %(max)s);

-- ids_of_customers --
COPY (SELECT customer_no AS key, id FROM standing_customers) TO STDOUT (FORMAT csv, HEADER);

-- ids_of_accounts --
COPY (SELECT account_no AS key, id FROM standing_accounts) TO STDOUT (FORMAT csv, HEADER);

-- nobody_adds --
LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;

-- draw_ids --
SELECT setval(s.name, nextval(s.name) + %(rows)s - 1) - %(rows)s + 1 FROM pg_get_serial_sequence(%(table)s, 'id') s(name);

-- created --
SELECT count(*), coalesce(sum({money}), 0) FROM {table} WHERE {column} = %(batch)s;
