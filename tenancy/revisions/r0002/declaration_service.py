"""What people declare: personal trades and the accounts they are made in, gifts, outside activities, conflicts."""

from tenancy.model import Default, Reference, Table
from tenancy.revisions.columns import bigint, boolean, choice, date, identifier, integer, json, moment, text

DECLARATIONS = Table(
    name="declarations",
    about="one answer to one form; its details stand in the table of its kind",
    columns=(
        identifier(name="user_id", fixed=True, personal=True, about="a user of the user service"),
        choice(
            "kind", "personal_trading", "holdings", "gift", "outside_activity", "conflict", "attestation", fixed=True
        ),
        identifier(name="form_version_id", fixed=True, about="of the form service"),
        json(name="answers", personal=True, default=Default.EMPTY_OBJECT),
        choice(
            "status",
            *("draft", "submitted", "in_review", "approved", "rejected", "withdrawn"),
            default="draft",
        ),
        moment(name="submitted_at", nullable=True),
        moment(name="decided_at", nullable=True),
        date(name="valid_until", nullable=True, about="a pre-clearance ends by itself"),
        identifier(name="replaces_id", nullable=True, fixed=True, about="the declaration that it corrects"),
    ),
    indexes=(("user_id",), ("status", "submitted_at"), ("kind",), ("replaces_id",)),
    references=(Reference(columns=("replaces_id",), table="declarations"),),
)
BROKERAGE_ACCOUNTS = Table(
    name="brokerage_accounts",
    about="accounts in which a person, or somebody close to them, trades",
    columns=(
        identifier(name="user_id", fixed=True, personal=True),
        text(name="broker"),
        text(name="account_number", personal=True),
        text(name="holder", personal=True),
        choice("relation", "self", "spouse", "child", "trust", "other", default="self"),
        choice("status", "open", "closed", default="open"),
        date(name="opened_on", nullable=True),
        date(name="closed_on", nullable=True),
    ),
    unique=(("broker", "account_number"),),
    indexes=(("user_id",),),
)
PERSONAL_TRADES = Table(
    name="personal_trades",
    about="a trade that is asked for, or was made",
    columns=(
        identifier(name="declaration_id", fixed=True),
        identifier(name="brokerage_account_id", nullable=True),
        text(name="isin", about="a security of master data (ISO 6166)"),
        choice("side", "buy", "sell", "short", "cover"),
        bigint(name="quantity"),
        bigint(name="price_minor", nullable=True, about="in the smallest unit of the currency"),
        text(name="currency", nullable=True, about="ISO 4217"),
        date(name="traded_on", nullable=True),
        boolean(name="is_pre_cleared"),
    ),
    indexes=(("declaration_id",), ("brokerage_account_id",), ("isin", "traded_on")),
    references=(
        Reference(columns=("declaration_id",), table="declarations", on_delete="CASCADE"),
        Reference(columns=("brokerage_account_id",), table="brokerage_accounts"),
    ),
)
GIFTS = Table(
    name="gifts",
    about="gifts and entertainment, given and received",
    columns=(
        identifier(name="declaration_id", fixed=True),
        choice("direction", "given", "received"),
        choice("kind", "gift", "meal", "travel", "event", "other", default="gift"),
        text(name="counterparty", personal=True),
        text(name="counterparty_organization", nullable=True),
        boolean(name="is_public_official"),
        bigint(name="value_minor", about="in the smallest unit of the currency"),
        text(name="currency", about="ISO 4217"),
        date(name="occurred_on"),
        text(name="description", nullable=True, personal=True),
    ),
    indexes=(("declaration_id",), ("occurred_on",)),
    references=(Reference(columns=("declaration_id",), table="declarations", on_delete="CASCADE"),),
)
OUTSIDE_ACTIVITIES = Table(
    name="outside_activities",
    about="work, mandates and holdings beside the job",
    columns=(
        identifier(name="declaration_id", fixed=True),
        text(name="organization", personal=True),
        text(name="role", personal=True),
        choice("kind", "employment", "directorship", "ownership", "public_office", "volunteering", "other"),
        boolean(name="is_paid"),
        integer(name="hours_a_month", nullable=True),
        date(name="starts_on"),
        date(name="ends_on", nullable=True),
    ),
    indexes=(("declaration_id",),),
    references=(Reference(columns=("declaration_id",), table="declarations", on_delete="CASCADE"),),
)
DECLARATION_DOCUMENTS = Table(
    name="declaration_documents",
    about="papers that came with a declaration; the bytes lie in the container documents",
    columns=(
        identifier(name="declaration_id", fixed=True),
        text(name="blob_name", fixed=True),
        text(name="file_name", fixed=True, personal=True),
        text(name="media_type", fixed=True),
        bigint(name="size_bytes", fixed=True),
        text(name="sha256", fixed=True, about="of the bytes, in hex"),
    ),
    unique=(("blob_name",),),
    indexes=(("declaration_id",),),
    references=(Reference(columns=("declaration_id",), table="declarations", on_delete="CASCADE"),),
    rights=("SELECT", "INSERT", "DELETE"),
)

TABLES = (DECLARATIONS, BROKERAGE_ACCOUNTS, PERSONAL_TRADES, GIFTS, OUTSIDE_ACTIVITIES, DECLARATION_DOCUMENTS)
