"""Origins of Front Door and the groups that they stand in, with the private ways to them.

https://learn.microsoft.com/azure/frontdoor/origin
"""

from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.errors import NotModelledError
from sandbox.azure.model import Computed, Durations, InUse, ResourceType, Write

from .common import MEASURED, SYSTEM_DATA, UNVERIFIED_CODE, rule
from .front_door import IN_USE, PREMIUM, PROFILE_PATH, bad, name_rule, profile_id, profile_of, tier_of
from .front_door_links import LINK, ORIGIN, keep_links
from .private_link import TARGETS

GROUP: Final = "cdn:AFDOriginGroup"
_GROUP_PATH: Final = PROFILE_PATH + "/originGroups/{originGroupName}"
_PRIVATE: Final = "https://learn.microsoft.com/azure/frontdoor/private-link"
_PROBES: Final = "https://learn.microsoft.com/azure/frontdoor/health-probes"
_CHECKED: Final = "https://github.com/hashicorp/terraform-provider-azurerm/blob/main/website/docs/r/cdn_frontdoor_origin.html.markdown"
_ENVIRONMENT: Final = "app:ManagedEnvironment"
# Where Front Door has private networks of its own: _PRIVATE#region-availability.
_REGIONS: Final = frozenset(
    {
        "australiaeast", "brazilsouth", "canadacentral", "centralindia", "centralus", "eastasia", "eastus", "eastus2",
        "francecentral", "germanywestcentral", "japaneast", "koreacentral", "northeurope", "norwayeast",
        "southafricanorth", "southcentralus", "swedencentral", "uksouth", "westeurope", "westus3",
    }
)  # fmt: skip


@rule("BadRequest", f"{UNVERIFIED_CODE}: {_PROBES}")
def _probes_are_sound(write: Write) -> None:
    bad(not at(write.body, "loadBalancingSettings"), f"Origin group {write.name} has no loadBalancingSettings.")
    samples = at(write.body, "loadBalancingSettings.sampleSize")
    enough = at(write.body, "loadBalancingSettings.successfulSamplesRequired")
    bad(
        samples is not None and enough is not None and enough > samples,
        f"Origin group {write.name} asks for {enough} successful samples of {samples}.",
    )
    probe = at(write.body, "healthProbeSettings")
    if probe is None:
        return
    seconds, path = at(probe, "probeIntervalInSeconds"), str(at(probe, "probePath") or "/")
    bad(
        seconds is not None and not 1 <= int(seconds) <= 255,
        f"The probeIntervalInSeconds of origin group {write.name} is {seconds}; allowed are 1 to 255.",
    )
    bad(not path.startswith("/"), f"The probePath '{path}' of origin group {write.name} does not begin with '/'.")


ORIGIN_GROUP: Final = ResourceType(
    token=GROUP,
    path=_GROUP_PATH,
    name=name_rule("origin group", 1, 90),
    durations=Durations(create=15, update=15, delete=20, source=MEASURED),
    source="https://learn.microsoft.com/azure/templates/microsoft.cdn/2025-06-01/profiles/origingroups",
    location="none",
    refused={"authentication": "identities for origins are not modelled; Front Door has none for private origins"},
    defaults={"sessionAffinityState": "Disabled", "deploymentStatus": "NotStarted"},
    computed={
        "profileName": Computed(lambda write: arm_ids.name(profile_id(write.arm_id))),
        "systemData": SYSTEM_DATA,
    },
    in_use=(
        InUse(
            tokens=("cdn:Route",),
            code="Conflict",
            message="Origin group {name} cannot be deleted while routes send to it: {users}.",
            source=IN_USE,
        ),
    ),
    rules=(_probes_are_sound,),
)


@rule("BadRequest", f"{UNVERIFIED_CODE}: https://learn.microsoft.com/azure/frontdoor/origin")
def _can_be_found(write: Write) -> None:
    host = str(at(write.body, "hostName") or "")
    bad(not host or "/" in host or ":" in host, f"The hostName '{host}' of origin {write.name} is no host.")
    for name, most in (("priority", 5), ("weight", 1000)):
        value = at(write.body, name)
        bad(value is not None and not 1 <= int(value) <= most, f"The {name} of origin {write.name} is not 1 to {most}.")


