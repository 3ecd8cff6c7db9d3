"""The plots of a report, each from plain amounts of one currency. What they show stands beside them as a table too."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from finance.following.report import Series
from finance.ranges import LEVELS
from finance.reports.inks import ACTUAL, BUDGET, FORECAST, GOOD, HALF, INK, MUTED, OVER, new_figure, shows
from finance.reports.words import MINUS

_DASHED: Final = (0, (4, 3))
_BAR: Final = 0.56
"""A bar's share of its row."""
_TALLEST: Final = 3
"""An even share of the budget is drawn up to so many times the dearest day."""
_ROW: Final = 0.34
"""Inches of a row of bars."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A row of bars. limit: drawn as a mark across, None where there is none; expected: drawn pale behind."""

    name: str
    amount: Decimal
    expected: Decimal | None = None
    limit: Decimal | None = None


def burn_down(key: str, budget: Decimal, series: Series, width: float) -> Figure:
    """What is left of the budget at the end of each day, and where that leads: a band from low to high."""
    figure, axes = new_figure(width, 2.9)
    last = len(series.days)
    axes.plot([0, last], [float(budget), 0], color=BUDGET, linewidth=1.1, linestyle=_DASHED, label="spent evenly")
    known = [(day.day.day, budget - day.cumulative.amount) for day in series.days if day.cumulative]
    days, left = [0, *(day for day, _ in known)], [budget, *(amount for _, amount in known)]
    (line,) = axes.plot(days, [float(it) for it in left], color=ACTUAL, label="left of the budget")
    line.set_gid(shows(f"{key}/left", left[-1]))
    _fan(axes, key, budget, series)
    axes.axhline(0, color=MUTED, linewidth=1)
    axes.set_xlim(0, last)
    _day_labels(axes, last)
    _thousands(axes.yaxis)
    _legend(axes, width)
    return figure


def daily_spend(key: str, budget: Decimal | None, series: Series, odd: Collection[date]) -> Figure:
    """What each day cost, days out of line marked, beside an even share of the budget."""
    figure, axes = new_figure(HALF, 2.9)
    last = len(series.days)
    for day in series.days:
        if day.billed:
            colour = OVER if day.day in odd else ACTUAL
            (patch,) = axes.bar([day.day.day - 0.5], [float(day.billed.amount)], width=0.72, color=colour)
            patch.set_gid(shows(f"{key}/{day.day}", day.billed.amount))
    most = max((day.billed.amount for day in series.days if day.billed), default=Decimal(0))
    if budget is not None and budget / last < most * _TALLEST:  # above that it would leave the days no room
        axes.axhline(
            float(budget) / last, color=BUDGET, linewidth=1.2, linestyle=_DASHED, label="budget, spread evenly"
        )
        _legend(axes, HALF)
    axes.set_xlim(0, last)
    _day_labels(axes, last)
    _thousands(axes.yaxis)
    return figure


def bars(key: str, rows: Sequence[Bar]) -> Figure:
    """Rows of bars, the first on top, each with its amount in figures at its end."""
    figure, axes = new_figure(HALF, 0.5 + _ROW * len(rows))
    most = max((max(row.amount, row.expected or row.amount, row.limit or row.amount) for row in rows), default=0)
    for at, row in enumerate(rows):
        over = row.limit is not None and max(row.amount, row.expected or row.amount) > row.limit
        if row.expected is not None:
            colour = OVER if over else FORECAST
            axes.barh(at, float(row.expected), height=_BAR, color=colour, alpha=0.32)
        (patch,) = axes.barh(at, float(row.amount), height=_BAR, color=ACTUAL)
        patch.set_gid(shows(f"{key}/{row.name}", row.amount))
        if row.limit is not None:
            axes.plot([float(row.limit)] * 2, [at - 0.42, at + 0.42], color=BUDGET, linewidth=2.2)
        end = float(max(row.amount, row.expected or row.amount, row.limit or row.amount, Decimal(0)))
        axes.annotate(
            _whole(row.amount) + (f" \N{RIGHTWARDS ARROW} {_whole(row.expected)}" if row.expected is not None else ""),
            (end, at),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            color=INK,
        )
    axes.set_yticks(range(len(rows)), [row.name for row in rows], color=INK)
    axes.invert_yaxis()
    axes.set_xlim(
        min(0, *(float(row.amount) for row in rows)),
        float(most) * (1.34 if any(row.expected is not None for row in rows) else 1.16) or 1,
    )
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.spines["bottom"].set_visible(False)
    _thousands(axes.xaxis)
    return figure


def moves(key: str, rows: Sequence[tuple[str, Decimal]]) -> Figure:
    """Signed amounts around nothing: to the right dearer, to the left cheaper."""
    figure, axes = new_figure(HALF, 0.5 + _ROW * len(rows))
    most = max((abs(amount) for _, amount in rows), default=Decimal(0))
    for at, (name, amount) in enumerate(rows):
        (patch,) = axes.barh(at, float(amount), height=_BAR, color=OVER if amount > 0 else GOOD)
        patch.set_gid(shows(f"{key}/{name}", amount))
        right = amount >= 0
        axes.annotate(
            f"{amount:+,.2f}".replace("-", MINUS),
            (float(amount), at),
            xytext=(5 if right else -5, 0),
            textcoords="offset points",
            va="center",
            ha="left" if right else "right",
            color=INK,
        )
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows], color=INK)
    axes.invert_yaxis()
    reach = float(most) * 1.3 or 1
    axes.set_xlim(-reach, reach)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.spines["bottom"].set_visible(False)
    _thousands(axes.xaxis)
    return figure


def _fan(axes: Any, key: str, budget: Decimal, series: Series) -> None:
    """From what is left now to what will be: the high forecast leaves the least."""
    ahead = [(day.day.day, day.forecast) for day in series.days if day.forecast]
    if len(ahead) < 2:
        return
    days = [day for day, _ in ahead]
    most, expected, least = ([budget - cost.at(level).amount for _, cost in ahead] for level in LEVELS)
    colour = OVER if expected[-1] < 0 else FORECAST
    axes.fill_between(days, [float(it) for it in least], [float(it) for it in most], color=colour, alpha=0.22, lw=0)
    (line,) = axes.plot(
        days, [float(it) for it in expected], color=colour, linestyle=(0, (2, 1.5)), label="forecast, low to high"
    )
    line.set_gid(shows(f"{key}/forecast", expected[-1]))


def _legend(axes: Any, width: float) -> None:
    """Above the plot, so that it hides nothing."""
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.02, 1),
        ncols=3,
        frameon=False,
        labelcolor=MUTED,
        fontsize=9 if width == HALF else 8,
        handlelength=1.6,
        columnspacing=1.2,
        borderaxespad=0.1,
    )


def _whole(amount: Decimal) -> str:
    return f"{amount:,.0f}".replace("-", MINUS)


def _day_labels(axes: Any, last: int) -> None:
    shown = [1, 5, 10, 15, 20, 25, last]
    axes.set_xticks([day - 0.5 for day in shown], [str(day) for day in shown])


def _tick(value: float, _: int) -> str:
    return f"{value:,.0f}".replace("-", MINUS)


def _thousands(axis: Any) -> None:
    axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(_tick))
