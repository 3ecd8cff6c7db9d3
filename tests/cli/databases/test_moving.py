"""A tenant moves in three steps that both deployments do, and stays where it is when one of them fails."""

import pytest

from cidr import DeploymentName, FaultsError
from cli.databases.guards import Consent
from cli.databases.moving import check, move
from cli.exit_codes import ExitCode
from tests.cli.databases.pretend import Pretend, Seen, fault, result

NAME = DeploymentName.parse
YES = Consent(confirm="westeu-prod-1")


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("westeu-prod-1", "westeu-prod-1", "is where the tenant is"),
        ("westeu-dev-1", "westeu-prod-1", "westeu-prod-1 is of prod, westeu-dev-1 of dev: they share no exports"),
        ("westeu-prod-1", "global-prod", "global-prod is a global deployment"),
    ],
)
def test_some_deployments_have_no_way_between_them(source: str, target: str, words: str) -> None:
    """Said before anything is asked of anybody."""
    with pytest.raises(FaultsError, match=words):
        check(NAME(source), NAME(target))


def test_one_exports_the_other_imports_from_there_and_the_first_lets_go() -> None:
    """The other reads the folder of the first, in the container that both may read."""
    check(NAME("westeu-prod-1"), NAME("westeu-prod-2"))
    here, there, seen = Pretend(told=[[result(sha256="ab12")]] * 2), Pretend(told=[[result()]]), Seen()
    status = move(seen.screen(), here.host("westeu-prod-1"), there.host("westeu-prod-2"), "acme", "", YES)
    assert status == ExitCode.OK
    (out, let_go), (taken,) = ([one["containers"][0] for one in azure.started] for azure in (here, there))
    assert [it["args"][0] for it in (out, taken, let_go)] == ["export", "import", "let-go"]
    export = out["args"][1]
    assert export.startswith("--name=acme-")
    assert taken["args"][1] == let_go["args"][1] == export
    assert taken["args"][2] == "--sha256=ab12", "exactly the export that was made, and no other of its name"
    store = {it["name"]: it["value"] for it in taken["env"]}["TENANCY_STORE"]
    assert store == "https://stcfstate.blob.core.windows.net/exports-prod/westeu-prod-1"
    assert f"./cfctl tenant erase westeu-prod-1 --tenant acme --from {export.partition('=')[2]}" in seen.words


def test_where_the_other_refuses_the_first_lets_nobody_go() -> None:
    """The same command with the export's name goes on from there."""
    no = result(status="failed", exit_code=1, faults=[fault("a tenant of another zone")])
    here, there, seen = Pretend(told=[[result()]]), Pretend(told=[[no]], statuses=["Failed"]), Seen()
    status = move(seen.screen(), here.host("westeu-prod-1"), there.host("westeu-prod-2"), "acme", "", YES)
    assert status == ExitCode.FAILED
    assert len(here.started) == 1
    assert "a tenant of another zone" in seen.words
    assert "./cfctl tenant move westeu-prod-1 --tenant acme --to westeu-prod-2 --from acme-" in seen.words


def test_an_export_that_was_made_is_not_made_again() -> None:
    """Two steps are left."""
    here, there = Pretend(told=[[result()]]), Pretend(told=[[result()]])
    assert move(Seen().screen(), here.host("westeu-prod-1"), there.host("westeu-prod-2"), "acme", "acme-1", YES) == 0
    assert [one["containers"][0]["args"] for one in here.started] == [["let-go", "--name=acme-1", "--tenant=acme"]]
    assert there.started[0]["containers"][0]["args"] == ["import", "--name=acme-1"]
