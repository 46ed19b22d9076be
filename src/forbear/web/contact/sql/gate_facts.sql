-- gate_lock --
-- Take the debtor's lock, then the number's: two debtors may share a number, so both must be held, and always
-- in this order, so that two requests can never wait for each other.
CREATE OR REPLACE FUNCTION gate_lock(p_customer bigint, p_number bytea) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('debtor', p_customer));
    IF p_number IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(encode(p_number, 'hex'), 1));
    END IF;
END $$;

-- gate_read --
-- Every durable fact that `may_contact` needs, for many requests in their order; whoever calls it holds their locks.
-- A permit that is reserved and not yet expired holds its slot; a used one without an attempt is a call in progress.
-- `p_except` is a permit that is judged again at the moment of sending: it does not stand in its own way.
CREATE OR REPLACE FUNCTION gate_read(
    p_customers bigint[], p_numbers bytea[], p_at timestamptz, p_local_days date[], p_channels text[],
    p_except bigint DEFAULT NULL)
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
LANGUAGE plpgsql
-- Every look is for one debtor. A session that planned this while a table was empty would read the table whole, for
-- every permit, for as long as the session lasts.
SET enable_seqscan TO off
SET plan_cache_mode TO force_generic_plan
AS $$
BEGIN
    RETURN QUERY
    SELECT asked.place, facts.*
    FROM unnest(p_customers, p_numbers, p_local_days, p_channels)
         WITH ORDINALITY AS asked(customer, number, local_day, channel, place)
    CROSS JOIN LATERAL (
        WITH pending AS (
            SELECT p.customer_id, p.number_index FROM contact_permit p
            WHERE (p.customer_id = asked.customer OR p.number_index = asked.number)
              AND p.local_day = asked.local_day
              AND p.id IS DISTINCT FROM p_except
              AND p.channel IN ('voice', 'ai_voice')
              AND (
                (p.state = 'reserved' AND p.expires_at > p_at)
                OR (p.state = 'used' AND NOT EXISTS (SELECT 1 FROM contact_contactattempt a WHERE a.permit_id = p.id))
              )
        ), last_reached AS (
            SELECT max(a.at) AS at FROM contact_contactattempt a
            JOIN portfolio_contactpoint c ON c.id = a.contact_point_id
            WHERE a.customer_id = asked.customer AND a.answered AND c.relation = 'self'
        ), failed AS (
            SELECT count(*)::integer AS tries, max(a.at) AS last_at FROM contact_contactattempt a
              JOIN portfolio_contactpoint c ON c.id = a.contact_point_id
              WHERE a.customer_id = asked.customer AND c.relation = 'self' AND NOT a.answered
                AND a.channel IN ('voice', 'ai_voice', 'visit')
                AND a.at > coalesce((SELECT at FROM last_reached), '-infinity')
        ), wishes AS (
            SELECT DISTINCT ON (c.kind) c.kind, c.value FROM contact_consent c
              WHERE c.customer_id = asked.customer AND c.kind IN ('hours', 'quiet_hours', 'workplace') AND c.at <= p_at
                AND (c.withdrawn_at IS NULL OR c.withdrawn_at > p_at)
              ORDER BY c.kind, c.at DESC, c.id DESC
        )
        SELECT
            (SELECT count(*) FROM contact_contactattempt a
              WHERE a.customer_id = asked.customer AND a.local_day = asked.local_day AND a.effective)::integer
              + (SELECT count(*) FROM pending WHERE customer_id = asked.customer)::integer,
            (SELECT count(*) FROM contact_contactattempt a
              WHERE a.number_index = asked.number AND a.local_day = asked.local_day
                AND a.channel IN ('voice', 'ai_voice') AND NOT a.answered)::integer
              + (SELECT count(*) FROM pending WHERE number_index = asked.number)::integer,
            (SELECT tries FROM failed),
            (SELECT last_at FROM failed),
            EXISTS (SELECT 1 FROM portfolio_numberblock b WHERE b.value_index = asked.number AND b.lifted_at IS NULL)
              OR EXISTS (SELECT 1 FROM portfolio_contactpoint c
                          WHERE c.customer_id = asked.customer AND c.value_index = asked.number
                            AND (c.state IN ('refused', 'wrong_person') OR c.do_not_contact))
              -- Whoever wants no calls wants no robot's either; whoever wants no robot may still be called by a person.
              OR EXISTS (SELECT 1 FROM (
                    SELECT DISTINCT ON (c.value) c.kind FROM contact_consent c
                    WHERE c.customer_id = asked.customer AND c.kind IN ('channel_off', 'channel_on') AND c.at <= p_at
                      AND (c.value = to_jsonb(asked.channel) OR asked.channel = 'ai_voice' AND c.value = to_jsonb('voice'::text))
                      AND (c.withdrawn_at IS NULL OR c.withdrawn_at > p_at)
                    ORDER BY c.value, c.at DESC, c.id DESC) latest WHERE latest.kind = 'channel_off'),
            (SELECT count(*) > 0 AND bool_and(c.state = 'invalid') FROM portfolio_contactpoint c
              WHERE c.customer_id = asked.customer AND c.relation = 'self'
                AND c.kind IN ('mobile', 'home_phone', 'work_phone')),
            ARRAY(SELECT DISTINCT h.kind::text FROM cases_hold h JOIN cases_case k ON k.id = h.case_id
                   WHERE k.customer_id = asked.customer AND h.released_at IS NULL
                     AND h.since <= p_at AND (h.until IS NULL OR h.until > p_at)
                   ORDER BY 1),
            (SELECT value FROM wishes WHERE kind = 'hours'),
            (SELECT value FROM wishes WHERE kind = 'quiet_hours'),
            coalesce((SELECT value = to_jsonb('off'::text) FROM wishes WHERE kind = 'workplace'), false),
            EXISTS (SELECT 1 FROM portfolio_contactpoint c
                     WHERE c.customer_id = asked.customer AND c.value_index = asked.number AND c.kind = 'work_phone'),
            (SELECT k.timezone::text FROM portfolio_customer k WHERE k.id = asked.customer),
            coalesce((SELECT max(d.sequence) FROM contact_gatedecision d WHERE d.customer_id = asked.customer), 0),
            (SELECT d.hash FROM contact_gatedecision d WHERE d.customer_id = asked.customer
              ORDER BY d.sequence DESC LIMIT 1)
    ) AS facts
    ORDER BY asked.place;
