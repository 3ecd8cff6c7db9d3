"""Reviews of a tenant's declarations: one that is open, one approved and one rejected, with what was said."""

from datetime import UTC, datetime
from typing import Final

from tenancy.data.seed.rows import Id, SampleTenant, Tables

_STARTED: Final = datetime(2026, 2, 11, 9, tzinfo=UTC)
_FINISHED: Final = datetime(2026, 2, 11, 15, 30, tzinfo=UTC)
# declaration → who declared, status, and what was decided.
_REVIEWS: Final = {
    "trade": ("trader", "escalated", "escalate"),
    "gift": ("analyst", "approved", "approve"),
    "mandate": ("analyst", "rejected", "reject"),
}


def rows(tenant: SampleTenant) -> Tables:
    """The rows of a tenant."""
    return {
        "review_queues": {
            "managers": {
                "code": "managers",
                "name": f"Managers of {tenant.name}",
                "role_id": Id("user_service.roles", "reviewer"),
                "due_days": 2,
            },
            "compliance": {
                "code": "compliance",
                "name": f"Compliance of {tenant.name}",
                "role_id": Id("user_service.roles", "compliance-officer"),
                "due_days": 5,
                "needs_second_look": True,
            },
        },
        "reviews": {
            declaration: {
                "declaration_id": Id("declaration_service.declarations", declaration),
                "queue_id": Id("review_queues", "managers"),
                "subject_user_id": Id("user_service.users", subject),
                "assignee_id": Id("user_service.users", "reviewer"),
                "status": status,
                "started_at": _STARTED,
                "finished_at": _FINISHED,
            }
            for declaration, (subject, status, _) in _REVIEWS.items()
        }
        | {
            "trade/2": {
                "declaration_id": Id("declaration_service.declarations", "trade"),
                "queue_id": Id("review_queues", "compliance"),
                "level": 2,
                "subject_user_id": Id("user_service.users", "trader"),
                "priority": "high",
                "due_at": datetime(2026, 2, 18, 17, tzinfo=UTC),
            }
        },
        "review_decisions": {
            declaration: {
                "review_id": Id("reviews", declaration),
                "decision": decision,
                "reason": "On the restricted list" if decision == "escalate" else None,
                "decided_by": "seed",
            }
            for declaration, (_, _, decision) in _REVIEWS.items()
        },
        "review_comments": {
            "mandate": {
                "review_id": Id("reviews", "mandate"),
                "body": "A paid mandate at a client is not possible; please declare again without it.",
                "written_by": "seed",
                "is_internal": False,
            }
        },
    }
