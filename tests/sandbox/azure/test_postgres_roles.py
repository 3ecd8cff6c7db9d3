"""Claims about who may do what in a server: Azure's roles, and what Azure refuses fails here too."""

import re
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql

from sandbox.azure.effects import Endpoint
from sandbox.azure.errors import ArmError, NotModelledError
from sandbox.azure.postgres.entra import access_token
from sandbox.azure.postgres.fleet import PostgresFleet

SERVER = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-cf-westeu-dev-1"
PEOPLE = "6c1f8c1e-1111-4f0e-9d3c-0d5f6a7b8c9d"
JOB = "6c1f8c1e-2222-4f0e-9d3c-0d5f6a7b8c9d"
Connection = psycopg.Connection[tuple[object, ...]]


class Server:
    """One server with two Entra administrators, as the platform has it: a group of people and the job's identity."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.fleet = PostgresFleet(home)
        self.endpoint = self.ensure()

    def ensure(self, *, login: str | None = None, password: str | None = None) -> Endpoint:
        """As ARM's PUT of the server does."""
        return self.fleet.ensure(
            SERVER,
            "psql-cf-westeu-dev-1",
            "18",
            sku_name="Standard_B1ms",
            administrator_login=login,
            administrator_password=password,
        )

    def connect(self, user: str, password: str, database: str = "postgres") -> Connection:
        """A session over TCP, as any application has it."""
        return psycopg.connect(
            host=self.endpoint.host,
            port=self.endpoint.port,
            user=user,
            password=password,
            dbname=database,
            autocommit=True,
        )

    def sign_in(self, user: str, object_id: str, database: str = "postgres") -> Connection:
        """A session with a principal's token."""
        return self.connect(user, access_token(self.home, object_id).get_secret_value(), database)

    def new_principal(self, name: str, *, kind: str = "service") -> str:
        """A principal made by an administrator; gives its object id."""
        object_id = str(uuid.uuid4())
        with self.sign_in("people", PEOPLE) as connection:
            connection.execute(
                "SELECT pgaadauth_create_principal_with_oid(%s, %s, %s, false, false)", (name, object_id, kind)
            )
        return object_id


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of this file's own; engines and templates are made once for all files."""
    made = tmp_path_factory.mktemp("home")
    (made / "pg").mkdir()
    for name in ("engines", "templates"):
        shared = tmp_path_factory.getbasetemp() / "postgres" / name
        shared.mkdir(parents=True, exist_ok=True)
        (made / "pg" / name).symlink_to(shared)
    return made


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    made = Server(home)
    made.fleet.create_database(SERVER, "before_any_admin")
    made.fleet.add_admin(SERVER, PEOPLE, "people", "Group")
    made.fleet.add_admin(SERVER, JOB, "id-cf-westeu-dev-1-tenancy", "ServicePrincipal")
    made.fleet.create_database(SERVER, "user_service")
    yield made
    made.fleet.delete(SERVER)


@pytest.fixture
def admin(server) -> Iterator[Connection]:
    with server.sign_in("people", PEOPLE, "user_service") as connection:
        yield connection


def rights(connection: Connection, role: str) -> tuple[object, ...] | None:
    return connection.execute(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolcanlogin, rolreplication "
        "FROM pg_roles WHERE rolname = %s",
        (role,),
    ).fetchone()


def test_only_azuresu_is_superuser(admin) -> None:
    """Nothing of the users is ever superuser (https://learn.microsoft.com/azure/postgresql/security/security-access-control)."""
    assert admin.execute("SELECT rolname FROM pg_roles WHERE rolsuper").fetchall() == [("azuresu",)]


def test_entra_administrators_are_members_of_azure_pg_admin_with_its_rights(admin) -> None:
    """Attributes are not inherited, so they stand on the administrators too."""
    assert rights(admin, "azure_pg_admin") == (False, True, True, True, False, False)
    for name in ("people", "id-cf-westeu-dev-1-tenancy"):
        assert rights(admin, name) == (False, True, True, True, True, False)
        assert admin.execute("SELECT pg_has_role(%s, 'azure_pg_admin', 'USAGE')", (name,)).fetchone() == (True,)


