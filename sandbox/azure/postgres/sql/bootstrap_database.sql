-- In postgres and template1, and so in every database made later: azure_pg_admin owns schema public, and everybody
-- may create in it, whatever the major version. template0 stays as PostgreSQL makes it.

ALTER SCHEMA public OWNER TO azure_pg_admin;

GRANT USAGE, CREATE ON SCHEMA public TO PUBLIC;
