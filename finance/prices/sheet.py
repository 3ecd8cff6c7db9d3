"""The price sheet's form: sources with their days, meters with a price a region, and what was not found.

All models are frozen, know every key and take decimals as text only: a price that was a binary float once is none.
"""

import re
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from cidr import Fault
from cidr.validation import refuse
from finance.money import EXACT, Money
from finance.prices.units import size_of

EVERYWHERE: Final = "everywhere"
_NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
_REGION: Final = r"^[a-z][a-z0-9]+$"


def _refused(what: str, allowed: str, step: str) -> PydanticCustomError:
    return refuse(Fault(where="", what=what, allowed=allowed, next_step=step))


def _decimal(value: object) -> Decimal:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise _refused(f"{value!r} is no exact amount", "digits in quotes, none below zero", 'write `"0.0199"`')
    return Decimal(value)


def _day(value: object) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(str(value))
    except ValueError:
        raise _refused(f"{value!r} is no day", "a day as in 2026-11-22", "write `2026-11-22`") from None


def _unit(value: object) -> str:
    try:
        size_of(str(value))
    except ValueError as error:
        raise _refused(str(error), "1 Hour, 10K, 1M, 1 GB/Month, 1/Day and the like", 'write `"1 Hour"`') from None
    return str(value)


Amount = Annotated[Decimal, BeforeValidator(_decimal), Field(description="digits in quotes", examples=["0.0199"])]
Day = Annotated[date, BeforeValidator(_day), Field(description="a day", examples=["2026-11-22"])]
Unit = Annotated[str, BeforeValidator(_unit), Field(description="Azure's unit of measure", examples=["1 Hour"])]
RegionName = Annotated[str, Field(pattern=_REGION, description="a region as Azure names it", examples=["westeurope"])]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217", examples=["USD"])]
Text = Annotated[str, Field(min_length=1, description="some text", examples=["..."])]


class Row(BaseModel):
    """Unknown keys are refused, values are taken in their own type alone."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Source(Row):
    """Where prices were read, and when. retrieved: the day that the prices were Azure's."""

    title: Text
    url: str = Field(pattern=r"^https://\S+$", description="where it stands", examples=["https://example.com/prices"])
    retrieved: Day


class Tier(Row):
    """What a unit costs from so many units on. from: in units of the meter, 0 for the first tier."""

    begin: Amount = Field(alias="from", description="units from which it holds", examples=["0"])
    price: Amount


class Price(Row):
    """The price of a meter in a region: one, or tiers that begin at 0 and rise. basis: see the head of the file."""

    price: Amount | None = None
    tiers: Annotated[tuple[Tier, ...], Field(strict=False)] = ()
    source: Text
    basis: Literal["found", "derived", "unverified"] = "found"
    note: str = ""

    @model_validator(mode="after")
    def _is_one_or_tiers(self) -> "Price":
        if (self.price is None) == (not self.tiers):
            raise _refused("neither a price nor tiers, or both", "one of the two", 'write `price: "0.0199"`')
        begins = [tier.begin for tier in self.tiers]
        if begins and (begins[0] != 0 or begins != sorted(set(begins))):
            raise _refused("tiers that do not begin at 0 and rise", "from: 0 first, each higher", "put them in order")
        return self

    @property
    def steps(self) -> tuple[tuple[Decimal, Decimal], ...]:
        """(units from which it holds, price of a unit), the first from 0 on."""
        if self.price is not None:
            return ((Decimal(0), self.price),)
        return tuple((tier.begin, tier.price) for tier in self.tiers)

    def of(self, units: Decimal) -> Decimal:
        """What so many units cost, each tier's part at its own price, without a free first tier.

        What Azure grants for nothing (the first 5 GB of logs) it grants a subscription or a billing account once: a
        deployment that counted on it would be one of many that do, so the first price that is not zero holds from 0.
        """
        paid = [step for step in self.steps if step[1]] or [self.steps[-1]]
        steps = [(Decimal(0), paid[0][1]), *paid[1:]]
        ends = [*(begin for begin, _ in steps[1:]), units]
        cost = Decimal(0)
        for (begin, price), end in zip(steps, ends, strict=True):
            part = EXACT.subtract(min(units, end), begin)
            if part > 0:
                cost = EXACT.add(cost, EXACT.multiply(part, price))
        return cost


class Meter(Row):
    """A meter of Azure's bill. service, product, sku, meter: serviceName, productName, skuName and meterName of the
    Retail Prices API; product only where the other three are not enough.
    """

    key: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="its name here", examples=["postgres-b1ms"])
    service: Text
    product: Text | None = None
    sku: Text
    meter: Text
    unit: Unit
    note: str = ""
    prices: dict[RegionName, Price] = Field(min_length=1, description="by region", examples=["{westeurope: {...}}"])

    def price_in(self, region: str) -> Price | None:
        """The price in a region of Azure's, or the one that holds everywhere; None where none was found."""
        return self.prices.get(region) or self.prices.get(EVERYWHERE)


class Missing(Row):
    """A meter that was looked for and not found, where, and why."""

    meter: Text
    regions: Annotated[tuple[RegionName, ...], Field(min_length=1, strict=False)]
    why: Text


class Sheet(Row):
    """A price sheet. sheet: its version, the day that it was put together."""

    sheet: Day
    currency: Currency
    regions: dict[RegionName, RegionName] = Field(
        min_length=1, description="code of the address map -> Azure's name", examples=["{westeu: westeurope}"]
    )
    sources: dict[str, Source]
    meters: Annotated[tuple[Meter, ...], Field(strict=False)]
    missing: Annotated[tuple[Missing, ...], Field(strict=False)] = ()

    @cached_property
    def by_key(self) -> dict[str, Meter]:
        """Every meter by its key."""
        return {meter.key: meter for meter in self.meters}

    def why_missing(self, key: str, region: str) -> str:
        """Why there is no price, where the sheet says it; else empty."""
        return next((it.why for it in self.missing if it.meter == key and region in it.regions), "")

    def money(self, amount: Decimal) -> Money:
        """An amount in the sheet's currency."""
        return Money(amount, self.currency)
