"""Settings and switches of the platform, a tenant's exception from one, and a file on its way in."""

from datetime import UTC, datetime
from typing import Final

from tenancy.data.seed.rows import Id, SampleTenant, Tables

SHARED: Final[Tables] = {
    "platform_settings": {
        "upload.max-bytes": {"key": "upload.max-bytes", "value": 52_428_800, "description": "largest file taken"},
        "upload.media-types": {
            "key": "upload.media-types",
            "value": ["application/pdf", "text/csv", "image/png"],
            "description": "files that are taken",
        },
        "session.minutes": {"key": "session.minutes", "value": 480, "description": "until people sign in again"},
    },
    "features": {
        "outside-activities": {
            "code": "outside-activities",
            "description": "declarations of outside activities",
            "is_on": True,
            "stage": "general",
        },
        "media-transcripts": {
            "code": "media-transcripts",
            "description": "transcripts of recordings",
            "is_on": False,
            "stage": "preview",
        },
    },
}


def rows(tenant: SampleTenant) -> Tables:
    """The rows of a tenant."""
    return {
        "tenant_features": {
            "media-transcripts": {"feature_code": "media-transcripts", "is_on": tenant.zone == "EU", "set_by": "seed"}
        },
        "file_ingestions": {
            "holdings": {
                "kind": "holdings",
                "deployment": tenant.deployment,
                "blob_name": f"ingest/{tenant.slug}/holdings-2026-01.csv",
                "media_type": "text/csv",
                "size_bytes": 48_213,
                "status": "ingested",
                "rows_read": 412,
                "rows_refused": 1,
                "sent_by": "seed",
                "ingested_at": datetime(2026, 2, 2, 6, tzinfo=UTC),
            }
        },
        "file_ingestion_faults": {
            "holdings/17": {
                "file_ingestion_id": Id("file_ingestions", "holdings"),
                "line": 17,
                "column_name": "isin",
                "code": "isin-check-digit",
            }
        },
    }
