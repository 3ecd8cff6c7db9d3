"""What went wrong: cases, who is in them, what was done, the evidence, and what came of it."""

from tenancy.model import Default, Reference, Table
from tenancy.revisions.columns import actor, bigint, boolean, choice, date, identifier, integer, json, moment, text

CASES = Table(
    name="cases",
    about="an investigation, from the first hint to what came of it",
    columns=(
        text(name="number", fixed=True, about="as people call it: C-2026-0001"),
        text(name="title", personal=True),
        text(name="summary", nullable=True, personal=True),
        choice("kind", "breach", "conflict", "market_abuse", "misconduct", "whistleblowing", "other"),
        choice("severity", "low", "medium", "high", "critical", default="medium"),
        choice("status", "open", "investigating", "awaiting_decision", "closed", "dismissed", default="open"),
        identifier(name="declaration_id", nullable=True, about="of the declaration service, where it began there"),
        identifier(name="owner_id", nullable=True, personal=True),
        boolean(name="is_confidential"),
        actor("opened_by"),
        moment(name="closed_at", nullable=True),
    ),
    unique=(("number",),),
    indexes=(("status", "severity"), ("declaration_id",), ("owner_id",)),
)
CASE_PARTIES = Table(
    name="case_parties",
    about="people of a case, of the tenant or from outside",
    columns=(
        identifier(name="case_id", fixed=True),
        choice("part", "subject", "witness", "reporter", "investigator", "counsel"),
        identifier(name="user_id", nullable=True, personal=True),
        text(name="name", nullable=True, personal=True, about="of a person who is no user"),
        text(name="contact", nullable=True, personal=True),
        boolean(name="is_anonymous"),
    ),
    unique=(("case_id", "user_id", "part"),),
    indexes=(("user_id",),),
    references=(Reference(columns=("case_id",), table="cases", on_delete="CASCADE"),),
)
CASE_ACTIONS = Table(
    name="case_actions",
    about="what was done in a case, in order; never changed",
    columns=(
        identifier(name="case_id", fixed=True),
        choice("kind", "note", "interview", "request", "status", "evidence", "decision", fixed=True),
        text(name="body", fixed=True, personal=True),
        actor("done_by"),
        moment(name="occurred_at", fixed=True, default=Default.NOW),
    ),
    indexes=(("case_id", "occurred_at"),),
    references=(Reference(columns=("case_id",), table="cases", on_delete="CASCADE"),),
    rights=("SELECT", "INSERT"),
)
CASE_EVIDENCE = Table(
    name="case_evidence",
    about="papers and files of a case; the bytes lie in the container documents",
    columns=(
        identifier(name="case_id", fixed=True),
        text(name="title", personal=True),
        text(name="blob_name", fixed=True),
        text(name="media_type", fixed=True),
        bigint(name="size_bytes", fixed=True),
        text(name="sha256", fixed=True, about="of the bytes, in hex"),
        boolean(name="is_under_hold", about="kept whatever retention says"),
    ),
    unique=(("blob_name",),),
    indexes=(("case_id",),),
    references=(Reference(columns=("case_id",), table="cases"),),
    rights=("SELECT", "INSERT", "UPDATE"),
)
CASE_OUTCOMES = Table(
    name="case_outcomes",
    about="what came of a case, for whom",
    columns=(
        identifier(name="case_id", fixed=True),
        identifier(name="party_id", nullable=True),
        choice("kind", "no_action", "training", "warning", "sanction", "termination", "report_to_regulator"),
        date(name="effective_on", nullable=True),
        bigint(name="amount_minor", nullable=True, about="in the smallest unit of the currency"),
        text(name="currency", nullable=True, about="ISO 4217"),
        text(name="regulatory_body", nullable=True, about="code of a body of master data"),
        json(name="details", default=Default.EMPTY_OBJECT, personal=True),
        integer(name="sequence", default=Default.ONE),
    ),
    indexes=(("case_id",), ("party_id",)),
    references=(
        Reference(columns=("case_id",), table="cases"),
        Reference(columns=("party_id",), table="case_parties"),
    ),
)

TABLES = (CASES, CASE_PARTIES, CASE_ACTIONS, CASE_EVIDENCE, CASE_OUTCOMES)