@rule("BadRequest", f"{UNVERIFIED_CODE}: {_PRIVATE} and {_CHECKED}")
def _private_way_is_sound(write: Write) -> None:
    link = at(write.body, LINK)
    for other in write.world.children(write.parent, ORIGIN):
        mixed = bool(link) != bool(at(other.inputs, LINK)) and arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id)
        bad(mixed, f"Origin group {arm_ids.name(write.parent)} cannot have both private and public origins.")
    if not link:
        return
    bad(tier_of(profile_of(write)) != PREMIUM, f"Private link of origin {write.name} needs the tier {PREMIUM}.")
    bad(
        at(write.body, "enforceCertificateNameCheck") is False,
        f"The certificate name check of origin {write.name} cannot be off: its way is private.",
    )
    place, named = str(at(link, "privateLinkLocation") or "").replace(" ", "").lower(), at(link, "privateLink.id")
    bad(
        place not in _REGIONS,
        f"The privateLinkLocation '{place}' of origin {write.name} is none of {', '.join(sorted(_REGIONS))}.",
    )
    message = str(at(link, "requestMessage") or "")
    bad(not 1 <= len(message) <= 140, f"The requestMessage of origin {write.name} has not 1 to 140 characters.")
    target = write.world.find(str(named))
    if target is None:
        bad(True, f"The private link resource '{named}' of origin {write.name} was not found.")
        return
    if target.token != _ENVIRONMENT:
        raise NotModelledError(f"private ways of Front Door to {target.token} are not modelled, those to "
                               f"{_ENVIRONMENT} are")  # fmt: skip
    known = TARGETS[target.token]
    group = at(link, "groupId")
    bad(group not in known.parts, f"The groupId '{group}' of origin {write.name} is none of {', '.join(known.parts)}.")
    why = known.refused(target)
    bad(why, f"Private link of origin {write.name} to {target.arm_id} failed: {why}.")


@rule(
    "BadRequest",
    "the stand-in refuses what Azure takes and never serves: an environment answers by the host asked for, and its "
    "certificate names its apps alone. "
    "https://learn.microsoft.com/azure/container-apps/front-door-custom-virtual-network-private-link",
)
def _app_is_asked_by_name(write: Write) -> None:
    target = write.world.find(str(at(write.body, f"{LINK}.privateLink.id") or ""))
    if target is None or target.token != _ENVIRONMENT:
        return
    domain, header = str(at(target.outputs, "defaultDomain")), str(at(write.body, "originHostHeader") or "")
    bad(
        not header.endswith(f".{domain}"),
        f"The originHostHeader '{header}' of origin {write.name} is no app of {domain}: health probes and the "
        "certificate name check fail.",
    )


AFD_ORIGIN: Final = ResourceType(
    token=ORIGIN,
    path=_GROUP_PATH + "/origins/{originName}",
    name=name_rule("origin", 1, 90),
    durations=Durations(create=30, update=20, delete=30, source=MEASURED),
    source="https://learn.microsoft.com/azure/templates/microsoft.cdn/2025-06-01/profiles/origingroups/origins",
    location="none",
    refused={"azureOrigin": "origins are named by their host"},
    defaults={
        "enabledState": "Enabled",
        "enforceCertificateNameCheck": True,
        "httpPort": 80,
        "httpsPort": 443,
        "deploymentStatus": "NotStarted",
    },
    computed={
        "originGroupName": Computed(lambda write: arm_ids.name(write.parent)),
        "systemData": SYSTEM_DATA,
    },
    rules=(_can_be_found, _private_way_is_sound, _app_is_asked_by_name),
    after=keep_links,
    after_delete=keep_links,
)

TYPES: Final = (ORIGIN_GROUP, AFD_ORIGIN)
