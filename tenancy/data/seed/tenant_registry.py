"""The two tenants in the registry of their environment: where they are, what they pay, how they were taken in."""

from datetime import UTC, date, datetime
from typing import Final

from tenancy.data.seed.rows import SampleTenant, Tables
from tenancy.data.seed.tenants import TENANTS

_READY: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)

SHARED: Final[Tables] = {
    "tenants": {
        tenant.slug: {
            "id": tenant.id,
            "slug": tenant.slug,
            "name": tenant.name,
            "legal_name": f"{tenant.name} Holding",
            "zone": tenant.zone,
            "status": "ready",
            "ready_at": _READY,
        }
        for tenant in TENANTS
    }
}


def rows(tenant: SampleTenant) -> Tables:
    """The rows of a tenant."""
    return {
        "tenant_identifiers": {
            "entra": {"kind": "entra_tenant", "value": str(tenant.id)},
            "billing": {"kind": "billing_account", "value": f"SAMPLE-{tenant.slug.upper()}"},
        },
        "tenant_deployments": {
            "home": {"deployment": tenant.deployment, "status": "ready", "is_primary": True, "ready_at": _READY}
        },
        "subscriptions": {
            "2026": {
                "plan": "enterprise" if tenant.zone == "EU" else "professional",
                "status": "active",
                "billing_status": "paid",
                "seats": 250,
                "price_minor": 490_000,
                "currency": tenant.currency,
                "starts_on": date(2026, 1, 1),
                "ends_on": date(2026, 12, 31),
                "billing_reference": f"SAMPLE-{tenant.slug.upper()}-2026",
            }
        },
        "onboarding_steps": {
            step: {
                "deployment": tenant.deployment,
                "step": step,
                "status": "done",
                "attempts": 1,
                "finished_at": _READY,
            }
            for step in ("users", "forms", "rules", "storage", "identity")
        },
        "tenant_configuration": {
            "locale": {"key": "locale", "value": tenant.locale, "set_by": "seed"},
            "sign-in": {"key": "sign-in", "value": {"mfa": True, "session_minutes": 480}, "set_by": "seed"},
        },
    }
