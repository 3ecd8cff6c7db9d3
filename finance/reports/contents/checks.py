"""The tables of what was checked and found: reconciliation, anomalies, advice, corrections, learning, notices."""

from finance.following.report import Report
from finance.money import Money
from finance.reports.table import Column, Row, Table

_LINE = Column("line", "deployment")


def subscriptions(report: Report) -> Table:
    """Each subscription's total beside its lines and its invoice."""
    columns = (
        Column("subscription", "subscription"),
        Column("total", "ledger", "money", summed=True),
        Column("lines", "on lines", "money", summed=True),
        Column("gap", "gap", "money", formula="{total} - {lines}", summed=True),
        Column("invoice", "invoice", "money"),
        Column("missing", "missing of invoice", "money", formula="{invoice} - {total}"),
    )
    rows: list[Row] = []
    for it in report.reconciliation.subscriptions:
        lines = Money.total((amount for _, amount in it.lines), report.currency)
        rows.append(Row((it.id, it.total, lines, it.gap, it.invoice, it.missing)))
    totals = [
        Money.total((it for row in rows if isinstance(it := row.cells[at], Money)), report.currency) for at in (1, 2, 3)
    ]
    return Table(
        "subscriptions",
        "Subscriptions reconciled",
        "The gap between a subscription's charges and the lines of this report is nothing, to the last digit. An "
        "invoice stands here where one was given.",
        columns,
        (*rows, Row(("total", *totals, None, None), "total")),
    )


def subscription_lines(report: Report) -> Table:
    """What each subscription has on each line."""
    columns = (Column("subscription", "subscription"), _LINE, Column("billed", "billed", "money", summed=True))
    rows = [Row((it.id, name, amount)) for it in report.reconciliation.subscriptions for name, amount in it.lines]
    total = Row(("total", None, report.total.billed), "total")
    return Table("subscription-lines", "Subscriptions by line", "", columns, (*rows, total))


def views(report: Report) -> Table:
    """By resource group against by tag."""
    columns = (
        _LINE,
        Column("by_group", "by resource group", "money", summed=True),
        Column("by_tag", "by tag", "money", summed=True),
        Column("difference", "difference", "money", formula="{by_group} - {by_tag}", summed=True),
        Column("billed", "as reported", "money", summed=True),
    )
    found = report.reconciliation.views
    rows = [Row((it.line, it.by_group, it.by_tag, it.by_group - it.by_tag, it.billed)) for it in found]
    sums = [Money.total(amounts, report.currency) for amounts in zip(*(row.cells[1:] for row in rows), strict=True)]
    return Table(
        "views",
        "By resource group and by tag",
        "Reported is what the resource group says, and the tag where a group is unknown.",
        columns,
        (*rows, Row(("total", *sums), "total")) if rows else (),
    )


def differences(report: Report) -> Table:
    """Every difference between the two views, with its name."""
    columns = (
        _LINE,
        Column("amount", "amount", "money"),
        Column("rows", "charges", "number"),
        Column("words", "what it is", "words"),
    )
    rows = [Row((it.line, it.amount, it.rows, it.words)) for it in report.reconciliation.differences]
    empty = "None: both views say the same."
    return Table("differences", "Differences of the two views, each named", "", columns, tuple(rows), empty=empty)


def anomalies(report: Report) -> Table:
    """Days out of line."""
    columns = (
        _LINE,
        Column("day", "day", "day"),
        Column("billed", "billed", "money"),
        Column("usual", "usual", "money"),
        Column("times", "deviations", "number"),
        Column("service", "mostly"),
        Column("moved", "which moved by", "money"),
        Column("words", "in words", "words"),
    )
    rows = [
        Row((it.line, it.day, it.billed, it.usual, it.times, it.service, it.moved, it.words)) for it in report.anomalies
    ]
    note = "A day far from the median of the seven or more days before it, counted in robust deviations."
    return Table("anomalies", "Days out of line", note, columns, tuple(rows), empty="No day was out of line.")


def advice(report: Report) -> Table:
    """What would save money."""
    columns = (
        _LINE,
        Column("kind", "kind"),
        Column("saving", "saves a month", "money"),
        Column("words", "what to do, and why", "words"),
    )
    rows = [Row((it.line, it.kind, it.saving, it.words)) for it in report.advice]
    return Table("advice", "What would save money", "", columns, tuple(rows), empty="Nothing to advise.")


def corrections(report: Report) -> Table:
    """Charges for earlier months, in this bill or after a close."""
    columns = (
        _LINE,
        Column("month", "for the month of", "day"),
        Column("billed", "billed", "money"),
        Column("amortised", "amortised", "money"),
        Column("counted", "counted in this month"),
        Column("words", "what it is", "words"),
    )
    rows = [
        Row((it.line, it.month, it.billed, it.amortised, "yes" if it.counted else "no", it.words))
        for it in report.corrections
    ]
    note = "A closed month stays as it was: what came for it later stands here, and never in its pack."
    return Table("corrections", "Corrections of earlier months", note, columns, tuple(rows))


def learning(report: Report) -> Table:
    """What measured use proposes for declared use."""
    columns = (
        Column("file", "file"),
        Column("section", "section"),
        Column("driver", "driver"),
        Column("unit", "unit"),
        *(Column(f"declared_{it}", f"declared {it}", "number") for it in ("low", "expected", "high")),
        *(Column(f"learned_{it}", f"learned {it}", "number") for it in ("low", "expected", "high")),
        Column("words", "read from", "words"),
    )
    rows = [
        Row((it.file, it.section, it.driver, it.unit, *it.declared, *it.learned, it.words))
        for it in report.learning.proposals
    ]
    mape = report.learning.mape
    note = "" if mape is None else f"The estimates were {mape} % off on average (mean absolute percentage error)."
    return Table("learning", "What next month's estimate would take", note, columns, tuple(rows), empty="Nothing new.")


def notices(report: Report) -> Table:
    """What of the input a reader must know."""
    columns = (Column("kind", "kind"), Column("words", "what was found in the data", "words"))
    rows = [Row((it.kind, it.words)) for it in report.notices]
    return Table("notices", "About the data", "", columns, tuple(rows), empty="Nothing out of the ordinary.")