def test_nobody_is_superuser_over_tcp(server) -> None:
    """The superuser is for the stand-in, by a socket of the sandbox's owner."""
    for password in ("", access_token(server.home, PEOPLE).get_secret_value()):
        with pytest.raises(psycopg.OperationalError, match="rejects connection"):
            server.connect("azuresu", password)


def test_a_token_opens_the_door_of_its_principal_alone(server) -> None:
    """Wrong tokens, tokens of others and no token at all are refused."""
    for password in (access_token(server.home, JOB).get_secret_value(), "wrong", ""):
        with pytest.raises(psycopg.OperationalError, match=r"password authentication failed|no password supplied"):
            server.connect("people", password)


REFUSED = {
    "COPY (SELECT 1) TO PROGRAM 'cat'": errors.InsufficientPrivilege,
    "COPY (SELECT 1) TO '/tmp/cf-written'": errors.InsufficientPrivilege,
    "SELECT pg_read_file('postgresql.conf')": errors.InsufficientPrivilege,
    "SELECT pg_ls_dir('.')": errors.InsufficientPrivilege,
    "CREATE ROLE boss SUPERUSER": errors.InsufficientPrivilege,
    "ALTER ROLE people SUPERUSER": errors.InsufficientPrivilege,
    "ALTER ROLE azure_pg_admin LOGIN": errors.InsufficientPrivilege,
    "ALTER ROLE azuresu NOLOGIN": errors.InsufficientPrivilege,
    "SET ROLE azuresu": errors.InsufficientPrivilege,
    "GRANT azuresu TO people": errors.InsufficientPrivilege,
    "GRANT pg_read_server_files TO people": errors.InsufficientPrivilege,
    "GRANT pg_execute_server_program TO people": errors.InsufficientPrivilege,
    "GRANT pg_write_all_data TO people": errors.InsufficientPrivilege,
    "ALTER SYSTEM SET work_mem = '1GB'": errors.InsufficientPrivilege,
    "LOAD 'pgaudit'": errors.InsufficientPrivilege,
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x'": errors.InsufficientPrivilege,
    "CREATE TABLESPACE t LOCATION '/tmp'": errors.InsufficientPrivilege,
    "SELECT * FROM pg_hba_file_rules": errors.InsufficientPrivilege,
    "CREATE EXTENSION vector": errors.FeatureNotSupported,
    "CREATE EXTENSION pgaudit": errors.FeatureNotSupported,
    "CREATE EXTENSION pgtap": errors.FeatureNotSupported,
}


@pytest.mark.parametrize("statement", REFUSED)
def test_what_azure_refuses_fails(admin, statement) -> None:
    """Code that needs a superuser must fail here, before it fails on Azure."""
    with pytest.raises(REFUSED[statement]):
        admin.execute(sql.SQL(statement))


def test_an_administrator_makes_roles_and_databases(admin) -> None:
    """Also roles that bypass row-level security, from version 16 on."""
    admin.execute("CREATE ROLE s_backfill NOLOGIN BYPASSRLS")
    admin.execute("CREATE ROLE s_owner NOLOGIN")
    admin.execute("GRANT s_owner TO CURRENT_USER WITH SET TRUE")
    admin.execute("CREATE SCHEMA s AUTHORIZATION s_owner")
    admin.execute("GRANT pg_monitor TO s_owner")
    admin.execute("CREATE DATABASE own")
    admin.execute("DROP DATABASE own")
    admin.execute("DROP SCHEMA s")
    admin.execute("DROP ROLE s_owner, s_backfill")


def test_databases_come_as_azure_hands_them_over(server, admin) -> None:
    """Schema public is azure_pg_admin's and open to all; databases without an administrator are nobody's."""
    owners = dict(admin.execute("SELECT datname, datdba::regrole::text FROM pg_database").fetchall())
    assert owners == {
        "azure_maintenance": "azuresu",
        "azure_sys": "azuresu",
        "before_any_admin": "azuresu",
        "postgres": "azure_pg_admin",
        "template0": "azure_pg_admin",
        "template1": "azure_pg_admin",
        "user_service": "azure_pg_admin",
    }
    public = "SELECT nspowner::regrole::text, has_schema_privilege('public', 'public', 'CREATE') FROM pg_namespace "
    assert admin.execute(sql.SQL(public + "WHERE nspname = 'public'")).fetchone() == ("azure_pg_admin", True)
    with pytest.raises(psycopg.OperationalError, match="rejects connection"):
        server.sign_in("people", PEOPLE, "azure_maintenance")


