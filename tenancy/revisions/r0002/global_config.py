"""What the environment is told, and files on their way in: settings for all, exceptions and files by tenant.

A file's bytes go straight to the tenant's own region; here is its status alone, and no name of a person.
"""

from tenancy.model import Default, Reference, Scope, Table
from tenancy.revisions.columns import actor, bigint, boolean, choice, identifier, integer, json, moment, text

PLATFORM_SETTINGS = Table(
    name="platform_settings",
    scope=Scope.SHARED,
    why_shared="settings of the platform itself, the same for every tenant",
    about="settings of the platform, by key",
    key=("key",),
    columns=(
        text(name="key", fixed=True, lower=True),
        json(name="value"),
        text(name="description"),
        text(name="set_by", nullable=True),
    ),
    rights=("SELECT", "INSERT", "UPDATE"),
)
FEATURES = Table(
    name="features",
    scope=Scope.SHARED,
    why_shared="switches of the platform itself; a tenant's exception stands in tenant_features",
    about="what can be switched on, and for whom it is when nothing else is said",
    key=("code",),
    columns=(
        text(name="code", fixed=True, lower=True),
        text(name="description"),
        boolean(name="is_on"),
        choice("stage", "planned", "preview", "general", "retired", default="planned"),
    ),
    rights=("SELECT", "INSERT", "UPDATE"),
)
TENANT_FEATURES = Table(
    name="tenant_features",
    about="a tenant's exception from a switch",
    columns=(
        text(name="feature_code", fixed=True),
        boolean(name="is_on"),
        moment(name="until", nullable=True),
        actor("set_by"),
    ),
    unique=(("feature_code",),),
    references=(Reference(columns=("feature_code",), table="features", to=("code",)),),
)
FILE_INGESTIONS = Table(
    name="file_ingestions",
    about="a file on its way into a tenant's deployment",
    columns=(
        choice("kind", "trades", "holdings", "employees", "securities", "documents", fixed=True),
        text(name="deployment", fixed=True, about="where it goes"),
        text(name="blob_name", fixed=True),
        text(name="media_type", fixed=True),
        bigint(name="size_bytes", nullable=True),
        text(name="sha256", nullable=True, about="of the bytes, in hex"),
        choice(
            "status",
            *("accepted", "uploading", "validating", "routed", "ingested", "rejected", "failed"),
            default="accepted",
        ),
        bigint(name="rows_read", default=Default.ZERO),
        bigint(name="rows_refused", default=Default.ZERO),
        actor("sent_by"),
        moment(name="ingested_at", nullable=True),
    ),
    unique=(("blob_name",),),
    indexes=(("status", "deployment"),),
    rights=("SELECT", "INSERT", "UPDATE"),
    keep_days=730,
)
FILE_INGESTION_FAULTS = Table(
    name="file_ingestion_faults",
    about="what was wrong with a file, by line; never the line itself",
    columns=(
        identifier(name="file_ingestion_id", fixed=True),
        integer(name="line", nullable=True, fixed=True),
        text(name="column_name", nullable=True, fixed=True),
        text(name="code", fixed=True),
    ),
    indexes=(("file_ingestion_id",),),
    references=(Reference(columns=("file_ingestion_id",), table="file_ingestions", on_delete="CASCADE"),),
    rights=("SELECT", "INSERT"),
    audited=False,
    keep_days=730,
)

TABLES = (PLATFORM_SETTINGS, FEATURES, TENANT_FEATURES, FILE_INGESTIONS, FILE_INGESTION_FAULTS)
