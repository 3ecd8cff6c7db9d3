"""A tenant's rules with their versions, its restricted list, and what an evaluation found."""

from datetime import UTC, date, datetime
from typing import Final

from tenancy.data.seed.rows import Id, Json, SampleTenant, Tables

# rule → title, kind, severity, regulation, condition, effect.
_RULES: Final[dict[str, tuple[str, str, str, str, Json, Json]]] = {
    "pre-clearance": (
        "Personal trades need pre-clearance",
        "pre_clearance",
        "breach",
        "MiFID II Art. 29 (2017/565)",
        {"field": "is_pre_cleared", "equals": True},
        {"otherwise": "refuse"},
    ),
    "restricted-list": (
        "No trade in a security on the restricted list",
        "restricted_list",
        "breach",
        "MAR Art. 14",
        {"field": "isin", "not_in_list": "Restricted"},
        {"otherwise": "refuse"},
    ),
    "holding-period": (
        "Securities are held for 30 days",
        "holding_period",
        "warning",
        "SEC Rule 204A-1",
        {"days_since": "last_buy", "at_least": 30},
        {"otherwise": "ask"},
    ),
    "gift-threshold": (
        "Gifts above the threshold are reviewed",
        "threshold",
        "warning",
        "FINRA Rule 3220",
        {"field": "value_minor", "at_most": 10000},
        {"otherwise": "ask"},
    ),
}
_FROM: Final = date(2026, 1, 1)


def rows(tenant: SampleTenant) -> Tables:
    """The rows of a tenant."""
    return {
        "rules": {
            code: {
                "code": code,
                "title": title,
                "kind": kind,
                "severity": severity,
                "status": "active",
                "regulation": regulation,
            }
            for code, (title, kind, severity, regulation, _, _) in _RULES.items()
        },
        "rule_versions": {
            **{
                f"{code}/1": {
                    "rule_id": Id("rules", code),
                    "number": 1,
                    "condition": condition,
                    "effect": effect,
                    "effective_from": _FROM,
                    "written_by": "seed",
                    "status": "active",
                }
                for code, (_, _, _, _, condition, effect) in _RULES.items()
            },
            "holding-period/2": {
                "rule_id": Id("rules", "holding-period"),
                "number": 2,
                "condition": {"days_since": "last_buy", "at_least": 60},
                "effect": {"otherwise": "refuse"},
                "effective_from": date(2027, 1, 1),
                "written_by": "seed",
                "status": "draft",
            },
        },
        "watch_lists": {"restricted": {"name": "Restricted", "kind": "restricted", "status": "active"}},
        "watch_list_entries": {
            "siemens": {
                "watch_list_id": Id("watch_lists", "restricted"),
                "isin": "DE0007236101",
                "starts_on": date(2026, 2, 2),
                "reason": f"{tenant.name} advises a party to a transaction",
                "added_by": "seed",
            }
        },
        "rule_evaluations": {
            f"trade/{code}": {
                "rule_version_id": Id("rule_versions", f"{code}/1"),
                "declaration_id": Id("declaration_service.declarations", "trade"),
                "outcome": outcome,
                "evaluated_at": datetime(2026, 2, 10, 10, 0, 1, tzinfo=UTC),
            }
            for code, outcome in (("pre-clearance", "passed"), ("restricted-list", "breached"))
        },
    }
