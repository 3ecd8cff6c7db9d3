CREATE FUNCTION tenancy.current_tenant_id() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    bound text := pg_catalog.current_setting('app.tenant_id', true);
BEGIN
    -- Once a transaction has set it, the setting is '' and not NULL in those that come after on the same connection.
    IF bound IS NULL OR bound = '' THEN
        RAISE EXCEPTION 'no tenant bound' USING ERRCODE = '28000',
            HINT = 'SELECT set_config(''app.tenant_id'', <id>, true) at the beginning of each transaction.';
    END IF;
    RETURN bound::pg_catalog.uuid;
END $$
----
COMMENT ON FUNCTION tenancy.current_tenant_id() IS 'the tenant that this transaction works for; raises when none is bound'
----
CREATE FUNCTION tenancy.current_actor_id() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(pg_catalog.current_setting('app.actor_id', true), '')
----
COMMENT ON FUNCTION tenancy.current_actor_id() IS 'who does it; NULL when nobody is named'
----
-- UUID version 7 (RFC 9562): 48 bits of milliseconds, 12 bits of their fraction, 62 bits by chance. PostgreSQL 18 has
-- uuidv7(), 16 has not; one function for both, so that a database can move from one to the other as it is.
CREATE FUNCTION tenancy.new_id() RETURNS uuid LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $$
DECLARE
    now_us bigint := (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) * 1000000)::bigint;
    chance bytea := pg_catalog.uuid_send(pg_catalog.gen_random_uuid());
    stamp bigint := ((now_us / 1000) << 16) | (7 << 12) | ((now_us % 1000) * 4096 / 1000);
BEGIN
    RETURN pg_catalog.encode(pg_catalog.int8send(stamp) || pg_catalog.substring(chance, 9), 'hex')::pg_catalog.uuid;
END $$
----
COMMENT ON FUNCTION tenancy.new_id() IS 'a UUID of version 7: in the order of time'
----
CREATE FUNCTION tenancy.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := pg_catalog.now();
    RETURN NEW;
END $$
