"""A tenant's aggregates of two days, a report and a run of it."""

from datetime import UTC, date, datetime

from tenancy.data.seed.rows import Id, SampleTenant, Tables


def rows(tenant: SampleTenant) -> Tables:
    """The rows of a tenant."""
    group = Id("user_service.organizations", "group")
    return {
        "declaration_totals": {
            f"{day}/{kind}": {
                "day": date(2026, 2, day),
                "organization_id": group,
                "kind": kind,
                "status": "submitted",
                "count": count,
            }
            for day, kind, count in ((10, "personal_trading", 1), (10, "gift", 1), (11, "outside_activity", 1))
        },
        "review_totals": {
            "11/1": {
                "day": date(2026, 2, 11),
                "level": 1,
                "finished": 3,
                "late": 0,
                "seconds": 70_200,
                "longest_seconds": 23_400,
            }
        },
        "breach_totals": {
            "10": {
                "day": date(2026, 2, 10),
                "organization_id": group,
                "rule_code": "restricted-list",
                "severity": "breach",
                "count": 1,
            }
        },
        "reports": {
            "monthly-declarations": {
                "code": "monthly-declarations",
                "title": f"Declarations of {tenant.name} by month",
                "definition": {"measures": ["count"], "dimensions": ["kind", "status"], "by": "month"},
                "schedule": "monthly",
                "written_by": "seed",
            }
        },
        "report_runs": {
            "monthly-declarations/2026-01": {
                "report_id": Id("reports", "monthly-declarations"),
                "covers_from": date(2026, 1, 1),
                "covers_to": date(2026, 1, 31),
                "status": "done",
                "asked_by": "seed",
                "finished_at": datetime(2026, 2, 1, 3, tzinfo=UTC),
            }
        },
    }
