# ruff: noqa: S105 - a token is the name of a type
"""What rows of the catalogue share: values that Azure draws, and checks that several types have."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.errors import ArmError
from sandbox.azure.model import Computed, Record, Reference, Rule, Write

ARM_NAMES = "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules"
ESTIMATE = "estimate: no published figure"
MEASURED = "create and destroy times of the acceptance tests of hashicorp/terraform-provider-azurerm, 2026"
UNVERIFIED_CODE = "unverified: the rule is documented, Azure's code for it was not found"


def digest(write: Write, purpose: str) -> str:
    """64 hexadecimal digits: a value that Azure would draw at random, the same for the same store, id and creation."""
    return write.world.digest(write.seed, purpose).hex()


def guid(write: Write, purpose: str) -> str:
    """A GUID that Azure would draw at random."""
    return str(uuid.UUID(bytes=write.world.digest(write.seed, purpose)[:16], version=4))


def drawn_guid(purpose: str) -> Computed:
    """An output that is a GUID and stays."""
    return Computed(lambda write: guid(write, purpose))


def iso(seconds: float) -> str:
    """A point in time as Azure writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def etag() -> Computed:
    """A tag that every write changes."""
    return Computed(lambda write: f'W/"{guid(write, f"etag/{write.now}")}"', keep=False)


def _system_data(write: Write) -> Mapping[str, Any]:
    by = principal(write)
    created: Mapping[str, Any] = at(write.old.outputs, "systemData") if write.old else {}
    now = iso(write.now)
    return {
        "createdAt": created.get("createdAt", now),
        "createdBy": created.get("createdBy", by),
        "createdByType": "Application",
        "lastModifiedAt": now,
        "lastModifiedBy": by,
        "lastModifiedByType": "Application",
    }


SYSTEM_DATA = Computed(_system_data, keep=False)


def principal(write: Write) -> str:
    """The object id of the identity that deploys."""
    return str(uuid.UUID(bytes=write.world.digest("principal", write.world.tenant(write.subscription))[:16], version=4))


def refuse(condition: object, status: int, code: str, message: str) -> None:
    """Raise the error when the condition holds."""
    if condition:
        raise ArmError(status, code, message)


def rule(code: str | tuple[str, ...], source: str) -> Callable[[Callable[[Write], None]], Rule]:
    """Make a rule of the check that this decorates."""
    return lambda check: Rule(codes=(code,) if isinstance(code, str) else code, check=check, source=source)


def region(text: str) -> str:
    """A location in Azure's short form: "West Europe" and "westeurope" are the same."""
    return text.replace(" ", "").lower()


def subnet_reference(path: str, code: str, source: str, message: str = "") -> Reference:
    """A property that names a subnet."""
    found = Reference(path=path, tokens=("network:Subnet",), code=code, source=source)
    return replace(found, message=message) if message else found


def network_of(subnet: Record, write: Write) -> Record | None:
    """The virtual network of a subnet."""
    return write.world.find(subnet.parent)


def delegated_to(subnet: Record, service: str) -> bool:
    """True if the subnet is delegated to the service."""
    delegations = at(subnet.outputs, "delegations") or []
    return any(str(at(item, "serviceName")).lower() == service.lower() for item in delegations)


def assigned_identities(body: Mapping[str, Any]) -> list[str]:
    """The user-assigned identities of a body: the SDK takes a list of ids, or a map by id."""
    found = at(body, "identity.userAssignedIdentities")
    return [str(item) for item in found] if found else []


def _identities_exist(write: Write) -> None:
    for identity in assigned_identities(write.body):
        found = write.world.find(identity)
        if found is None or found.token != "managedidentity:UserAssignedIdentity":
            raise ArmError(
                400,
                "FailedIdentityOperation",
                f"Identity operation for resource '{write.arm_id}' failed with error 'Failed to perform resource "
                f'identity operation. Status: \'BadRequest\'. Response: \'{{"error":{{"code":"BadRequest","message":'
                f"\"Resource '{identity}' was not found.\"}}}}'.'.",
            )


IDENTITIES_EXIST = Rule(
    codes=("FailedIdentityOperation",),
    check=_identities_exist,
    source="https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identities-faq",
)


def _assigned_outputs(write: Write) -> Mapping[str, Any] | None:
    """The identities with the ids of their principals, as ARM returns them."""
    identities = assigned_identities(write.body)
    if not identities:
        return None
    found = {identity: write.world.find(identity) for identity in identities}
    return {
        identity: {"clientId": at(record.outputs, "clientId"), "principalId": at(record.outputs, "principalId")}
        for identity, record in found.items()
        if record is not None
    }


def _own_principal(purpose: str) -> Computed:
    def value(write: Write) -> str | None:
        kind = str(at(write.body, "identity.type") or "")
        return guid(write, purpose) if "SystemAssigned" in kind else None

    return Computed(value, keep=False)


IDENTITY_OUTPUTS: Mapping[str, Computed] = {
    "identity.userAssignedIdentities": Computed(_assigned_outputs, keep=False),
    "identity.principalId": _own_principal("identity"),
    "identity.tenantId": Computed(
        lambda write: (
            write.world.tenant(write.subscription)
            if "SystemAssigned" in str(at(write.body, "identity.type") or "")
            else None
        ),
        keep=False,
    ),
}


def count_of(token: str) -> Callable[[Record, Any], int]:
    """A live output: how many resources of a type lie in this one."""
    return lambda record, world: len(world.children(record.arm_id, token))


def ids_of(path: str, token: str) -> Callable[[Record, Any], list[Mapping[str, str]]]:
    """A live output: the ids of the resources of a type that name this one at a path of theirs."""

    def read(record: Record, world: Any) -> list[Mapping[str, str]]:
        return [
            {"id": referrer.record.arm_id}
            for referrer in world.referrers(record.arm_id)
            if referrer.record.token == token and referrer.path == path
        ]

    return read


def short(arm_id: str) -> str:
    """The type and name of an id, for messages."""
    return f"{arm_ids.arm_type(arm_id)}/{arm_ids.name(arm_id)}"
