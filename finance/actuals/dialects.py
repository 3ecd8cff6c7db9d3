"""The forms in which charges are exported, as data: which columns there are, and how they make a row of the ledger.

FOCUS: https://focus.finops.org and, for what Azure exports of it,
https://learn.microsoft.com/azure/cost-management-billing/dataset-schema/cost-usage-details-focus. Azure's own:
.../dataset-schema/cost-usage-details-ea and -mca; how they become FOCUS:
https://learn.microsoft.com/cloud-computing/finops/focus/convert. Names are compared in small letters without spaces,
because exports of one kind differ in both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

Names = Mapping[str, tuple[str, ...]]
"""What is read -> the columns that may hold it; the first one that a file has."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A form of export. tells: columns by one of which it is known among its kind; none: by their absence.

    required and optional: what is read. columns: column of the ledger -> SQL of its text, over what is read. focus:
    billed and amortised cost in one row. without: what it cannot give, and what stands for it.
    """

    name: str
    focus: bool
    tells: tuple[str, ...]
    required: Names
    optional: Names
    columns: Mapping[str, str]
    without: str = ""


_FOCUS_REQUIRED: Final[Names] = {
    name: (name.lower(),)
    for name in (
        "SubAccountId",
        "BillingPeriodStart",
        "ChargePeriodStart",
        "ServiceName",
        "ServiceCategory",
        "ChargeCategory",
        "BilledCost",
        "EffectiveCost",
        "ListCost",
        "ContractedCost",
        "BillingCurrency",
    )
}
_FOCUS_OPTIONAL: Final[Names] = {
    **{
        name: (name.lower(),)
        for name in (
            "ResourceId",
            "ResourceName",
            "RegionId",
            "ChargeClass",
            "ChargeDescription",
            "PricingQuantity",
            "PricingUnit",
            "ListUnitPrice",
            "Tags",
            "CommitmentDiscountStatus",
            "x_Source",
        )
    },
    "x_ResourceGroup": ("x_resourcegroupname", "x_resourcegroup"),
    "SkuMeter": ("skumeter", "x_skumetername"),  # Azure's own column until FOCUS 1.1 had one
}
_FOCUS_COLUMNS: Final = {name: f'"{name}"' for name in (*_FOCUS_REQUIRED, *_FOCUS_OPTIONAL)}

_CATEGORY: Final = """CASE lower(service_family)
    WHEN 'ai + machine learning' THEN 'AI and Machine Learning' WHEN 'analytics' THEN 'Analytics'
    WHEN 'compute' THEN 'Compute' WHEN 'containers' THEN 'Compute' WHEN 'databases' THEN 'Databases'
    WHEN 'developer tools' THEN 'Developer Tools' WHEN 'integration' THEN 'Integration'
    WHEN 'internet of things' THEN 'Internet of Things'
    WHEN 'management and governance' THEN 'Management and Governance'
    WHEN 'networking' THEN 'Networking' WHEN 'security' THEN 'Security' WHEN 'storage' THEN 'Storage'
    WHEN 'web' THEN 'Web' ELSE 'Other' END"""
_COMMITTED: Final = """(lower(replace(pricing_model, ' ', '')) IN ('reservation', 'savingsplan')
    OR (pricing_model = '' AND reservation <> ''))"""
"""Until 2020 exports had no PricingModel, only the reservation's id."""
_UNUSED: Final = "lower(charge_type) IN ('unusedreservation', 'unusedsavingsplan')"
_USED: Final = f"(lower(charge_type) = 'usage' AND {_COMMITTED})"

