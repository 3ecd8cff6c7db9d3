-- What stands between a user and CREATE EXTENSION on Azure; runs as superuser on behalf of session_user.
-- The allow-list is read from the configuration file, because azure.extensions is a placeholder here, which any
-- session may set for itself. Messages as Azure words them:
-- https://learn.microsoft.com/azure/postgresql/extensions/errors-extensions
DO $gate$
DECLARE
    allowed text;
BEGIN
    IF pg_catalog.pg_has_role(session_user, 'azuresu', 'MEMBER') THEN
        RETURN;
    END IF;
    IF NOT pg_catalog.pg_has_role(session_user, 'azure_pg_admin', 'MEMBER') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = 'Only members of "azure_pg_admin" are allowed to use CREATE EXTENSION';
    END IF;
    SELECT setting INTO allowed FROM pg_catalog.pg_file_settings
        WHERE name = 'azure.extensions' ORDER BY seqno DESC LIMIT 1;
    IF NOT '@EXTENSION@' = ANY (pg_catalog.string_to_array(coalesce(allowed, ''), ',')) THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = 'extension "@EXTENSION@" is not allow-listed for users in Azure Database for PostgreSQL',
            HINT = 'to learn how to allow an extension or see the list of allowed extensions, please refer to https://go.microsoft.com/fwlink/?linkid=2301063';
    END IF;
    IF @PRELOAD@ AND NOT '@EXTENSION@' = ANY (pg_catalog.string_to_array(
        pg_catalog.current_setting('shared_preload_libraries'), ',')) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = '@EXTENSION@ must be loaded via shared_preload_libraries';
    END IF;
END
$gate$;
