-- The functions by which an Entra administrator manages roles on Azure, and what the stand-in itself uses for ARM.
-- https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users
--
-- An access token is the role's password. It follows from the principal's object id and a key that lies beside the
-- data, so that every server of a sandbox takes the same token for the same principal.

CREATE SCHEMA pgaadauth;

CREATE TABLE pgaadauth.principal (
    role oid PRIMARY KEY,
    object_id text NOT NULL,
    object_type text NOT NULL CHECK (object_type IN ('user', 'group', 'service')),
    is_mfa boolean NOT NULL,
    is_admin boolean NOT NULL
);

CREATE FUNCTION pgaadauth.hmac(key bytea, message bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
-- RFC 2104 with SHA-256, for keys of at most 64 bytes.
DECLARE
    inner_pad bytea := key || decode(repeat('00', 64 - length(key)), 'hex');
    outer_pad bytea := inner_pad;
BEGIN
    FOR i IN 0..63 LOOP
        inner_pad := set_byte(inner_pad, i, get_byte(inner_pad, i) # 54);
        outer_pad := set_byte(outer_pad, i, get_byte(outer_pad, i) # 92);
    END LOOP;
    RETURN sha256(outer_pad || sha256(inner_pad || message));
END $$;

CREATE FUNCTION pgaadauth.token(object_id text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(pgaadauth.hmac(decode(trim(pg_read_file('entra.key'), E' \n'), 'hex'),
                                 convert_to(lower(object_id), 'UTF8')), 'hex')
$$;

CREATE FUNCTION pgaadauth.publish() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
-- pg_hba.conf lets in over TCP whom this file names. No role can be called pg_nobody; it keeps the file from being
-- empty, which pg_hba.conf does not take.
BEGIN
    EXECUTE format(
        $copy$ COPY (SELECT '"' || rolname || '"' FROM pgaadauth.principal JOIN pg_authid ON oid = role
                     UNION ALL SELECT 'pg_nobody') TO %L $copy$,
        current_setting('data_directory') || '/entra.users');
    PERFORM pg_reload_conf();
END $$;

CREATE FUNCTION pgaadauth.create_role(
    role_name text, object_id text, object_type text, is_admin boolean, is_mfa boolean
) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- A double quote, a backslash or a leading slash means something else in entra.users.
    IF role_name !~ '^[^/"\\[:cntrl:]][^"\\[:cntrl:]]*$' OR octet_length(role_name) > 63 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_name',
            MESSAGE = format('invalid role name "%s"', role_name),
            DETAIL = 'A role name has 1 to 63 bytes, no double quote, backslash or control character, no leading slash.';
    END IF;
    IF object_id !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('invalid object id "%s": a GUID is needed', object_id);
    END IF;
    IF object_type NOT IN ('user', 'group', 'service') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('invalid object type "%s": user, group or service is needed', object_type);
    END IF;
    EXECUTE format('CREATE ROLE %I LOGIN', role_name);
    BEGIN
        EXECUTE format('ALTER ROLE %I PASSWORD %L', role_name, pgaadauth.token(object_id));
    EXCEPTION WHEN OTHERS THEN
        -- The original error would carry the statement, and with it the token, to the client and the log.
        RAISE EXCEPTION USING ERRCODE = SQLSTATE,
            MESSAGE = format('the access token of role "%s" could not be set', role_name);
    END;
    INSERT INTO pgaadauth.principal
        SELECT oid, lower(object_id), object_type, is_mfa, is_admin FROM pg_authid WHERE rolname = role_name;
    -- Azure lets every member of azure_pg_admin manage roles; community PostgreSQL asks for the admin option. A member
    -- of azure_pg_admin cannot be given to it, so an administrator made here is managed by its maker alone.
    IF is_admin THEN
        PERFORM pgaadauth.make_admin(role_name);
    END IF;
    IF NOT is_admin OR session_user <> 'azuresu' THEN
        EXECUTE format('GRANT %I TO %I WITH ADMIN TRUE, INHERIT FALSE, SET FALSE',
                       role_name, CASE WHEN is_admin THEN session_user ELSE 'azure_pg_admin' END);
    END IF;
    PERFORM pgaadauth.publish();
    RETURN format('Created role for "%s"', role_name);
END $$;

CREATE FUNCTION pgaadauth.make_admin(role_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_auth_members WHERE roleid = (SELECT oid FROM pg_authid WHERE rolname = role_name) AND member = 'azure_pg_admin'::regrole) THEN
        EXECUTE format('REVOKE %I FROM azure_pg_admin', role_name);  -- else each would be a member of the other
    END IF;
    -- Attributes are not inherited through azure_pg_admin. From version 16 on an administrator may create roles that
    -- bypass row-level security, which community PostgreSQL allows to whoever bypasses it too.
    EXECUTE format('ALTER ROLE %I CREATEROLE CREATEDB BYPASSRLS', role_name);
    EXECUTE format('GRANT azure_pg_admin TO %I', role_name);
END $$;

CREATE FUNCTION pgaadauth.put_admin(role_name text, id text, type text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
-- ARM: PUT .../administrators/{objectId}, idempotent.
DECLARE
    known record;
BEGIN
    SELECT rolname, principal.* INTO known FROM pgaadauth.principal JOIN pg_authid ON oid = role
        WHERE principal.object_id = lower(id) ORDER BY rolname <> role_name LIMIT 1;
    IF known.rolname = role_name THEN
        UPDATE pgaadauth.principal SET object_type = type, is_admin = true WHERE role = known.role;
        IF NOT known.is_admin THEN
            PERFORM pgaadauth.make_admin(role_name);
        END IF;
    ELSE
        PERFORM pgaadauth.delete_admin(id);
        PERFORM pgaadauth.create_role(role_name, id, type, true, false);
    END IF;
END $$;

CREATE FUNCTION pgaadauth.delete_admin(id text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
-- ARM: DELETE .../administrators/{objectId}. A role that owns something cannot be dropped: it stays, powerless.
DECLARE
    gone name;
BEGIN
    FOR gone IN SELECT rolname FROM pgaadauth.principal JOIN pg_authid ON oid = role
        WHERE object_id = lower(id) AND is_admin
    LOOP
        BEGIN
            EXECUTE format('DROP ROLE %I', gone);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            EXECUTE format('ALTER ROLE %I NOLOGIN NOCREATEROLE NOCREATEDB NOBYPASSRLS PASSWORD NULL', gone);
            EXECUTE format('REVOKE azure_pg_admin FROM %I', gone);
        END;
    END LOOP;
    DELETE FROM pgaadauth.principal WHERE object_id = lower(id) AND is_admin;
    PERFORM pgaadauth.publish();
END $$;

CREATE FUNCTION pgaadauth.authorize() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pgaadauth.principal JOIN pg_authid ON oid = role
                   WHERE rolname = session_user AND is_admin) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = 'permission denied: only a Microsoft Entra administrator of the server may manage Entra principals';
    END IF;
END $$;

CREATE FUNCTION pg_catalog.pgaadauth_create_principal_with_oid(
    rolename text, objectid text, objecttype text, isadmin boolean, ismfa boolean
) RETURNS text
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pgaadauth.authorize();
    RETURN pgaadauth.create_role(rolename, objectid, objecttype, isadmin, ismfa);
END $$;

CREATE FUNCTION pg_catalog.pgaadauth_create_principal(rolename text, isadmin boolean, ismfa boolean) RETURNS text
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pgaadauth.authorize();
    RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
        MESSAGE = format('the sandbox has no Entra directory in which to look up "%s"', rolename),
        HINT = 'Name the object id: pgaadauth_create_principal_with_oid(rolename, objectid, objecttype, isadmin, ismfa).';
END $$;

-- The first column is documented as rolename; the servers call it rolname.
CREATE FUNCTION pg_catalog.pgaadauth_list_principals(isadminvalue boolean)
RETURNS TABLE (rolname name, principaltype text, objectid text, tenantid text, ismfa integer, isadmin integer)
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pgaadauth.authorize();
    RETURN QUERY SELECT a.rolname, p.object_type, p.object_id, NULL::text, p.is_mfa::integer, p.is_admin::integer
        FROM pgaadauth.principal p JOIN pg_authid a ON a.oid = p.role
        WHERE p.is_admin OR NOT isadminvalue ORDER BY a.rolname;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA pgaadauth FROM PUBLIC;
REVOKE ALL ON FUNCTION
    pg_catalog.pgaadauth_create_principal_with_oid(text, text, text, boolean, boolean),
    pg_catalog.pgaadauth_create_principal(text, boolean, boolean),
    pg_catalog.pgaadauth_list_principals(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    pg_catalog.pgaadauth_create_principal_with_oid(text, text, text, boolean, boolean),
    pg_catalog.pgaadauth_create_principal(text, boolean, boolean),
    pg_catalog.pgaadauth_list_principals(boolean) TO azure_pg_admin;
