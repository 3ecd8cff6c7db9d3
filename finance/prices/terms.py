"""Negotiated discounts and internal mark-ups: a file of percentages, each for what and from when till when."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from cidr import Fault, FaultsError
from cidr.faults import nearest
from cidr.validation import told
from cidr.yaml_source import read_yaml
from finance.money import EXACT
from finance.prices.sheet import Amount, Day, Meter, Row, Sheet, Text

TERMS: Final = Path(__file__).with_name("terms.yaml")
_HUNDRED: Final = Decimal(100)


class Term(Row):
    """One percentage. Without service and meter it holds for everything. until: its last day, none when it is open."""

    service: str | None = Field(default=None, description="serviceName of the meters that it is for")
    meter: str | None = Field(default=None, description="key of the one meter that it is for")
    percent: Amount
    since: Day
    until: Day | None = None
    agreement: Text

    def holds(self, meter: Meter, day: date) -> bool:
        """Whether it is for this meter on this day."""
        begun = self.since <= day and (self.until is None or day <= self.until)
        return begun and self.meter in (None, meter.key) and self.service in (None, meter.service)

    @property
    def narrowness(self) -> int:
        """2 for one meter, 1 for a service, 0 for everything."""
        return 2 if self.meter else 1 if self.service else 0


class TermsFile(Row):
    """What stands in the file."""

    discounts: Annotated[tuple[Term, ...], Field(strict=False)]
    mark_ups: Annotated[tuple[Term, ...], Field(strict=False)]


class Terms:
    """The terms that hold on one day."""

    def __init__(self, file: TermsFile, day: date) -> None:
        self._file = file
        self._day = day

    def factor(self, meter: Meter) -> Decimal:
        """What a list price of this meter is multiplied with: exact, 1 where nothing was agreed."""
        off = _of(self._file.discounts, meter, self._day)
        on = _of(self._file.mark_ups, meter, self._day)
        left = EXACT.divide(EXACT.subtract(_HUNDRED, off), _HUNDRED)
        return EXACT.multiply(left, EXACT.divide(EXACT.add(_HUNDRED, on), _HUNDRED))

    @property
    def any(self) -> bool:
        """Whether anything at all was agreed, also for other days."""
        return bool(self._file.discounts or self._file.mark_ups)


NO_TERMS: Final = Terms(TermsFile(discounts=(), mark_ups=()), date.min)


def load_terms(sheet: Sheet, path: Path = TERMS, day: date | None = None) -> Terms:
    """The terms of the file that hold on `day`, by default today in UTC.

    Raises FaultsError for a file that cannot be taken, a meter or service that the sheet does not have, a discount of
    more than 100 %, a term that ends before it begins, and two of the same width that hold on one day.
    """
    source = read_yaml(path)
    try:
        file = TermsFile.model_validate(source.data)
    except ValidationError as error:
        raise FaultsError(told(error, TermsFile, source.where)) from None
    lists: tuple[tuple[Literal["discounts", "mark_ups"], tuple[Term, ...]], ...] = (
        ("discounts", file.discounts),
        ("mark_ups", file.mark_ups),
    )
    faults = [
        fault.at(source.where((key, index)))
        for key, terms in lists
        for index, term in enumerate(terms)
        for fault in _faults(sheet, key, term, terms[:index])
    ]
    if faults:
        raise FaultsError(faults)
    return Terms(file, day or datetime.now(UTC).date())


def _of(terms: Sequence[Term], meter: Meter, day: date) -> Decimal:
    holding = [term for term in terms if term.holds(meter, day)]
    return max(holding, key=lambda term: term.narrowness).percent if holding else Decimal(0)


def _faults(sheet: Sheet, key: str, term: Term, before: Sequence[Term]) -> Iterator[Fault]:
    meters, services = list(sheet.by_key), sorted({meter.service for meter in sheet.meters})
    for given, known, what in ((term.meter, meters, "meter"), (term.service, services, "service")):
        if given is not None and given not in known:
            near = nearest(given, known)
            step = f"write `{what}: {near}`" if near else f"write a {what} of the price sheet"
            yield _fault(f"{what} {given!r} is none of the price sheet", ", ".join(known[:8]) + ", …", step)
    if key == "discounts" and term.percent > _HUNDRED:
        yield _fault(f"a discount of {term.percent} %", "0 to 100", 'write `percent: "10"`')
    if term.until is not None and term.until < term.since:
        yield _fault(f"it ends on {term.until}, before it begins on {term.since}", "until no earlier", "mend a day")
    for other in before:
        same = (other.meter, other.service) == (term.meter, term.service)
        if same and (other.until is None or other.until >= term.since) and (term.until or date.max) >= other.since:
            yield _fault("another one for the same holds on one of its days", "one at a time", "end the earlier one")


def _fault(what: str, allowed: str, step: str) -> Fault:
    return Fault(where="", what=what, allowed=allowed, next_step=step)
