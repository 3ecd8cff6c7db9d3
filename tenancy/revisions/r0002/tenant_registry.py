"""The source of truth for tenants: who they are, where they are, what they pay, and how far their onboarding is.

The registry itself is shared: the gateway asks where a tenant is before any is bound. Everything that is said of a
tenant beyond that is the tenant's own, under row-level security as everywhere.
"""

from tenancy.model import Default, Reference, Scope, Table
from tenancy.revisions.columns import actor, bigint, boolean, choice, date, integer, json, moment, text

TENANTS = Table(
    name="tenants",
    scope=Scope.SHARED,
    why_shared="routing and onboarding find a tenant before any is bound; nothing in it but its name and place",
    about="every tenant of the environment; its id is the tenant_id of all databases",
    columns=(
        text(name="slug", fixed=True, lower=True, about="in addresses: acme"),
        text(name="name"),
        text(name="legal_name", nullable=True),
        choice("zone", "EU", "US", "UK", "APAC", fixed=True, about="where its data stays"),
        choice("status", "onboarding", "ready", "suspended", "erased", default="onboarding"),
        moment(name="ready_at", nullable=True),
        moment(name="suspended_at", nullable=True),
    ),
    unique=(("slug",),),
    indexes=(("status",),),
    rights=("SELECT", "INSERT", "UPDATE"),
)
TENANT_IDENTIFIERS = Table(
    name="tenant_identifiers",
    about="what others know a tenant by",
    columns=(
        choice("kind", "lei", "vat", "company_number", "entra_tenant", "billing_account", fixed=True),
        text(name="value", fixed=True),
        date(name="valid_from", nullable=True),
        date(name="valid_to", nullable=True),
    ),
    unique=(("kind", "value"),),
)
TENANT_DEPLOYMENTS = Table(
    name="tenant_deployments",
    about="which deployments serve a tenant: what the gateway routes by",
    columns=(
        text(name="deployment", fixed=True, about="as westeu-prod-1; always of the tenant's zone"),
        choice("status", "assigned", "provisioning", "ready", "suspended", "leaving", "gone", default="assigned"),
        boolean(name="is_primary"),
        moment(name="ready_at", nullable=True),
        moment(name="gone_at", nullable=True),
    ),
    unique=(("deployment",),),
    indexes=(("status",),),
    rights=("SELECT", "INSERT", "UPDATE"),
)
SUBSCRIPTIONS = Table(
    name="subscriptions",
    about="what a tenant has bought, and whether it is paid",
    columns=(
        choice("plan", "trial", "standard", "professional", "enterprise"),
        choice("status", "trial", "active", "past_due", "cancelled", "ended", default="trial"),
        choice("billing_status", "none", "invoiced", "paid", "overdue", "refunded", default="none"),
        integer(name="seats", default=Default.ONE),
        bigint(name="price_minor", about="a month, in the smallest unit of the currency"),
        text(name="currency", about="ISO 4217"),
        date(name="starts_on"),
        date(name="ends_on", nullable=True),
        text(name="billing_reference", nullable=True),
    ),
    unique=(("starts_on",),),
    indexes=(("status",),),
    rights=("SELECT", "INSERT", "UPDATE"),
)
ONBOARDING_STEPS = Table(
    name="onboarding_steps",
    about="what each deployment has still to do before a tenant is ready",
    columns=(
        text(name="deployment", fixed=True),
        choice("step", "users", "forms", "rules", "storage", "identity", fixed=True),
        choice("status", "waiting", "running", "done", "failed", default="waiting"),
        integer(name="attempts", default=Default.ZERO),
        text(name="detail", nullable=True),
        moment(name="finished_at", nullable=True),
    ),
    unique=(("deployment", "step"),),
    references=(Reference(columns=("deployment",), table="tenant_deployments", to=("deployment",)),),
)
TENANT_CONFIGURATION = Table(
    name="tenant_configuration",
    about="settings of a tenant that every deployment takes over",
    columns=(
        text(name="key", fixed=True, lower=True),
        json(name="value"),
        actor("set_by"),
    ),
    unique=(("key",),),
)

TABLES = (TENANTS, TENANT_IDENTIFIERS, TENANT_DEPLOYMENTS, SUBSCRIPTIONS, ONBOARDING_STEPS, TENANT_CONFIGURATION)