END $$;

-- gate_facts --
-- Lock, then read the facts of one request, in one round trip. Each statement of a volatile function sees what was
-- committed before it began, so the counters are read after the locks are held.
CREATE OR REPLACE FUNCTION gate_facts(
    p_customer bigint, p_number bytea, p_at timestamptz, p_local_day date, p_channel text,
    p_except bigint DEFAULT NULL)
RETURNS TABLE (
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
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gate_lock(p_customer, p_number);
    RETURN QUERY
    SELECT r.effective_calls, r.number_unanswered, r.failed_in_a_row, r.last_failed_at, r.number_blocked, r.own_numbers_dead, r.hold_kinds,
           r.consented_hours, r.quiet_hours, r.workplace_off, r.at_workplace, r.time_zone, r.last_sequence, r.last_hash
    FROM gate_read(ARRAY[p_customer], ARRAY[p_number], p_at, ARRAY[p_local_day], ARRAY[p_channel], p_except) r;
END $$;

-- gate_passed_on --
-- Whether a case's claim was passed to another creditor, as committed before this statement began.
CREATE OR REPLACE FUNCTION gate_passed_on(p_case bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM cases_case c WHERE c.id = p_case AND c.state = 'transferred');
END $$;

-- append_only --
-- Evidence is never changed or deleted; a correction is a new row.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are append-only: write a correcting row instead', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON contact_gatedecision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON contact_contactattempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON cases_caseevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON cases_promisechange
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON people_accesslog
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON portfolio_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
