"""Each command of the job against a real server: what it does, and the one line that whoever started it reads."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tenancy.__main__ import main
from tenancy.commands.table import COMMANDS
from tests.tenancy.bench import DATABASES, SHORT, Bench, plan, principal

PLAN = {
    **plan(**{name: [principal(name.removesuffix("_service"))] for name in DATABASES}),
    "deployment": "westeu-dev-1",
    "zone": "EU",
}


@dataclass
class Done:
    """How a command ended: its code, its result, its rows, and all that it wrote."""

    code: int
    result: dict[str, Any]
    rows: list[dict[str, Any]]
    words: str

    @property
    def faults(self) -> list[str]:
        """What each fault says."""
        return [str(it["what"]) for it in self.result.get("faults", [])]


Run = Callable[..., Done]


@pytest.fixture
def bench(servers: Callable[[str], Bench]) -> Bench:
    """One server: what differs between versions is below the commands, and tested there."""
    made = servers("18")
    made.reset()
    return made


@pytest.fixture
def run(bench: Bench, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command of the job in this process: libpq and azure-identity read the environment of the process."""

    def one(*arguments: str, wanted: dict[str, Any] = PLAN, **changed: str) -> Done:
        environment = {**bench.environment(wanted), "TENANCY_STORE": f"file://{tmp_path}/store", **changed}
        with monkeypatch.context() as patched:
            for name, value in environment.items():
                patched.setenv(name, value)
            code = main(list(arguments), environment, SHORT)
        out, err = capsys.readouterr()
        lines = out.splitlines()
        results = [json.loads(it.removeprefix("result ")) for it in lines if it.startswith("result ")]
        assert len(results) == 1, out
        assert lines[-1].startswith("result "), "nothing comes after the result"
        rows = [json.loads(it.removeprefix("row ")) for it in lines if it.startswith("row ")]
        assert results[0]["command"] == arguments[0]
        return Done(code, results[0], rows, out + err)

    return one


@pytest.fixture
def ready(run: Run) -> Run:
    """As `run`, once `apply` has been."""
    assert run("apply").code == 0
    return run


def test_apply_ends_with_the_gate_empty_and_again_with_nothing_changed(run: Run) -> None:
    """What `up` reads for its summary."""
    first, second = run("apply"), run("apply")
    assert (first.code, first.result["status"], second.result["status"]) == (0, "changed", "unchanged")
    assert first.result["gate"] == second.result["gate"] == "empty"
    assert second.result["databases"] == len(DATABASES)


def test_the_gate_tells_what_stands_under_policies_and_names_what_does_not(ready: Run, bench: Bench) -> None:
    """A bare table is found with its place, and the job fails."""
    done = ready("gate")
    assert (done.code, done.result["status"]) == (0, "empty")
    assert {row["database"] for row in done.rows} == set(DATABASES)
    assert all(row["under_policies"] >= 3 for row in done.rows)
    bench.as_owner("user_service", "CREATE TABLE app.bare (secret text)")
    breached = ready("gate")
    assert breached.code == 1
    assert any("app.bare" in str(it["where"]) for it in breached.result["faults"])


def test_a_migration_goes_back_and_forth_and_keeps_rows_unless_told(ready: Run) -> None:
    """Back over rows is refused until it is said; forth again the gate is empty."""
    assert ready("seed").result["rows"] > 0
    kept = ready("migrate", "--to", "0001")
    assert kept.code == 1
    assert ready("tenants-list").result["tenants"] == 1
    back = ready("migrate", "--to", "0001", "--drop-data")
    assert (back.code, {row["to"] for row in back.rows}) == (0, {"0001"})
    nobody = ready("tenants-list")
    assert nobody.code == 1
    assert "0001, which has no tables" in nobody.words
    forth = ready("migrate")
    assert (forth.code, forth.result["gate"]) == (0, "empty")
    unknown = ready("migrate", "--to", "9999")
    assert (unknown.code, unknown.faults) == (2, ["no revision '9999'"])


