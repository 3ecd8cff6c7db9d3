CREATE TABLE tenancy.tenants (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    zone text NOT NULL,
    status text NOT NULL DEFAULT 'active',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tenants_pkey PRIMARY KEY (id),
    CONSTRAINT tenants_slug_key UNIQUE (slug),
    CONSTRAINT tenants_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    CONSTRAINT tenants_status_check CHECK (status IN ('active', 'suspended', 'erased'))
)
----
COMMENT ON TABLE tenancy.tenants IS 'the tenants that were admitted here; every row of a tenant refers to its own'
----
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON tenancy.tenants
    FOR EACH ROW EXECUTE FUNCTION tenancy.touch_updated_at()
----
-- Applications write no tenants: they admit one, once. Asked again with the same words it does nothing.
CREATE FUNCTION tenancy.admit(id uuid, slug text, name text, zone text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known record;
BEGIN
    INSERT INTO tenancy.tenants (id, slug, name, zone) VALUES (admit.id, admit.slug, admit.name, admit.zone)
        ON CONFLICT ON CONSTRAINT tenants_pkey DO NOTHING;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT t.slug, t.zone, t.status INTO known FROM tenancy.tenants t WHERE t.id = admit.id;
    IF known.status = 'erased' OR (known.slug, known.zone) IS DISTINCT FROM (admit.slug, admit.zone) THEN
        RAISE EXCEPTION 'tenant % is known here as % of zone %, %', admit.id, known.slug, known.zone, known.status
            USING ERRCODE = 'check_violation', HINT = 'An erased tenant comes back under another id.';
    END IF;
END $$
