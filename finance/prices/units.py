"""Azure's units of measure: how much of a quantity one price is for.

https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices writes them as "1 Hour", "10K",
"1M", "1 GB/Month", "1/Day": a number, perhaps K or M, then what is counted.
"""

import re
from decimal import Decimal
from typing import Final

_FORM: Final = re.compile(r"(?P<number>[1-9][0-9]*)(?P<scale>[KM]?)(?P<rest>(?:[ /].*)?)")
_SCALES: Final = {"": 1, "K": 1_000, "M": 1_000_000}


def size_of(unit: str) -> Decimal:
    """How many of what is counted one price is for: 1 for "1 Hour", 10,000 for "10K". Raises ValueError."""
    found = _FORM.fullmatch(unit)
    if found is None:
        raise ValueError(f"{unit!r} is no unit of Azure's price list")
    return Decimal(int(found["number"]) * _SCALES[found["scale"]])


def counted(unit: str) -> str:
    """What is counted: "Hour" of "1 Hour", "GB/Month" of "1 GB/Month"; empty where Azure does not say ("10K")."""
    found = _FORM.fullmatch(unit)
    return found["rest"].lstrip(" /") if found else ""
