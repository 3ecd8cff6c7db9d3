"""Reads a price sheet: form, cross-references and age, every fault with its line."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from cidr import Fault, FaultsError
from cidr.faults import nearest
from cidr.validation import told
from cidr.yaml_source import KeyPath, Source, parse_yaml, read_yaml
from finance.prices.sheet import EVERYWHERE, Sheet

SHEET: Final = Path(__file__).with_name("sheet.yaml")
OLDEST: Final = timedelta(days=365)
"""A price read longer ago is refused: Azure changes list prices within a year, and an old one looks like any other."""


def load_sheet(path: Path = SHEET, today: date | None = None) -> Sheet:
    """The price sheet at `path`. today: the day that its age is held against, by default that of this machine in UTC.

    Raises FaultsError with every fault of the file, and with every source that is older than a year.
    """
    source = read_yaml(path)
    sheet = _sheet(source)
    faults = list(check_age(sheet, source, today or datetime.now(UTC).date()))
    if faults:
        raise FaultsError(faults)
    return sheet


def parse_sheet(text: str, label: str) -> Sheet:
    """A sheet from its text, whatever its age: to be asked anew. Raises FaultsError with every fault of its form."""
    return _sheet(parse_yaml(text, label))


def _sheet(source: Source) -> Sheet:
    try:
        sheet = Sheet.model_validate(source.data)
    except ValidationError as error:
        raise FaultsError(told(error, Sheet, source.where)) from None
    faults = list(_cross_faults(sheet, source))
    if faults:
        raise FaultsError(faults)
    return sheet


def check_age(sheet: Sheet, source: Source, today: date) -> Iterator[Fault]:
    """A fault for each source that prices still rest on and that was read more than a year ago, or after today."""
    used = {price.source for meter in sheet.meters for price in meter.prices.values()}
    for name, read in sheet.sources.items():
        place = source.where(("sources", name, "retrieved"))
        if read.retrieved > today:
            what = f"source {name} was retrieved on {read.retrieved}, which is after today, {today}"
            yield Fault(where=place, what=what, allowed="a day that has been", next_step="write the day it was read")
        elif name in used and today - read.retrieved > OLDEST:
            days = (today - read.retrieved).days
            yield Fault(
                where=place,
                what=f"the prices of source {name} are {days} days old ({read.retrieved}): older than a year",
                allowed=f"prices read since {today - OLDEST}",
                next_step="./cfctl cost prices refresh",
            )


def _cross_faults(sheet: Sheet, source: Source) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, meter in enumerate(sheet.meters):
        path: KeyPath = ("meters", index)
        if meter.key in seen:
            place = source.where((*path, "key"))
            yield Fault(
                where=place, what=f"meter {meter.key} stands twice", allowed="each once", next_step="take one out"
            )
        seen.add(meter.key)
        for region, price in meter.prices.items():
            here = (*path, "prices", region)
            known = [*sheet.regions.values(), EVERYWHERE]
            if region not in known:
                yield _stranger(source, here, "region", region, known)
            if price.source not in sheet.sources:
                yield _stranger(source, (*here, "source"), "source", price.source, list(sheet.sources))
            if price.basis != "found" and not price.note:
                what = f"the price of {meter.key} in {region} is {price.basis}, and nothing says from what"
                step = 'add `note: "of East US 2"`'
                yield Fault(where=source.where(here), what=what, allowed="a note beside the basis", next_step=step)


def _stranger(source: Source, path: KeyPath, what: str, given: str, known: list[str]) -> Fault:
    near = nearest(given, known)
    return Fault(
        where=source.where(path),
        what=f"{what} {given!r} is none of this sheet",
        allowed=", ".join(known),
        next_step=f"write `{near}` instead" if near else f"add it to the {what}s of the sheet",
    )
