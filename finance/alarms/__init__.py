"""THE ALARMS: what was spent so far by hours and rate, and whether it leads above a budget, before any bill can say."""

from finance.alarms.rate import THRESHOLDS, Burn, Threshold, Verdict, judge, month_end, month_start, roll_up
from finance.alarms.spent import hourly, spent

__all__ = [
    "THRESHOLDS",
    "Burn",
    "Threshold",
    "Verdict",
    "hourly",
    "judge",
    "month_end",
    "month_start",
    "roll_up",
    "spent",
]
