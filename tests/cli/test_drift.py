"""Drift: what somebody changed in Azure behind the state is told property by property, and mended by the next up."""

import json
import shutil
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from cli.documents import Change, Run, StepDocument
from cli.drift import code_of, drifted
from cli.exit_codes import ExitCode
from sandbox.azure.store import Store
from sandbox.inventory import layout_of

GROUP = "rg-cf-global-dev"


def in_azure(small: Any) -> dict[str, Any] | None:
    """The group as it stands there."""
    with closing(Store(small.home.azure_store)) as store:
        found = store.read(lambda it: [one for one in it.everything() if one.name == GROUP])
    return found[0].inputs if found else None


def change_behind_the_state(small: Any, *, delete: bool) -> None:
    """Give the group another owner, or delete it, as a person in the portal would."""
    with closing(Store(small.home.azure_store)) as store, store.transaction() as transaction:
        (found,) = [one for one in transaction.everything() if one.name == GROUP]
        if delete:
            transaction.remove(found.arm_id)
        else:
            tags = {**found.inputs["tags"], "Owner": "Somebody"}
            outputs = {**found.outputs, **({"tags": tags} if "tags" in found.outputs else {})}
            transaction.put(replace(found, inputs={**found.inputs, "tags": tags}, outputs=outputs))


@pytest.mark.parametrize("delete", [False, True], ids=["changed", "deleted"])
def test_drift_is_told_and_nothing_changes_until_it_is_taken_in(small: Any, *, delete: bool) -> None:
    """With a change status 6, the property with both values, and the state as it was; after refresh and up, 0."""
    assert small("up", "global-dev").status == 0
    file = layout_of(small.home).state("global-dev")
    change_behind_the_state(small, delete=delete)
    before = file.read_bytes()
    found = small("refresh", "global-dev", "--check")
    assert found.status == 6, found.err
    assert "global-dev  drift: 1 resource is otherwise in Azure than in the state" in found.out
    assert ("- group" if delete else '~ tags.Owner: "DevOps" -> "Somebody"') in found.out
    assert "./cfctl refresh global-dev, then ./cfctl up global-dev" in found.out
    assert file.read_bytes() == before
    assert small("refresh", "global-dev").status == 0
    assert small("up", "global-dev").status == 0
    mended = in_azure(small)
    assert mended is not None
    assert mended["tags"]["Owner"] == "DevOps"
    clean = small("refresh", "global-dev", "--check", "--json")
    assert (clean.status, clean.document["command"], clean.document["exit_code"]) == (0, "refresh", 0)


def step(op: str, *changes: Change) -> StepDocument:
    return StepDocument(op, "urn", "azure-native:network:VirtualNetworkPeering", "peer", "done", 0.0, changes)


@pytest.mark.parametrize(
    ("found", "drifts"),
    [
        (step("delete"), True),
        (step("update"), True),
        (step("update", Change("tags.Owner", "update", "a", "b")), True),
        (step("update", Change("peeringState", "add", None, "Connected")), False),
        (step("update", Change("peeringState", "update", "Connected", "Disconnected")), True),
        (
            step("update", Change("peeringState", "add", None, "x"), Change("allowForwardedTraffic", "add", None, 1)),
            True,
        ),
        (step("update", Change("ipRules", "add", None, ["0.0.0.0/0"])), True),
        (step("same"), False),
    ],
)
def test_what_azure_fills_in_by_itself_is_no_drift_and_all_else_is(found: StepDocument, *, drifts: bool) -> None:
    """A peering is connected when its other side is there; a rule that somebody added is not Azure's."""
    run = Run("global-dev", "refresh", "succeeded", {}, 0.0, (found,), (), {}, {}, (), (), None, "")
    assert bool(drifted(run)) is drifts
    assert code_of(ExitCode.OK, [run]) is (ExitCode.DRIFT if drifts else ExitCode.OK)
    assert code_of(ExitCode.FAILED, [run]) is ExitCode.FAILED


def test_what_cannot_be_looked_at_is_no_drift(small: Any) -> None:
    """A state that is damaged keeps its own status."""
    assert small("up", "global-dev").status == 0
    layout_of(small.home).state("global-dev").write_text("{")
    assert small("refresh", "global-dev", "--check").status == 4


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH")
def test_the_pulumi_cli_tells_the_same_drift_and_changes_nothing_either(small: Any) -> None:
    """One status for both engines, and the state as it was."""
    assert small("up", "global-dev").status == 0
    assert small("refresh", "global-dev", "--check", "--engine", "cli").status == 0
    change_behind_the_state(small, delete=False)
    before = layout_of(small.home).state("global-dev").read_bytes()
    found = small("refresh", "global-dev", "--check", "--engine", "cli")
    assert found.status == 6, found.err
    assert "drift: 1 resource is otherwise" in found.out
    assert (
        json.loads(layout_of(small.home).state("global-dev").read_bytes())["checkpoint"]["latest"]["resources"]
        == json.loads(before)["checkpoint"]["latest"]["resources"]
    )
