"""The property that makes the job safe to run at any time: history does not matter, only the last plan does."""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.tenancy.bench import DATABASES, JOB, Bench, plan, principal
from tests.tenancy.catalogs import Facts, state

NAMES = ("user", "form", "publisher")


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """Some of the databases with some principals each; a name has one object id in a plan, and another in the next."""
    identities = {name: draw(st.sampled_from([name, f"{name} again"])) for name in NAMES}
    rows = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["application", "publisher"]))
    chosen = draw(st.dictionaries(st.sampled_from(DATABASES), rows, min_size=1))
    return plan(
        **{
            database: [principal(name, duty, identities[name]) for name, duty in duties.items()]
            for database, duties in chosen.items()
        }
    )


def reached(bench: Bench, wanted: dict[str, Any]) -> Facts:
    """What counts once a plan is applied: all but the roles of a database that left it, which stay for its data."""
    names = [row["name"] for row in wanted["databases"]]
    stay = tuple(database for database in DATABASES if database not in names)
    return frozenset(
        (kind, name, *rest)
        for kind, name, *rest in state(bench, names)
        if not (name.startswith(stay) and (kind == "role" or (kind, rest[0]) == ("member", JOB)))
    )


@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # making a plan smaller would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(first=plans(), second=plans())
def test_any_two_plans_in_sequence_end_as_the_second_alone(bench, capsys, first, second) -> None:
    """Roles, object ids, memberships, rights, settings and the revision are those of the second plan."""
    bench.reset()
    assert bench.apply(capsys, second).code == 0
    alone = reached(bench, second)
    bench.reset()
    for each in (first, second):
        run = bench.apply(capsys, each)
        assert (run.code, run.err) == (0, "")
    assert reached(bench, second) == alone
