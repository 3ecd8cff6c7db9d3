-- Mutants: each takes one guard away from a healthy database, or adds one thing that goes round the guards.
-- A line `--- key of the check that must name it: name`, then what a superuser does in the user service's database.

--- rls_off: rls off
ALTER TABLE app.users DISABLE ROW LEVEL SECURITY;

--- rls_off: rls off on audit
ALTER TABLE audit.entries DISABLE ROW LEVEL SECURITY;

--- rls_off: rls off on outbox
ALTER TABLE outbox.events DISABLE ROW LEVEL SECURITY;

--- rls_not_forced: not forced
ALTER TABLE app.users NO FORCE ROW LEVEL SECURITY;

--- policy_missing: isolation dropped
DROP POLICY tenant_isolation ON app.users;

--- policy_missing: isolation of audit dropped
DROP POLICY tenant_isolation ON audit.entries;

--- policy_missing: isolation of outbox dropped
DROP POLICY tenant_isolation ON outbox.events;

--- policy_missing: access dropped
DROP POLICY tenant_access ON app.users;

--- policy_different: using true
ALTER POLICY tenant_isolation ON app.users USING (true);

--- policy_different: check true
ALTER POLICY tenant_isolation ON app.users WITH CHECK (true);

--- policy_different: isolation for publishers alone
ALTER POLICY tenant_isolation ON app.users TO user_service_publisher;

--- policy_different: isolation permissive
DROP POLICY tenant_isolation ON app.users;
CREATE POLICY tenant_isolation ON app.users USING (tenant_id = (SELECT tenancy.current_tenant_id()));

--- policy_different: isolation for reading alone
DROP POLICY tenant_isolation ON app.users;
CREATE POLICY tenant_isolation ON app.users AS RESTRICTIVE FOR SELECT USING (tenant_id = (SELECT
    tenancy.current_tenant_id()));

--- policy_different: rows of nobody for everybody
ALTER POLICY tenant_isolation ON app.users USING (tenant_id = (SELECT tenancy.current_tenant_id()) OR email LIKE
    'canary-of-contoso%');

--- function_different: helper immutable
ALTER FUNCTION tenancy.current_tenant_id() IMMUTABLE;

--- function_different: helper volatile
ALTER FUNCTION tenancy.current_tenant_id() VOLATILE;

--- function_different: helper gives null
CREATE OR REPLACE FUNCTION tenancy.current_tenant_id() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$BEGIN
    RETURN nullif(pg_catalog.current_setting('app.tenant_id', true), '')::uuid; END$$;

--- function_different: helper with a tenant of its own
CREATE OR REPLACE FUNCTION tenancy.current_tenant_id() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$BEGIN
    RETURN '0190bbbb-0000-7000-8000-00000000000b'::uuid; END$$;

--- function_different: helper definer
ALTER FUNCTION tenancy.current_tenant_id() SECURITY DEFINER;

--- function_leakproof: helper leakproof
ALTER FUNCTION tenancy.current_tenant_id() LEAKPROOF;

--- function_different: helper with a setting
ALTER FUNCTION tenancy.current_tenant_id() SET app.tenant_id = '0190bbbb-0000-7000-8000-00000000000b';

--- column_nullable: tenant may be null
ALTER TABLE app.user_preferences DROP CONSTRAINT user_preferences_pkey;
ALTER TABLE app.user_preferences ALTER tenant_id DROP NOT NULL;

--- tenant_default: tenant not filled in
ALTER TABLE app.users ALTER tenant_id DROP DEFAULT;

--- primary_key: primary key without tenant
ALTER TABLE app.user_preferences DROP CONSTRAINT user_preferences_pkey, ADD PRIMARY KEY (id);

--- unique_without_tenant: unique without tenant
ALTER TABLE app.users ADD UNIQUE (email);

--- unique_without_tenant: unique index without tenant
CREATE UNIQUE INDEX ON app.users (lower(email));

--- index_missing: unique dropped
ALTER TABLE app.roles DROP CONSTRAINT roles_code_key;

--- index_without_tenant: index without tenant
CREATE INDEX ON app.users (status);

--- reference_without_tenant: single-column foreign key
CREATE UNIQUE INDEX ON app.users (id);
ALTER TABLE app.user_preferences DROP CONSTRAINT user_preferences_user_id_users_fkey, ADD FOREIGN KEY (user_id)
    REFERENCES app.users (id) ON DELETE CASCADE;

