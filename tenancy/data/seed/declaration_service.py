"""What people of a tenant declared: a trade with its account, a gift, an outside activity, an attestation."""

from datetime import UTC, date, datetime
from typing import Final

from tenancy.data.seed.rows import Id, Row, SampleTenant, Tables

# declaration → who, kind, the form's version, status, submitted at, decided at.
_SUBMITTED: Final = datetime(2026, 2, 10, 10, tzinfo=UTC)
_DECIDED: Final = datetime(2026, 2, 11, 15, 30, tzinfo=UTC)
_DECLARATIONS: Final[dict[str, tuple[str, str, str, str, datetime | None, datetime | None]]] = {
    "trade": ("trader", "personal_trading", "personal-trade/1", "in_review", _SUBMITTED, None),
    "gift": ("analyst", "gift", "gift/1", "approved", _SUBMITTED, _DECIDED),
    "mandate": ("analyst", "outside_activity", "outside-activity/1", "rejected", _SUBMITTED, _DECIDED),
    "attestation": ("trader", "attestation", "annual-attestation/1", "submitted", _SUBMITTED, None),
    "draft": ("reviewer", "gift", "gift/1", "draft", None, None),
}


def rows(tenant: SampleTenant) -> Tables:
    """The rows of a tenant."""
    return {
        "declarations": {
            **{name: _declaration(name) for name in _DECLARATIONS},
            "gift-corrected": {**_declaration("gift"), "status": "draft", "replaces_id": Id("declarations", "gift")},
        },
        "brokerage_accounts": {
            "trader": {
                "user_id": Id("user_service.users", "trader"),
                "broker": "Sample Broker",
                "account_number": f"{tenant.country}-SAMPLE-0001",
                "holder": f"{tenant.name} trader",
                "opened_on": date(2024, 5, 2),
            }
        },
        "personal_trades": {
            "trade": {
                "declaration_id": Id("declarations", "trade"),
                "brokerage_account_id": Id("brokerage_accounts", "trader"),
                "isin": "DE0007236101",
                "side": "buy",
                "quantity": 25,
                "price_minor": 22_140,
                "currency": "EUR",
                "is_pre_cleared": True,
            }
        },
        "gifts": {
            "gift": {
                "declaration_id": Id("declarations", "gift"),
                "direction": "received",
                "kind": "meal",
                "counterparty": "Sample contact",
                "counterparty_organization": "Sample Broker",
                "value_minor": 6_500,
                "currency": tenant.currency,
                "occurred_on": date(2026, 2, 6),
                "description": "Dinner after a conference",
            }
        },
        "outside_activities": {
            "mandate": {
                "declaration_id": Id("declarations", "mandate"),
                "organization": "Sample Foundation",
                "role": "Treasurer",
                "kind": "directorship",
                "is_paid": False,
                "hours_a_month": 6,
                "starts_on": date(2026, 3, 1),
            }
        },
        "declaration_documents": {
            "trade/confirmation": {
                "declaration_id": Id("declarations", "trade"),
                "blob_name": f"declarations/{tenant.slug}/trade/confirmation.pdf",
                "file_name": "confirmation.pdf",
                "media_type": "application/pdf",
                "size_bytes": 0,
                # Of no bytes: the sample has no file in the container.
                "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            }
        },
    }


def _declaration(name: str) -> Row:
    person, kind, version, status, submitted, decided = _DECLARATIONS[name]
    return {
        "user_id": Id("user_service.users", person),
        "kind": kind,
        "form_version_id": Id("form_service.form_versions", version),
        "answers": {"sample": name},
        "status": status,
        "submitted_at": submitted,
        "decided_at": decided,
    }
