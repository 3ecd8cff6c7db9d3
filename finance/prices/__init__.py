"""PRICES: a dated sheet as data, what was negotiated, and how single prices are asked of Azure anew."""

from finance.prices.loading import SHEET, check_age, load_sheet, parse_sheet
from finance.prices.sheet import Meter, Price, Sheet, Source, Tier
from finance.prices.terms import Terms, load_terms

__all__ = [
    "SHEET",
    "Meter",
    "Price",
    "Sheet",
    "Source",
    "Terms",
    "Tier",
    "check_age",
    "load_sheet",
    "load_terms",
    "parse_sheet",
]
