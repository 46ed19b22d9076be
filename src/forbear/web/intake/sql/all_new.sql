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
-- A few thousand pairs in one value: the driver takes microseconds a row. A key has neither a line end nor a separator in it.
SELECT string_agg(customer_no || E'\x1f' || id, E'\n') FROM standing_customers GROUP BY id / 10000;

-- ids_of_accounts --
SELECT string_agg(account_no || E'\x1f' || id, E'\n') FROM standing_accounts GROUP BY id / 10000;

-- nobody_adds --
LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;

-- draw_ids --
SELECT setval(s.name, nextval(s.name) + %(rows)s - 1) - %(rows)s + 1 FROM pg_get_serial_sequence(%(table)s, 'id') s(name);

-- created --
SELECT count(*), coalesce(sum({money}), 0) FROM {table} WHERE {column} = %(batch)s;
