"""Claims about SQLAlchemy sessions: whatever a service does in one is its caller's tenant's. Direct to the server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest
import sqlalchemy
from psycopg import errors
from sqlalchemy import Engine, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, relationship, sessionmaker

from tenancy.sessions.binding import BindingError
from tenancy.sessions.engines import create_engine
from tenancy.sessions.sqlalchemy import TenantSession
from tests.tenancy.stage import ACME, CONTOSO, DATABASE, ORGANIZATIONS, TABLES, Credential, Stage, caller


class Base(DeclarativeBase):
    """A service's own classes."""

    metadata = ORGANIZATIONS.metadata


class Organization(Base):
    """A part of a tenant."""

    __table__ = ORGANIZATIONS
    users = relationship("User")


class User(Base):
    """A person of a tenant."""

    __table__ = TABLES["app.users"]


COUNT = select(func.count()).select_from(ORGANIZATIONS)
TENANT = text("SELECT tenancy.current_tenant_id()")


@pytest.fixture
def engine(stage) -> Iterator[Engine]:
    """The service's engine: one connection, so that every transaction comes after another's."""
    made = create_engine(stage.place(pool=1), Credential(stage.token))
    yield made
    made.dispose()


def of(engine: Engine, tenant: UUID) -> TenantSession:
    """A session of somebody of that tenant."""
    return TenantSession(engine, caller=caller(tenant))


def test_a_service_writes_queries_and_nothing_about_tenants(engine, stage) -> None:
    """Insert, get, join, lazy load, update, delete: each tenant finds its own, while the other's is there."""
    for tenant in (ACME, CONTOSO):
        with of(engine, tenant) as session, session.begin():
            session.add(Organization(name="HQ", country_code="NL", users=[User(email="a@x.example", display_name="A")]))
    assert stage.owned() == stage.owned("app.users") == {ACME: 1, CONTOSO: 1}
    with of(engine, ACME) as session:
        found = session.scalars(select(Organization).join(User).where(User.email == "a@x.example")).one()
        assert [user.display_name for user in found.users] == ["A"]
        assert session.get(Organization, found.id) is found
        found.users[0].job_title = "Trader"
        session.commit()
        assert found.users[0].job_title == "Trader"  # loaded again, in a new transaction
        session.delete(found.users[0])
        session.commit()
        session.delete(found)
        session.commit()
    assert stage.owned() == stage.owned("app.users") == {CONTOSO: 1}


def test_another_tenants_row_is_not_there_by_any_statement(engine, stage) -> None:
    """By its id, by update, delete and insert under its name."""
    stage.plant(CONTOSO, "Theirs")
    with of(engine, CONTOSO) as session:
        theirs = session.scalars(select(Organization)).one().id
    with of(engine, ACME) as session:
        assert session.get(Organization, theirs) is None
        assert session.execute(update(ORGANIZATIONS).values(name="Mine")).rowcount == 0
        assert session.execute(ORGANIZATIONS.delete()).rowcount == 0
        session.commit()
        with pytest.raises(DBAPIError) as caught:
            session.execute(
                text("INSERT INTO app.organizations (tenant_id, name, country_code) VALUES (:t, 'X', 'NL')"),
                {"t": CONTOSO},
            )
    assert isinstance(caught.value.orig, errors.InsufficientPrivilege)
    assert stage.owned() == {CONTOSO: 1}


def test_an_unbound_session_reads_and_writes_nothing(engine, stage) -> None:
    """SQLAlchemy's own session on the same engine: an error, never an empty answer (leak 20)."""
    stage.plant(ACME, "HQ")
    with Session(engine) as session:
        for statement in (COUNT, insert(ORGANIZATIONS).values(name="X", country_code="NL")):
            with pytest.raises(DBAPIError, match="no tenant bound") as caught:
                session.execute(statement)
            assert isinstance(caught.value.orig, errors.InvalidAuthorizationSpecification)
            session.rollback()
    assert stage.owned() == {ACME: 1}