def test_a_tenant_is_added_once_in_every_database_or_in_none(ready: Run) -> None:
    """Again it was there; of another zone it is refused by the databases, told once, with nothing written."""
    first = ready("tenants-add", "--slug=acme-eu", "--name=Acme Corp")
    again = ready("tenants-add", "--slug=acme-eu", "--name=Acme Corp")
    assert (first.result["new_in"], again.result["status"]) == (len(DATABASES), "was there")
    assert first.result["id"] == again.result["id"]
    refused = ready("tenants-add", "--slug=acme-us", "--name=Acme Corp", "--zone=US")
    assert refused.code == 1
    (fault,) = refused.result["faults"]
    assert "of residency zone US is refused: westeu-dev-1 is in zone EU" in fault["what"]
    assert fault["allowed"] == "tenants of zone EU"
    assert [row["slug"] for row in ready("tenants-list").rows] == ["acme-eu"]


def test_a_dedicated_deployment_takes_its_own_tenant_alone(run: Run) -> None:
    """By the databases' own rule."""
    dedicated = {**PLAN, "dedicated_tenant": "acme"}
    assert run("apply", wanted=dedicated).code == 0
    assert run("tenants-add", "--slug=acme", "--name=Acme Corp", wanted=dedicated).code == 0
    second = run("tenants-add", "--slug=contoso", "--name=Contoso", wanted=dedicated)
    assert second.code == 1
    assert "acme" in second.result["faults"][0]["allowed"]
    assert [row["slug"] for row in run("tenants-list", wanted=dedicated).rows] == ["acme"]


def test_an_export_is_taken_over_where_it_is_missing_and_left_where_it_stands(ready: Run) -> None:
    """Its manifest's hash is asked for; another is refused."""
    ready("seed")
    exported = ready("export", "--name=everything")
    assert exported.result["tenants"] == ["acme"]
    assert ready("export", "--name=everything").code == 1, "never over an export that is there"
    there = ready("import", "--name=everything")
    assert {row["outcome"] for row in there.rows} == {"was there"}
    assert ready("import", "--name=everything", f"--sha256={'0' * 64}").code == 1
    assert ready("migrate", "--to=0001", "--drop-data").code == 0
    assert ready("migrate").code == 0
    back = ready("import", "--name=everything", f"--sha256={exported.result['sha256']}")
    assert {row["outcome"] for row in back.rows} == {"imported"}
    assert back.result["rows"] == exported.result["rows"]


def emptied(ready: Run) -> None:
    """As the databases of a new server are."""
    assert ready("migrate", "--to=0001", "--drop-data").code == 0
    assert ready("migrate").code == 0


def test_the_store_tells_what_waits_until_every_database_has_taken_it(ready: Run) -> None:
    """The newest whole export with rows; a tenant's own, and one of databases that were never filled, are not asked."""
    assert ready("waiting").result["status"] == "none"
    ready("seed")
    assert ready("export", "--name=older").code == 0
    exported = ready("export", "--name=newer")
    assert ready("export", "--name=only-acme", "--tenant=acme").code == 0
    emptied(ready)
    assert ready("export", "--name=empty").code == 0
    found = ready("waiting")
    assert (found.result["status"], found.result["export"]) == ("waiting", "newer")
    assert found.result["sha256"] == exported.result["sha256"]
    assert {row["database"]: row["rows"] for row in found.rows} == {
        row["database"]: row["rows"] for row in exported.rows
    }
    assert ready("waiting", f"--before={found.result['ended']}").result["export"] == "older"
    assert ready("import", "--name=newer").code == 0
    assert ready("waiting").result["status"] == "none"


def test_what_is_given_up_waits_no_more_and_what_is_exported_afterwards_does(ready: Run, tmp_path: Path) -> None:
    """The marker says when, whose id and why; each has a file of its own, and no export is touched."""
    ready("seed")
    assert ready("export", "--name=old").code == 0
    assert ready("waiting").result["export"] == "old"
    given_up = [ready("give-up", "--reason=a load test", TENANCY_ACTOR="an-id") for _ in range(2)]
    assert [it.code for it in given_up] == [0, 0]
    markers = [json.loads(path.read_text()) for path in sorted((tmp_path / "store" / "given-up").iterdir())]
    assert [(it["actor"], it["reason"]) for it in markers] == [("an-id", "a load test")] * 2
    assert ready("waiting").result["status"] == "none"
    assert ready("verify", "--name=old").code == 0
    assert ready("export", "--name=new").code == 0
    assert ready("waiting").result["export"] == "new"
    next((tmp_path / "store" / "given-up").iterdir()).write_text('{"at": "yesterday"}')
    damaged = ready("waiting")
    assert (damaged.code, "not as `give-up` writes it" in damaged.words) == (1, True)
    assert ready("give-up", "--reason= ").code == 1


