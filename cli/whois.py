"""`cfctl whois`: whose is this? A generated name, an address or prefix, an ARM id, a URN or a deployment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final, cast

from cidr import DeploymentName, Fault, FaultsError, load_map
from cidr.faults import nearest
from cidr.schema import FreeBlock, HeldBlock, OwnedBlock, RetiredBlock
from cli import documents
from cli.deployed import Notice, standing_resources
from cli.exit_codes import ExitCode
from cli.portal import NOTHING_THERE, portal_link, tenant_of
from cli.screen import Screen
from components.conventions import REGIONS, ParsedName, kinds, parse_name
from sandbox.azure import arm_ids
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of
from stacks import known_deployments
from topology import Resource

_LABEL_WIDTH: Final = 12


@dataclass(frozen=True, kw_only=True)
class Match:
    """One thing that the question may mean.

    `kind`: of names.yaml where the name is one of those, else the resource's type, "deployment" or "address".
    `status`: that of the deployment (see Standing), empty for what belongs to none; `stands`: it is in Azure as far as
    the state tells. `portal`: link, empty for what does not stand. `holders`: what the address is named in.
    """

    what: str
    kind: str
    deployment: str = ""
    region: str = ""
    environment: str = ""
    status: str = ""
    stands: bool = False
    detail: str = ""
    id: str = ""
    urn: str = ""
    tags: Mapping[str, str] | None = None
    portal: str = ""
    holders: tuple[str, ...] = ()


class Known:
    """Everything that stands in a home, read once."""

    def __init__(self, home: SandboxHome, project: Path, notice: Notice) -> None:
        self._home = home
        self._project = project
        self.resources: list[Resource] = []
        for name in known_deployments():
            if standing_of(home, str(name)).maybe_up:
                self.resources += standing_resources(home, str(name), notice)

    def of_resource(self, resource: Resource) -> Match:
        """A resource that stands."""
        tags = resource.value("tags")
        match = Match(
            what=resource.name,
            kind=_kind_of(resource),
            id=resource.id,
            urn=resource.urn,
            stands=True,
            tags=cast("Mapping[str, str]", tags) if isinstance(tags, Mapping) else None,
            portal=portal_link(resource.id, tenant_of(resource.deployment, self._project)) if resource.id else "",
        )
        return self.owned(match, resource.deployment)

    def owned(self, match: Match, deployment: str) -> Match:
        """The match, with what is known of its deployment."""
        name = DeploymentName.parse(deployment)
        return replace(
            match,
            deployment=deployment,
            region=f"{name.region}, {REGIONS[name.region].display}",
            environment=str(name.environment),
            status=standing_of(self._home, deployment).status,
        )


def whois(screen: Screen, home: SandboxHome, project: Path, question: str) -> ExitCode:
    """Say whose it is. The document adds `matches`: [Match]."""
    found = matches(Known(home, project, screen.say), question)
    for index, match in enumerate(found):
        if index:
            screen.result("")
        screen.result(f"{match.what}  {match.kind}", style="bold")
        for label, value in _told(match):
            screen.result(f"  {label:<{_LABEL_WIDTH}}{value}")
    if any(match.portal for match in found):
        screen.say(NOTHING_THERE, style="dim")
    screen.document(documents.document("whois", ExitCode.OK, matches=[asdict(match) for match in found]))
    return ExitCode.OK


def matches(known: Known, question: str) -> list[Match]:
    """All that stands under the question; where nothing does, what it would be. Raises FaultsError for neither."""
    text = question.strip()
    network = _network(text)
    found = list(_of_address(known, network)) if network else list(_standing(known, text))
    found += [] if network or found else _of_words(known, text)
    if not found:
        raise FaultsError([_unknown(known, text)])
    return found


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text, strict=False)
    except ValueError:
        return None


_HOSTS: Final = (
    "fullyQualifiedDomainName",
    "configuration.ingress.fqdn",
    "latestRevisionFqdn",
    "properties.vaultUri",
    "defaultDomain",
    "loginServer",
    "hostName",
    "serviceBusEndpoint",
    "primaryEndpoints.blob",
)
"""Where Azure says under which host a resource answers."""


def _standing(known: Known, text: str) -> Iterator[Match]:
    """Resources that stand and are called so: name, ARM id, URN, logical name, or a host that they answer as."""
    wanted = text.lower().rstrip("/")
    for resource in known.resources:
        called = (resource.name, resource.id, resource.urn, resource.urn.rpartition("::")[2])
        hosts = (_host(resource.text(path)) for path in _HOSTS)
        if wanted in (word.lower() for word in (*called, *hosts) if word):
            yield known.of_resource(resource)


def _host(value: str) -> str:
    """The host of a URL, or the text itself."""
    return (value.partition("://")[2] or value).partition("/")[0].partition(":")[0]


def _texts(value: object) -> Iterator[str]:
    """Every text at any depth of a property value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in cast("Mapping[str, Any]", value).values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in cast("Sequence[Any]", value):
            yield from _texts(item)