def test_nothing_stays_on_the_connection(engine) -> None:
    """Leak 18: the next transaction, bound or not, starts from nothing."""
    with of(engine, ACME) as session:
        session.execute(COUNT)
    with engine.connect() as connection:
        left = connection.execute(text("SELECT current_setting('app.tenant_id', true)")).scalar()
        assert left == ""
    with of(engine, CONTOSO) as session:
        assert session.scalar(TENANT) == CONTOSO


def test_the_tenant_of_a_session_is_fixed_for_life(engine, stage) -> None:
    """Leak 34: there is no way to hand one tenant's loaded rows to another."""
    with of(engine, ACME) as session:
        with pytest.raises(AttributeError):
            session.caller = caller(CONTOSO)
        with pytest.raises(AttributeError):
            session.caller.tenant_id = CONTOSO
        session.info["caller"] = session.info["tenant"] = caller(CONTOSO)
        assert session.scalar(TENANT) == ACME
    with pytest.raises(TypeError, match="caller"):
        TenantSession(engine)
    made = sessionmaker(engine, class_=TenantSession)
    with made(caller=caller(CONTOSO)) as session:
        assert session.scalar(TENANT) == CONTOSO


def test_an_object_of_one_tenant_cannot_be_merged_into_another(engine, stage) -> None:
    """Its id is not there for the other; writing it there would be a new row of the other's, never the same one."""
    stage.plant(ACME, "HQ")
    with of(engine, ACME) as session:
        mine = session.scalars(select(Organization)).one()
        session.expunge(mine)
    mine.name = "Changed"
    with of(engine, CONTOSO) as session, session.begin():
        session.merge(mine)
    with of(engine, ACME) as session:
        assert session.scalars(select(Organization.name)).all() == ["HQ"]
    assert stage.owned() == {ACME: 1, CONTOSO: 1}


def test_a_flush_that_comes_first_is_bound(engine, stage) -> None:
    """Leak 35: a hook on execute would miss it."""
    with of(engine, ACME) as session:
        session.add(Organization(name="First", country_code="NL"))
        session.commit()
    assert stage.owned() == {ACME: 1}


def test_a_raw_connection_and_what_comes_after_a_commit_are_bound(engine) -> None:
    """Leak 35: below the session too, and in each transaction anew."""
    with of(engine, ACME) as session:
        for end in (session.commit, session.rollback):
            raw = session.connection().connection.cursor()
            raw.execute("SELECT tenancy.current_tenant_id(), current_setting('app.actor_id')")
            assert raw.fetchone() == (ACME, f"actor-{ACME}")
            end()


def test_a_savepoint_that_is_rolled_back_leaves_the_tenant(engine, stage) -> None:
    """Leak 21: the first thing in a session, and after an error inside it."""
    with of(engine, ACME) as session, session.begin():
        with session.begin_nested() as savepoint:
            assert session.scalar(TENANT) == ACME
            savepoint.rollback()
        assert session.scalar(TENANT) == ACME
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text("SELECT 1 / 0"))
        session.add(Organization(name="After", country_code="NL"))
    assert stage.owned() == {ACME: 1}


@pytest.mark.parametrize("way", ["engine", "connection", "session"])
def test_an_engine_that_commits_each_statement_is_refused(engine, stage, way) -> None:
    """Leak 20: the binding would be gone before the first query."""
    options = {"isolation_level": "AUTOCOMMIT"}
    if way == "session":
        with of(engine, ACME) as session, pytest.raises(BindingError, match="AUTOCOMMIT"):
            session.connection(execution_options=options)
    elif way == "engine":
        with of(engine.execution_options(**options), ACME) as session, pytest.raises(BindingError):
            session.execute(COUNT)
    else:
        with engine.connect().execution_options(**options) as connection, pytest.raises(BindingError):
            TenantSession(connection, caller=caller(ACME)).execute(COUNT)
    with pytest.raises(BindingError, match="two-phase"):
        TenantSession(engine, caller=caller(ACME), twophase=True)


