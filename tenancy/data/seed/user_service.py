"""People of a tenant in every role, what each role permits, and an invitation that waits."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from tenancy.data.seed.rows import Id, Row, SampleTenant, Tables

RESOURCES: Final[tuple[str, ...]] = (
    "users",
    "forms",
    "rules",
    "declarations",
    "reviews",
    "cases",
    "notifications",
    "reports",
)
_ALL: Final[Mapping[str, str]] = dict.fromkeys(RESOURCES, "admin")
# role → its name and, by resource, the most that it permits there; what is not named it may not even read.
ROLES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "administrator": ("Administrator", _ALL),
    "compliance-officer": ("Compliance officer", {**dict.fromkeys(RESOURCES, "edit"), "users": "read"}),
    "reviewer": ("Reviewer", {"declarations": "read", "reviews": "edit", "cases": "read", "forms": "read"}),
    "employee": ("Employee", {"declarations": "edit", "forms": "read"}),
    "auditor": ("Auditor", dict.fromkeys(RESOURCES, "read")),
}
# person → role, job title, manager. Every role has somebody.
PEOPLE: Final[Mapping[str, tuple[str, str, str | None]]] = {
    "administrator": ("administrator", "Platform administrator", None),
    "compliance-officer": ("compliance-officer", "Head of compliance", "administrator"),
    "reviewer": ("reviewer", "Desk head", "compliance-officer"),
    "trader": ("employee", "Trader", "reviewer"),
    "analyst": ("employee", "Research analyst", "reviewer"),
    "auditor": ("auditor", "Internal auditor", None),
}
_JOINED: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_RANKS: Final = ("read", "edit", "admin")


def rows(tenant: SampleTenant) -> Tables:
    """The rows of a tenant."""
    return {
        "organizations": {
            "group": {
                "name": tenant.name,
                "legal_name": f"{tenant.name} Holding",
                "country_code": tenant.country,
                "billing_email": f"billing@{tenant.domain}",
            },
            "trading": {
                "name": f"{tenant.name} Trading",
                "country_code": tenant.country,
                "parent_id": Id("organizations", "group"),
            },
        },
        "users": {person: _user(tenant, person) for person in PEOPLE},
        "roles": {
            role: {"code": role, "name": name, "built_in": True, "description": f"{name} of a tenant"}
            for role, (name, _) in ROLES.items()
        },
        "role_permissions": {
            f"{role}/{resource}/{permission}": {
                "role_id": Id("roles", role),
                "resource": resource,
                "permission": permission,
            }
            for role, (_, most) in ROLES.items()
            for resource, highest in most.items()
            for permission in _RANKS[: _RANKS.index(highest) + 1]
        },
        "user_roles": {
            f"{person}/{role}": {
                "user_id": Id("users", person),
                "role_id": Id("roles", role),
                "organization_id": Id("organizations", "group"),
                "granted_by": "seed",
            }
            for person, (role, _, _) in PEOPLE.items()
        },
        "user_preferences": {
            "trader": {"user_id": Id("users", "trader"), "time_zone": "Europe/Amsterdam", "theme": "dark"}
        },
        "invitations": {
            "newcomer": {
                "email": f"newcomer@{tenant.domain}",
                "role_id": Id("roles", "employee"),
                "organization_id": Id("organizations", "trading"),
                # The hash of nothing that anybody knows: a sample invitation cannot be accepted.
                "token_hash": hashlib.sha256(f"no token of {tenant.slug}".encode()).hexdigest(),
                "invited_by": "seed",
                "expires_at": datetime(2027, 1, 1, tzinfo=UTC),
            }
        },
    }


def _user(tenant: SampleTenant, person: str) -> Row:
    role, title, manager = PEOPLE[person]
    return {
        "organization_id": Id("organizations", "trading" if role == "employee" else "group"),
        "email": f"{person}@{tenant.domain}",
        "display_name": f"{tenant.name} {person.replace('-', ' ')}",
        "job_title": title,
        "locale": tenant.locale,
        "manager_id": Id("users", manager) if manager else None,
        "is_access_person": role in {"employee", "reviewer"},
        "status": "active",
        "joined_at": _JOINED,
    }
