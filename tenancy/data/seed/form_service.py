"""A tenant's forms with their versions, a campaign, and who has to fill in what."""

from datetime import UTC, date, datetime
from typing import Final

from tenancy.data.seed.rows import Id, Json, SampleTenant, Tables

# form → title, kind, and what its first version asks.
_FORMS: Final[dict[str, tuple[str, str, list[str]]]] = {
    "personal-trade": ("Personal trade", "personal_trading", ["isin", "side", "quantity", "price"]),
    "quarterly-holdings": ("Quarterly holdings", "holdings", ["account", "isin", "quantity"]),
    "gift": ("Gifts and entertainment", "gift", ["direction", "counterparty", "value"]),
    "outside-activity": ("Outside activity", "outside_activity", ["organization", "role", "is_paid"]),
    "annual-attestation": ("Annual attestation", "attestation", ["code_of_ethics_read"]),
}
_PUBLISHED: Final = datetime(2026, 1, 12, 8, tzinfo=UTC)


def rows(tenant: SampleTenant) -> Tables:
    """The rows of a tenant."""
    return {
        "forms": {
            code: {
                "code": code,
                "title": title,
                "kind": kind,
                "status": "active",
                "needs_review": kind != "attestation",
            }
            for code, (title, kind, _) in _FORMS.items()
        },
        "form_versions": {
            **{
                f"{code}/1": {
                    "form_id": Id("forms", code),
                    "number": 1,
                    "definition": _definition(questions),
                    "status": "published",
                    "written_by": "seed",
                    "published_at": _PUBLISHED,
                }
                for code, (_, _, questions) in _FORMS.items()
            },
            "gift/2": {
                "form_id": Id("forms", "gift"),
                "number": 2,
                "definition": _definition([*_FORMS["gift"][2], "is_public_official"]),
                "status": "draft",
                "written_by": "seed",
            },
        },
        "campaigns": {
            "attestation-2026": {
                "form_version_id": Id("form_versions", "annual-attestation/1"),
                "title": f"{tenant.name}: annual attestation 2026",
                "starts_on": date(2026, 2, 1),
                "due_on": date(2026, 3, 31),
                "status": "open",
            }
        },
        "form_assignments": {
            person: {
                "form_version_id": Id("form_versions", "annual-attestation/1"),
                "campaign_id": Id("campaigns", "attestation-2026"),
                "user_id": Id("user_service.users", person),
                "due_on": date(2026, 3, 31),
                "status": status,
                "declaration_id": Id("declaration_service.declarations", "attestation")
                if status == "submitted"
                else None,
            }
            for person, status in (("trader", "submitted"), ("analyst", "open"), ("reviewer", "overdue"))
        },
    }


def _definition(questions: list[str]) -> Json:
    return {"sections": [{"title": "Details", "questions": [{"name": it, "required": True} for it in questions]}]}
