"""Reads declared use: one file an environment, and one for the account."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from cidr import ACCOUNT, DeploymentName, Fault, FaultsError
from cidr.faults import nearest
from cidr.validation import told
from cidr.yaml_source import KeyPath, read_yaml
from finance.prices.sheet import Amount, Row
from finance.ranges import Range
from finance.usage.drivers import DRIVERS

HERE: Final = Path(__file__).parent
_SHARE: Final = "0 to 1"


class Declared(Row):
    """One driver's value at each use, low first."""

    low: Amount
    expected: Amount
    high: Amount


class UsageFile(Row):
    """Drivers of each kind of deployment; the account's file has its own kind alone."""

    drivers: dict[str, dict[str, Declared]] = Field(description="kind -> driver -> low, expected, high")


class Usage:
    """What is declared of one deployment's use."""

    def __init__(self, drivers: Mapping[str, Range]) -> None:
        self._drivers = drivers

    def of(self, driver: str) -> Range:
        """The driver at low, expected and high use; it is one of the table."""
        return self._drivers[driver]


def load_usage(deployment: str, directory: Path = HERE) -> Usage:
    """The declared use of a deployment or of the account. Raises FaultsError with every fault of the file.

    Every driver of the table is declared in every file: what was forgotten would be a price of nothing.
    """
    kind, name = _file_of(deployment)
    path = directory / f"{name}.yaml"
    source = read_yaml(path)
    try:
        file = UsageFile.model_validate({"drivers": source.data})
    except ValidationError as error:
        raise FaultsError(told(error, UsageFile, lambda path: source.where(path[1:]))) from None
    faults = list(_faults(file.drivers, kind, source.where))
    if faults:
        raise FaultsError(faults)
    return Usage({key: Range(it.low, it.expected, it.high) for key, it in file.drivers[kind].items()})


def _file_of(deployment: str) -> tuple[str, str]:
    if deployment == ACCOUNT:
        return ACCOUNT, ACCOUNT
    name = DeploymentName.parse(deployment)
    return name.kind, str(name.environment)


def _faults(
    drivers: Mapping[str, Mapping[str, Declared]], kind: str, where: Callable[[KeyPath], str]
) -> Iterator[Fault]:
    if kind not in drivers:
        step = f"add `{kind}:` with every driver"
        yield Fault(where=where(()), what=f"nothing is declared for {kind}", allowed=kind, next_step=step)
    for section, declared in drivers.items():
        for missing in [key for key in DRIVERS if key not in declared]:
            unit = DRIVERS[missing].unit
            yield Fault(
                where=where((section,)),
                what=f"{missing} is not declared for {section} ({unit}: {DRIVERS[missing].what})",
                allowed="every driver, with low, expected and high",
                next_step=f'add `{missing}: {{low: "0", expected: "0", high: "0"}}`',
            )
        for key, it in declared.items():
            yield from (fault.at(where((section, key))) for fault in _faults_of(key, it))


def _faults_of(key: str, it: Declared) -> Iterator[Fault]:
    if key not in DRIVERS:
        near = nearest(key, list(DRIVERS))
        step = f"write `{near}`" if near else "take it out"
        yield Fault(where="", what=f"{key} is no driver", allowed=", ".join(DRIVERS), next_step=step)
        return
    if not it.low <= it.expected <= it.high:
        what = f"{key} goes from {it.low} by {it.expected} to {it.high}: it must rise"
        yield Fault(where="", what=what, allowed="low, expected, high", next_step="put the three in order")
    if DRIVERS[key].unit == _SHARE and it.high > 1:
        yield Fault(where="", what=f"{key} is {it.high}: more than all", allowed=_SHARE, next_step='write `high: "1"`')
