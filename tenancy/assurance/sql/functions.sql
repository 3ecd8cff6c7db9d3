-- What a transaction of this backend may be sealed with. Owner's alone: whoever could call it could seal anything.
-- Fields are hashed one by one, so that no two contexts make the same message.
CREATE OR REPLACE FUNCTION tenancy.seal_of(tenant text, actor_id text, actor_name text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key tenancy.seal_key%ROWTYPE;
BEGIN
    SELECT * INTO STRICT key FROM tenancy.seal_key;
    RETURN encode(sha256(key.outer_key || sha256(key.inner_key
        || sha256(convert_to(coalesce(tenant, ''), 'UTF8'))
        || sha256(convert_to(coalesce(actor_id, ''), 'UTF8'))
        || sha256(convert_to(coalesce(actor_name, ''), 'UTF8'))
        || int4send(pg_backend_pid()) || timestamptz_send(transaction_timestamp()))), 'hex');
END $$
----
COMMENT ON FUNCTION tenancy.seal_of(text, text, text) IS 'the seal of a tenant context in this transaction of this backend'
----
CREATE OR REPLACE FUNCTION tenancy.is_sealed() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce(current_setting('app.seal', true), '') = tenancy.seal_of(
        current_setting('app.tenant_id', true),
        current_setting('app.actor_id', true),
        current_setting('app.actor_name', true));
END $$
----
COMMENT ON FUNCTION tenancy.is_sealed() IS 'whether tenant and actor are those of a token that this transaction entered with'
----
-- Nothing of a token is parsed before its signature is known to be right. The two signatures are compared by their
-- hashes: how long that takes tells nothing of the right one.
CREATE OR REPLACE FUNCTION tenancy.enter(token text) RETURNS uuid
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text[] := string_to_array(token, '.');
    key tenancy.signing_keys%ROWTYPE;
    said jsonb;
    life double precision;
BEGIN
    IF token IS NULL OR length(token) > 4096
            OR token !~ '^[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9+/]+={0,2}\.[0-9a-f]{64}$' THEN
        RAISE EXCEPTION 'tenant context refused: not a token' USING ERRCODE = '28000';
    END IF;
    SELECT * INTO key FROM tenancy.signing_keys WHERE id = part[1];
    IF NOT FOUND THEN
        RAISE EXCEPTION 'tenant context refused: unknown key' USING ERRCODE = '28000';
    END IF;
    IF sha256(decode(part[3], 'hex')) <> sha256(sha256(key.outer_key
            || sha256(key.inner_key || convert_to(part[1] || '.' || part[2], 'UTF8')))) THEN
        RAISE EXCEPTION 'tenant context refused: wrong signature' USING ERRCODE = '28000';
    END IF;
    said := convert_from(decode(part[2], 'base64'), 'UTF8')::jsonb;
    life := (said ->> 'until')::bigint - date_part('epoch', clock_timestamp());
    IF life <= 0 THEN
        RAISE EXCEPTION 'tenant context refused: expired' USING ERRCODE = '28000';
    ELSIF life > @LONGEST_LIFE@ THEN
        RAISE EXCEPTION 'tenant context refused: it would live too long' USING ERRCODE = '28000';
    ELSIF coalesce(current_setting('app.tenant_id', true), '') NOT IN ('', said ->> 'tenant_id') THEN
        RAISE EXCEPTION 'tenant context refused: another tenant is bound' USING ERRCODE = '28000';
    END IF;
    PERFORM set_config('app.tenant_id', said ->> 'tenant_id', true),
        set_config('app.actor_id', said ->> 'actor_id', true),
        set_config('app.actor_name', said ->> 'actor_name', true),
        set_config('app.seal', tenancy.seal_of(said ->> 'tenant_id', said ->> 'actor_id', said ->> 'actor_name'), true);
    RETURN (said ->> 'tenant_id')::uuid;
END $$
----
COMMENT ON FUNCTION tenancy.enter(text) IS 'binds this transaction to the tenant and actor of a signed token'
----
-- Whoever has become operations binds without a token: that is the job alone, and the role setting, which no
-- statement can give itself without being a member, says so within definers too (the audit trigger's, for one).
-- Operators are named with their schema, so that no search_path gives them another meaning.
CREATE OR REPLACE FUNCTION tenancy.current_tenant_id() RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
    bound text := pg_catalog.current_setting('app.tenant_id', true);
BEGIN
    IF bound IS NULL OR bound OPERATOR(pg_catalog.=) '' THEN
        RAISE EXCEPTION 'no tenant bound' USING ERRCODE = '28000',
            HINT = 'SELECT tenancy.enter(<token>) at the beginning of each transaction.';
    END IF;
    IF pg_catalog.current_setting('role') OPERATOR(pg_catalog.<>) @OPERATIONS@ THEN
        IF tenancy.is_sealed() IS NOT TRUE THEN
            RAISE EXCEPTION 'tenant context is not sealed' USING ERRCODE = '28000',
                HINT = 'SELECT tenancy.enter(<token>) at the beginning of each transaction.';
        END IF;
    END IF;
    RETURN bound::pg_catalog.uuid;
END $$