def test_threads_keep_their_tenants_apart(stage) -> None:
    """Forty sessions in eight threads on two connections."""
    stage.plant(ACME, "HQ")
    engine = create_engine(stage.place(pool=2), Credential(stage.token))

    def ask(tenant: UUID) -> tuple[UUID, int | None]:
        with of(engine, tenant) as session:
            return session.scalar(TENANT), session.scalar(COUNT)

    asked = [ACME, CONTOSO] * 20
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, asked)) == [(tenant, int(tenant == ACME)) for tenant in asked]
    engine.dispose()


def test_the_audit_says_who(engine, stage) -> None:
    """Id and name as the token had them, with whatever letters."""
    who = replace(caller(ACME), actor_name="Zoë O'Neil; DROP TABLE x")
    with TenantSession(engine, caller=who) as session, session.begin():
        session.add(Organization(name="HQ", country_code="NL"))
    with stage.superuser() as connection:
        found = connection.execute("SELECT tenant_id, actor_id, actor_name FROM audit.entries").fetchall()
    assert found == [(ACME, who.actor_id, who.actor_name)]


def test_values_are_not_in_the_words_of_an_error(engine) -> None:
    """Somebody's data, in a log that everybody reads."""
    with of(engine, ACME) as session, pytest.raises(DBAPIError) as caught:
        session.execute(insert(TABLES["app.users"]).values(email="Secret@x.example", display_name="S"))
    assert "Secret" not in str(caught.value)


def test_an_own_engine_with_the_same_session_is_bound_too(stage) -> None:
    """The binding is the session's, not the engine's: one that a service builds by itself."""
    place = stage.place()
    url = sqlalchemy.URL.create("postgresql+psycopg", "id-user", stage.token, place.host, place.port, DATABASE)
    own = sqlalchemy.create_engine(url)
    with of(own, ACME) as session:
        assert session.scalar(TENANT) == ACME
    own.dispose()


def test_helper_is_stable_so_that_a_cached_plan_serves_no_other_tenant(stage: Stage) -> None:
    """Leak 23: prepared as one tenant, run often enough to be cached, asked as another."""
    stage.plant(ACME, "HQ")
    with stage.bench.sign_in("user", DATABASE) as connection:
        connection.prepare_threshold = 0
        for tenant in [ACME] * 7 + [CONTOSO] * 2 + [ACME]:
            with connection.transaction():
                connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(tenant),))
                found = connection.execute("SELECT count(*) FROM app.organizations", prepare=True).fetchone()
            assert found == (int(tenant == ACME),)


def test_temporary_tables_and_held_cursors(stage: Stage) -> None:
    """Leak 22: the first is refused by the database; the second it allows, which is why the lint looks for it."""
    stage.plant(ACME, "HQ")
    with stage.bench.sign_in("user", DATABASE) as connection:
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("CREATE TEMP TABLE kept (n int)")
        with connection.transaction():
            connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(ACME),))
            connection.execute("DECLARE kept CURSOR WITH HOLD FOR SELECT name FROM app.organizations")
        assert connection.execute("FETCH ALL FROM kept").fetchall() == [("HQ",)]


def test_plain_set_config_is_what_the_signed_mode_is_for(stage: Stage) -> None:
    """Leak 24, said out loud: in a database without the mode any SQL of a service names its tenant."""
    stage.plant(CONTOSO, "Theirs")
    with stage.bench.sign_in("user", DATABASE) as connection, connection.transaction():
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(CONTOSO),))
        assert connection.execute("SELECT count(*) FROM app.organizations").fetchone() == (1,)


def test_the_service_of_these_tests_is_held_by_policies(stage: Stage) -> None:
    """As a superuser everything above would say nothing."""
    with stage.bench.sign_in("user", DATABASE) as connection:
        found = connection.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert found.fetchone() == (False,)
