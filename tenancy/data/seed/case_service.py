"""A tenant's cases: a breach that is looked into, and an old one that was closed."""

from datetime import UTC, datetime

from tenancy.data.seed.rows import Id, SampleTenant, Tables


def rows(tenant: SampleTenant) -> Tables:
    """The rows of a tenant."""
    return {
        "cases": {
            "trade": {
                "number": "C-2026-0001",
                "title": "Trade in a restricted security",
                "summary": f"A trade of {tenant.name} met the restricted list",
                "kind": "breach",
                "severity": "high",
                "status": "investigating",
                "declaration_id": Id("declaration_service.declarations", "trade"),
                "owner_id": Id("user_service.users", "compliance-officer"),
                "opened_by": "seed",
            },
            "late": {
                "number": "C-2026-0002",
                "title": "Late declaration of a gift",
                "kind": "other",
                "severity": "low",
                "status": "closed",
                "opened_by": "seed",
                "closed_at": datetime(2026, 2, 20, 12, tzinfo=UTC),
            },
        },
        "case_parties": {
            "trade/subject": {
                "case_id": Id("cases", "trade"),
                "part": "subject",
                "user_id": Id("user_service.users", "trader"),
            },
            "trade/reporter": {"case_id": Id("cases", "trade"), "part": "reporter", "is_anonymous": True},
            "late/subject": {
                "case_id": Id("cases", "late"),
                "part": "subject",
                "user_id": Id("user_service.users", "analyst"),
            },
        },
        "case_actions": {
            "trade/1": {
                "case_id": Id("cases", "trade"),
                "kind": "request",
                "body": "Confirmation of the trade asked for",
                "done_by": "seed",
                "occurred_at": datetime(2026, 2, 12, 9, tzinfo=UTC),
            }
        },
        "case_evidence": {
            "trade/confirmation": {
                "case_id": Id("cases", "trade"),
                "title": "Confirmation of the trade",
                "blob_name": f"cases/{tenant.slug}/trade/confirmation.pdf",
                "media_type": "application/pdf",
                "size_bytes": 0,
                "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "is_under_hold": True,
            }
        },
        "case_outcomes": {
            "late": {
                "case_id": Id("cases", "late"),
                "party_id": Id("case_parties", "late/subject"),
                "kind": "training",
                "details": {"course": "Gifts and entertainment"},
            }
        },
    }