_AZURE_COLUMNS: Final = {
    "SubAccountId": "subscription",
    "BillingPeriodStart": "CASE WHEN billing_period = '' THEN date ELSE billing_period END",
    "ChargePeriodStart": "date",
    "ResourceId": "resource_id",
    "ResourceName": "resource_name",
    "x_ResourceGroup": "resource_group",
    "RegionId": "replace(lower(location), ' ', '')",
    "ServiceName": "meter_category",
    "ServiceCategory": _CATEGORY,
    # RoundingAdjustment and what may come yet are adjustments.
    "ChargeCategory": f"""CASE WHEN lower(charge_type) IN ('usage', 'purchase', 'tax', 'credit') THEN charge_type
        WHEN {_UNUSED} THEN 'Usage' WHEN lower(charge_type) = 'refund' THEN 'Purchase' ELSE 'Adjustment' END""",
    "ChargeClass": "CASE WHEN lower(charge_type) = 'refund' THEN 'Correction' ELSE '' END",
    "ChargeDescription": "product",
    "SkuMeter": "meter",
    "PricingQuantity": "quantity",
    "PricingUnit": "unit",
    "ListUnitPrice": "list_unit_price",
    # What a commitment covers was billed when it was bought; what was bought is amortised over what it covers.
    "BilledCost": f"CASE WHEN {_USED} OR {_UNUSED} THEN '0' ELSE cost END",
    "EffectiveCost": f"""CASE WHEN lower(charge_type) IN ('purchase', 'refund') AND {_COMMITTED} THEN '0'
        ELSE cost END""",
    "ListCost": "CASE WHEN list_cost = '' THEN cost ELSE list_cost END",
    "ContractedCost": "cost",
    "BillingCurrency": "currency",
    "Tags": "tags",
    "CommitmentDiscountStatus": f"CASE WHEN {_UNUSED} THEN 'Unused' WHEN {_USED} THEN 'Used' ELSE '' END",
    "x_Source": "''",
}
_AZURE_REQUIRED: Final[Names] = {
    "subscription": ("subscriptionid", "subscriptionguid"),
    "date": ("date", "usagedatetime", "usagedate"),
    "cost": ("costinbillingcurrency", "cost"),
    "currency": ("billingcurrencycode", "billingcurrency", "currency"),
    "charge_type": ("chargetype",),
    "meter_category": ("metercategory",),
    "resource_id": ("resourceid", "instanceid"),
}
_AZURE_OPTIONAL: Final[Names] = {
    "billing_period": ("billingperiodstartdate",),
    "resource_name": ("resourcename",),
    "resource_group": ("resourcegroup", "resourcegroupname"),
    "location": ("resourcelocationnormalized", "location", "resourcelocation"),
    "service_family": ("servicefamily",),
    "product": ("productname", "product"),
    "meter": ("metername",),
    "quantity": ("quantity",),
    "unit": ("unitofmeasure",),
    "list_unit_price": ("paygprice",),
    "list_cost": (),
    "pricing_model": ("pricingmodel",),
    "reservation": ("reservationid",),
    "tags": ("tags",),
}

DIALECTS: Final = (
    Dialect(
        "FOCUS 1.2",
        focus=True,
        tells=("subaccounttype", "billingaccounttype", "invoiceid", "pricingcurrency"),
        required=_FOCUS_REQUIRED,
        optional=_FOCUS_OPTIONAL,
        columns=_FOCUS_COLUMNS,
    ),
    Dialect(
        "FOCUS 1.1",
        focus=True,
        tells=("skumeter", "servicesubcategory", "capacityreservationid", "commitmentdiscountquantity"),
        required=_FOCUS_REQUIRED,
        optional=_FOCUS_OPTIONAL,
        columns=_FOCUS_COLUMNS,
    ),
    Dialect(
        "FOCUS 1.0",
        focus=True,
        tells=(),
        required=_FOCUS_REQUIRED,
        optional=_FOCUS_OPTIONAL,
        columns=_FOCUS_COLUMNS,
    ),
    Dialect(
        "Azure MCA",  # Microsoft Customer Agreement, and Partner Agreement
        focus=False,
        tells=("paygcostinbillingcurrency", "pricingcurrency", "costinpricingcurrency"),
        required=_AZURE_REQUIRED,
        optional={**_AZURE_OPTIONAL, "list_cost": ("paygcostinbillingcurrency",), "priced_in": ("pricingcurrency",)},
        # The list price is in the pricing currency: of another one than the bill it is left out, not converted.
        columns={
            **_AZURE_COLUMNS,
            "ListUnitPrice": "CASE WHEN priced_in IN ('', currency) THEN list_unit_price ELSE '' END",
        },
        without="no contracted cost: what was charged stands for it",
    ),
    Dialect(
        "Azure EA",  # Enterprise Agreement
        focus=False,
        tells=(),
        required=_AZURE_REQUIRED,
        optional=_AZURE_OPTIONAL,
        columns=_AZURE_COLUMNS,
        without="no list cost and no contracted cost: what was charged stands for both",
    ),
)


def plain_name(column: str) -> str:
    """A column's name as it is compared."""
    return column.strip().lstrip("\ufeff").replace(" ", "").lower()


def dialect_of(columns: Iterable[str]) -> Dialect | None:
    """The dialect that a file with these columns is in, whether or not it has all that is required; None for a file
    that has less than half of what any of them requires.
    """
    present = {plain_name(column) for column in columns}

    def share(dialect: Dialect) -> float:
        return sum(not present.isdisjoint(names) for names in dialect.required.values()) / len(dialect.required)

    kind = max((True, False), key=lambda focus: max(share(it) for it in DIALECTS if it.focus == focus))
    told = next(it for it in DIALECTS if it.focus == kind and (not it.tells or not present.isdisjoint(it.tells)))
    return told if share(told) >= 0.5 else None


def missing(dialect: Dialect, columns: Iterable[str]) -> tuple[str, ...]:
    """What a file with these columns lacks of what the dialect requires, as the file would name it."""
    present = {plain_name(column) for column in columns}
    return tuple(
        " or ".join(names) if not dialect.focus else wanted
        for wanted, names in dialect.required.items()
        if present.isdisjoint(names)
    )
