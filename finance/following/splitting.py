"""Shared cost handed to those it is there for, by a rule that is data: the parts add up to the last digit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from cidr import FaultsError
from cidr.validation import told
from cidr.yaml_source import read_yaml
from finance.following.charges import Sums
from finance.following.exact import shares
from finance.following.inputs import Followed
from finance.following.report import Split
from finance.money import EXACT, Money
from finance.prices.sheet import Row

RULE: Final = Path(__file__).with_name("split.yaml")
By = Literal["equal", "use", "direct-cost"]
_WORDS: Final[Mapping[By, str]] = {"equal": "in equal parts", "use": "by use", "direct-cost": "by direct cost"}


class Step(Row):
    """One sharing; the head of the file says what each key means."""

    source: Literal["account", "global"] = Field(alias="from")
    among: Literal["deployments", "regionals"]
    by: By
    otherwise: By


class Rule(Row):
    """What stands in the file."""

    steps: Annotated[tuple[Step, ...], Field(strict=False)]


@dataclass(frozen=True, slots=True)
class Sharing:
    """splits: each part. kept: leaves whose cost nobody could bear."""

    splits: tuple[Split, ...]
    kept: tuple[str, ...]

    def of(self, line: str, currency: str) -> tuple[Money, Money]:
        """What a leaf gets less what it gives: billed and amortised."""
        billed, amortised = Money.zero(currency), Money.zero(currency)
        for it in self.splits:
            if line == it.target:
                billed, amortised = billed + it.billed, amortised + it.amortised
            if line == it.source:
                billed, amortised = billed - it.billed, amortised - it.amortised
        return billed, amortised


def load_rule(path: Path = RULE) -> Rule:
    """The rule. Raises FaultsError for a file that cannot be taken."""
    source = read_yaml(path)
    try:
        return Rule.model_validate(source.data)
    except ValidationError as error:
        raise FaultsError(told(error, Rule, source.where)) from None


def share(
    rule: Rule, direct: Mapping[str, Sums], followed: Sequence[Followed], use: Mapping[str, Decimal], currency: str
) -> Sharing:
    """direct: leaf -> what is billed on it; only these bear anything. use: deployment -> weight."""
    held = {name: (sums.billed, sums.amortised) for name, sums in direct.items()}
    weights: Mapping[By, Mapping[str, Decimal]] = {
        "equal": dict.fromkeys(held, Decimal(1)),
        "use": use,
        "direct-cost": {name: sums.billed for name, sums in direct.items()},
    }
    splits: list[Split] = []
    kept: list[str] = []
    for step in rule.steps:
        for source in followed:
            if source.section != step.source or not any(held.get(source.name, ())):
                continue
            bearers = [it.name for it in _bearers(step, source, followed) if it.name in direct]
            if not bearers:
                kept.append(source.name)
                continue
            billed, amortised = held[source.name]
            by = _first(step, {by: _weighs(its, bearers) for by, its in weights.items()})
            own = [weights[by].get(name, Decimal(0)) for name in bearers]
            for name, one, other in zip(bearers, shares(billed, own), shares(amortised, own), strict=True):
                splits.append(Split(source.name, name, Money(one, currency), Money(other, currency), _WORDS[by]))
                held[name] = (EXACT.add(held[name][0], one), EXACT.add(held[name][1], other))
            held[source.name] = (Decimal(0), Decimal(0))
    return Sharing(tuple(splits), tuple(kept))


def _bearers(step: Step, source: Followed, followed: Sequence[Followed]) -> Iterator[Followed]:
    sections = ("regional",) if step.among == "regionals" else ("global", "regional")
    for it in followed:
        if it.section in sections and it.name != source.name and source.environment in ("", it.environment):
            yield it


def _first(step: Step, weighs: Mapping[By, bool]) -> By:
    if weighs[step.by]:
        return step.by
    return step.otherwise if weighs[step.otherwise] else "equal"


def _weighs(weights: Mapping[str, Decimal], names: Sequence[str]) -> bool:
    return any(weights.get(name, Decimal(0)) > 0 for name in names)
