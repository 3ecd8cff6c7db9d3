# ruff: noqa: S106 - a token is the name of a type
"""Budgets at a subscription or a resource group.

https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-acm-create-budgets
"""

import re
from datetime import UTC, datetime
from typing import Any

from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Computed, Durations, Immutable, NameRule, ResourceType, Write

from .common import ESTIMATE, SYSTEM_DATA, digest, iso, refuse, rule

_TUTORIAL = "https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-acm-create-budgets"
_REST = "https://learn.microsoft.com/rest/api/consumption/budgets/create-or-update"
_CODE = "400"  # the Consumption provider answers with the status as its code
_FIRST_MONTH = datetime(2017, 6, 1, tzinfo=UTC)
_MONTHS = {"Monthly": 1, "Quarterly": 3, "Annually": 12, "BillingMonth": 1, "BillingQuarter": 3, "BillingAnnual": 12}
_OPERATORS = ("EqualTo", "GreaterThan", "GreaterThanOrEqualTo")
# Cost Management's filters by dimension.
_DIMENSIONS = frozenset(
    [
        "ResourceGroupName",
        "ResourceGroup",
        "ResourceId",
        "ResourceType",
        "ResourceLocation",
        "ResourceGuid",
        "ServiceName",
        "ServiceTier",
        "ServiceFamily",
        "Meter",
        "MeterCategory",
        "MeterSubCategory",
        "PublisherType",
        "ChargeType",
        "Frequency",
        "SubscriptionName",
        "SubscriptionId",
        "BillingMonth",
        "PartNumber",
        "Provider",
        "Product",
        "Tags",
    ]
)


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@rule(_CODE, _REST + "#budgettimeperiod")
def _period_is_allowed(write: Write) -> None:
    grain = str(at(write.body, "timeGrain"))
    refuse(grain not in _MONTHS, 400, _CODE, f"The timeGrain '{grain}' is none of {', '.join(_MONTHS)}.")
    start, end = _moment(at(write.body, "timePeriod.startDate")), at(write.body, "timePeriod.endDate")
    refuse(
        start is None or (start.day, start.hour, start.minute, start.second) != (1, 0, 0, 0),
        400,
        _CODE,
        f"The startDate '{at(write.body, 'timePeriod.startDate')}' of budget {write.name} is not the first day of a "
        "month.",
    )
    if start is None:
        return
    now = datetime.fromtimestamp(write.now, UTC)
    ahead = (start.year - now.year) * 12 + start.month - now.month
    refuse(
        start < _FIRST_MONTH or ahead > 12,
        400,
        _CODE,
        f"The startDate {start:%Y-%m-%d} of budget {write.name} is before 2017-06-01 or more than twelve months ahead.",
    )
    refuse(
        write.old is None and ahead <= -_MONTHS[grain],
        400,
        _CODE,
        f"The startDate {start:%Y-%m-%d} of budget {write.name} is in the past: it must lie in the current period of a "
        f"budget with timeGrain {grain}.",
    )
    finish = _moment(end) if end else None
    refuse(
        end and (finish is None or finish <= start),
        400,
        _CODE,
        f"The endDate '{end}' of budget {write.name} is not after its startDate.",
    )


@rule(_CODE, _REST)
def _amount_is_positive(write: Write) -> None:
    refuse(
        float(at(write.body, "amount")) <= 0,
        400,
        _CODE,
        f"The amount {at(write.body, 'amount')} of budget {write.name} is not positive.",
    )
    refuse(
        at(write.body, "category") != "Cost",
        400,
        _CODE,
        f"The category '{at(write.body, 'category')}' of budget {write.name} is not Cost.",
    )


