"""What is told to whom: templates and their versions, what each user wants, and the log of what was sent."""

from tenancy.model import Default, Reference, Table
from tenancy.revisions.columns import actor, boolean, choice, identifier, integer, json, moment, text

_CHANNELS = ("email", "in_app", "teams", "sms")

NOTIFICATION_TEMPLATES = Table(
    name="notification_templates",
    about="a message by its code, for a channel",
    columns=(
        text(name="code", fixed=True, lower=True),
        choice("channel", *_CHANNELS, fixed=True),
        text(name="description", nullable=True),
        choice("status", "active", "retired", default="active"),
        boolean(name="is_mandatory", about="goes out whatever the user prefers"),
    ),
    unique=(("code", "channel"),),
)
TEMPLATE_VERSIONS = Table(
    name="template_versions",
    about="the words of a template in a language",
    columns=(
        identifier(name="template_id", fixed=True),
        text(name="locale", fixed=True, about="BCP 47"),
        integer(name="number", fixed=True),
        text(name="subject", nullable=True, fixed=True),
        text(name="body", fixed=True),
        json(name="variables", fixed=True, default=Default.EMPTY_LIST, about="names that the body uses"),
        actor("written_by"),
    ),
    unique=(("template_id", "locale", "number"),),
    references=(Reference(columns=("template_id",), table="notification_templates"),),
    rights=("SELECT", "INSERT"),
)
NOTIFICATION_PREFERENCES = Table(
    name="notification_preferences",
    about="what a user wants to be told, and where",
    columns=(
        identifier(name="user_id", fixed=True, personal=True),
        choice("channel", *_CHANNELS, fixed=True),
        text(name="topic", fixed=True, lower=True),
        boolean(name="is_wanted", default=Default.TRUE),
    ),
    unique=(("user_id", "channel", "topic"),),
)
NOTIFICATIONS = Table(
    name="notifications",
    about="the log: what was sent to whom, and whether it arrived",
    columns=(
        identifier(name="template_version_id", fixed=True),
        identifier(name="user_id", nullable=True, fixed=True, personal=True),
        choice("channel", *_CHANNELS, fixed=True),
        text(name="address", fixed=True, personal=True),
        json(name="values", fixed=True, personal=True, default=Default.EMPTY_OBJECT, about="of the body's names"),
        choice("status", "queued", "sent", "delivered", "failed", "bounced", "read", default="queued"),
        integer(name="attempts", default=Default.ZERO),
        text(name="error_code", nullable=True),
        moment(name="sent_at", nullable=True),
        moment(name="read_at", nullable=True),
    ),
    indexes=(("template_version_id",), ("user_id", "status"), ("status",)),
    references=(Reference(columns=("template_version_id",), table="template_versions"),),
    audited=False,
    keep_days=400,
)

TABLES = (NOTIFICATION_TEMPLATES, TEMPLATE_VERSIONS, NOTIFICATION_PREFERENCES, NOTIFICATIONS)