--- reference_missing: foreign key dropped
ALTER TABLE app.user_roles DROP CONSTRAINT user_roles_role_id_roles_fkey;

--- reference_missing: foreign key to tenants dropped
ALTER TABLE app.users DROP CONSTRAINT users_tenant_id_fkey;

--- constraint_not_validated: foreign key not validated
ALTER TABLE app.user_roles DROP CONSTRAINT user_roles_role_id_roles_fkey, ADD CONSTRAINT
    user_roles_role_id_roles_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES app.roles (tenant_id, id) ON DELETE
    RESTRICT NOT VALID;

--- reference_unknown: cascade that was not said
ALTER TABLE app.user_roles DROP CONSTRAINT user_roles_role_id_roles_fkey, ADD FOREIGN KEY (tenant_id, role_id)
    REFERENCES app.roles (tenant_id, id) ON DELETE CASCADE;

--- right_beyond_policies: truncate granted
GRANT TRUNCATE ON app.users TO user_service_application;

--- right_beyond_policies: truncate of audit granted to operations
GRANT TRUNCATE ON audit.entries TO user_service_operations;

--- right_beyond_policies: trigger granted
GRANT TRIGGER ON app.users TO user_service_application;

--- right_beyond_policies: references granted
GRANT REFERENCES ON app.users TO user_service_application;

--- right_excess: outbox readable
GRANT SELECT ON outbox.events TO user_service_application;

--- right_excess: audit writable
GRANT UPDATE, DELETE ON audit.entries TO user_service_application;

--- right_excess: audit insertable
GRANT INSERT ON audit.entries TO user_service_application;

--- right_excess: tenant updatable
GRANT UPDATE ON app.users TO user_service_application;

--- column_right_excess: tenant column updatable
GRANT UPDATE (tenant_id) ON app.users TO user_service_application;

--- right_excess: granted to everybody
GRANT SELECT ON app.users TO PUBLIC;

--- right_excess: granted with grant option
GRANT SELECT ON app.users TO user_service_application WITH GRANT OPTION;

--- right_missing: right taken away
REVOKE SELECT ON app.users FROM user_service_application;

--- right_excess: tenants readable
GRANT SELECT ON tenancy.tenants TO user_service_application;

--- right_excess: publisher in the tables
GRANT SELECT ON app.users TO user_service_publisher;

--- sequence_granted: sequence granted
CREATE SEQUENCE app.counter OWNED BY NONE;
GRANT SELECT ON app.counter TO user_service_application;

--- schema_right: schema creatable
GRANT CREATE ON SCHEMA app TO user_service_application;

--- default_rights: default privileges
ALTER DEFAULT PRIVILEGES FOR ROLE user_service_owner IN SCHEMA app GRANT SELECT ON TABLES TO user_service_application;

--- default_execute: functions for everybody by default
ALTER DEFAULT PRIVILEGES FOR ROLE user_service_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC;

--- role_member: duty in another role
GRANT user_service_owner TO user_service_application;

--- role_member: duty reads everything
GRANT pg_read_all_data TO user_service_application;

--- parameter_granted: triggers may be switched off
GRANT SET ON PARAMETER session_replication_role TO user_service_application;

--- definer_executable: definer of a bypassing role
CREATE FUNCTION app.all_users() RETURNS SETOF app.users LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog,
    pg_temp AS 'SELECT * FROM app.users';
GRANT EXECUTE ON FUNCTION app.all_users() TO user_service_application;

--- definer_search_path: search path of a definer
ALTER FUNCTION tenancy.admit(uuid, text, text, text) RESET search_path;

--- function_different: audit function with the bound tenant
CREATE OR REPLACE FUNCTION audit.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path =
    pg_catalog, pg_temp AS $$BEGIN RETURN NULL; END$$;

--- definer_executable: trigger function for everybody
GRANT EXECUTE ON FUNCTION audit.record() TO PUBLIC;

--- function_not_granted: admission taken away
REVOKE EXECUTE ON FUNCTION tenancy.admit(uuid, text, text, text) FROM user_service_application;

--- function_leakproof: leakproof function
CREATE FUNCTION app.leak(text) RETURNS boolean LANGUAGE plpgsql LEAKPROOF AS $$BEGIN RETURN true; END$$;