@rule(_CODE, _REST + "#notification")
def _notifications_are_sound(write: Write) -> None:
    found: dict[str, Body] = at(write.body, "notifications") or {}
    refuse(len(found) > 5, 400, _CODE, f"Budget {write.name} has {len(found)} notifications; five are allowed.")
    for name, item in found.items():
        where = f"Notification {name} of budget {write.name}"
        threshold = float(item.get("threshold") or 0)
        refuse(not 0 < threshold <= 1000, 400, _CODE, f"{where} has threshold {threshold:g}; allowed is up to 1000.")
        refuse(
            item.get("operator") not in _OPERATORS,
            400,
            _CODE,
            f"{where} has operator '{item.get('operator')}', none of {', '.join(_OPERATORS)}.",
        )
        contacts = [*(item.get("contactEmails") or []), *(item.get("contactRoles") or [])]
        groups = item.get("contactGroups") or []
        refuse(not contacts and not groups, 400, _CODE, f"{where} has no contact.")
        refuse(
            any(not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(mail)) for mail in item.get("contactEmails") or []),
            400,
            _CODE,
            f"{where} has a contact that is no mail address.",
        )


@rule(_CODE, "https://learn.microsoft.com/rest/api/consumption/budgets/create-or-update#budgetfilter")
def _filter_names_tags(write: Write) -> None:
    """Any tag may be named, also one that nothing has; Azure then counts nothing."""
    for item in [at(write.body, "filter"), *objects_at(write.body, "filter.and")]:
        tags = at(item, "tags")
        refuse(
            tags is not None and not (at(tags, "name") and at(tags, "values")),
            400,
            _CODE,
            f"The filter of budget {write.name} by tag needs a name and values.",
        )
        refuse(
            tags is not None and at(tags, "operator") != "In",
            400,
            _CODE,
            f"The filter of budget {write.name} by tag has operator '{at(tags, 'operator')}'; allowed is In.",
        )


@rule(_CODE, "https://learn.microsoft.com/azure/cost-management-billing/costs/group-filter")
def _filter_names_dimensions(write: Write) -> None:
    filters = [at(write.body, "filter"), *objects_at(write.body, "filter.and")]
    for item in filters:
        name = at(item, "dimensions.name")
        refuse(
            name is not None and name not in _DIMENSIONS,
            400,
            _CODE,
            f"The filter of budget {write.name} names the dimension '{name}', which Cost Management does not have.",
        )
        refuse(
            name is not None and not at(item, "dimensions.values"),
            400,
            _CODE,
            f"The filter of budget {write.name} gives no values for dimension '{name}'.",
        )


@rule(_CODE, "https://github.com/MicrosoftDocs/azure-docs/issues/34023")
def _change_knows_the_latest(write: Write) -> None:
    """Who changes a budget shows the eTag that it has now."""
    refuse(
        write.old is not None and at(write.body, "eTag") != write.old.outputs.get("eTag"),
        400,
        _CODE,
        f"There are changes made to Budget {write.name}. Please get the latest budget to avoid overwrite.",
    )


def _end(write: Write) -> Any:
    start = _moment(at(write.body, "timePeriod.startDate"))
    given = at(write.body, "timePeriod.endDate")
    return given or (iso(start.replace(year=start.year + 10).timestamp()) if start else None)


BUDGET = ResourceType(
    token="consumption:Budget",
    path="/{scope}/providers/Microsoft.Consumption/budgets/{budgetName}",
    name=NameRule(
        pattern=r"[\w-]+",
        least=1,
        most=63,
        code=_CODE,
        allowed="1 to 63 letters, digits, '_' and '-'",
        source=_TUTORIAL,
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.consumption/2024-08-01/budgets",
    location="none",
    computed={
        "eTag": Computed(lambda write: f'"{digest(write, f"etag/{write.now}")[:16]}"', keep=False),
        "timePeriod.endDate": Computed(_end, keep=False),
        "currentSpend": Computed(lambda _: {"amount": 0, "unit": "USD"}),
        "forecastSpend": Computed(lambda _: {"amount": 0, "unit": "USD"}),
        "systemData": SYSTEM_DATA,
    },
    immutable=(
        Immutable(
            paths=("timeGrain",),
            code=_CODE,
            message="The timeGrain of budget {name} cannot be changed.",
            source=_REST + " (the code is unverified)",
        ),
    ),
    rules=(
        _change_knows_the_latest,
        _amount_is_positive,
        _period_is_allowed,
        _notifications_are_sound,
        _filter_names_dimensions,
        _filter_names_tags,
    ),
    provisioning_state="",
)

TYPES = (BUDGET,)
