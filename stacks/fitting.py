"""Settings that do not fit the deployment that they are of: its kind, its environment, its name."""

from collections.abc import Callable
from typing import Final

from cidr import DeploymentName, Fault, load_map
from cidr.yaml_source import KeyPath
from stacks.parts import EXAMPLE_GUID
from stacks.settings import StackValues


def unfitting(name: DeploymentName, values: StackValues, where: Callable[[KeyPath], str]) -> list[Fault]:
    """Everything that a deployment of this name cannot have; `where` names the place of a key path."""
    return [
        *_gateway_faults(name, values, where(("gateway",))),
        *_option_faults(name, values, where(("options",))),
        *_peer_faults(name, values, where(("options", "peers"))),
        *_hub_faults(name, values, where),
        *_revision_faults(name, values, where(("schema_revision",))),
        *_ttl_faults(name, values, where),
    ]


def _gateway_faults(name: DeploymentName, values: StackValues, where: str) -> list[Fault]:
    """The entry stands in a global deployment: public for listed addresses in dev and stg, private in prod."""
    allowed = "in a global deployment, with audience; with allow_list in dev and stg"

    def fault(what: str, step: str) -> list[Fault]:
        return [Fault(where=where, what=what, allowed=allowed, next_step=step)]

    if name.kind == "regional":
        step = "take `gateway` out: it belongs to the global one"
        return fault(f"gateway in {name}, a regional deployment", step) if values.gateway else []
    if values.gateway is None:
        step = f"add `gateway: {{allow_list: [203.0.113.0/24], audience: {EXAMPLE_GUID}}}`"
        return fault(f"gateway is missing: {name} holds the entry of its environment", step)
    public, listed = name.environment.ephemeral, bool(values.gateway.allow_list)
    if public and not listed:
        return fault(
            f"no allow_list: the entry of {name} is public", "add `allow_list: [203.0.113.0/24]` under gateway"
        )
    if listed and not public:
        return fault(f"an allow_list in {name}, whose entry is behind Front Door", "take `allow_list` out")
    return []


def _revision_faults(name: DeploymentName, values: StackValues, where: str) -> list[Fault]:
    """Where data stays, databases are migrated to a revision that somebody has reviewed here, and to no other."""
    if name.environment.ephemeral or values.schema_revision is not None:
        return []
    return [
        Fault(
            where=where,
            what=f"schema_revision is missing: {name} is persistent, and would be migrated unseen",
            allowed="the revision that was reviewed for it; dev and stg may leave it out",
            next_step='write `schema_revision: "0002"`, or the one that ./cfctl db gate shows',
        )
    ]


def _ttl_faults(name: DeploymentName, values: StackValues, where: Callable[[KeyPath], str]) -> list[Fault]:
    """What stays has no end."""
    given = {"ttl": values.ttl, "ttl_spend": values.ttl_spend}
    return [
        Fault(
            where=where((key,)),
            what=f"{key} in {name}, which is persistent",
            allowed="in dev and stg",
            next_step=f"take `{key}` out",
        )
        for key, value in given.items()
        if value is not None and not name.environment.ephemeral
    ]


_OF_REGIONALS: Final = frozenset({"ai_search", "media_processor", "own_registry", "dedicated_tenant", "peers"})


def _option_faults(name: DeploymentName, values: StackValues, where: str) -> list[Fault]:
    """What holds a tenant's data, or takes the place of what a global has, is of regional deployments alone."""
    wrong = [key for key in values.options.named() if key in _OF_REGIONALS and name.kind == "global"]
    return [
        Fault(
            where=f"{where}.{key}",
            what=f"{key} in {name}, a global deployment",
            allowed="in regional deployments",
            next_step=f"take `{key}` out, or write it in the stack file of a regional",
        )
        for key in wrong
    ]


def _peer_faults(name: DeploymentName, values: StackValues, where: str) -> list[Fault]:
    """A peer is another regional deployment of the same environment, named once. Blocks overlap in no map."""
    faults: list[Fault] = []
    allowed = f"other regional deployments of {name.environment}, each once"
    for number, peer in enumerate(values.options.peers):
        place, step = f"{where}[{number}]", f"take {peer} out"
        if peer in values.options.peers[:number]:
            faults.append(Fault(where=place, what=f"{peer} is named twice", allowed=allowed, next_step=step))
        elif peer == name:
            faults.append(Fault(where=place, what=f"{name} is its own peer", allowed=allowed, next_step=step))
        elif peer.kind == "global" or peer.environment is not name.environment:
            of = "a global deployment, joined without it" if peer.kind == "global" else f"of {peer.environment}"
            faults.append(Fault(where=place, what=f"{peer} is {of}", allowed=allowed, next_step=step))
        elif peer not in load_map().owned:
            faults.append(load_map().unknown(peer, place))
    return faults


def _hub_faults(name: DeploymentName, values: StackValues, where: Callable[[KeyPath], str]) -> list[Fault]:
    """A regional's hubs may lie in its own global deployment's namespace; each side says so by a key of its own."""
    guest, faults = values.hosts_hubs_of, list[Fault]()
    if name.kind == "global" and not values.regional_event_hubs:
        what, step = f"regional_event_hubs in {name}, a global deployment", "take `regional_event_hubs` out"
        allowed = "in regional deployments"
        faults.append(Fault(where=where(("regional_event_hubs",)), what=what, allowed=allowed, next_step=step))
    if guest is None:
        return faults
    place = where(("hosts_hubs_of",))
    if name.kind == "regional":
        what, allowed = f"hosts_hubs_of in {name}, a regional deployment", "in a global deployment"
        step = f"take `hosts_hubs_of` out, or write it in stacks/Pulumi.{name.needs}.yaml"
        faults.append(Fault(where=place, what=what, allowed=allowed, next_step=step))
    elif guest.needs != name:
        what, allowed = f"{guest} is no regional deployment of {name.environment}", f"one that needs {name}"
        faults.append(Fault(where=place, what=what, allowed=allowed, next_step="name one of these, or take it out"))
    elif guest not in load_map().owned:
        faults.append(load_map().unknown(guest, place))
    return faults