--- view_not_invoker: view without invoker
CREATE VIEW app.peek  AS SELECT * FROM app.users;
GRANT SELECT ON app.peek TO user_service_application;

--- materialized_view_granted: materialized view
CREATE MATERIALIZED VIEW app.peek  AS SELECT * FROM app.users;
GRANT SELECT ON app.peek TO user_service_application;

--- trigger_missing: audit trigger dropped
DROP TRIGGER record_audit ON app.users;

--- trigger_different: audit trigger for inserts alone
DROP TRIGGER record_audit ON app.users;
CREATE TRIGGER record_audit AFTER INSERT ON app.users FOR EACH ROW EXECUTE FUNCTION audit.record();

--- trigger_disabled: audit trigger off
ALTER TABLE app.users DISABLE TRIGGER record_audit;

--- trigger_disabled: checks of references off
ALTER TABLE app.user_roles DISABLE TRIGGER ALL;

--- trigger_unknown: trigger of somebody's
CREATE FUNCTION app.spy() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.tenant_id :=
    '0190bbbb-0000-7000-8000-00000000000b'; RETURN NEW; END$$;
CREATE TRIGGER spy BEFORE INSERT ON app.organizations FOR EACH ROW EXECUTE FUNCTION app.spy();

--- rule: rule
CREATE RULE quiet AS ON DELETE TO app.users DO INSTEAD NOTHING;

--- event_trigger: event trigger
CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION app.watch();

--- trigger_missing: zone check dropped
DROP TRIGGER check_tenant ON tenancy.tenants;

--- function_different: zone check that checks nothing
CREATE OR REPLACE FUNCTION tenancy.check_tenant() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;

--- tenant_elsewhere: tenant of elsewhere
ALTER TABLE tenancy.tenants DISABLE TRIGGER check_tenant;
INSERT INTO tenancy.tenants (id, slug, name, zone) VALUES (gen_random_uuid(), 'far', 'Far', 'US');
ALTER TABLE tenancy.tenants ENABLE TRIGGER check_tenant;

--- deployment_rows: deployment said twice
ALTER TABLE tenancy.deployment DISABLE TRIGGER ALL;
DELETE FROM tenancy.deployment;
ALTER TABLE tenancy.deployment ENABLE TRIGGER ALL;

--- table_unknown: bare table
CREATE TABLE app.bare (tenant_id uuid, secret text);
INSERT INTO app.bare VALUES ('0190bbbb-0000-7000-8000-00000000000b', 'canary-of-contoso');
GRANT SELECT ON app.bare TO user_service_application;

--- table_missing: table gone
DROP TABLE app.user_preferences;

--- column_unknown: column beside the model
ALTER TABLE app.users ADD COLUMN nickname text;

--- column_missing: column gone
ALTER TABLE app.users DROP COLUMN phone;

--- column_type: column of another type
ALTER TABLE app.users ALTER COLUMN phone TYPE varchar(40);

--- inheritance: partition or child
CREATE TABLE app.child () INHERITS (app.users);

--- default_tenant: tenant by role setting
ALTER ROLE "id-user" SET app.tenant_id = '0190bbbb-0000-7000-8000-00000000000b';

--- default_tenant: tenant by database setting
ALTER DATABASE user_service SET app.tenant_id = '0190bbbb-0000-7000-8000-00000000000b';

--- large_object: large object
SELECT lo_create(4712);

--- publication: publication
CREATE PUBLICATION everything FOR ALL TABLES;

--- policy_unknown: policy for everybody
CREATE POLICY support ON app.users USING (true);

--- function_missing: zone check and its function dropped
DROP FUNCTION tenancy.check_tenant() CASCADE;

--- function_granted: functions for everybody
GRANT EXECUTE ON FUNCTION tenancy.new_id() TO PUBLIC;

--- foreign_table: foreign table
CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere;
CREATE FOREIGN TABLE app.far (n int) SERVER elsewhere;

--- foreign_server: foreign server
CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere;
GRANT USAGE ON FOREIGN SERVER elsewhere TO user_service_application;

--- index_invalid: index never finished
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.users_status_idx'::regclass;

--- extension: extension that nobody declared
UPDATE pg_extension SET extname = 'stranger' WHERE extname = 'plpgsql';
