"""What is allowed: rules and their versions, the tenant's lists of securities, and what each evaluation found."""

from tenancy.model import Default, Reference, Table
from tenancy.revisions.columns import actor, choice, date, identifier, integer, json, moment, text

RULES = Table(
    name="rules",
    about="a rule by its code; what it says stands in its versions",
    columns=(
        text(name="code", fixed=True, lower=True),
        text(name="title"),
        choice(
            "kind",
            *("pre_clearance", "blackout", "restricted_list", "holding_period", "threshold", "frequency"),
            fixed=True,
        ),
        choice("severity", "information", "warning", "breach", default="warning"),
        choice("status", "draft", "active", "retired", default="draft"),
        text(name="regulation", nullable=True, about="where it comes from, as 'MAR Art. 19'"),
    ),
    unique=(("code",),),
    indexes=(("kind",),),
)
RULE_VERSIONS = Table(
    name="rule_versions",
    about="what a rule says from a day on",
    columns=(
        identifier(name="rule_id", fixed=True),
        integer(name="number", fixed=True, about="1, 2, 3 … of the rule"),
        json(name="condition", fixed=True, about="what is compared with what"),
        json(name="effect", fixed=True, default=Default.EMPTY_OBJECT, about="what follows: refuse, ask, tell"),
        date(name="effective_from"),
        date(name="effective_to", nullable=True),
        actor("written_by"),
        choice("status", "draft", "active", "superseded", default="draft"),
    ),
    unique=(("rule_id", "number"),),
    references=(Reference(columns=("rule_id",), table="rules"),),
    rights=("SELECT", "INSERT", "UPDATE"),
)
WATCH_LISTS = Table(
    name="watch_lists",
    about="lists of securities that the tenant keeps: restricted, watch, grey",
    columns=(
        text(name="name"),
        choice("kind", "restricted", "watch", "grey", fixed=True),
        choice("status", "active", "closed", default="active"),
    ),
    unique=(("name",),),
)
WATCH_LIST_ENTRIES = Table(
    name="watch_list_entries",
    about="a security on a list, for as long; never who is behind the reason",
    columns=(
        identifier(name="watch_list_id", fixed=True),
        text(name="isin", fixed=True, about="a security of master data (ISO 6166)"),
        date(name="starts_on"),
        date(name="ends_on", nullable=True),
        text(name="reason", nullable=True),
        actor("added_by"),
    ),
    unique=(("watch_list_id", "isin", "starts_on"),),
    indexes=(("isin",),),
    references=(Reference(columns=("watch_list_id",), table="watch_lists", on_delete="CASCADE"),),
)
RULE_EVALUATIONS = Table(
    name="rule_evaluations",
    about="what a version of a rule said of a declaration",
    columns=(
        identifier(name="rule_version_id", fixed=True),
        identifier(name="declaration_id", fixed=True, about="of the declaration service"),
        choice("outcome", "passed", "warned", "breached", "failed", fixed=True),
        json(name="details", fixed=True, default=Default.EMPTY_OBJECT),
        moment(name="evaluated_at", fixed=True, default=Default.NOW),
    ),
    indexes=(("rule_version_id",), ("declaration_id",), ("outcome", "evaluated_at")),
    references=(Reference(columns=("rule_version_id",), table="rule_versions"),),
    rights=("SELECT", "INSERT"),
)

TABLES = (RULES, RULE_VERSIONS, WATCH_LISTS, WATCH_LIST_ENTRIES, RULE_EVALUATIONS)
