"""Claims about server parameters: what Azure takes, when it takes effect, and what becomes of extensions."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors, sql

from sandbox.azure.errors import ArmError, NotModelledError
from sandbox.azure.postgres import configurations
from sandbox.azure.postgres.configurations import Parameter
from sandbox.azure.postgres.entra import access_token
from sandbox.azure.postgres.fleet import PostgresFleet

PREFIX = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-"
PEOPLE = "6c1f8c1e-1111-4f0e-9d3c-0d5f6a7b8c9d"
VERSIONS = (16, 18)
EVERY = sorted({(version, name) for version in VERSIONS for name in configurations.parameters(version)})
BURSTABLE = "Standard_B1ms"
Connection = psycopg.Connection[tuple[object, ...]]


class Servers:
    """One server of each version, with an administrator."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.fleet = PostgresFleet(home)

    def connect(self, version: int) -> Connection:
        """A session of the administrator."""
        endpoint = self.fleet.ensure(PREFIX + str(version), "psql", str(version), sku_name=BURSTABLE)
        return psycopg.connect(
            host=endpoint.host,
            port=endpoint.port,
            user="people",
            password=access_token(self.home, PEOPLE).get_secret_value(),
            dbname="postgres",
            autocommit=True,
        )

    def show(self, version: int, name: str) -> str:
        """What a new session sees."""
        with self.connect(version) as connection:
            found = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
        assert found is not None
        return str(found[0])

    def set(self, version: int, name: str, value: str | None) -> None:
        """As ARM's PUT and DELETE of a Configuration do."""
        self.fleet.set_configuration(PREFIX + str(version), name, value)


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
def servers(home: Path) -> Iterator[Servers]:
    made = Servers(home)
    for version in VERSIONS:
        made.fleet.ensure(PREFIX + str(version), "psql", str(version), sku_name=BURSTABLE)
        made.fleet.add_admin(PREFIX + str(version), PEOPLE, "people", "Group")
    yield made
    for version in VERSIONS:
        made.fleet.delete(PREFIX + str(version))


def of_type(*types: str) -> list[Parameter]:
    found = [configurations.parameters(version)[name] for version, name in EVERY]
    return [parameter for parameter in found if parameter.data_type in types and parameter.change != "read-only"]


@pytest.mark.parametrize(("version", "name"), EVERY)
def test_every_default_is_a_value_that_the_parameter_takes(version, name) -> None:
    """The table against itself: Azure's default is among what Azure allows."""
    parameter = configurations.parameters(version)[name]
    assert parameter.accept(parameter.default) == parameter.default


@given(st.sampled_from(of_type("integer")), st.integers(-(2**40), 2**40))
def test_an_integer_is_taken_exactly_within_its_range(parameter, value) -> None:
    """Azure answers 400 for one beyond either end."""
    least, most = parameter.allowed.rsplit("-", 1)
    if int(least) <= value <= int(most):
        assert parameter.accept(str(value)) == str(value)
    else:
        with pytest.raises(ArmError, match=f"Allowed values are '{parameter.allowed}'"):
            parameter.accept(str(value))


@given(
    st.sampled_from(of_type("integer", "numeric")), st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=9)
)
def test_a_number_with_anything_else_in_it_is_refused(parameter, text) -> None:
    """Units are PostgreSQL's own notation; the Configuration resource takes plain numbers."""
    with pytest.raises(ArmError, match="ServerParameterToCMSUnAllowedParameterValue"):
        parameter.accept(f"1{text}x")


@given(st.sampled_from(of_type("boolean", "enumeration")), st.data())
def test_a_listed_value_is_taken_in_any_case_and_no_other(parameter, data) -> None:
    """ARM bodies say ON and on alike."""
    value = data.draw(st.sampled_from(parameter.values))
    cased = "".join(data.draw(st.sampled_from([letter.upper(), letter.lower()])) for letter in value)
    assert parameter.accept(cased) == value
    with pytest.raises(ArmError, match="ServerParameterToCMSUnAllowedParameterValue"):
        parameter.accept(cased + "?")


@given(st.sampled_from(of_type("set")), st.data())
def test_a_set_takes_any_of_its_members_in_any_case_and_no_other(parameter, data) -> None:
    """The platform writes PGAUDIT and WRITE,DDL,ROLE; order is kept, repetition is not."""
    members = data.draw(st.lists(st.sampled_from(parameter.values), max_size=4))
    canonical = ",".join(dict.fromkeys(members))
    assert parameter.accept(" , ".join(member.upper() for member in members)) == canonical
    with pytest.raises(ArmError, match="ServerParameterToCMSUnAllowedParameterValue"):
        parameter.accept(",".join([*members, "no_such_thing"]))


