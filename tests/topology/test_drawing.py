"""Nothing overlaps, leaves its box or is run through, whatever is drawn."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cidr import load_map
from tests.topology.geometry import faults
from tests.topology.samples import Making, opening, platform, rule
from topology import read
from topology.drawing import draw
from topology.scene import Box, Label, Wire
from topology.text import Font

SLOTS = ("apps", "db", "redis", "storage", "bastion", "management")
DEPLOYMENTS = ("global-dev", "westeu-dev-1", "eastus-dev-1", "westeu-stg-1")
names = st.from_regex(r"[a-z][a-z0-9-]{0,60}", fullmatch=True)


@st.composite
def rules(draw_one: Any, deployment: str) -> list[dict[str, Any]]:
    """Rules between any slots of any deployments and service tags."""
    prefixes = [str(load_map().plan(name).slot(slot).network) for name in DEPLOYMENTS for slot in SLOTS]
    end = st.sampled_from([*prefixes, "*", "AzureActiveDirectory", "Internet"])
    way = st.sampled_from(["Inbound", "Outbound"])
    port = st.sampled_from(["443", "1-65535", "*", "9000-9093"])
    drawn = draw_one(st.lists(st.tuples(names, way, end, end, port), max_size=5))
    return [rule(*it, priority=100 + number) for number, it in enumerate(drawn)]


@st.composite
def deployments(draw_one: Any) -> list[Any]:
    """One to three deployments with subnets, services, endpoints across, public apps and peerings."""
    chosen = draw_one(st.lists(st.sampled_from(DEPLOYMENTS), min_size=1, max_size=3, unique=True))
    makings = [Making(name, status=draw_one(st.sampled_from(["up", "planned"]))) for name in chosen]
    targets: list[str] = []
    subnets: dict[str, dict[str, str]] = {}
    for making in makings:
        slots = draw_one(st.lists(st.sampled_from(SLOTS), max_size=4, unique=True))
        made = {slot: draw_one(st.none() | rules(making.deployment)) for slot in slots}
        subnets[making.deployment] = making.network({slot: opening(*it) if it else it for slot, it in made.items()})
        for name in draw_one(st.lists(names, max_size=4, unique=True)):
            kind = draw_one(st.sampled_from(["keyvault:Vault", "eventhub:Namespace", "toys:Robot"]))
            targets.append(making.add(kind, f"things/{name}", {"sku": {"name": draw_one(names)}}))
            for part in draw_one(st.lists(names, max_size=6, unique=True)):
                making.add("eventhub:EventHub", f"{targets[-1]}/eventhubs/{part}")
    for making in makings:
        for number, subnet in enumerate(subnets[making.deployment].values()):
            environment = {"vnetConfiguration": {"infrastructureSubnetId": subnet, "internal": draw_one(st.booleans())}}
            arm_id = making.add("app:ManagedEnvironment", f"managedEnvironments/e{number}", environment)
            for app in draw_one(st.lists(names, max_size=3, unique=True)):
                body = {"environmentId": arm_id, "configuration": {"ingress": {"external": True}}}
                making.add("app:ContainerApp", f"containerApps/{app}", body)
            for place, target in enumerate(draw_one(st.lists(st.sampled_from(targets), max_size=3)) if targets else []):
                making.endpoint(
                    f"{number}-{place}", subnet, target, "group", draw_one(st.sampled_from(["Approved", "Rejected"]))
                )
    for near in makings[1:]:
        near.peer(makings[0], back=draw_one(st.booleans()))
    return [making.source for making in makings]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(deployments())
def test_nothing_overlaps_whatever_is_drawn(drawn: Any) -> None:
    """Boxes in their boxes, texts in theirs, lines in lanes of their own and through nothing."""
    assert faults(draw(read(drawn))) == []


def test_the_platform_is_drawn_with_all_its_lines() -> None:
    """Three rows of an allowance inside, two crossings, the peering, five endpoints, one way in."""
    scene = draw(read(platform()))
    assert faults(scene) == []
    styles = sorted(wire.style for wire in scene.wires)
    assert styles.count("flow crossing") == 2
    assert styles.count("flow") == 3
    assert styles.count("private") == 4
    assert styles.count("private broken") == 1
    assert styles.count("peering") == 1
    assert styles.count("entry") == 1


def test_nothing_to_draw_is_an_empty_page() -> None:
    """No deployment, no fault."""
    assert faults(draw(read([]))) == []


BAD = {
    "leaves": lambda scene: scene.labels.append(
        Label(text="W" * 400, x=30, y=200, font=Font(10), style="", inside=scene.boxes[0].key)
    ),
    "boxes": lambda scene: scene.boxes.append(replace(scene.boxes[-1], key="copy", x=scene.boxes[-1].x + 1)),
    "texts": lambda scene: scene.labels.append(replace(scene.labels[0], text="upon it")),
    "runs through": lambda scene: scene.wires.append(
        Wire(points=((0, 300), (scene.width, 300), (scene.width, 310), (0, 310)), style="", title="astray")
    ),
    "lie upon": lambda scene: scene.wires.append(replace(scene.wires[0], title="twin")),
    "one key": lambda scene: scene.boxes.append(replace(scene.boxes[0])),
    "lies under": lambda scene: scene.boxes.append(
        Box(
            key="lid", x=scene.labels[0].x, y=scene.labels[0].top, w=9, h=9, style="node", inside=scene.labels[0].inside
        )
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_the_geometry_sees_what_is_wrong(fault: str) -> None:
    """The gate is fed bad samples."""
    scene = draw(read(platform()))
    BAD[fault](scene)
    assert any(fault in told for told in faults(scene))