def test_administrators_manage_each_others_databases(server) -> None:
    """The job revokes what the group owns: both are members of the owner."""
    with server.sign_in("id-cf-westeu-dev-1-tenancy", JOB, "user_service") as connection:
        connection.execute("REVOKE ALL ON DATABASE user_service FROM PUBLIC")
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute("GRANT ALL ON DATABASE user_service TO PUBLIC")
        connection.execute("GRANT ALL ON SCHEMA public TO PUBLIC")


def test_making_and_dropping_a_database_twice_is_one(server, admin) -> None:
    """The effects of a killed run are applied again."""
    for _ in range(2):
        server.fleet.create_database(SERVER, 'Odd name; "quoted"')
    with server.sign_in("people", PEOPLE, 'Odd name; "quoted"'):
        for _ in range(2):
            server.fleet.drop_database(SERVER, 'Odd name; "quoted"')
    assert admin.execute("SELECT FROM pg_database WHERE datname LIKE 'Odd%'").fetchone() is None
    with pytest.raises(ArmError, match="system database"):
        server.fleet.drop_database(SERVER, "postgres")
    with pytest.raises(NotModelledError, match="LATIN1"):
        server.fleet.create_database(SERVER, "latin", charset="LATIN1")


def test_a_principal_by_object_id_is_a_plain_role_that_signs_in_with_its_token(server, admin) -> None:
    """Application identities are never administrators and members of nothing."""
    object_id = server.new_principal("id-cf-westeu-dev-1-user")
    assert rights(admin, "id-cf-westeu-dev-1-user") == (False, False, False, False, True, False)
    memberships = "SELECT count(*) FROM pg_roles r WHERE rolname <> %s AND pg_has_role(%s, r.oid, 'MEMBER')"
    name = "id-cf-westeu-dev-1-user"
    assert admin.execute(memberships, (name, name)).fetchone() == (0,)
    with server.sign_in(name, object_id, "user_service") as connection:
        assert connection.execute("SELECT current_user").fetchone() == (name,)
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("CREATE ROLE another")


def test_the_answer_and_the_list_are_azures(server) -> None:
    """https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users."""
    with server.sign_in("people", PEOPLE) as connection:
        made = connection.execute(
            "SELECT * FROM pgaadauth_create_principal_with_oid('ops@example.com', %s, 'user', true, true)",
            (str(uuid.UUID(int=7)),),
        )
        assert made.fetchone() == ('Created role for "ops@example.com"',)
        listed = connection.execute("SELECT * FROM pg_catalog.pgaadauth_list_principals(true)")
        columns = [column.name for column in listed.description or ()]
        assert columns == ["rolname", "principaltype", "objectid", "tenantid", "ismfa", "isadmin"]
        assert [(row[0], row[1], *row[4:]) for row in listed] == [
            ("id-cf-westeu-dev-1-tenancy", "service", 0, 1),
            ("ops@example.com", "user", 1, 1),
            ("people", "group", 0, 1),
        ]
        connection.execute('DROP ROLE "ops@example.com"')
        everybody = connection.execute("SELECT rolname FROM pgaadauth_list_principals(false)").fetchall()
        assert ("ops@example.com",) not in everybody


