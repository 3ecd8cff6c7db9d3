"""What would save money: a promise where use is steady, tags, and going when it is time."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError

from cidr import FaultsError
from cidr.validation import told
from cidr.yaml_source import read_yaml
from finance.estimate.rows.reading import HOURS
from finance.following.charges import Charges
from finance.following.exact import product, quotient
from finance.following.findings import Advice
from finance.following.report import COMPANY, Line
from finance.money import Money
from finance.prices.sheet import Amount, Day, Row, Text

COMMITMENTS: Final = Path(__file__).with_name("commitments.yaml")
STEADY: Final = timedelta(days=30)
"""A promise is for a year: what every one of so many days needed, it is made for. With fewer days it is not advised."""
UNTAGGED: Final = Decimal(2)
"""Percent of a line's bill without the right tag from which on it is told."""
_PLACE: Final = Decimal("0.001")
_HUNDRED: Final = Decimal(100)
_STEADY_DAYS: Final = """
WITH eligible AS (
    SELECT ChargePeriodStart AS day, sum(BilledCost) AS billed FROM costs
    WHERE BillingPeriodStart BETWEEN $earliest AND $month AND BillingCurrency = $currency
        AND ServiceName = $service AND list_contains($meters, SkuMeter) AND ChargeCategory = 'Usage'
        AND CommitmentDiscountStatus = '' AND ChargePeriodStart BETWEEN $first AND $last
    GROUP BY day
)
SELECT count(*), coalesce(min(billed), 0)::DECIMAL(38,12) FROM eligible
"""


class Commitment(Row):
    """A promise that Azure sells; the head of the file says what the keys mean."""

    name: Text
    service: Text
    meters: Annotated[tuple[Text, ...], Field(min_length=1, strict=False)]
    percent: Amount
    source: Text
    retrieved: Day


class CommitmentsFile(Row):
    """What stands in the file."""

    plans: Annotated[tuple[Commitment, ...], Field(strict=False)]


@lru_cache(maxsize=1)
def load_commitments(path: Path = COMMITMENTS) -> tuple[Commitment, ...]:
    """What may be promised. Raises FaultsError for a file that cannot be taken."""
    source = read_yaml(path)
    try:
        return CommitmentsFile.model_validate(source.data).plans
    except ValidationError as error:
        raise FaultsError(told(error, CommitmentsFile, source.where)) from None


def advice(charges: Charges, lines: Sequence[Line], whole: date, currency: str) -> Iterator[Advice]:
    """whole: the last day whose data are whole. The greatest saving of each kind first."""
    yield from sorted(_promises(charges, whole, currency), key=lambda it: -it.saving.amount if it.saving else 0)
    for line in lines:
        if line.kind == "deployment" and line.late.amount > 0:
            words = f"{line.name} has cost {line.late} after its ExpiresOn: tear it down, or extend it with a reason"
            yield Advice(line.name, "expired", None, words)
        if line.budget and line.forecast.expected > line.budget:
            over = line.forecast.expected - line.budget
            words = f"{line.name} is foreseen {over} above its budget of {line.budget}"
            yield Advice(line.name, "budget", None, words)
        share = line.untagged_share
        if line.kind in ("deployment", "account", "unallocated") and share is not None and share >= UNTAGGED:
            words = f"{line.untagged} of {line.name} ({share} %) have no right Deployment tag: tag what they are for"
            yield Advice(line.name, "tags", None, words)


def _promises(charges: Charges, whole: date, currency: str) -> Iterator[Advice]:
    first = whole - STEADY + timedelta(days=1)
    for it in load_commitments():
        ((days, least),) = charges.ask(
            _STEADY_DAYS,
            service=it.service,
            meters=list(it.meters),
            first=first,
            last=whole,
            earliest=first.replace(day=1),
        )
        if days < STEADY.days or least <= 0:
            continue
        hourly = quotient(least, 24)
        off = quotient(it.percent, _HUNDRED)
        promised = product(hourly, 1 - off).quantize(_PLACE)
        saving = Money(product(product(hourly, off), HOURS), currency)
        words = (
            f"promise {promised} {currency} an hour for a year ({it.name}, {it.percent} % off): each of the last "
            f"{days} days cost at least {Money(least, currency)} of it"
        )
        yield Advice(COMPANY, "reservation", saving, words)