def test_an_erasure_leaves_no_row_and_a_certificate(ready: Run, tmp_path: Path) -> None:
    """After the tenant's own export; one of somebody else, or none, is refused."""
    ready("seed")
    ready("tenants-add", "--slug=acme-eu", "--name=Acme Corp")
    assert ready("export", "--name=others", "--tenant=acme-eu").code == 0
    assert ready("erase", "--tenant=acme", "--export=others").code == 1
    assert ready("erase", "--tenant=acme").code == 2
    assert ready("export", "--name=own", "--tenant=acme").code == 0
    done = ready("erase", "--tenant=acme", "--export=own")
    assert done.code == 0, done.words
    assert {row["after"] for row in done.rows} == {0}
    assert sum(row["before"] for row in done.rows) > 100
    certificate = json.loads((tmp_path / "store" / done.result["certificate"]).read_text())
    assert certificate["sha256"] == done.result["sha256"]
    assert {row["slug"]: row["status"] for row in ready("tenants-list").rows}["acme-eu"] == "active"


def test_who_lets_a_tenant_go_has_it_suspended_unless_it_has_written_since(ready: Run) -> None:
    """A move's last step, in the deployment that it leaves."""
    ready("seed")
    assert ready("export", "--name=moving", "--tenant=acme").code == 0
    done = ready("let-go", "--name=moving", "--tenant=acme")
    assert (done.code, len(done.rows)) == (0, len(DATABASES))
    assert [row["status"] for row in ready("tenants-list").rows] == ["suspended"]


def test_retention_tells_what_it_deleted(ready: Run) -> None:
    """Nothing is old here."""
    done = ready("retention")
    assert (done.code, done.result["deleted"]) == (0, 0)


def test_the_audit_has_the_id_of_who_asked(ready: Run, bench: Bench) -> None:
    """Given by who starts the job; never in a line of it."""
    ready("tenants-add", "--slug=acme-eu", "--name=Acme Corp")
    exported = ready("export", "--name=x", "--tenant=acme-eu")
    actor = "b7a0c0de-0000-4000-8000-000000000001"
    done = ready("erase", "--tenant=acme-eu", "--export=x", TENANCY_ACTOR=actor)
    assert (exported.code, done.code) == (0, 0)
    assert actor not in done.words
    with bench.superuser("user_service") as connection:
        found = connection.execute("SELECT count(*) FROM audit.entries WHERE actor_id = %s", (actor,)).fetchone()
    assert found is not None
    assert found[0] >= 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["strange"], "invalid choice: 'strange'"),
        ([], "the following arguments are required"),
        (["erase", "--tenant=acme", "--export=x", "--without-export=y"], "not allowed with argument"),
        (["tenants-add", "--slug=Acme Corp", "--name=x"], "'Acme Corp' is no slug"),
        (["tenants-add", "--slug=acme", "--name=x", "--id=7"], "'7' is no UUID"),
        (["waiting", "--before=2026-11-22T08:00:00"], "is no time with its zone"),
    ],
)
def test_arguments_that_cannot_be_read_are_wrong_input(
    bench: Bench, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    """Status 2, in the words of every other fault; nothing is asked of the server."""
    assert main(arguments, bench.environment(PLAN), SHORT) == 2
    out, err = capsys.readouterr()
    (fault,) = json.loads(out.splitlines()[-1].removeprefix("result "))["faults"]
    assert words in fault["what"]
    assert words in err


def test_without_a_store_nothing_is_exported(ready: Run) -> None:
    """And a URL that is none names what is allowed."""
    assert ready("export", "--name=x", TENANCY_STORE="").code == 2
    done = ready("export", "--name=x", TENANCY_STORE="https://example.com/x")
    assert (done.code, "no container of blobs" in done.words) == (1, True)


def test_every_command_says_what_it_does() -> None:
    """One line for --help."""
    assert all(20 < len(row.about) < 120 for row in COMMANDS.values())
