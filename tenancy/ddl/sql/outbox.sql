CREATE TABLE outbox.events (
    tenant_id uuid NOT NULL DEFAULT tenancy.current_tenant_id(),
    id uuid NOT NULL DEFAULT tenancy.new_id(),
    topic text NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    payload jsonb NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    CONSTRAINT events_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT events_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants (id),
    CONSTRAINT events_attempts_check CHECK (attempts >= 0)
)
----
COMMENT ON TABLE outbox.events IS 'events written with the change that they tell of; published ones go after seven days'
----
-- The publisher reads what waits, of all tenants, in the order of time; retention reads what was published.
CREATE INDEX events_published_at_idx ON outbox.events (published_at, id)
----
ALTER TABLE outbox.events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY
----
-- Whoever adds an event adds it for the tenant in effect; who may read or delete them is a matter of rights alone.
CREATE POLICY tenant_isolation ON outbox.events AS RESTRICTIVE FOR INSERT TO PUBLIC
    WITH CHECK (tenant_id = (SELECT tenancy.current_tenant_id()))
----
CREATE POLICY tenant_access ON outbox.events AS PERMISSIVE FOR ALL TO PUBLIC USING (true) WITH CHECK (true)
