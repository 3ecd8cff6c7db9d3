"""What it adds up to: aggregates made of events, reports and their runs. No row of it names a person."""

from tenancy.model import Default, Reference, Table
from tenancy.revisions.columns import actor, bigint, choice, date, identifier, integer, json, moment, text

DECLARATION_TOTALS = Table(
    name="declaration_totals",
    about="declarations by day, organization, kind and status",
    columns=(
        date(name="day", fixed=True),
        identifier(name="organization_id", fixed=True, about="of the user service"),
        text(name="kind", fixed=True),
        text(name="status", fixed=True),
        bigint(name="count", default=Default.ZERO),
    ),
    unique=(("day", "organization_id", "kind", "status"),),
    audited=False,
)
REVIEW_TOTALS = Table(
    name="review_totals",
    about="reviews by day and level, and how long they took",
    columns=(
        date(name="day", fixed=True),
        integer(name="level", fixed=True),
        bigint(name="finished", default=Default.ZERO),
        bigint(name="late", default=Default.ZERO),
        bigint(name="seconds", default=Default.ZERO, about="from open to finished, all of them together"),
        bigint(name="longest_seconds", default=Default.ZERO),
    ),
    unique=(("day", "level"),),
    audited=False,
)
BREACH_TOTALS = Table(
    name="breach_totals",
    about="breaches of rules by day, organization and severity",
    columns=(
        date(name="day", fixed=True),
        identifier(name="organization_id", fixed=True),
        text(name="rule_code", fixed=True, lower=True),
        text(name="severity", fixed=True),
        bigint(name="count", default=Default.ZERO),
    ),
    unique=(("day", "organization_id", "rule_code", "severity"),),
    audited=False,
)
REPORTS = Table(
    name="reports",
    about="what a tenant wants to see again and again",
    columns=(
        text(name="code", fixed=True, lower=True),
        text(name="title"),
        json(name="definition", about="measures, dimensions and filters"),
        choice("schedule", "none", "daily", "weekly", "monthly", "quarterly", default="none"),
        choice("status", "active", "retired", default="active"),
        actor("written_by"),
    ),
    unique=(("code",),),
)
REPORT_RUNS = Table(
    name="report_runs",
    about="a report as it was on a day; the bytes lie in the container reports",
    columns=(
        identifier(name="report_id", fixed=True),
        date(name="covers_from", fixed=True),
        date(name="covers_to", fixed=True),
        choice("status", "running", "done", "failed", default="running"),
        text(name="blob_name", nullable=True),
        text(name="sha256", nullable=True, about="of the bytes, in hex"),
        actor("asked_by"),
        moment(name="finished_at", nullable=True),
    ),
    indexes=(("report_id",), ("status",)),
    references=(Reference(columns=("report_id",), table="reports", on_delete="CASCADE"),),
)
COUNTED_EVENTS = Table(
    name="counted_events",
    about="events that are in the totals already: each is counted once, however often it comes",
    columns=(identifier(name="event_id", fixed=True), text(name="topic", fixed=True)),
    unique=(("event_id",),),
    rights=("SELECT", "INSERT"),
    audited=False,
    keep_days=30,
)

TABLES = (DECLARATION_TOTALS, REVIEW_TOTALS, BREACH_TOTALS, REPORTS, REPORT_RUNS, COUNTED_EVENTS)
