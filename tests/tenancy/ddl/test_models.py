"""The properties that make the generator safe: whatever the model says, what is made is under the contract."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from psycopg import sql

from tenancy import migrate, rights
from tenancy.ddl import duplicates
from tenancy.ddl.steps import statements
from tenancy.gate.contract import Contract
from tenancy.gate.isolation import findings
from tenancy.model import Database, ModelError
from tenancy.revisions.fold import after, inverse
from tenancy.revisions.operations import CreateTable, Operation
from tenancy.work import Work
from tests.tenancy.bench import JOB, Connection
from tests.tenancy.ddl.models import databases
from tests.tenancy.ddl.operations import operations

NAME = "sample_service"
ON_A_SERVER = settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # making a model smaller would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture
def inside(ready) -> Iterator[Connection]:
    """The job in a database that no revision gives tables."""
    with ready((NAME,)).sign_in(JOB, NAME) as connection:
        yield connection


def carry_out(work: Work, operation: Operation, before: Database) -> Database:
    """A step as a migration does it."""
    work.connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(f"{NAME}_owner")))
    migrate.run(work, statements(operation, before))
    work.connection.execute("SET LOCAL ROLE NONE")
    made = after(before, operation)
    rights.converge(work, made, has_foundation=True)
    return made


def breaches(work: Work, model: Database) -> list[str]:
    return [str(finding.fault) for finding in findings(work, Contract(model))]


class History(tuple[Operation, ...]):
    """Steps in order; written out short, because a table's words fill pages."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(repr(operation)[:3000] for operation in self)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Tables by chance, then steps on them that fit."""
    start = draw(databases())
    assume(not duplicates(start))
    made: list[Operation] = [CreateTable(table) for table in start.tables]
    database = start
    for _ in range(draw(st.integers(0, 4))):
        operation = draw(operations(database))
        try:
            database = after(database, operation)
        except ModelError:
            continue
        made.append(operation)
    return History(made)


@ON_A_SERVER
@given(history=histories())
def test_any_model_is_made_under_the_contract_and_taken_back_step_by_step(inside, history) -> None:
    """The catalogs are those of the model after every step forth, and again after every step back.

    So no table, however it came about, lacks a policy, a key with the tenant, a trigger or a right, or has one too
    many; and the SQL of each step is that of the model.
    """
    database, back = Database(NAME), list[tuple[Operation, Database]]()
    with inside.transaction(force_rollback=True):
        work = Work(inside, NAME)
        for operation in history:
            back.append((inverse(database, operation), database))
            database = carry_out(work, operation, database)
        assert breaches(work, database) == []
        for operation, before in reversed(back):
            database = carry_out(work, operation, database)
            assert alike(database) == alike(before)
        assert breaches(work, database) == []
        assert database.tables == ()


def alike(database: Database) -> object:
    """What a model says, without the order of columns, indexes and references, which the catalogs have not either."""
    return {
        table.name: {
            name: frozenset(value) if name in {"columns", "indexes", "references", "unique"} else value
            for name, value in vars(table).items()
        }
        for table in database.tables
    }


@given(history=histories())
def test_a_step_and_its_inverse_change_nothing(history) -> None:
    """For every step that fits, from whatever is there."""
    database = Database(NAME)
    for operation in history:
        made = after(database, operation)
        assert alike(after(made, inverse(database, operation))) == alike(database)
        database = made
