"""What tenants ask of their people: forms, their versions, who has to fill in which by when."""

from tenancy.model import Default, Reference, Table
from tenancy.revisions.columns import actor, boolean, choice, date, identifier, integer, json, moment, text

FORMS = Table(
    name="forms",
    about="a form by its code; what is asked stands in its versions",
    columns=(
        text(name="code", fixed=True, lower=True),
        text(name="title"),
        choice(
            "kind", "personal_trading", "holdings", "gift", "outside_activity", "conflict", "attestation", fixed=True
        ),
        choice("status", "draft", "active", "retired", default="draft"),
        boolean(name="needs_review", default=Default.TRUE),
    ),
    unique=(("code",),),
    indexes=(("kind",),),
)
FORM_VERSIONS = Table(
    name="form_versions",
    about="what a form asks; a published version never changes, a declaration names the one that it answers",
    columns=(
        identifier(name="form_id", fixed=True),
        integer(name="number", fixed=True, about="1, 2, 3 … of the form"),
        json(name="definition", about="sections, questions and conditions"),
        choice("status", "draft", "published", "withdrawn", default="draft"),
        actor("written_by"),
        moment(name="published_at", nullable=True),
    ),
    unique=(("form_id", "number"),),
    references=(Reference(columns=("form_id",), table="forms"),),
    rights=("SELECT", "INSERT", "UPDATE"),
)
CAMPAIGNS = Table(
    name="campaigns",
    about="a round of the same form for many: the yearly attestation, the quarterly holdings",
    columns=(
        identifier(name="form_version_id", fixed=True),
        text(name="title"),
        date(name="starts_on"),
        date(name="due_on"),
        choice("status", "planned", "open", "closed", default="planned"),
    ),
    indexes=(("form_version_id",), ("due_on",)),
    references=(Reference(columns=("form_version_id",), table="form_versions"),),
)
FORM_ASSIGNMENTS = Table(
    name="form_assignments",
    about="who has to fill in which form, by when",
    columns=(
        identifier(name="form_version_id", fixed=True),
        identifier(name="campaign_id", nullable=True, fixed=True),
        identifier(name="user_id", fixed=True, personal=True, about="a user of the user service"),
        date(name="due_on", nullable=True),
        choice("status", "open", "submitted", "overdue", "waived", default="open"),
        identifier(name="declaration_id", nullable=True, about="the answer, in the declaration service"),
        text(name="waived_because", nullable=True),
    ),
    unique=(("campaign_id", "user_id"),),
    indexes=(("form_version_id",), ("user_id",), ("status", "due_on")),
    references=(
        Reference(columns=("form_version_id",), table="form_versions"),
        Reference(columns=("campaign_id",), table="campaigns"),
    ),
)

TABLES = (FORMS, FORM_VERSIONS, CAMPAIGNS, FORM_ASSIGNMENTS)
