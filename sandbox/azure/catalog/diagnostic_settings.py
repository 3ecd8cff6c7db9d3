"""Diagnostic settings: on what, which categories, whither. What each type has is in `diagnostic_categories`.

https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings
"""

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Computed, Durations, NameRule, Reference, ResourceType, Write

from .common import ARM_NAMES, ESTIMATE, SYSTEM_DATA, refuse, rule
from .diagnostic_categories import ALL_METRICS, OFFERS, SETTING, Offer

_SETTINGS = "https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings"
_MOST_SETTINGS = 5
_DESTINATIONS = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")


def _offered(write: Write) -> Offer | None:
    target = write.world.find(write.parent)
    return OFFERS.get(target.token) if target else None


def _bad(condition: object, message: str) -> None:
    refuse(condition, 400, "BadRequest", message)


@rule("ResourceTypeNotSupported", "https://github.com/MicrosoftDocs/azure-docs/issues/95009")
def _type_has_categories(write: Write) -> None:
    refuse(
        _offered(write) is None,
        400,
        "ResourceTypeNotSupported",
        f"The resource type '{arm_ids.arm_type(write.parent).lower()}' does not support diagnostic settings.",
    )


@rule(
    "BadRequest", f"{_SETTINGS} and https://github.com/Azure/terraform-azurerm-avm-res-storage-storageaccount/pull/325"
)
def _categories_exist(write: Write) -> None:
    offer = _offered(write) or Offer(metrics=())
    for item in objects_at(write.body, "logs"):
        category, group = item.get("category"), item.get("categoryGroup")
        _bad(category and category not in offer.logs, f"Category '{category}' is not supported.")
        _bad(group and group not in offer.groups, f"Category group '{group}' is not supported.")
        _bad(not category and not group, "A log of a diagnostic setting names a category or a category group.")
    supported = f", supported categories are: '{';'.join(offer.metrics)}'" if offer.metrics else ""
    for item in objects_at(write.body, "metrics"):
        category = item.get("category") or ALL_METRICS
        _bad(category not in offer.metrics, f"Metric category '{category}' is not supported{supported}.")


@rule("BadRequest", _SETTINGS)
def _setting_is_sound(write: Write) -> None:
    refuse(
        not any(write.body.get(name) for name in _DESTINATIONS),
        400,
        "BadRequest",
        "At least one data sink needs to be specified.",
    )
    logs = objects_at(write.body, "logs")
    refuse(
        not any(item.get("enabled") for item in [*logs, *objects_at(write.body, "metrics")]),
        400,
        "BadRequest",
        f"Diagnostic setting {write.name} enables no category.",
    )
    refuse(
        any(item.get("category") for item in logs) and any(item.get("categoryGroup") for item in logs),
        400,
        "BadRequest",
        f"Diagnostic setting {write.name} has both categories and category groups.",
    )
    refuse(
        any(at(item, "retentionPolicy.days") for item in logs),
        400,
        "BadRequest",
        "Diagnostic settings does not support retention for new diagnostic settings.",
    )


def _enabled(body: Body, offer: Offer) -> set[str]:
    logs = [item for item in objects_at(body, "logs") if item.get("enabled")]
    groups = {"allLogs": offer.logs, "audit": offer.audit}
    names = {str(item["category"]) for item in logs if item.get("category")}
    names.update(name for item in logs for name in groups.get(str(item.get("categoryGroup")), ()))
    for item in objects_at(body, "metrics"):
        names.update(offer.named_metrics(str(item.get("category") or ALL_METRICS)) if item.get("enabled") else ())
    return names


@rule("Conflict", f"{_SETTINGS}#limitations and https://github.com/hashicorp/terraform-provider-azurerm/pull/27801")
def _sinks_are_not_shared(write: Write) -> None:
    siblings = [
        other
        for other in write.world.children(write.parent, SETTING)
        if arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id)
    ]
    refuse(
        len(siblings) >= _MOST_SETTINGS,
        409,
        "Conflict",
        f"The limit of {_MOST_SETTINGS} diagnostic settings was reached. To create new setting '{write.name}', delete "
        "an existing one.",
    )
    offer = _offered(write) or Offer(metrics=())
    for other in siblings:
        for sink in _DESTINATIONS:
            shared = _enabled(write.body, offer) & _enabled(other.inputs, offer)
            same = write.body.get(sink) and str(write.body[sink]).lower() == str(other.inputs.get(sink)).lower()
            refuse(
                same and shared,
                409,
                "Conflict",
                f"Data sink '{write.body.get(sink)}' is already used in diagnostic setting '{other.name}' for category "
                f"'{', '.join(sorted(shared))}'. Data sinks can't be reused in different settings on the same category "
                "for the same resource.",
            )


_NO_RETENTION = {"retentionPolicy": {"days": 0, "enabled": False}}


def _logs(write: Write) -> list[Body]:
    return [{**_NO_RETENTION, **item} for item in objects_at(write.body, "logs")]


def _metrics(write: Write) -> list[Body]:
    """As sent; where a type's AllMetrics comes back by name, that is what a refresh sees."""
    offer = _offered(write)
    found = [{**_NO_RETENTION, **item} for item in objects_at(write.body, "metrics")]
    if offer is None or not offer.expands:
        return found
    return [
        {**item, "category": name}
        for item in found
        for name in offer.named_metrics(str(item.get("category") or ALL_METRICS))
        if name != ALL_METRICS
    ]


DIAGNOSTIC_SETTING = ResourceType(
    token=SETTING,
    path="/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
    name=NameRule(
        pattern=r"[^<>*%&:\\?+/]+",
        least=1,
        most=260,
        code="BadRequest",
        allowed="1 to 260 characters, none of < > * % & : \\ ? + /",
        source=ARM_NAMES,
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.insights/2021-05-01-preview/diagnosticsettings",
    location="none",
    computed={
        "logs": Computed(_logs, keep=False),
        "metrics": Computed(_metrics, keep=False),
        "systemData": SYSTEM_DATA,
    },
    references=(
        Reference(
            path="workspaceId",
            tokens=("operationalinsights:Workspace",),
            code="ResourceNotFound",
            status=404,
            message="The Resource '{id}' was not found. For more details please go to "
            "https://aka.ms/ARMResourceNotFoundFix",
            source=_SETTINGS,
        ),
    ),
    rules=(_type_has_categories, _setting_is_sound, _categories_exist, _sinks_are_not_shared),
    provisioning_state="",
    outlives_parent=True,
)
