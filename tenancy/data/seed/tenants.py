"""The two tenants of the samples. Domains end in .example, which nobody can own (RFC 2606)."""

from typing import Final

from tenancy.data.seed.rows import SampleTenant

ACME: Final = SampleTenant(
    slug="acme",
    name="Acme Corp",
    zone="EU",
    country="NL",
    currency="EUR",
    locale="en-GB",
    domain="acme.example",
    region="westeu",
)
CONTOSO: Final = SampleTenant(
    slug="contoso",
    name="Contoso",
    zone="US",
    country="US",
    currency="USD",
    locale="en-US",
    domain="contoso.example",
    region="eastus",
)
TENANTS: Final = (ACME, CONTOSO)
