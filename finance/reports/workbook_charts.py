"""Charts of a workbook's first sheet, drawn by Excel from the other sheets: they move with what is changed there."""

from collections.abc import Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.worksheet.worksheet import Worksheet

from finance.reports.table import Table

HEADER = 4
_COLOURS = {"budget": "93A0AD", "billed": "1D5B9E", "cumulative": "1D5B9E"}
_PALE = "8FB4DC"


def add_charts(summary: Worksheet, book: Workbook, tables: Mapping[str, Table]) -> None:
    """Budget, bill and forecast of each deployment; and how the month's cost grows, day by day."""
    deployments, days = tables["deployments"], tables["days"]
    bars: Any = BarChart()
    bars.type, bars.title, bars.height, bars.width = "bar", "Deployments against their budgets", 9.5, 17
    bars.x_axis.scaling.orientation = "maxMin"
    _of(bars, book["Deployments"], deployments, ("budget", "billed", "forecast"))
    summary.add_chart(bars, "D10")
    growth: Any = LineChart()
    growth.title, growth.height, growth.width = "The month's cost, day by day", 9.5, 17
    _of(growth, book["Days"], days, ("cumulative", "forecast_low", "forecast", "forecast_high"), lines=True)
    growth.x_axis.number_format = "d mmm"
    summary.add_chart(growth, "D30")


def _of(chart: Any, sheet: Worksheet, table: Table, keys: tuple[str, ...], *, lines: bool = False) -> None:
    last = HEADER + sum(1 for _ in table.data)
    for key in keys:
        at = table.column(key) + 1
        chart.add_data(Reference(sheet, min_col=at, min_row=HEADER, max_row=last), titles_from_data=True)
        series = chart.series[-1]
        colour = _COLOURS.get(key, _PALE)
        if lines:
            series.smooth = False
            series.graphicalProperties.line.solidFill = colour
        else:
            series.graphicalProperties.solidFill = colour
    chart.set_categories(Reference(sheet, min_col=1, min_row=HEADER + 1, max_row=last))
    chart.legend.position = "b"
    for axis in (chart.x_axis, chart.y_axis):
        axis.delete = False
    chart.y_axis.number_format = "#,##0"