def test_any_administrator_manages_a_principal_that_another_made(server) -> None:
    """azure_pg_admin's members manage all roles; community PostgreSQL alone would refuse the second one."""
    object_id = server.new_principal("managed")
    with server.sign_in("id-cf-westeu-dev-1-tenancy", JOB) as connection:
        connection.execute("ALTER ROLE managed SET statement_timeout = '5s'")
        connection.execute("CREATE ROLE readers NOLOGIN")
        connection.execute("GRANT readers TO managed")
        with pytest.raises(errors.InsufficientPrivilege):  # managing a role is not being it
            connection.execute("SET ROLE managed")
        connection.execute("DROP ROLE managed, readers")
    with pytest.raises(psycopg.OperationalError):
        server.sign_in("managed", object_id)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("people", PEOPLE, "user"), errors.DuplicateObject),
        (("x", "no-guid", "user"), errors.InvalidParameterValue),
        (("x", PEOPLE, "robot"), errors.InvalidParameterValue),
        (("", PEOPLE, "user"), errors.InvalidName),
        (('a"b', PEOPLE, "user"), errors.InvalidName),
        (("a\nb", PEOPLE, "user"), errors.InvalidName),
        (("/all", PEOPLE, "user"), errors.InvalidName),
        (("x" * 64, PEOPLE, "user"), errors.InvalidName),
        (("pg_x", PEOPLE, "user"), errors.ReservedName),
    ],
)
def test_a_principal_that_cannot_be_is_refused(server, arguments, error) -> None:
    """A role name also stands in a file that pg_hba.conf reads: nothing in it may mean something there."""
    with server.sign_in("people", PEOPLE) as connection, pytest.raises(error) as raised:
        connection.execute("SELECT pgaadauth_create_principal_with_oid(%s, %s, %s, false, false)", arguments)
    assert access_token(server.home, PEOPLE).get_secret_value() not in str(raised.value)


def test_only_entra_administrators_manage_principals(server) -> None:
    """An application, and an administrator who is no Entra principal, are refused."""
    object_id = server.new_principal("app-only")
    call = "SELECT pgaadauth_create_principal_with_oid('x', %s, 'user', true, false)"
    with server.sign_in("app-only", object_id) as connection:
        for statement in (call, "SELECT pgaadauth_list_principals(%s = '')"):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(sql.SQL(statement), (PEOPLE,))
        for inner in ("token", "delete_admin"):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(sql.SQL("SELECT pgaadauth.{}(%s)").format(sql.Identifier(inner)), (PEOPLE,))
    server.endpoint = server.ensure(login="pgadmin", password="first")  # noqa: S106 - of this test alone
    with server.connect("pgadmin", "first") as connection, pytest.raises(errors.InsufficientPrivilege, match="Entra"):
        connection.execute(call, (PEOPLE,))
    server.endpoint = server.ensure()


def test_not_even_an_administrator_reads_the_key_of_the_tokens(server, admin) -> None:
    """Whoever had it could be anybody."""
    for statement in ("SELECT pg_read_file('entra.key')", "COPY pg_temp.x FROM 'entra.key'"):
        with pytest.raises((errors.InsufficientPrivilege, errors.UndefinedTable)):
            admin.execute(sql.SQL(statement))
    with server.sign_in("people", PEOPLE) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("SELECT pgaadauth.token(%s)", (JOB,))


def test_a_principal_by_name_alone_is_refused_with_the_way_out(server) -> None:
    """Azure asks Entra for the object id; there is no Entra here, and none is made up."""
    with (
        server.sign_in("people", PEOPLE) as connection,
        pytest.raises(errors.FeatureNotSupported, match="pgaadauth_create_principal_with_oid"),
    ):
        connection.execute("SELECT pgaadauth_create_principal('somebody', false, false)")


def test_the_functions_are_in_database_postgres_alone(admin) -> None:
    """As on Azure: a migration that calls them from its own database fails there."""
    with pytest.raises(errors.UndefinedFunction):
        admin.execute("SELECT pgaadauth_list_principals(true)")


def test_a_role_with_a_password_cannot_sign_in_where_only_entra_may(server, admin) -> None:
    """Password authentication is disabled on the platform's servers; with an administrator login it is enabled."""
    admin.execute("CREATE ROLE old_style LOGIN PASSWORD 'secret'")
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
        server.connect("old_style", "secret")
    server.endpoint = server.ensure(login="pgadmin", password="first")  # noqa: S106 - of this test alone
    server.connect("old_style", "secret").close()
    server.endpoint = server.ensure(login="pgadmin", password="second")  # noqa: S106 - of this test alone
    with server.connect("pgadmin", "second") as connection:
        assert rights(connection, "pgadmin") == (False, True, True, True, True, False)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        server.connect("pgadmin", "first")
    server.endpoint = server.ensure()
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
        server.connect("pgadmin", "second")
    admin.execute("DROP ROLE old_style")