@pytest.mark.parametrize(
    ("sku_name", "connections"),
    [
        ("Standard_B1ms", 50),
        ("Standard_B2ms", 859),
        ("Standard_D2ds_v5", 859),
        ("Standard_D4ads_v5", 1718),
        ("Standard_D96ds_v5", 5000),
        ("Standard_E4ds_v4", 3437),
    ],
)
def test_the_default_of_max_connections_follows_the_compute_size(sku_name, connections) -> None:
    """https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-limits."""
    assert configurations.max_connections(sku_name) == connections


@pytest.mark.parametrize("sku_name", ["Standard_B3ms", "Standard_D3ds_v5", "GP_Standard_D2ds_v5", "", "B1ms"])
def test_an_unknown_compute_size_is_an_error(sku_name) -> None:
    """A name with the old B_ or GP_ prefix is none."""
    with pytest.raises(NotModelledError, match="does not know how many connections"):
        configurations.max_connections(sku_name)


@pytest.mark.parametrize(
    ("name", "value", "error", "says"),
    [
        ("fsync", "off", ArmError, "ConfigurationReadOnly"),
        ("reserved_connections", "0", ArmError, "ConfigurationReadOnly"),
        ("shared_preload_libraries", "vector", ArmError, "Value 'vector' is invalid for server parameter"),
        ("pgbouncer.enabled", "True", ArmError, "ServerParameterToCMSPgBouncerNotSupportedForBurstable"),
        ("logfiles.retention_days", "8", ArmError, "Allowed values are '1-7'"),
        ("no_such_parameter", "1", NotModelledError, "no_such_parameter"),
        ("transaction_timeout", "1", NotModelledError, "PostgreSQL 16"),
    ],
)
def test_what_azure_refuses_is_refused_with_its_code(name, value, error, says) -> None:
    """The code of a value: https://learn.microsoft.com/azure/postgresql/monitor/how-to-configure-server-logs."""
    with pytest.raises(error, match=says):
        configurations.accept(name, value, version=16, sku_name=BURSTABLE)


def test_a_pooler_that_is_not_there_is_not_switched_on() -> None:
    """Success is never faked; Azure would open port 6432."""
    with pytest.raises(NotModelledError, match="PgBouncer"):
        configurations.accept("pgbouncer.enabled", "True", version=18, sku_name="Standard_D2ds_v5")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_table_agrees_with_the_server(servers, version) -> None:
    """What the table calls static waits for a restart in PostgreSQL, and a new server has Azure's values."""
    chosen = configurations.effective({}, version=version, sku_name=BURSTABLE)
    units = {"log_temp_files", "maintenance_work_mem", "shared_buffers", "work_mem"}  # shown with their units
    with servers.connect(version) as connection:
        assert connection.info.server_version // 10000 == version
        rows = connection.execute("SELECT name, setting, context FROM pg_settings").fetchall()
        known = {str(name): (str(setting), context) for name, setting, context in rows}
        placeholders = {name: current(connection, name) for name in chosen if "." in name and name not in known}
    for name, parameter in configurations.parameters(version).items():
        if parameter.service:
            assert name not in known
        elif "." in name:
            assert placeholders[name] == chosen[name]
        else:
            setting, context = known[name]
            assert name in units or setting.removeprefix("0x") == chosen[name], name
            assert (context == "postmaster") == (parameter.change == "static" or "reserved_connections" in name), name


def current(connection: Connection, name: str) -> str | None:
    found = connection.execute("SELECT current_setting(%s, true)", (name,)).fetchone()
    return None if found is None or found[0] is None else str(found[0])


def test_a_dynamic_parameter_takes_effect_at_once(servers) -> None:
    """And None puts it back to its default, as a deleted Configuration does."""
    servers.set(18, "statement_timeout", "5000")
    assert servers.show(18, "statement_timeout") == "5s"
    assert servers.fleet.pending_restart(PREFIX + "18") == frozenset()
    servers.set(18, "statement_timeout", None)
    assert servers.show(18, "statement_timeout") == "0"


def test_a_static_parameter_waits_for_the_restart(servers) -> None:
    """ARM's isConfigPendingRestart until then."""
    servers.set(18, "max_connections", "60")
    assert servers.show(18, "max_connections") == "50"
    assert servers.fleet.pending_restart(PREFIX + "18") == {"max_connections"}
    servers.fleet.restart(PREFIX + "18")
    assert servers.show(18, "max_connections") == "60"
    assert servers.fleet.pending_restart(PREFIX + "18") == frozenset()
    servers.set(18, "max_connections", None)
    servers.fleet.restart(PREFIX + "18")


def test_a_refused_value_changes_nothing(servers) -> None:
    """Bad input: a clear error with nothing changed."""
    servers.set(18, "work_mem", "8192")
    with pytest.raises(ArmError):
        servers.set(18, "work_mem", "lots")
    assert servers.show(18, "work_mem") == "8MB"
    servers.set(18, "work_mem", None)


