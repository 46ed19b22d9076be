-- gate_lock_many --
-- Every debtor's lock, then every number's, each in the order of its key: a single request takes its debtor before
-- its number, so no two callers, single or many, can wait for each other.
CREATE OR REPLACE FUNCTION gate_lock_many(p_customers bigint[], p_numbers bytea[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    key bigint;
BEGIN
    FOR key IN SELECT DISTINCT hashtextextended('debtor', c) FROM unnest(p_customers) c ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock(key);
    END LOOP;
    FOR key IN SELECT DISTINCT hashtextextended(encode(n, 'hex'), 1) FROM unnest(p_numbers) n WHERE n IS NOT NULL ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock(key);
    END LOOP;
END $$;

-- gate_facts_many --
-- The facts of many requests, in order. Whoever calls it holds all locks already (gate_lock_many in a statement of
-- its own), so the facts are read after the locks, as for a single request.
CREATE OR REPLACE FUNCTION gate_facts_many(
    p_customers bigint[], p_numbers bytea[], p_at timestamptz, p_local_days date[], p_channels text[])
RETURNS TABLE (
    place bigint,
    effective_calls integer,
    number_unanswered integer,
    failed_in_a_row integer,
    last_failed_at timestamptz,
    number_blocked boolean,
    own_numbers_dead boolean,
    hold_kinds text[],
    consented_hours jsonb,
    quiet_hours jsonb,
    workplace_off boolean,
    at_workplace boolean,
    time_zone text,
    last_sequence bigint,
    last_hash bytea
)
LANGUAGE sql AS $$
    SELECT * FROM gate_read(p_customers, p_numbers, p_at, p_local_days, p_channels)
$$;
