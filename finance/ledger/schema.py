"""What a row of the ledger holds: one charge, in the names of FOCUS 1.2.

The names and their meaning are those of the FinOps Open Cost and Usage Specification (https://focus.finops.org); those
with `x_` are not in it, as it says a provider's own are to begin (x_ResourceGroup is Azure's x_ResourceGroupName).
"""

from dataclasses import dataclass
from typing import Final, Literal

AMOUNT: Final = "DECIMAL(38,12)"
"""Exact: 26 digits before the point and 12 after it. DuckDB's sum of it is exact too, and raises where it overflows."""

Kind = Literal["text", "day", "amount", "cost"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `costs`. kind: a cost is exact to its last digit, an amount is rounded to twelve after the point.
    default: of a row that does not say it; None: it must be said, or follows from others.
    """

    name: str
    kind: Kind
    default: str | None = ""

    @property
    def type(self) -> str:
        """Its SQL type. None of them is ever null."""
        return {"text": "VARCHAR", "day": "DATE", "amount": AMOUNT, "cost": AMOUNT}[self.kind]


COLUMNS: Final[tuple[Column, ...]] = (
    Column("SubAccountId", "text", None),  # GUID of the subscription, small letters
    Column("BillingPeriodStart", "day", None),  # first of the month that it is billed in
    Column("ChargePeriodStart", "day", None),  # the day, in UTC
    Column("ResourceId", "text"),  # small letters; '' where a charge has no resource
    Column("ResourceName", "text"),
    Column("x_ResourceGroup", "text"),  # small letters; '' outside of any
    Column("RegionId", "text"),
    Column("ServiceName", "text"),
    Column("ServiceCategory", "text"),
    Column("ChargeCategory", "text", "Usage"),  # Usage, Purchase, Tax, Credit or Adjustment
    Column("ChargeClass", "text"),  # '' or Correction (of a month that was billed already)
    Column("ChargeDescription", "text"),
    Column("SkuMeter", "text"),
    Column("PricingQuantity", "amount", "0"),
    Column("PricingUnit", "text"),
    Column("ListUnitPrice", "amount", "0"),
    Column("BilledCost", "cost", None),  # what the invoice says
    Column("EffectiveCost", "cost", None),  # amortised: commitments spread over what they cover
    Column("ListCost", "cost", None),
    Column("ContractedCost", "cost", None),
    Column("BillingCurrency", "text", "USD"),
    Column("Tags", "text", "{}"),  # a JSON object
    Column("CommitmentDiscountStatus", "text"),  # '', Used or Unused
    Column("x_Source", "text", "rows"),  # the export that it came with
)
NAMES: Final = tuple(column.name for column in COLUMNS)
COSTS: Final = tuple(column.name for column in COLUMNS if column.kind == "cost")
"""Of these every digit of the input counts: what lies beyond the twelfth after the point is summed up exactly, and goes
into a row of its own (finance.actuals.ROUNDING)."""

DEFINED: Final = ", ".join(f'"{column.name}" {column.type} NOT NULL' for column in COLUMNS)
"""The columns as CREATE TABLE takes them."""
