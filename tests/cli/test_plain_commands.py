"""`list`, `doctor`, `outputs` and `--help` are quick, import no Pulumi, and say the same for people and programs."""

import json
import resource
import subprocess
import sys
from typing import Any

import pytest

RESOURCES = [
    {
        "urn": "urn:pulumi:global-dev::complianceflow::pulumi:pulumi:Stack::complianceflow-global-dev",
        "type": "pulumi:pulumi:Stack",
        "custom": False,
    },
    {
        "urn": "urn:pulumi:global-dev::complianceflow::azure-native:resources:ResourceGroup::group",
        "type": "azure-native:resources:ResourceGroup",
        "custom": True,
        "id": "/x",
    },
]


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["doctor"], ["outputs", "global-dev"], ["up", "--help"]])
def test_plain_commands_import_no_pulumi(cfctl: Any, arguments: list[str]) -> None:
    """The SDK costs a second and 124 MB; a list must not."""
    code = (
        "import sys\nfrom cli.main import run\n"
        f"run({arguments!r})\n"
        "found = [name for name in sys.modules if name.split('.')[0].startswith(('pulumi', 'grpc'))]\n"
        "print('|' + ' '.join(found), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=cfctl.environment, capture_output=True, text=True, check=True
    )
    assert done.stderr.rpartition("|")[2].strip() == ""


def test_help_is_there_at_once(cfctl: Any) -> None:
    """Well under half a second; its own CPU, best of three: other tests share the machine."""
    times: list[float] = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert cfctl("--help").status == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(times) < 0.4


def test_the_list_shows_every_deployment_and_how_it_stands(cfctl: Any) -> None:
    """Those of the map, with and without a stack file, and the account with the budgets of all environments."""
    cfctl.write_state("global-dev", {"resources": RESOURCES})
    cfctl.write_state("westeu-dev-1", "{")
    rows = {row["deployment"]: row for row in cfctl("list", "--json").document["deployments"]}
    assert len(rows) == 12
    assert (rows["account"]["kind"], rows["account"]["block"], rows["account"]["budget"]) == ("account", "", 22850)
    assert rows["global-dev"]["status"] == "up"
    assert rows["global-dev"]["resources"] == 1
    assert rows["global-dev"]["block"] == "10.0.0.0/16"
    assert rows["global-dev"]["budget"] == 150
    assert rows["westeu-dev-1"]["status"] == "damaged"
    assert rows["westeu-prod-1"]["status"] == "down"
    assert rows["westeu-prod-1"]["budget"] == 5000
    text = cfctl("list").out
    assert all(name in text for name in rows)


def test_a_list_in_a_pipe_is_not_cut_to_a_terminal(elsewhere: Any) -> None:
    """A file has no width; a deployment without a stack file is listed too."""
    cfctl = elsewhere()
    (cfctl.project / "stacks" / "Pulumi.westeu-prod-1.yaml").unlink()
    line = next(line for line in cfctl("list").out.splitlines() if line.startswith("westeu-prod-1"))
    assert "no stack file" in line
    assert "…" not in line


def test_colours_are_for_terminals_and_never_with_no_color(cfctl: Any) -> None:
    """Neither the option nor the variable leaves an escape code in a forced terminal's list."""
    forced = {"FORCE_COLOR": "1"}
    assert "\x1b[" in cfctl("doctor", **forced).out
    for quiet in (cfctl("doctor", "--no-color", **forced), cfctl("doctor", NO_COLOR="1", **forced)):
        assert not any(f"\x1b[{code}m" in quiet.out for code in range(30, 38))
    assert "\x1b" not in cfctl("doctor").out


def test_the_doctors_document_has_every_finding(cfctl: Any) -> None:
    """And the status of the command is theirs."""
    ended = cfctl("doctor", "--json")
    statuses = {check["status"] for check in ended.document["checks"]}
    assert ended.status == (1 if "fail" in statuses else 0)
    assert all(set(check) == {"name", "status", "detail", "next_step"} for check in ended.document["checks"])


def test_outputs_of_what_is_not_up_are_empty(cfctl: Any) -> None:
    """No error: a script may ask."""
    ended = cfctl("outputs", "global-dev", "--json")
    assert ended.status == 0
    assert ended.document["outputs"] == {}


def test_the_export_of_what_was_never_made_says_so(cfctl: Any) -> None:
    """An empty export would be taken for a state."""
    ended = cfctl("state", "export", "global-dev")
    assert ended.status == 2
    assert ended.out == ""
    assert "./cfctl up global-dev" in ended.err


def test_json_goes_to_standard_output_alone(cfctl: Any) -> None:
    """What people read on the way must not get between."""
    ended = cfctl("down", "westeu-dev-1", "--json")
    assert json.loads(ended.out)["command"] == "down"
    assert ended.err
