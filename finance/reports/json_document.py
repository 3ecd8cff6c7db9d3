"""A report as JSON: the whole of it, for programs. Amounts are texts with every digit, days ISO 8601."""

import json
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from finance.following.report import Report
from finance.money import Money

FORMAT: Final = 1
"""A change that could break a reader gets the next number."""


def document_of(report: Report) -> dict[str, Any]:
    """The report as JSON takes it: the fields of finance.following.report, an amount as {amount, currency}."""
    return {"format": FORMAT, **_plain(report)}


def json_of(report: Report) -> str:
    """The document as text."""
    return json.dumps(document_of(report), indent=1, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    match value:
        case Money():
            return {"amount": f"{value.amount:f}", "currency": value.currency}
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(it) for it in value]
        case _ if is_dataclass(value):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value