def test_a_removed_administrator_is_gone(server, admin) -> None:
    """Twice is no error; one that owns something stays as a role without any right."""
    leaver, owner = str(uuid.uuid4()), str(uuid.uuid4())
    server.fleet.add_admin(SERVER, leaver, "leaver", "User")
    server.fleet.add_admin(SERVER, owner, "owner", "User")
    with server.sign_in("owner", owner, "user_service") as connection:
        connection.execute("CREATE TABLE public.kept (n int)")
    for object_id in (leaver, owner, leaver):
        server.fleet.remove_admin(SERVER, object_id)
    assert rights(admin, "leaver") is None
    assert rights(admin, "owner") == (False, False, False, False, False, False)
    assert admin.execute("SELECT pg_has_role('owner', 'azure_pg_admin', 'MEMBER')").fetchone() == (False,)
    with pytest.raises(psycopg.OperationalError):
        server.sign_in("owner", owner)


def test_adding_an_administrator_again_changes_nothing_and_a_new_name_renames(server, admin) -> None:
    """ARM's PUT: the object id is the resource's name, the principal's name may change."""
    object_id = str(uuid.uuid4())
    for name in ("analysts", "analysts", "data-analysts"):
        server.fleet.add_admin(SERVER, object_id, name, "Group")
        server.sign_in(name, object_id).close()
    assert rights(admin, "analysts") is None
    server.fleet.remove_admin(SERVER, object_id)


def test_a_principal_becomes_administrator_when_arm_says_so(server, admin) -> None:
    """The role stays the same; the way round (administrator made by SQL) goes through ARM too."""
    object_id = server.new_principal("promoted")
    server.fleet.add_admin(SERVER, object_id, "promoted", "ServicePrincipal")
    assert rights(admin, "promoted") == (False, True, True, True, True, False)
    server.fleet.remove_admin(SERVER, object_id)


def test_an_administrator_that_cannot_be_is_refused_by_arm(server) -> None:
    """With ARM's error, and no trace of SQL."""
    for arguments in ((str(uuid.uuid4()), "azure_pg_admin", "User"), (PEOPLE, "x", "Robot"), ("no-guid", "x", "User")):
        with pytest.raises(ArmError, match="InvalidParameterValue"):
            server.fleet.add_admin(SERVER, *arguments)
    server.sign_in("people", PEOPLE).close()


def test_the_smallest_server_takes_35_connections_of_users(server) -> None:
    """B1ms: 50, of which Azure keeps 15; pools of services must fit (https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-limits)."""
    opened: list[Connection] = []
    try:
        opened += [server.sign_in("people", PEOPLE) for _ in range(35)]
        with pytest.raises(psycopg.OperationalError, match="remaining connection slots are reserved"):
            server.sign_in("people", PEOPLE)
        server.fleet.create_database(SERVER, "user_service")  # the stand-in still gets in
    finally:
        for connection in opened:
            connection.close()


def test_secrets_are_nowhere_but_in_their_file(server) -> None:
    """Not in logs, records, settings, the catalogue or a repr; the key is its owner's alone."""
    secret = access_token(server.home, PEOPLE)
    assert secret.get_secret_value() not in repr(secret) + str(secret)
    key_file = server.home / "pg" / "entra.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    secrets = [secret.get_secret_value(), key_file.read_text(encoding="ascii")]
    directory = server.fleet._records.directory(SERVER)
    shown = [directory / "server.log", directory / "server.json", *(directory / "data").glob("*.conf")]
    texts = [file.read_text(encoding="utf-8") for file in shown]
    with server.sign_in("people", PEOPLE) as connection:
        texts += [str(row[0]) for row in connection.execute("SELECT prosrc FROM pg_proc").fetchall()]
        texts += [str(row) for row in connection.execute("SELECT * FROM pgaadauth_list_principals(false)").fetchall()]
    assert len(texts) > 100
    assert not any(secret in text for secret in secrets for text in texts)


def test_tokens_are_the_same_everywhere_in_a_sandbox_and_differ_between_sandboxes(server, tmp_path) -> None:
    """A principal has one token for all servers; another sandbox's is worth nothing here."""
    token = access_token(server.home, PEOPLE).get_secret_value()
    assert re.fullmatch("[0-9a-f]{64}", token)
    assert access_token(server.home, PEOPLE.upper()).get_secret_value() == token
    assert access_token(server.home, JOB).get_secret_value() != token
    assert access_token(tmp_path, PEOPLE).get_secret_value() != token
