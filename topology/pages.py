"""Pages: HTML that needs nothing beside itself, light or dark as the reader's screen is, and fit for paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cidr import AllocationMap
from topology.addresses import AddressPage, address_page
from topology.drawing import draw
from topology.kinds import FAMILIES
from topology.model import Topology
from topology.svg import svg

_TEMPLATES: Final = Path(__file__).with_name("templates")
_WIRES: Final = (
    ("flow", "reaches, inside a network"),
    ("flow crossing", "reaches, into another deployment"),
    ("private", "private endpoint to its service"),
    ("peering", "peering of two networks"),
    ("broken", "peering or endpoint that lets nothing pass"),
    ("entry", "way in from the Internet"),
)


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """What leads from one deployment to another: an allowance, an endpoint, a zone's link or a peering."""

    source: str
    destination: str
    what: str
    why: str


def crossings(topology: Topology) -> Iterator[Crossing]:
    """Everything that leads from one of the deployments to another, in the order of the page."""
    for it in topology.peerings:
        words = f"peering, {it.state}, {'transit allowed' if it.transit else 'no transit'}"
        yield Crossing(source=it.near_name, destination=it.far_name, what=words, why=f"made by {', '.join(it.made_by)}")
    for flow in topology.flows:
        if flow.crosses:
            yield Crossing(
                source=flow.source.label,
                destination=flow.destination.label,
                what=flow.ports,
                why=", ".join(flow.reasons),
            )
    for it in topology.endpoints:
        if it.target_deployment and it.target_deployment != it.deployment:
            yield Crossing(
                source=f"{it.deployment} {it.name}",
                destination=f"{it.target_deployment} {it.target_name}",
                what=f"private endpoint ({', '.join(it.groups)})",
                why=f"connection {it.connection}",
            )
    for zone in topology.zones:
        for link in zone.links:
            if link.deployment and link.deployment != zone.deployment:
                yield Crossing(
                    source=f"{link.deployment} {link.network}",
                    destination=f"{zone.deployment or 'elsewhere'} {zone.name}",
                    what="resolves names by the zone",
                    why=f"link made by {link.made_by}",
                )


def topology_page(topology: Topology) -> str:
    """The page of deployments: drawing, legend and tables."""
    names = " and ".join(deployment.name for deployment in topology.deployments) or "nothing"
    title = f"Topology of {names}"
    return _render(
        "topology.html.j2",
        title=title,
        drawn_from=_drawn_from(topology),
        topology=topology,
        crossings=list(crossings(topology)),
        wires=_WIRES,
        drawing=Markup(svg(draw(topology), title)),  # noqa: S704 - every text in it was escaped where it was written
    )


def _drawn_from(topology: Topology) -> str:
    planned = [deployment.name for deployment in topology.deployments if deployment.status == "planned"]
    standing = [deployment.name for deployment in topology.deployments if deployment.status != "planned"]
    told = [f"Drawn from the state of {', '.join(standing)}."] if standing else []
    if planned:
        told.append(f"{', '.join(planned)}: drawn from a preview, as `up` would make it.")
    return " ".join(told)


def addresses_page(allocations: AllocationMap) -> str:
    """The page of the address map."""
    page: AddressPage = address_page(allocations)
    title = "Address map"
    return _render(
        "addresses.html.j2",
        title=title,
        page=page,
        blocks=Markup(svg(page.blocks, "Blocks of the platform")),  # noqa: S704 - as above
        slots=[(name, Markup(svg(scene, f"Slots of {name}"))) for name, scene in page.slots],  # noqa: S704 - as above
    )


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(families=FAMILIES, **values) + "\n"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
