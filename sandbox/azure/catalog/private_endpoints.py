"""Private endpoints; what they connect to is in `private_link`, how they get their names in `private_zone_groups`.

https://learn.microsoft.com/azure/private-link/private-endpoint-overview
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import (
    Computed,
    Durations,
    Editor,
    Immutable,
    Record,
    Reference,
    ResourceType,
    Serial,
    World,
    Write,
)

from . import private_zone_groups
from .common import ESTIMATE, UNVERIFIED_CODE, etag, guid, subnet_reference
from .network import name_rule
from .private_endpoint_rules import ENDPOINT_PATH, OVERVIEW, RULES, free_addresses, part_named, target_named
from .private_link import CONNECTIONS, ENDPOINT, TARGETS, connection_in, state_body, target_of

_BUSY = "https://github.com/hashicorp/terraform-provider-azurerm/issues/21293"


def _dns_configs(write: Write) -> list[Body]:
    """The names that lead to the target, each with an address of its own."""
    names = part_named(write).members(target_named(write)).values()
    return [
        {"fqdn": name, "ipAddresses": [address]}
        for name, address in zip(names, free_addresses(write, len(names)), strict=True)
    ]


def _interfaces(write: Write) -> list[Body]:
    name = at(write.body, "customNetworkInterfaceName") or f"{write.name}.nic.{guid(write, 'interface')}"
    group = write.arm_id.partition("/privateEndpoints/")[0]
    return [{"id": f"{group}/networkInterfaces/{name}"}]


def _shown(kind: str) -> Callable[[Record, World], list[Body]]:
    """The connections of one kind with their state."""

    def read(record: Record, world: World) -> list[Body]:
        return [
            {
                **connection,
                "id": f"{record.arm_id}/{kind}/{connection.get('name')}",
                "etag": at(record.outputs, "etag"),
                "type": f"Microsoft.Network/privateEndpoints/{kind}",
                "provisioningState": "Succeeded",
                "privateLinkServiceConnectionState": state_body(record, world),
            }
            for connection in objects_at(record.inputs, kind)
        ]

    return read


def _meet(record: Record, editor: Editor) -> None:
    """An endpoint belongs to the target that it was made for, and to none that comes after it."""
    target = target_of(record, editor)
    if target is not None and "target" not in record.hidden:
        editor.put(replace(record, hidden={**record.hidden, "target": target.created_at}))


def _busy(*, in_storage: bool) -> Callable[[str, Mapping[str, Any]], str]:
    """The target's list of connections, which takes one write at a time."""

    def scope(_: str, body: Mapping[str, Any]) -> str:
        found = connection_in(dict(body))
        named = str(found[0].get("privateLinkServiceId") or "") if found else ""
        is_storage = "/microsoft.storage/" in named.lower()
        return f"{named}/privateEndpointConnections" if named and is_storage == in_storage else ""

    return scope


_SERIAL = (
    Serial(
        scope=_busy(in_storage=True),
        code="StorageAccountOperationInProgress",
        message="Call to Microsoft.Storage/storageAccounts failed. Error message: An operation is currently performing "
        "on this storage account that requires exclusive access.",
        source=_BUSY,
    ),
    Serial(
        scope=_busy(in_storage=False),
        code="RetryableError",
        message="A retryable error occurred: another private endpoint connection of {scope} is being written.",
        source=_BUSY,
        status=429,
    ),
)

PRIVATE_ENDPOINT = ResourceType(
    token=ENDPOINT,
    path=ENDPOINT_PATH,
    name=name_rule("private endpoint", 2, 64),
    durations=Durations(create=90, update=30, delete=60, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-05-01/privateendpoints",
    replace_on=("location",),
    refused={
        "applicationSecurityGroups": "application security groups are not modelled",
        "extendedLocation": "edge zones are not modelled",
        "ipConfigurations": "static addresses are not modelled: leave them to Azure",
    },
    computed={
        "customDnsConfigs": Computed(_dns_configs),
        "etag": etag(),
        "ipConfigurations": Computed(lambda _: []),
        "networkInterfaces": Computed(_interfaces),
    },
    live={kind: _shown(kind) for kind in CONNECTIONS},
    immutable=(
        Immutable(
            paths=("subnet.id", "customNetworkInterfaceName"),
            code="PrivateEndpointSubnetImmutable",
            message="The {path} of private endpoint {id} cannot be changed.",
            source=UNVERIFIED_CODE + ": https://github.com/Azure/azure-sdk-for-java/pull/19751",
        ),
    ),
    references=(
        replace(subnet_reference("subnet.id", "InvalidResourceReference", OVERVIEW), same_region=True),
        *(
            Reference(
                path=f"{kind}[].privateLinkServiceId",
                tokens=tuple(TARGETS),
                code="InvalidResourceReference",
                message="Resource {id} referenced by private endpoint {referrer} was not found, or takes no private "
                "endpoints.",
                source=OVERVIEW,
            )
            for kind in CONNECTIONS
        ),
    ),
    serial=_SERIAL,
    rules=RULES,
    after=_meet,
)

TYPES = (PRIVATE_ENDPOINT, *private_zone_groups.TYPES)
