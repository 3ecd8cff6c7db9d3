"""Who works for a tenant: organizations, users, the roles that they have, what a role permits, and invitations."""

from tenancy.model import Default, Reference, Table
from tenancy.revisions.columns import actor, boolean, choice, identifier, moment, text

ORGANIZATIONS = Table(
    name="organizations",
    about="parts of a tenant: the firm itself, its entities and branches",
    columns=(
        text(name="name"),
        text(name="legal_name", nullable=True),
        text(name="lei", nullable=True, about="Legal Entity Identifier (ISO 17442)"),
        text(name="country_code", about="ISO 3166-1 alpha-2; master data knows the countries"),
        identifier(name="parent_id", nullable=True),
        text(name="billing_email", nullable=True, personal=True, lower=True),
        choice("status", "active", "closed", default="active"),
    ),
    unique=(("name",),),
    indexes=(("parent_id",),),
    references=(Reference(columns=("parent_id",), table="organizations"),),
)
USERS = Table(
    name="users",
    about="people who work for the tenant: those who sign in, and those who are only declared for",
    columns=(
        identifier(name="organization_id"),
        text(name="subject", nullable=True, personal=True, about="object id in the tenant's Entra"),
        text(name="email", personal=True, lower=True),
        text(name="display_name", personal=True),
        text(name="job_title", nullable=True, personal=True),
        text(name="phone", nullable=True, personal=True, about="E.164"),
        text(name="locale", nullable=True, about="BCP 47"),
        identifier(name="manager_id", nullable=True, personal=True, about="who reviews declarations first"),
        boolean(name="is_access_person", about="has to declare trades"),
        choice("status", "invited", "active", "suspended", "removed", default="invited"),
        moment(name="joined_at", nullable=True),
        moment(name="removed_at", nullable=True),
    ),
    unique=(("email",), ("subject",)),
    indexes=(("organization_id",), ("manager_id",), ("status",)),
    references=(
        Reference(columns=("organization_id",), table="organizations"),
        Reference(columns=("manager_id",), table="users"),
    ),
)
ROLES = Table(
    name="roles",
    about="what a member may be: those that come with the platform and the tenant's own",
    columns=(
        text(name="code", fixed=True, lower=True),
        text(name="name"),
        text(name="description", nullable=True),
        boolean(name="built_in", fixed=True),
    ),
    unique=(("code",),),
)
ROLE_PERMISSIONS = Table(
    name="role_permissions",
    about="what a role permits on which kind of thing",
    columns=(
        identifier(name="role_id", fixed=True),
        choice(
            "resource",
            *("users", "forms", "rules", "declarations", "reviews", "cases", "notifications", "reports"),
            fixed=True,
        ),
        choice("permission", "read", "edit", "admin", fixed=True),
    ),
    unique=(("role_id", "resource", "permission"),),
    references=(Reference(columns=("role_id",), table="roles", on_delete="CASCADE"),),
    rights=("SELECT", "INSERT", "DELETE"),
)
USER_ROLES = Table(
    name="user_roles",
    about="who has which role in which organization, and who gave it",
    columns=(
        identifier(name="user_id", fixed=True),
        identifier(name="role_id", fixed=True),
        identifier(name="organization_id", fixed=True),
        actor("granted_by"),
        moment(name="expires_at", nullable=True),
    ),
    unique=(("user_id", "role_id", "organization_id"),),
    indexes=(("role_id",), ("organization_id",)),
    references=(
        Reference(columns=("user_id",), table="users", on_delete="CASCADE"),
        Reference(columns=("role_id",), table="roles"),
        Reference(columns=("organization_id",), table="organizations"),
    ),
)
INVITATIONS = Table(
    name="invitations",
    about="addresses that were asked to join; the token is kept as a hash alone",
    columns=(
        text(name="email", personal=True, fixed=True, lower=True),
        identifier(name="role_id", fixed=True),
        identifier(name="organization_id", fixed=True),
        text(name="token_hash", fixed=True, about="SHA-256 in hex"),
        actor("invited_by"),
        choice("status", "open", "accepted", "revoked", "expired", default="open"),
        moment(name="expires_at", fixed=True),
        moment(name="accepted_at", nullable=True),
    ),
    unique=(("token_hash",),),
    indexes=(("email",), ("role_id",), ("organization_id",)),
    references=(
        Reference(columns=("role_id",), table="roles"),
        Reference(columns=("organization_id",), table="organizations"),
    ),
    keep_days=90,
)
USER_PREFERENCES = Table(
    name="user_preferences",
    about="how a user wants to see the product",
    columns=(
        identifier(name="user_id", fixed=True),
        text(name="time_zone", nullable=True, about="IANA name"),
        choice("theme", "system", "light", "dark", default="system"),
        boolean(name="digest", default=Default.TRUE, about="one message a day in the place of many"),
    ),
    unique=(("user_id",),),
    references=(Reference(columns=("user_id",), table="users", on_delete="CASCADE"),),
    audited=False,
)

TABLES = (ORGANIZATIONS, USERS, ROLES, ROLE_PERMISSIONS, USER_ROLES, INVITATIONS, USER_PREFERENCES)
