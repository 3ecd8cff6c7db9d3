"""Recordings and scans on their way through the stages of the media processor (an option of a deployment).

Stages write blobs; the scheduler alone writes here.
"""

from tenancy.model import Default, Reference, Table
from tenancy.revisions.columns import actor, bigint, choice, identifier, integer, json, moment, text

MEDIA_ITEMS = Table(
    name="media_items",
    about="a recording, scan or picture; the bytes lie in the container media",
    columns=(
        text(name="blob_name", fixed=True),
        text(name="media_type", fixed=True),
        bigint(name="size_bytes", fixed=True),
        text(name="sha256", fixed=True, about="of the bytes, in hex"),
        text(name="file_name", nullable=True, fixed=True, personal=True),
        choice("status", "received", "processing", "ready", "failed", "deleted", default="received"),
        actor("sent_by"),
    ),
    unique=(("blob_name",),),
    indexes=(("status",),),
)
MEDIA_STAGES = Table(
    name="media_stages",
    about="what is done with an item, in order",
    columns=(
        identifier(name="media_item_id", fixed=True),
        integer(name="sequence", fixed=True),
        choice("stage", "scan", "transcode", "transcribe", "redact", "thumbnail", fixed=True),
        choice("status", "waiting", "running", "done", "failed", "skipped", default="waiting"),
        integer(name="attempts", default=Default.ZERO),
        json(name="parameters", fixed=True, default=Default.EMPTY_OBJECT),
        text(name="error_code", nullable=True),
        moment(name="finished_at", nullable=True),
    ),
    unique=(("media_item_id", "sequence"),),
    indexes=(("status",),),
    references=(Reference(columns=("media_item_id",), table="media_items", on_delete="CASCADE"),),
    audited=False,
)
MEDIA_RENDITIONS = Table(
    name="media_renditions",
    about="what a stage made of an item",
    columns=(
        identifier(name="media_item_id", fixed=True),
        identifier(name="media_stage_id", fixed=True),
        text(name="blob_name", fixed=True),
        text(name="media_type", fixed=True),
        bigint(name="size_bytes", fixed=True),
    ),
    unique=(("blob_name",),),
    indexes=(("media_item_id",), ("media_stage_id",)),
    references=(
        Reference(columns=("media_item_id",), table="media_items", on_delete="CASCADE"),
        Reference(columns=("media_stage_id",), table="media_stages", on_delete="CASCADE"),
    ),
    rights=("SELECT", "INSERT", "DELETE"),
)

TABLES = (MEDIA_ITEMS, MEDIA_STAGES, MEDIA_RENDITIONS)
