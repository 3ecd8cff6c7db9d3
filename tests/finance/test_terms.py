"""Discounts and mark-ups: the narrowest that holds counts, and a file that contradicts itself is refused."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cidr import FaultsError
from finance.prices import load_sheet, load_terms

DAY = date(2026, 11, 22)
SHEET = load_sheet(today=DAY)
OURS = "agreement: ours"


def terms_of(tmp_path: Path, discounts: str = "[]", mark_ups: str = "[]") -> object:
    """The terms of a file with these lists."""
    path = tmp_path / "terms.yaml"
    path.write_text(f"discounts: {discounts}\nmark_ups: {mark_ups}\n", encoding="utf-8")
    return load_terms(SHEET, path, DAY)


def factor(tmp_path: Path, meter: str, **lists: str) -> Decimal:
    """What a list price is multiplied with."""
    terms = terms_of(tmp_path, **lists)
    return terms.factor(SHEET.by_key[meter])  # type: ignore[attr-defined]


def test_nothing_was_negotiated_and_every_price_is_azures() -> None:
    """The file of the repository is empty."""
    terms = load_terms(SHEET, day=DAY)
    assert {terms.factor(meter) for meter in SHEET.meters} == {1}


def test_the_narrowest_discount_counts(tmp_path: Path) -> None:
    """That of a meter before that of its service before one of everything."""
    discounts = (
        f'[{{percent: "1", since: 2026-01-01, {OURS}}},'
        f' {{service: Redis Cache, percent: "10", since: 2026-01-01, {OURS}}},'
        f' {{meter: redis-b0, percent: "20", since: 2026-01-01, {OURS}}}]'
    )
    found = [factor(tmp_path, meter, discounts=discounts) for meter in ("redis-b0", "redis-b1", "vault-operations")]
    assert found == [Decimal("0.8"), Decimal("0.9"), Decimal("0.99")]


def test_a_mark_up_is_put_on_what_a_discount_leaves(tmp_path: Path) -> None:
    """10 % off and 5 % on are 0.945, not 0.95."""
    lists = {
        "discounts": f'[{{percent: "10", since: 2026-01-01, {OURS}}}]',
        "mark_ups": f'[{{percent: "5", since: 2026-01-01, {OURS}}}]',
    }
    assert factor(tmp_path, "redis-b0", **lists) == Decimal("0.945")


@pytest.mark.parametrize("days", ["since: 2026-11-23", "since: 2026-01-01, until: 2026-11-21"])
def test_a_discount_holds_on_its_days_alone(days: str, tmp_path: Path) -> None:
    """Before it began, and after it ended."""
    assert factor(tmp_path, "redis-b0", discounts=f'[{{percent: "10", {days}, {OURS}}}]') == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{meter: redis-b00, percent: "1", since: 2026-01-01, agreement: a}', "meter 'redis-b00' is none"),
        ('{service: Redis, percent: "1", since: 2026-01-01, agreement: a}', "service 'Redis' is none"),
        ('{percent: "101", since: 2026-01-01, agreement: a}', "a discount of 101 %"),
        ('{percent: "-1", since: 2026-01-01, agreement: a}', "'-1' is no exact amount"),
        ('{percent: "1", since: 2026-02-01, until: 2026-01-01, agreement: a}', "before it begins"),
        ('{percent: "1", since: 2026-01-01}', "agreement is missing"),
        (
            '{percent: "1", since: 2026-01-01, agreement: a}, {percent: "2", since: 2026-06-01, agreement: b}',
            "another one for the same holds on one of its days",
        ),
    ],
)
def test_terms_that_cannot_be_meant_are_refused_with_their_line(row: str, said: str, tmp_path: Path) -> None:
    """Each gate is fed a bad sample."""
    with pytest.raises(FaultsError, match=said) as raised:
        terms_of(tmp_path, discounts=f"[{row}]")
    assert "terms.yaml:1" in raised.value.faults[0].where
