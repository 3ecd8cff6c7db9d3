"""The matrix: every table of every database, every operation, A on B's row and with no tenant bound.

Each denial stands beside the row that it denied: the superuser sees it in the same transaction, before and after.
"""

from collections.abc import Iterator

import pytest

from tests.tenancy.proof.ground import Ground, Outcome, standing_on
from tests.tenancy.proof.operations import NOTHING, OPERATIONS, REFUSED, UNBOUND, Target, targets
from tests.tenancy.proof.places import NAMES
from tests.tenancy.proof.sample_rows import ACME, CANARY, CONTOSO


def came_to(outcome: Outcome) -> str:
    """An outcome in the words of the matrix."""
    if outcome.state:
        return outcome.state
    return f"{outcome.count} row(s)" if outcome.rows or outcome.count > 0 else NOTHING


def breaches(ground: Ground) -> Iterator[str]:
    """Every cell of the matrix that is not as it must be."""
    for target in targets(ground.place):
        digest = target.sql(
            "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY id)) FROM {t} t WHERE tenant_id = %s"
        )
        before = ground.see(digest, [CONTOSO])
        assert before[0][0] > 0, f"{target.name} holds no row that could be denied"
        for operation in OPERATIONS:
            for tenant in (ACME, None):
                statement, values = operation.statement(target)
                expected, after = operation.expected(target, bound=tenant is not None), before
                with ground.taken_back():
                    outcome = ground.attempt(statement, values, tenant=tenant)
                    if not outcome.state:  # what failed has changed nothing
                        after = ground.see(digest, [CONTOSO])
                cell = f"{target.name}, {operation.name}, {'A on B' if tenant else 'unbound'}"
                if came_to(outcome) != expected:
                    yield f"{cell}: {came_to(outcome)}, not {expected}"
                if after != before:
                    yield f"{cell}: B's rows changed"
        yield from _copied(ground, target)
        yield from _own(ground, target)


def _copied(ground: Ground, target: Target) -> Iterator[str]:
    """COPY TO gives the tenant's own rows, and none at all when none is bound."""
    if "SELECT" not in target.rights:
        return
    with ground.taken_back(), ground.acting() as connection, connection.cursor() as cursor:
        with cursor.copy(target.sql("COPY {t} TO STDOUT")) as copy:
            text = b"".join(map(bytes, copy)).decode()
        if str(CONTOSO) in text or CANARY[CONTOSO] in text or str(ACME) not in text:
            yield f"{target.name}, copy to: {text[:200]!r}"
    with ground.taken_back():
        outcome = ground.attempt(target.sql("SELECT * FROM (SELECT * FROM {t}) everything"), tenant=None)
        if outcome.state != UNBOUND:
            yield f"{target.name}, read as a whole, unbound: {came_to(outcome)}"


def _own(ground: Ground, target: Target) -> Iterator[str]:
    """What is refused to others is not refused to everybody: the tenant's own row is found and changed."""
    for right, text in (
        ("SELECT", "SELECT id FROM {t} WHERE tenant_id = %(mine)s"),
        ("UPDATE", "UPDATE {t} SET {c} = {c} WHERE tenant_id = %(mine)s"),
    ):
        with ground.taken_back():
            outcome = ground.attempt(target.sql(text), target.values)
        if outcome.state != ("" if right in target.rights else REFUSED) or (not outcome.state and outcome.count < 1):
            yield f"{target.name}, own rows, {right}: {came_to(outcome)}"


@pytest.mark.parametrize("name", NAMES)
def test_no_operation_on_any_table_reaches_another_tenant(places, name) -> None:
    """Every database of a region and of a global deployment."""
    with standing_on(places("18")[name]) as ground:
        assert list(breaches(ground)) == []


def test_no_operation_reaches_another_tenant_on_the_older_version(places) -> None:
    """The oldest version that Azure may run here: the user service, and in long runs every database."""
    with standing_on(places("16")["user_service"]) as ground:
        assert list(breaches(ground)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_operation_in_any_database_reaches_another_tenant_on_the_older_version(places, name) -> None:
    """As on the newer one."""
    with standing_on(places("16", *NAMES)[name]) as ground:
        assert list(breaches(ground)) == []
