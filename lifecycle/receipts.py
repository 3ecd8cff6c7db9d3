"""Receipts: what a run did and left, for whoever asks later. A file of JSON and a page of HTML a run.

A receipt is made of the run's journal alone, so it can be made again, and says the same.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from finance.estimate.rows.reading import HOURS
from lifecycle.journal import Evidence, Journal, Kind
from lifecycle.saved import PREFLIGHT, PRICE
from lifecycle.times import written

FORMAT: Final = 1
_TEMPLATES: Final = Path(__file__).with_name("templates")


@dataclass(frozen=True, kw_only=True)
class Saving:
    """What a teardown saves a day, by the price sheet. unpriced: resources that the sheet has no price for."""

    per_day: Decimal
    currency: str
    unpriced: int


@dataclass(frozen=True, kw_only=True)
class StepDone:
    """A step of the run. tries: how often it was begun."""

    name: str
    seconds: float
    tries: int
    evidence: Evidence


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """One run of one deployment. began, ended: UTC, ISO 8601; seconds: wall time between them."""

    format: int
    deployment: str
    run: str
    kind: Kind
    began: str
    ended: str
    seconds: float
    steps: tuple[StepDone, ...]
    saving: Saving | None

    def evidence(self, step: str) -> Evidence:
        """What a step came to; empty for one that the run has not."""
        return next((it.evidence for it in self.steps if it.name == step), {})


def receipt_of(journal: Journal) -> Receipt:
    """The receipt of a run that is over. Raises ValueError for one that is not."""
    if journal.ended is None:
        raise ValueError(f"run {journal.run.text} of {journal.run.deployment} is not over")
    tries = Counter(journal.begun)
    return Receipt(
        format=FORMAT,
        deployment=journal.run.deployment,
        run=journal.run.text,
        kind=journal.run.kind,
        began=written(journal.run.began),
        ended=written(journal.ended),
        seconds=(journal.ended - journal.run.began).total_seconds(),
        steps=tuple(
            StepDone(name=name, seconds=journal.seconds[name], tries=tries[name], evidence=evidence)
            for name, evidence in journal.done.items()
        ),
        saving=_saving(journal),
    )


def _saving(journal: Journal) -> Saving | None:
    """What stood, by the day; of a deployment that sleeps what it does not cost meanwhile."""
    slept = journal.done.get(PREFLIGHT, {}).get("saving")
    if journal.run.kind == "sleep" and slept:
        return Saving(per_day=Decimal(slept["day"]), currency=slept["currency"], unpriced=0)
    price = journal.done.get(PREFLIGHT, {}).get(PRICE)
    if journal.run.kind != "down" or not price:
        return None
    per_day = (Decimal(price["amount"]) * 24 / HOURS).quantize(Decimal("0.01"))
    return Saving(per_day=per_day, currency=price["currency"], unpriced=price["unpriced"])


class Receipts:
    """The receipts of one home: `{directory}/{deployment}/{run}.json` and `.html`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, receipt: Receipt) -> Path:
        """Write both files, each whole or not at all; gives the page."""
        path = self._directory / receipt.deployment / f"{receipt.run}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, json.dumps(asdict(receipt), indent=2, default=str) + "\n")
        page = path.with_suffix(".html")
        _write(page, page_of(receipt))
        return page

    def of(self, deployment: str) -> list[Mapping[str, Any]]:
        """The receipts of a deployment as JSON, the latest first."""
        paths = sorted((self._directory / deployment).glob("*.json"), reverse=True)
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    def deployments(self) -> list[str]:
        """The deployments that have receipts."""
        return sorted(path.name for path in self._directory.glob("*") if path.is_dir())


def page_of(receipt: Receipt) -> str:
    """The receipt as a page that needs nothing beside itself."""
    return _environment().get_template("receipt.html.j2").render(receipt=receipt) + "\n"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
