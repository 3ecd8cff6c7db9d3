CREATE TABLE tenancy.deployment (
    name text,
    zone text,
    dedicated_tenant text,
    only_row boolean NOT NULL DEFAULT true,
    CONSTRAINT deployment_pkey PRIMARY KEY (only_row),
    CONSTRAINT deployment_only_row_check CHECK (only_row)
)
----
COMMENT ON TABLE tenancy.deployment IS 'the deployment that this database is of; without a zone it takes tenants of each'
----
INSERT INTO tenancy.deployment DEFAULT VALUES
----
-- Who may be here is held by the database itself, whatever path a tenant comes by.
CREATE FUNCTION tenancy.check_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    here record;
BEGIN
    SELECT zone, dedicated_tenant, name INTO here FROM tenancy.deployment;
    IF here.zone <> NEW.zone THEN
        RAISE EXCEPTION 'tenant % of residency zone % is refused: % is in zone %',
            NEW.slug, NEW.zone, coalesce(here.name, 'this deployment'), here.zone
            USING ERRCODE = 'check_violation', HINT = 'Assign the tenant to a deployment of its own zone.';
    END IF;
    IF here.dedicated_tenant <> NEW.slug AND NEW.status <> 'erased' THEN
        RAISE EXCEPTION 'tenant % is refused: % is dedicated to %',
            NEW.slug, coalesce(here.name, 'this deployment'), here.dedicated_tenant
            USING ERRCODE = 'check_violation', HINT = 'Assign the tenant to another deployment of its zone.';
    END IF;
    RETURN NEW;
END $$
----
CREATE TRIGGER check_tenant BEFORE INSERT OR UPDATE ON tenancy.tenants
    FOR EACH ROW EXECUTE FUNCTION tenancy.check_tenant()
----
CREATE FUNCTION tenancy.check_deployment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    other text;
BEGIN
    SELECT slug INTO other FROM tenancy.tenants
        WHERE status <> 'erased' AND (zone <> NEW.zone OR slug <> NEW.dedicated_tenant) ORDER BY slug LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'tenant % is here, which %, zone %, dedicated to %, would refuse',
            other, coalesce(NEW.name, 'this deployment'), coalesce(NEW.zone, 'any'), coalesce(NEW.dedicated_tenant, 'nobody')
            USING ERRCODE = 'check_violation', HINT = 'Move the tenant away first.';
    END IF;
    RETURN NEW;
END $$
----
CREATE TRIGGER check_deployment BEFORE INSERT OR UPDATE ON tenancy.deployment
    FOR EACH ROW EXECUTE FUNCTION tenancy.check_deployment()
