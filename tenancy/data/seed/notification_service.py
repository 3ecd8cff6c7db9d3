"""A tenant's messages: templates in their versions, what people prefer, and what was sent."""

from datetime import UTC, datetime
from typing import Final

from tenancy.data.seed.rows import Id, SampleTenant, Tables

# template → channel, subject, body. What stands in {{ }} is filled in.
_TEMPLATES: Final = {
    "invitation": ("email", "You are invited", "{{ name }} invites you to ComplianceFlow."),
    "declaration-submitted": ("in_app", "Declaration received", "Your declaration {{ number }} was received."),
    "review-waiting": ("email", "A review waits", "{{ count }} declarations wait for you."),
    "case-opened": ("email", "A case was opened", "Case {{ number }} was opened."),
}


def rows(tenant: SampleTenant) -> Tables:
    """The rows of a tenant."""
    return {
        "notification_templates": {
            code: {"code": code, "channel": channel, "description": subject, "is_mandatory": code == "case-opened"}
            for code, (channel, subject, _) in _TEMPLATES.items()
        },
        "template_versions": {
            f"{code}/1": {
                "template_id": Id("notification_templates", code),
                "locale": tenant.locale,
                "number": 1,
                "subject": subject,
                "body": body,
                "variables": [body.split("{{ ")[1].split(" }}")[0]],
                "written_by": "seed",
            }
            for code, (_, subject, body) in _TEMPLATES.items()
        },
        "notification_preferences": {
            "reviewer/email": {
                "user_id": Id("user_service.users", "reviewer"),
                "channel": "email",
                "topic": "reviews",
                "is_wanted": True,
            }
        },
        "notifications": {
            "reviewer/1": {
                "template_version_id": Id("template_versions", "review-waiting/1"),
                "user_id": Id("user_service.users", "reviewer"),
                "channel": "email",
                "address": f"reviewer@{tenant.domain}",
                "values": {"count": 3},
                "status": "delivered",
                "attempts": 1,
                "sent_at": datetime(2026, 2, 10, 10, 5, tzinfo=UTC),
            }
        },
    }
