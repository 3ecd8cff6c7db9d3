-- A new server as Azure hands it over, before any administrator is there; run once for each major version.
-- Roles: https://learn.microsoft.com/azure/postgresql/security/security-access-control

CREATE ROLE azure_pg_admin NOLOGIN NOSUPERUSER CREATEROLE CREATEDB BYPASSRLS;

GRANT pg_monitor, pg_read_all_settings, pg_read_all_stats, pg_stat_scan_tables, pg_signal_backend, pg_checkpoint, pg_create_subscription, pg_read_all_data TO azure_pg_admin WITH ADMIN OPTION;

ALTER DATABASE postgres OWNER TO azure_pg_admin;

ALTER DATABASE template0 OWNER TO azure_pg_admin;

ALTER DATABASE template1 OWNER TO azure_pg_admin;

CREATE DATABASE azure_maintenance STRATEGY file_copy;

CREATE DATABASE azure_sys STRATEGY file_copy;

CREATE EXTENSION pgaadauth;
