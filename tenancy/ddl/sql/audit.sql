CREATE TABLE audit.entries (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT tenancy.new_id(),
    at timestamptz NOT NULL DEFAULT now(),
    actor_id text,
    actor_name text,
    table_name text NOT NULL,
    row_id uuid NOT NULL,
    action text NOT NULL,
    old jsonb,
    new jsonb,
    redacted_at timestamptz,
    CONSTRAINT entries_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT entries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants (id),
    CONSTRAINT entries_action_check CHECK (action IN ('INSERT', 'UPDATE', 'DELETE', 'ERASE'))
)
----
COMMENT ON TABLE audit.entries IS 'who changed what and when: a row for each change of a row of a tenant'
----
CREATE INDEX entries_at_idx ON audit.entries (tenant_id, at)
----
CREATE INDEX entries_row_id_idx ON audit.entries (tenant_id, table_name, row_id)
----
-- The tenant is the row's, whoever is bound. A definer, so that applications need no right to write the audit.
CREATE FUNCTION audit.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old_row jsonb;
    new_row jsonb;
    some_row jsonb;
BEGIN
    -- Rows that data commands restore, erase or find too old were changed by nobody. The setting counts for their role
    -- alone, which no application can take: SET ROLE shows here, while current_user is the definer, the owner.
    IF current_setting('app.unaudited', true) = 'on'
        AND current_setting('role') = regexp_replace(current_user::text, '_owner$', '_operations') THEN
        RETURN NULL;
    END IF;
    old_row := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    new_row := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    some_row := coalesce(new_row, old_row);
    INSERT INTO audit.entries (tenant_id, actor_id, actor_name, table_name, row_id, action, old, new) VALUES (
        (some_row ->> 'tenant_id')::uuid,
        nullif(current_setting('app.actor_id', true), ''),
        nullif(current_setting('app.actor_name', true), ''),
        TG_TABLE_NAME,
        (some_row ->> 'id')::uuid,
        TG_OP,
        old_row - 'tenant_id',
        new_row - 'tenant_id'
    );
    RETURN NULL;
END $$
