"""What is the same for every tenant: securities, issuers, regulatory bodies, codes of countries, regions, industries.

Nothing here is a tenant's, and no row of it may be. The service of master data alone connects to this database.
"""

from tenancy.model import Reference, Right, Scope, Table
from tenancy.revisions.columns import bigint, boolean, choice, date, identifier, moment, text

_WRITTEN: tuple[Right, ...] = ("SELECT", "INSERT", "UPDATE")

REGIONS = Table(
    name="regions",
    scope=Scope.SHARED,
    why_shared="a standard's codes (UN M49)",
    about="regions of the world",
    key=("code",),
    columns=(text(name="code", fixed=True, about="UN M49"), text(name="name")),
    rights=_WRITTEN,
)
COUNTRIES = Table(
    name="countries",
    scope=Scope.SHARED,
    why_shared="a standard's codes (ISO 3166-1)",
    about="countries",
    key=("code",),
    columns=(
        text(name="code", fixed=True, about="ISO 3166-1 alpha-2"),
        text(name="alpha_3", about="ISO 3166-1 alpha-3"),
        text(name="name"),
        text(name="region_code"),
        text(name="currency", nullable=True, about="ISO 4217"),
        boolean(name="is_sanctioned"),
    ),
    unique=(("alpha_3",),),
    indexes=(("region_code",),),
    references=(Reference(columns=("region_code",), table="regions", to=("code",)),),
    rights=_WRITTEN,
)
INDUSTRY_CODES = Table(
    name="industry_codes",
    scope=Scope.SHARED,
    why_shared="a standard's codes (GICS, NACE, SIC)",
    about="what companies do, by scheme",
    key=("scheme", "code"),
    columns=(
        choice("scheme", "gics", "nace", "sic", fixed=True),
        text(name="code", fixed=True),
        text(name="name"),
        text(name="parent_code", nullable=True),
    ),
    indexes=(("scheme", "parent_code"),),
    references=(Reference(columns=("scheme", "parent_code"), table="industry_codes", to=("scheme", "code")),),
    rights=_WRITTEN,
)
REGULATORY_BODIES = Table(
    name="regulatory_bodies",
    scope=Scope.SHARED,
    why_shared="public knowledge: who supervises whom",
    about="authorities that tenants answer to",
    key=("code",),
    columns=(
        text(name="code", fixed=True, lower=True, about="as esma, sec, fca"),
        text(name="name"),
        text(name="country_code", nullable=True),
        text(name="website", nullable=True),
    ),
    indexes=(("country_code",),),
    references=(Reference(columns=("country_code",), table="countries", to=("code",)),),
    rights=_WRITTEN,
)
ISSUERS = Table(
    name="issuers",
    scope=Scope.SHARED,
    why_shared="public knowledge: who issued a security",
    about="companies and states whose securities are traded",
    columns=(
        text(name="lei", nullable=True, about="Legal Entity Identifier (ISO 17442)"),
        text(name="name"),
        text(name="country_code"),
        choice("industry_scheme", "gics", "nace", "sic", default="gics"),
        text(name="industry_code", nullable=True),
        choice("status", "active", "merged", "liquidated", default="active"),
    ),
    unique=(("lei",),),
    indexes=(("country_code",), ("industry_scheme", "industry_code")),
    references=(
        Reference(columns=("country_code",), table="countries", to=("code",)),
        Reference(columns=("industry_scheme", "industry_code"), table="industry_codes", to=("scheme", "code")),
    ),
    rights=_WRITTEN,
)
SECURITIES = Table(
    name="securities",
    scope=Scope.SHARED,
    why_shared="public knowledge: what is traded",
    about="securities by ISIN",
    key=("isin",),
    columns=(
        text(name="isin", fixed=True, about="ISO 6166"),
        identifier(name="issuer_id"),
        text(name="name"),
        choice("kind", "equity", "bond", "fund", "etf", "option", "future", "other"),
        text(name="currency", nullable=True, about="ISO 4217"),
        text(name="exchange", nullable=True, about="ISO 10383 market identifier code"),
        text(name="ticker", nullable=True),
        choice("status", "listed", "suspended", "delisted", "matured", default="listed"),
        date(name="listed_on", nullable=True),
        date(name="matures_on", nullable=True),
        bigint(name="outstanding", nullable=True, about="number of securities"),
        text(name="source", about="who says so"),
        moment(name="as_of"),
    ),
    indexes=(("issuer_id",), ("kind",), ("ticker",)),
    references=(Reference(columns=("issuer_id",), table="issuers"),),
    rights=_WRITTEN,
)

TABLES = (REGIONS, COUNTRIES, INDUSTRY_CODES, REGULATORY_BODIES, ISSUERS, SECURITIES)
