-- any_row --
SELECT 1 FROM {table} LIMIT 1;

-- dependents --
-- How to drop and how to make again each unique constraint and each plain index; the primary key stays.
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', c.conrelid::regclass, c.conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
FROM pg_constraint c
WHERE c.conrelid = %s::regclass AND c.contype = 'u'
UNION ALL
SELECT format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
FROM pg_index i
WHERE i.indrelid = %s::regclass AND NOT i.indisprimary
  AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid);

-- nested_loops_off --
SET LOCAL enable_nestloop = off;

-- nested_loops_on --
SET LOCAL enable_nestloop = on;

-- analyze --
ANALYZE {table};
