"""A charge as a row of FOCUS, with the columns that Azure's own export of version 1.2 has for it.

https://focus.finops.org/focus-specification/v1-2/ has what they mean; how Azure fills them is told in
https://learn.microsoft.com/cloud-computing/finops/focus/convert. What a price sheet cannot know (SKU ids, accounts,
invoices) is empty, as the specification has it for what is not applicable.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from finance.focus_files import moment_of, next_month
from finance.metering.charging import Charge
from finance.metering.services import service_of
from finance.prices.units import counted, size_of

# https://github.com/microsoft/finops-toolkit/blob/dev/src/open-data/PricingUnits.csv (retrieved 2026-11-22)
_UNITS: Final[Mapping[str, str]] = {
    "": "Units",
    "Day": "Units/Day",
    "GB": "GB",
    "GB/Month": "GB/Month",
    "GiB Second": "GiB Seconds",
    "Hour": "Hours",
    "Month": "Units/Month",
    "Second": "Seconds",
}


def row_of(charge: Charge, source: str) -> dict[str, str]:
    """The charge as text, column -> value; columns that are not in it are empty. source: who metered."""
    stood, meter = charge.stood, charge.meter
    month = charge.day.replace(day=1)
    service, category = service_of(stood.arm_type, meter.service)
    size = size_of(meter.unit)
    unit = _UNITS[counted(meter.unit)]
    cost = str(charge.cost.amount)
    return {
        "BilledCost": cost,
        "BillingAccountId": source,
        "BillingAccountName": source,
        "BillingCurrency": charge.cost.currency,
        "BillingPeriodEnd": moment_of(next_month(month)),
        "BillingPeriodStart": moment_of(month),
        "ChargeCategory": "Usage",
        "ChargeDescription": f"{meter.meter}: {charge.what}",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": moment_of(charge.day + timedelta(days=1)),
        "ChargePeriodStart": moment_of(charge.day),
        "ConsumedQuantity": str(charge.quantity * size),
        "ConsumedUnit": unit,
        "ContractedCost": cost,
        "EffectiveCost": cost,
        "InvoiceIssuerName": "Microsoft",
        "ListCost": str(charge.listed.amount),
        "ListUnitPrice": str(charge.unit_price),
        "PricingCategory": "Standard",
        "PricingCurrency": charge.cost.currency,
        "PricingQuantity": str(charge.quantity),
        "PricingUnit": unit,
        "ProviderName": "Microsoft",
        "PublisherName": "Microsoft",
        "RegionId": charge.region,
        "ResourceId": stood.id,
        "ResourceName": stood.name,
        "ServiceCategory": category,
        "ServiceName": service,
        "SkuMeter": meter.meter,
        "SubAccountId": f"/subscriptions/{stood.subscription}",
        "SubAccountType": "Subscription",
        "Tags": json.dumps(stood.tags, sort_keys=True, separators=(",", ":")),
        "x_PricingBlockSize": str(size),
        "x_PricingUnitDescription": meter.unit,
        "x_ResourceGroupName": stood.group,
        "x_ResourceType": stood.arm_type,
        "x_SkuMeterCategory": meter.service,
        "x_Source": source,
    }
