"""What a question may mean: what stands under it, or what a name or an address would be."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from cidr import ACCOUNT, Fault, FaultsError, load_map
from cidr.faults import nearest
from cli.addresses import of_address
from cli.deployed import known_stacks
from cli.known import Known, Match
from components.conventions import ParsedName, kinds, parse_name
from sandbox.azure import arm_ids
from stacks import known_deployments


def matches(known: Known, question: str) -> list[Match]:
    """All that stands under the question; where nothing does, what it would be. Raises FaultsError for neither."""
    text = question.strip()
    network = _network(text)
    found = list(of_address(known, network)) if network else list(_standing(known, text))
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


def _of_words(known: Known, text: str) -> Iterator[Match]:
    """A deployment; or what a name would be, read from its parts."""
    deployment = next((name for name in known_deployments() if str(name) == text), None)
    if deployment is not None:
        plan = load_map().plan(deployment)
        detail = f"{plan.block}: {', '.join(f'{slot.name} {slot.network}' for slot in plan.subnets)}"
        yield known.owned(Match(what=text, kind="deployment", detail=detail), text)
        return
    if text == ACCOUNT:
        detail = "what outlives every deployment: state, budgets, identities of CI; it owns no addresses"
        yield known.owned(Match(what=text, kind=ACCOUNT, detail=detail), ACCOUNT)
        return
    name = arm_ids.name(text)
    parsed = _parsed(name)
    if parsed is not None and (parsed.deployment is None or parsed.deployment in known_deployments()):
        told = f"the name of a {kinds()[parsed.kind].arm_type}"
        told += f" for {parsed.descriptor}" if parsed.descriptor else ""
        detail = f"{told}; nothing of that name stands here"
        yield known.owned(Match(what=name, kind=parsed.kind, detail=detail), str(parsed.deployment or ACCOUNT))


def _parsed(name: str) -> ParsedName | None:
    try:
        return parse_name(name)
    except FaultsError:
        return None


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
    words = [*known_stacks(), *(resource.name for resource in known.resources)]
    near = nearest(arm_ids.name(text), words)
    return Fault(
        where="NAME",
        what=what,
        allowed="a generated name, a deployment, an IPv4 address or prefix, an ARM id, a URN, a host name",
        next_step=f"./cfctl whois {near}" if near else "./cfctl list shows the deployments",
    )
