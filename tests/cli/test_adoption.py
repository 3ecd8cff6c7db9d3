"""What a lost reply left behind is found by its error, and taken over only when it bears the deployment's own name."""

import pytest

from cli.adoption import is_of, left_behind
from cli.one_run import added_up
from cli.run_view import RunView
from sandbox.deployers import RunResult
from sandbox.engine.model.events import DiagnosticEvent, ResOpFailedEvent, StepMetadata

GROUP = "/subscriptions/00000000-0000-0000-0000-0000000000d1/resourceGroups/rg-cf-global-dev"


@pytest.mark.parametrize(
    ("arm_id", "own"),
    [
        (GROUP, True),
        (f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-cf-global-dev/subnets/snet-cf-global-dev-db", True),
        (f"{GROUP}/providers/Microsoft.App/containerApps/case", True),
        ("/subscriptions/x/providers/Microsoft.Consumption/budgets/budget-cf-global-dev", True),
        (f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-cf-westeu-dev-1", False),
        (GROUP.replace("global-dev", "global-stg"), False),
        ("/subscriptions/x/resourceGroups/somebody-elses", False),
    ],
)
def test_the_innermost_name_decides_whose_a_resource_is(arm_id: str, own: bool) -> None:
    """A regional's own thing inside the global's group is the regional's."""
    assert is_of("global-dev", arm_id) is own


def failed_create(name: str, message: str) -> RunView:
    view = RunView("global-dev", "up")
    urn = f"urn:pulumi:global-dev::complianceflow::azure-native:resources:ResourceGroup::{name}"
    view.take(DiagnosticEvent("error", message, urn))
    step = StepMetadata("create", urn, "azure-native:resources:ResourceGroup", parent="urn:parent")
    view.take(ResOpFailedEvent(step, inputs={"location": "westeurope"}))
    return view


def test_an_existing_resource_is_found_with_what_it_was_sent() -> None:
    """Both engines wrap the provider's words in their own."""
    (found,) = left_behind(failed_create("g", f"resource create: cannot create already existing resource '{GROUP}'"))
    assert (found.id, found.parent, found.inputs) == (GROUP, "urn:parent", {"location": "westeurope"})


def test_other_failures_leave_nothing_behind() -> None:
    """A refusal changed nothing, and a stranger's resource is not ours."""
    assert left_behind(failed_create("g", "Code=InvalidParameter")) == []
    stranger = GROUP.replace("global-dev", "westeu-dev-1")
    assert left_behind(failed_create("g", f"cannot create already existing resource '{stranger}'")) == []


def test_two_attempts_are_told_as_one_run() -> None:
    """What the first made is not `unchanged` because the second found it."""
    first = RunResult("failed", {"create": 3, "same": 1}, seconds=2.0)
    second = RunResult("succeeded", {"create": 2, "same": 4}, seconds=3.0)
    together = added_up(first, second)
    assert (together.result, together.changes, together.seconds) == ("succeeded", {"create": 5, "same": 1}, 5.0)
