"""The mutation run: each guard is taken away in turn, and both the gate and the behaviour suite must notice.

The behaviour suite is the matrix and every test of a leak that works on a transaction alone.
"""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import psycopg
import pytest

from tenancy.gate.contract import Contract
from tenancy.gate.isolation import findings
from tenancy.work import Work
from tests.tenancy.proof import test_matrix
from tests.tenancy.proof.ground import Ground, Place, standing_on
from tests.tenancy.proof.mutants import MUTANTS, Mutant

SUITES = ("test_guards", *(f"test_leaks_{name}" for name in ("bypass", "keys", "writes", "sessions", "metadata")))
# What no statement of an application comes to differently, with the reason: the gate alone keeps these.
GATE_ALONE: Final[Mapping[str, str]] = {
    "helper volatile": "right, and 200 times slower",
    "index without tenant": "right, and slower for every tenant as the others grow",
    "foreign key not validated": "new rows are held to it; those of before need not be",
    "event trigger": "runs when somebody makes a table",
    "column beside the model": "exports and erasure would leave it out",
    "column of another type": "holds the same, until a migration meets it",
    "partition or child": "open to nobody while nobody was given rights on it",
    "policy for everybody": "the restrictive one holds all the same: leak 12",
    "foreign table": "lies elsewhere, and nobody was given rights on it",
    "foreign server": "needs the right to make a table too",
    "index never finished": "a unique one would let a second value in later",
    "extension that nobody declared": "does nothing by being there",
}


def behaviour() -> Iterator[tuple[str, Callable[[Ground], None]]]:
    """Every test of a leak that asks for nothing but the ground."""
    for name in SUITES:
        module = importlib.import_module(f"tests.tenancy.proof.{name}")
        for test, function in inspect.getmembers(module, inspect.isfunction):
            if test.startswith("test_") and list(inspect.signature(function).parameters) == ["ground"]:
                yield test, function


def noticed_by_behaviour(place: Place, mutant: Mutant) -> str:
    """The first test that fails on the mutant, "" when none does."""
    with standing_on(place) as ground:
        ground.do(mutant.statement)
        for name, test in (*behaviour(), ("matrix", _matrix)):
            try:
                with ground.taken_back():
                    test(ground)
            except (AssertionError, psycopg.Error, KeyError, IndexError, StopIteration):
                return name
    return ""


def _matrix(ground: Ground) -> None:
    assert next(test_matrix.breaches(ground), None) is None


def noticed_by_gate(place: Place, mutant: Mutant) -> str:
    """The checks that name the mutant."""
    with standing_on(place) as ground:
        ground.do(mutant.statement)
        told = findings(Work(ground.connection, place.name), Contract(place.model))
        return ", ".join(sorted({it.key for it in told}))


@pytest.mark.parametrize("place", ["18"], indirect=True)
def test_the_behaviour_suite_finds_nothing_in_a_healthy_database(place) -> None:
    """Else it would notice every mutant for the wrong reason."""
    assert noticed_by_behaviour(place, Mutant("", "none", "SELECT")) == ""
    assert noticed_by_gate(place, Mutant("", "none", "SELECT")) == ""


@pytest.mark.slow
@pytest.mark.parametrize("place", ["18"], indirect=True)
def test_no_mutant_lives(place, capsys) -> None:
    """Printed: how many of those planted each of the two notices, and which of them only one does."""
    rows: list[tuple[Mutant, str, str]] = [
        (mutant, noticed_by_gate(place, mutant), noticed_by_behaviour(place, mutant)) for mutant in MUTANTS
    ]
    with capsys.disabled():
        sys.stdout.write(report(rows))
    assert [mutant.name for mutant, gate, _ in rows if not gate] == []
    assert {mutant.name for mutant, _, test in rows if not test} == set(GATE_ALONE)


def report(rows: list[tuple[Mutant, str, str]]) -> str:
    """The outcome as lines."""
    by_gate, by_tests = sum(bool(gate) for _, gate, _ in rows), sum(bool(test) for *_, test in rows)
    by_one = sum(bool(gate or test) for _, gate, test in rows)
    head = (
        f"mutants planted {len(rows)}, caught by the gate {by_gate}, by behaviour {by_tests}, by one at least {by_one}"
    )
    each = (f"  {it.name:40} gate: {gate or '-':50} behaviour: {test or '-'}" for it, gate, test in rows)
    return "\n".join(("", head, *each, ""))
