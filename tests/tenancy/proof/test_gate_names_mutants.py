"""Claims about the gate inside a database: silent when healthy, quick, names each mutant, and its cures cure."""

import contextlib
import os
import re
import time
from pathlib import Path

import pytest
from psycopg.errors import DependentObjectsStillExist

from tenancy.gate.checks import FAMILIES
from tenancy.gate.contract import Contract
from tenancy.gate.isolation import Finding, findings
from tenancy.work import Work
from tests.tenancy.bench import JOB
from tests.tenancy.proof.ground import Ground, standing_on
from tests.tenancy.proof.mutants import MUTANTS
from tests.tenancy.proof.places import VERSIONS

# A step that begins so is a statement as it stands; the others say what to do in words.
STATEMENT = re.compile(r"(ALTER|CREATE (POLICY|TRIGGER|INDEX|UNIQUE)|DROP|GRANT|REINDEX|REVOKE|SELECT) ")
# Their cure is a backup, a person's decision or a text that is not repeated in a fault.
IN_WORDS = {
    *("function_different", "function_missing", "table_unknown", "table_missing", "column_unknown", "column_missing"),
    *("deployment_rows", "tenant_elsewhere", "extension", "definer_executable", "trigger_disabled"),
}
# Nothing else is cured before these are.
FIRST = {"function_missing", "table_missing"}


def found(ground: Ground) -> list[Finding]:
    return list(findings(Work(ground.connection, ground.place.name), Contract(ground.place.model)))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_healthy_database_is_no_finding(places, version) -> None:
    """Each of them, as the job's own identity sees it."""
    for name, place in places(version).items():
        with place.bench.sign_in(JOB, name) as connection:
            assert list(findings(Work(connection, name), Contract(place.model))) == []


@pytest.mark.parametrize("place", ["18", pytest.param("16", marks=pytest.mark.slow)], indirect=True)
def test_each_mutant_is_named_with_its_object_and_a_cure(place) -> None:
    """By the check that is meant for it; each fault has its place, what is allowed and a next step."""
    assert len(MUTANTS) >= 40
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    missed: list[str] = []
    for mutant in MUTANTS:
        with standing_on(place) as ground:
            ground.do(mutant.statement)
            told = found(ground)
        if mutant.gate not in {it.key for it in told}:
            missed.append(f"{mutant.name}: {[it.key for it in told]}, not {mutant.gate}")
        for it in told:
            assert it.fault.where.startswith("database user_service: "), mutant.name
            assert it.fault.what, mutant.name
            assert it.fault.allowed, mutant.name
            assert it.fault.next_step, mutant.name
            assert "{" not in str(it.fault).replace("{canary", ""), it.fault
    assert missed == []


def cure_of(finding: Finding) -> str:
    """The statement in its next step; "" where that is said in words."""
    step = finding.fault.next_step
    if not STATEMENT.match(step) or " or " in step:
        return ""
    return step.partition(", with NO FORCE")[0].partition("; one ")[0].partition("; then ")[0]


@pytest.mark.slow
@pytest.mark.parametrize("place", ["18"], indirect=True)
def test_the_cures_cure(place) -> None:
    """What is told as a statement is one: carried out, again while it leads to the next, none is told any more."""
    ill: list[str] = []
    # The extension is PostgreSQL's own under another name, which cannot be dropped.
    for mutant in (it for it in MUTANTS if it.gate != "extension"):
        with standing_on(place) as ground:
            ground.do(mutant.statement)
            left = found(ground)
            while (cures := [cure for cure in map(cure_of, left) if cure]) and FIRST.isdisjoint(it.key for it in left):
                for cure in cures:
                    with contextlib.suppress(DependentObjectsStillExist), ground.connection.transaction():
                        ground.do(cure)
                before, left = left, found(ground)
                if left == before:
                    ill += [f"{mutant.name}: {it.fault}" for it in left]
                    break
        if mutant.gate not in IN_WORDS and mutant.gate in {it.key for it in left}:
            ill.append(f"{mutant.name} is still {mutant.gate}")
    assert ill == []


def test_each_check_is_fed_with_a_bad_sample() -> None:
    """No check but has a mutant that it must name, save two that need wal_level = logical and a library for it."""
    checks = {check.key for family in FAMILIES for check in family.checks}
    assert checks - {mutant.gate for mutant in MUTANTS} == {"replication_slot", "subscription"}


def test_the_gate_takes_a_moment(place) -> None:
    """The whole of a database in under 150 ms of this process and its backend together, whatever else runs here."""
    with place.bench.sign_in(JOB, place.name) as connection:
        pid = connection.info.backend_pid
        times: list[float] = []
        for _ in range(3):
            began = time.process_time() + backend_seconds(pid)
            list(findings(Work(connection, place.name), Contract(place.model)))
            times.append(time.process_time() + backend_seconds(pid) - began)
    assert min(times) < 0.15


def backend_seconds(pid: int) -> float:
    """CPU that a process has used, in seconds (utime and stime of proc_pid_stat(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
