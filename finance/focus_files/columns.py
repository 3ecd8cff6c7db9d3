"""The columns of FOCUS 1.2 as Azure's own export has them, and how it writes days.

https://focus.finops.org/focus-specification/v1-2/ has what they mean.
"""

from datetime import date, timedelta
from typing import Final

_COLUMNS: Final = """
    BilledCost BillingAccountId BillingAccountName BillingAccountType BillingCurrency BillingPeriodEnd
    BillingPeriodStart CapacityReservationId CapacityReservationStatus ChargeCategory ChargeClass ChargeDescription
    ChargeFrequency ChargePeriodEnd ChargePeriodStart CommitmentDiscountCategory CommitmentDiscountId
    CommitmentDiscountName CommitmentDiscountQuantity CommitmentDiscountStatus CommitmentDiscountType
    CommitmentDiscountUnit ConsumedQuantity ConsumedUnit ContractedCost ContractedUnitPrice EffectiveCost InvoiceId
    InvoiceIssuerName ListCost ListUnitPrice PricingCategory PricingCurrency PricingQuantity PricingUnit ProviderName
    PublisherName RegionId RegionName ResourceId ResourceName ResourceType ServiceCategory ServiceName
    ServiceSubcategory SkuId SkuMeter SkuPriceDetails SkuPriceId SubAccountId SubAccountName SubAccountType Tags
    x_PricingBlockSize x_PricingUnitDescription x_ResourceGroupName x_ResourceType x_SkuMeterCategory x_Source
"""
COLUMNS: Final = tuple(_COLUMNS.split())
"""In the order of Azure's export; x_Source, which says who metered, is ours."""
SCENARIO: Final = "x_Scenario"
"""A column of reports alone: whether a row is a budget, an estimate or an actual charge."""


def next_month(first: date) -> date:
    """The first of the month after that of a first."""
    return (first + timedelta(days=31)).replace(day=1)


def moment_of(day: date) -> str:
    """The beginning of a day as FOCUS writes it, in UTC."""
    return f"{day:%Y-%m-%d}T00:00:00Z"
