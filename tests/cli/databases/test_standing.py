"""What `up` says of the databases is what their job said last; and a new sandbox gets where exports go."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cidr.yaml_source import REPOSITORY
from cli import account_runs
from cli.databases.standing import isolation_of
from deployments.exports import Exports
from sandbox.azure.jobs import console
from sandbox.azure.store import Store
from sandbox.home import SandboxHome
from stacks import load_settings
from tests.cli.databases.pretend import Seen, fault, result

GROUP = "rg-cf-westeu-dev-1"


def executed(home: Path, number: int, status: str, *lines: str) -> None:
    """An execution of the job that has ended, with what it wrote."""
    log = console.directory_of(home, GROUP, "tenancy") / f"tenancy-{number}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    now = datetime(2026, 11, 1, 12, number, tzinfo=UTC)
    execution = console.Execution(
        name=log.stem, status=status, started=now, ended=now, log=log, job_id="/job", template={}
    )
    console.keep(execution)


def test_the_last_command_that_looked_at_the_databases_counts(tmp_path: Path) -> None:
    """A list of tenants looks at none; before any there is nothing to say."""
    assert isolation_of(tmp_path, GROUP) == ""
    executed(tmp_path, 1, "Succeeded", result(command="apply", gate="empty", databases=8, revision="0002"))
    executed(tmp_path, 2, "Succeeded", 'row {"slug":"acme"}', result(command="tenants-list", tenants=1))
    told = "8 databases under row-level security at revision 0002, the gate is empty"
    assert isolation_of(tmp_path, GROUP) == told


def test_a_gate_that_is_not_empty_is_no_good_news(tmp_path: Path) -> None:
    """Whatever was before."""
    executed(tmp_path, 1, "Succeeded", result(command="apply", gate="empty", databases=8, revision="0002"))
    executed(tmp_path, 2, "Failed", result(command="gate", status="failed", exit_code=1, faults=[fault("bare")]))
    assert isolation_of(tmp_path, GROUP) == "row-level security is not as it should be: 1 fault(s) of tenancy-2"


@pytest.mark.parametrize("deployment", ["global-dev", "westeu-prod-1"])
def test_a_new_sandbox_has_where_exports_go_before_anything_is_deployed(tmp_path: Path, deployment: str) -> None:
    """Made once, and said; again nothing is made and nothing said."""
    home = SandboxHome(tmp_path / "home")
    seen = Seen()
    account_runs.begin(seen.screen(), home, REPOSITORY)
    assert "the account's storage and vault made first" in seen.words
    exports = Exports.of(load_settings(deployment).deployment)
    store = Store(home.azure_store)
    assert store.read(lambda tx: tx.find(exports.container_id)) is not None
    store.close()
    again = Seen()
    account_runs.begin(again.screen(), home, REPOSITORY)
    assert again.words == ""