def _of_words(known: Known, text: str) -> Iterator[Match]:
    """A deployment; or what a name would be, read from its parts."""
    deployment = next((name for name in known_deployments() if str(name) == text), None)
    if deployment is not None:
        plan = load_map().plan(deployment)
        detail = f"{plan.block}: {', '.join(f'{slot.name} {slot.network}' for slot in plan.subnets)}"
        yield known.owned(Match(what=text, kind="deployment", detail=detail), text)
        return
    name = arm_ids.name(text)
    parsed = _parsed(name)
    if parsed is not None and parsed.deployment is not None and parsed.deployment in known_deployments():
        told = f"the name of a {kinds()[parsed.kind].arm_type}"
        told += f" for {parsed.descriptor}" if parsed.descriptor else ""
        detail = f"{told}; nothing of that name stands here"
        yield known.owned(Match(what=name, kind=parsed.kind, detail=detail), str(parsed.deployment))


def _parsed(name: str) -> ParsedName | None:
    try:
        return parse_name(name)
    except FaultsError:
        return None


def _of_address(known: Known, network: IPv4Network) -> Iterator[Match]:
    """Each owned block that the address or prefix touches, with its slot and the resources that name it; the others
    together.
    """
    text = str(network.network_address) if network.prefixlen == 32 else str(network)
    others: list[str] = []
    for block in load_map().blocks:
        if not block.network.overlaps(network):
            continue
        if isinstance(block, OwnedBlock):
            name = str(block.deployment)
            detail, holders = _slots(block.deployment, network), tuple(_holders(known, name, text))
            yield known.owned(Match(what=text, kind="address", detail=detail, holders=holders), name)
        else:
            others.append(f"{block.network} is {_whose(block)}")
    if others:
        yield Match(what=text, kind="address", detail="; ".join(others))


def _whose(block: HeldBlock | RetiredBlock | FreeBlock) -> str:
    if isinstance(block, HeldBlock):
        return f"held for growth of {block.held_for}"
    return f"retired: it was {block.was}'s" if isinstance(block, RetiredBlock) else "free"


def _slots(deployment: DeploymentName, network: IPv4Network) -> str:
    """The slots or set-aside ranges that the addresses lie in."""
    allocations = load_map()
    plan = allocations.plan(deployment)
    if plan.block.subnet_of(network):
        return f"the whole block {plan.block}"
    base = int(plan.block.network_address)
    first, last = int(network.network_address) - base, int(network.broadcast_address) - base
    found = [
        f"slot {slot.name} {slot.network}: {slot.purpose}" for slot in plan.subnets if slot.network.overlaps(network)
    ]
    found += [
        f"set aside as {row.name}: {row.purpose}"
        for row in allocations.set_aside
        if int(row.first) <= last and first <= int(row.last)
    ]
    return "; ".join(found) or f"in {plan.block}, between its slots: no subnet has it"


def _holders(known: Known, deployment: str, text: str) -> Iterator[str]:
    """Resources whose properties name exactly this address or prefix."""
    for resource in known.resources:
        if resource.deployment == deployment and (text in _texts(resource.outputs) or text in _texts(resource.inputs)):
            yield f"{_kind_of(resource)} {resource.name}"


def _kind_of(resource: Resource) -> str:
    """The kind of names.yaml, by the ARM type of the id; else the type token."""
    arm_type = arm_ids.arm_type(resource.id).lower() if resource.id else ""
    return next((name for name, row in kinds().items() if row.arm_type.lower() == arm_type), resource.kind)


def _unknown(known: Known, text: str) -> Fault:
    if _network(text):
        first, last = load_map().file.platform.first, load_map().file.platform.last
        return Fault(
            where="NAME",
            what=f"{text} is in no block of the platform",
            allowed=f"addresses from {first} to {last}",
            next_step="./cfctl map shows every block",
        )
    parsed = _parsed(arm_ids.name(text))
    what = (
        f"{text!r} would be a {parsed.kind} of {parsed.deployment}, which is not in the address map"
        if parsed is not None
        else f"nothing that stands here is called {text!r}, and no name of the platform is written so"
    )
    words = [*map(str, known_deployments()), *(resource.name for resource in known.resources)]
    near = nearest(arm_ids.name(text), words)
    return Fault(
        where="NAME",
        what=what,
        allowed="a generated name, a deployment, an IPv4 address or prefix, an ARM id, a URN, a host name",
        next_step=f"./cfctl whois {near}" if near else "./cfctl list shows the deployments",
    )


def _told(match: Match) -> Iterator[tuple[str, str]]:
    """What is told of a match, line by line."""
    owner = f"{match.deployment} ({match.environment}, {match.region}), {match.status}" if match.deployment else ""
    tags = ", ".join(f"{key}={value}" for key, value in (match.tags or {}).items())
    for label, value in (
        ("deployment", owner),
        ("", match.detail),
        ("named by", ", ".join(match.holders)),
        ("id", match.id),
        ("urn", match.urn),
        ("tags", tags),
        ("portal", match.portal),
    ):
        if value:
            yield label, value