def test_values_with_quotes_reach_the_server_as_they_are(servers) -> None:
    """The file that carries them has quotes and escapes of its own."""
    servers.set(18, "log_line_prefix", '%t \\n "x" # ')
    assert servers.show(18, "log_line_prefix") == '%t \\n "x" # '
    servers.set(18, "log_line_prefix", None)


NOT_ALLOWED = 'extension "{}" is not allow-listed for users in Azure Database for PostgreSQL'


@pytest.mark.parametrize("version", VERSIONS)
def test_pgaudit_needs_the_allow_list_then_the_library_then_a_restart(servers, version) -> None:
    """Each step alone fails as it does on Azure."""
    create = "CREATE EXTENSION pgaudit"
    with servers.connect(version) as connection, pytest.raises(errors.FeatureNotSupported) as refused:
        connection.execute(create)
    assert refused.value.diag.message_primary == NOT_ALLOWED.format("pgaudit")
    assert "linkid=2301063" in str(refused.value.diag.message_hint)
    servers.set(version, "azure.extensions", "PGAUDIT")
    servers.set(version, "shared_preload_libraries", "pgaudit")
    with (
        servers.connect(version) as connection,
        pytest.raises(errors.ObjectNotInPrerequisiteState, match="must be loaded via shared_preload_libraries"),
    ):
        connection.execute(create)
    servers.fleet.restart(PREFIX + str(version))
    servers.set(version, "pgaudit.log", "WRITE,DDL,ROLE")
    with servers.connect(version) as connection:
        connection.execute(create)
        found = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'pgaudit'").fetchone()
        assert found == ("18.0",)
        assert current(connection, "pgaudit.log") == "write,ddl,role"
        assert current(connection, "shared_preload_libraries") == "pgaudit"
        connection.execute("DROP EXTENSION pgaudit")
    for name in ("azure.extensions", "shared_preload_libraries", "pgaudit.log"):
        servers.set(version, name, None)
    servers.fleet.restart(PREFIX + str(version))


@pytest.mark.parametrize("version", VERSIONS)
def test_an_extension_of_the_wheel_works_once_it_is_allowed(servers, version) -> None:
    """The wheel has vector alone; without the list it is refused like any other."""
    servers.set(version, "azure.extensions", "vector")
    with servers.connect(version) as connection:
        connection.execute("CREATE EXTENSION vector")
        assert connection.execute("SELECT '[3,4]'::vector <-> '[0,0]'").fetchone() == (5.0,)
        connection.execute("DROP EXTENSION vector")
    servers.set(version, "azure.extensions", None)


def test_an_extension_that_only_azure_has_says_so_once_it_is_allowed(servers) -> None:
    """Success is never faked: pgcrypto is not in the wheel."""
    servers.set(18, "azure.extensions", "pgcrypto,uuid-ossp")
    with servers.connect(18) as connection:
        for name in ("pgcrypto", "uuid-ossp"):
            with pytest.raises(errors.FeatureNotSupported, match="is not available") as refused:
                connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(name)))
            assert "Azure has it" in str(refused.value.diag.message_detail)
        with pytest.raises(errors.FeatureNotSupported, match="not allow-listed"):
            connection.execute("CREATE EXTENSION citext")
    servers.set(18, "azure.extensions", None)


def test_a_session_cannot_widen_the_allow_list_for_itself(servers) -> None:
    """azure.extensions is a placeholder here, which anybody may set; the gate does not ask the session."""
    with servers.connect(18) as connection:
        connection.execute("SET azure.extensions = 'vector'")
        with pytest.raises(errors.FeatureNotSupported, match="not allow-listed"):
            connection.execute("CREATE EXTENSION vector")


def test_only_administrators_create_extensions(servers) -> None:
    """https://learn.microsoft.com/azure/postgresql/extensions/errors-extensions."""
    servers.set(18, "azure.extensions", "vector")
    with servers.connect(18) as connection:
        connection.execute("CREATE ROLE builder NOLOGIN")
        connection.execute("GRANT builder TO people WITH SET TRUE")
        connection.execute("GRANT CREATE ON DATABASE postgres TO builder")
        connection.execute("SELECT pgaadauth_create_principal_with_oid('dev', %s, 'user', false, false)", (PEOPLE,))
        connection.execute("GRANT builder TO dev")
    endpoint = servers.fleet.ensure(PREFIX + "18", "psql", "18", sku_name=BURSTABLE)
    with (
        psycopg.connect(
            host=endpoint.host,
            port=endpoint.port,
            user="dev",
            password=access_token(servers.home, PEOPLE).get_secret_value(),
            dbname="postgres",
        ) as connection,
        pytest.raises(errors.InsufficientPrivilege, match='Only members of "azure_pg_admin"'),
    ):
        connection.execute("CREATE EXTENSION vector")
    servers.set(18, "azure.extensions", None)
