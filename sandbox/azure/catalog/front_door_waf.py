# ruff: noqa: S105, S106 - a token is the name of a type
"""Firewall policies of Front Door.

https://learn.microsoft.com/azure/web-application-firewall/afds/waf-front-door-policy-settings
"""

from collections.abc import Mapping
from typing import Final

from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Computed, Durations, InUse, NameRule, Record, ResourceType, World, Write

from .common import ARM_NAMES, ESTIMATE, UNVERIFIED_CODE, drawn_guid, rule
from .front_door import IN_USE, PREMIUM, STANDARD, bad
from .network import GROUP

_SETS: Final = "https://learn.microsoft.com/azure/web-application-firewall/afds/waf-front-door-drs"
_RATES: Final = "https://learn.microsoft.com/azure/web-application-firewall/afds/waf-front-door-rate-limit"
_INVALID: Final = "https://github.com/Azure/azure-cli/issues/24148"
# The versions of each managed set, and the first of them that scores anomalies and is told what to do at the threshold.
_VERSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "Microsoft_DefaultRuleSet": ("1.1", "2.0", "2.1"),
    "Microsoft_BotManagerRuleSet": ("1.0", "1.1"),
}
_SCORING: Final = ("2.0", "2.1")


def _invalid(condition: object, why: str) -> None:
    bad(condition, f'WebApplicationFirewallPolicy validation failed. More information "{why}".')


@rule("BadRequest", f"{UNVERIFIED_CODE}: classic Front Door takes nothing new since 2025-03-31, {_SETS}")
def _tier_is_offered(write: Write) -> None:
    tier = at(write.body, "sku.name") or "Classic_AzureFrontDoor"
    bad(
        tier not in (STANDARD, PREMIUM),
        f"The SKU '{tier}' of firewall policy {write.name} (Classic_AzureFrontDoor where none is named) is for classic "
        f"Front Door, which takes nothing new; name {STANDARD} or {PREMIUM}.",
    )
    _invalid(
        tier == STANDARD and objects_at(write.body, "managedRules.managedRuleSets"),
        f"Managed rules need the SKU {PREMIUM}.",
    )


@rule("BadRequest", f"{_INVALID} and https://github.com/Azure/azure-cli-extensions/issues/9049")
def _managed_sets_fit(write: Write) -> None:
    sets = objects_at(write.body, "managedRules.managedRuleSets")
    for item in sets:
        name, version, action = item.get("ruleSetType"), item.get("ruleSetVersion"), item.get("ruleSetAction")
        known = version in _VERSIONS.get(str(name), ())
        _invalid(not known, "Managed rule set types or versions are not compatible.")
        scores = name == "Microsoft_DefaultRuleSet" and version in _SCORING
        _invalid(scores != (action in ("Block", "Log", "Redirect")), "This rule set action value is not supported.")
    names = [item.get("ruleSetType") for item in sets]
    _invalid(len(names) != len(set(names)), "Managed rule set types or versions are not compatible.")


@rule("BadRequest", f"{UNVERIFIED_CODE}: {_RATES}")
def _own_rules_are_sound(write: Write) -> None:
    rules = objects_at(write.body, "customRules.rules")
    for key in ("name", "priority"):
        values = [item.get(key) for item in rules]
        _invalid(len(values) != len(set(values)), f"Each custom rule has a {key} of its own.")
    for item in rules:
        name, threshold = str(item.get("name")), item.get("rateLimitThreshold")
        _invalid(not name[:1].isalpha() or not name.isalnum(), f"The custom rule '{name}' has no name of letters and "
                 "digits, a letter first.")  # fmt: skip
        _invalid(not item.get("matchConditions"), f"The custom rule '{name}' has no matchConditions.")
        if item.get("ruleType") == "RateLimitRule":
            minutes = item.get("rateLimitDurationInMinutes")
            _invalid(minutes not in (1, 5), f"The rateLimitDurationInMinutes of '{name}' is {minutes}, not 1 or 5.")
            sound = isinstance(threshold, int | float) and threshold >= 1
            _invalid(not sound, f"The rateLimitThreshold of '{name}' is {threshold}, not 1 or more.")


@rule("BadRequest", f"{UNVERIFIED_CODE}: the policy settings page above")
def _settings_are_known(write: Write) -> None:
    for key, known in (("mode", ("Detection", "Prevention")), ("enabledState", ("Enabled", "Disabled"))):
        value = at(write.body, f"policySettings.{key}")
        _invalid(value is not None and value not in known, f"The {key} '{value}' is none of {', '.join(known)}.")


def _links(record: Record, world: World) -> list[Body]:
    found = {it.record.arm_id for it in world.referrers(record.arm_id) if it.record.token == "cdn:SecurityPolicy"}
    return [{"id": arm_id} for arm_id in sorted(found)]


POLICY: Final = ResourceType(
    token="frontdoor:Policy",
    path=GROUP + "/FrontDoorWebApplicationFirewallPolicies/{policyName}",
    name=NameRule(
        pattern=r"[A-Za-z][A-Za-z0-9]*",
        least=1,
        most=128,
        code="BadRequest",
        allowed="1 to 128 letters and digits, a letter first",
        source=ARM_NAMES + "#microsoftnetwork (the code is unverified)",
    ),
    durations=Durations(create=18, update=18, delete=12, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/frontdoorwebapplicationfirewallpolicies",
    location="global",
    replace_on=("location",),
    defaults={"resourceState": "Enabled", "frontendEndpointLinks": [], "routingRuleLinks": []},
    computed={"etag": drawn_guid("etag"), "sku.name": Computed(lambda write: at(write.body, "sku.name"), keep=False)},
    live={"securityPolicyLinks": _links},
    in_use=(
        InUse(
            tokens=("cdn:SecurityPolicy",),
            code="Conflict",
            message="Firewall policy {name} cannot be deleted while it guards by {users}.",
            source=IN_USE,
        ),
    ),
    rules=(_tier_is_offered, _managed_sets_fit, _own_rules_are_sound, _settings_are_known),
)

TYPES: Final = (POLICY,)
