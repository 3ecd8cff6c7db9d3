# ruff: noqa: S106 - a token is the name of a type
"""Federated credentials of user-assigned identities: whose tokens an identity takes instead of a key.

https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
"""

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.model import Durations, NameRule, Record, ResourceType, Serial, Write

from .common import ESTIMATE, SYSTEM_DATA, UNVERIFIED_CODE, refuse, rule

_CONSIDERATIONS = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations"
_MOST = 20
_LONGEST = 600


@rule("BadRequest", UNVERIFIED_CODE + ": " + _CONSIDERATIONS + "#general-federated-identity-credential-considerations")
def _values_fit(write: Write) -> None:
    for name in ("issuer", "subject"):
        value = str(at(write.body, name) or "")
        refuse(
            not 0 < len(value) <= _LONGEST,
            400,
            "BadRequest",
            f"The request format was unexpected. The {name} of {write.name} has {len(value)} characters; allowed are "
            f"1 to {_LONGEST}.",
        )
        refuse(
            "*" in value,
            400,
            "BadRequest",
            f"The request format was unexpected. The {name} '{value}' of {write.name} holds a wildcard, which is "
            "matched literally nowhere.",
        )
    audiences = at(write.body, "audiences") or []
    refuse(
        len(audiences) != 1 or not 0 < len(str(audiences[0])) <= _LONGEST,
        400,
        "BadRequest",
        f"The request format was unexpected. {write.name} has {len(audiences)} audiences; exactly one is allowed.",
    )
    refuse(
        not str(at(write.body, "issuer")).startswith("https://"),
        400,
        "BadRequest",
        f"The request format was unexpected. The issuer '{at(write.body, 'issuer')}' of {write.name} is no https URL.",
    )


def _siblings(write: Write) -> list[Record]:
    return [
        other
        for other in write.world.children(write.parent, write.kind.token)
        if arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id)
    ]


@rule("Conflict", UNVERIFIED_CODE + "; its message: https://github.com/Azure/bicep-types-az/issues/2054")
def _pair_is_new(write: Write) -> None:
    """Issuer and subject are one key, and case matters in both."""

    def pair(body: object) -> tuple[object, object]:
        return at(body, "issuer"), at(body, "subject")

    refuse(
        any(pair(other.inputs) == pair(write.body) for other in _siblings(write)),
        409,
        "Conflict",
        "Issuer and subject combination already exists for this Managed Identity.",
    )


@rule("FederatedIdentityCredentialLimitReached", UNVERIFIED_CODE + ": " + _CONSIDERATIONS)
def _not_too_many(write: Write) -> None:
    refuse(
        len(_siblings(write)) >= _MOST,
        400,
        "FederatedIdentityCredentialLimitReached",
        f"The identity {arm_ids.name(write.parent)} has {_MOST} federated credentials, which is the most.",
    )


FEDERATED_CREDENTIAL = ResourceType(
    token="managedidentity:FederatedIdentityCredential",
    path="/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity"
    "/userAssignedIdentities/{resourceName}/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}",
    name=NameRule(
        pattern=r"[A-Za-z0-9][\w-]*",
        least=3,
        most=120,
        code="InvalidResourceName",
        allowed="3 to 120 letters, digits, '_' and '-', a letter or digit first",
        source=_CONSIDERATIONS + " (the code is unverified)",
        spec=r"^[a-zA-Z0-9]{1}[a-zA-Z0-9-_]{2,119}$",
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.managedidentity/2023-01-31"
    "/userassignedidentities/federatedidentitycredentials",
    location="none",
    computed={"systemData": SYSTEM_DATA},
    serial=(
        Serial(
            scope=lambda arm_id, _: arm_ids.parent(arm_id),
            code="ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
            message="Too many Federated Identity Credentials are written concurrently for the managed identity "
            "'{name}'. Concurrent Federated Identity Credentials writes under the same managed identity are not "
            "supported.",
            source=_CONSIDERATIONS + "#concurrent-updates-arent-supported-user-assigned-managed-identities",
        ),
    ),
    rules=(_values_fit, _pair_is_new, _not_too_many),
    provisioning_state="",
)

TYPES = (FEDERATED_CREDENTIAL,)
