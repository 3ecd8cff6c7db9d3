"""Who looks at a declaration: queues, reviews by level, what was decided and said."""

from tenancy.model import Default, Reference, Table
from tenancy.revisions.columns import actor, boolean, choice, identifier, integer, moment, text

REVIEW_QUEUES = Table(
    name="review_queues",
    about="where reviews wait for the people of a role",
    columns=(
        text(name="code", fixed=True, lower=True),
        text(name="name"),
        identifier(name="role_id", about="of the user service"),
        integer(name="due_days", default=Default.ONE, about="working days until a review is late"),
        boolean(name="needs_second_look", about="two people decide"),
        choice("status", "active", "closed", default="active"),
    ),
    unique=(("code",),),
)
REVIEWS = Table(
    name="reviews",
    about="a look at a declaration, on one level",
    columns=(
        identifier(name="declaration_id", fixed=True, about="of the declaration service"),
        identifier(name="queue_id"),
        integer(name="level", fixed=True, default=Default.ONE, about="1 is the manager, 2 compliance"),
        identifier(name="subject_user_id", fixed=True, personal=True, about="who declared; never the reviewer"),
        identifier(name="assignee_id", nullable=True, personal=True),
        choice("status", "open", "in_progress", "returned", "approved", "rejected", "escalated", default="open"),
        choice("priority", "low", "normal", "high", default="normal"),
        moment(name="due_at", nullable=True),
        moment(name="started_at", nullable=True),
        moment(name="finished_at", nullable=True),
    ),
    unique=(("declaration_id", "level"),),
    indexes=(("queue_id", "status"), ("assignee_id", "status"), ("due_at",)),
    references=(Reference(columns=("queue_id",), table="review_queues"),),
)
REVIEW_DECISIONS = Table(
    name="review_decisions",
    about="what a reviewer decided, once; a change of mind is a further row",
    columns=(
        identifier(name="review_id", fixed=True),
        choice("decision", "approve", "reject", "return", "escalate", fixed=True),
        text(name="reason", nullable=True, fixed=True, personal=True),
        actor("decided_by"),
    ),
    indexes=(("review_id",),),
    references=(Reference(columns=("review_id",), table="reviews", on_delete="CASCADE"),),
    rights=("SELECT", "INSERT"),
)
REVIEW_COMMENTS = Table(
    name="review_comments",
    about="what was said between reviewers and the declarer",
    columns=(
        identifier(name="review_id", fixed=True),
        text(name="body", personal=True),
        actor("written_by"),
        boolean(name="is_internal", default=Default.TRUE, about="not shown to the declarer"),
    ),
    indexes=(("review_id",),),
    references=(Reference(columns=("review_id",), table="reviews", on_delete="CASCADE"),),
)

TABLES = (REVIEW_QUEUES, REVIEWS, REVIEW_DECISIONS, REVIEW_COMMENTS)
