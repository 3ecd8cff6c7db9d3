# ruff: noqa: S608 - what is put together are numbers and names of ours
"""Charges for the benchmark of the ledger: FOCUS 1.2 as Azure exports it, of a whole company, from a seed."""

from pathlib import Path
from typing import Final

import duckdb

DEPLOYMENTS: Final = (
    "global-dev",
    "global-stg",
    "global-prod",
    "westeu-dev-1",
    "eastus-dev-1",
    "westeu-stg-1",
    "eastus-stg-1",
    "westeu-prod-1",
    "westeu-prod-2",
    "eastus-prod-1",
    "northeu-prod-1",
)
_KINDS: Final = (
    "Microsoft.App/containerApps",
    "Microsoft.DBforPostgreSQL/flexibleServers",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.EventHub/namespaces",
)
_SERVICES: Final = ("Azure Container Apps", "Azure Database for PostgreSQL", "Storage Accounts", "Event Hubs")
_CATEGORIES: Final = ("Compute", "Databases", "Storage", "Integration")
_METERS: Final = ("vCPU Active Usage", "D4ds v5", "Hot LRS Data Stored", "Throughput Unit")
_NUMBERS: Final = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost", "ListUnitPrice", "PricingQuantity")
_TIMES: Final = ("BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart")
_DAYS: Final = 30

# Azure's own column names, in its order (x_ ones: the larger ones); a tenth of the rows has no tags, a few are credits.
_ROW: Final = """
    amount::VARCHAR AS BilledCost,
    '/providers/Microsoft.Billing/billingAccounts/1234567' AS BillingAccountId, 'Acme Corp' AS BillingAccountName,
    'Billing Profile' AS BillingAccountType, 'USD' AS BillingCurrency,
    '2026-12-01T00:00:00Z' AS BillingPeriodEnd, '2026-11-01T00:00:00Z' AS BillingPeriodStart,
    CASE WHEN amount < 0 THEN 'Credit' ELSE 'Usage' END AS ChargeCategory, '' AS ChargeClass,
    service || ' - ' || meter || ' - EU West' AS ChargeDescription, 'Usage-Based' AS ChargeFrequency,
    strftime(day + 1, '%Y-%m-%dT00:00:00Z') AS ChargePeriodEnd,
    strftime(day, '%Y-%m-%dT00:00:00Z') AS ChargePeriodStart,
    '' AS CommitmentDiscountId, '' AS CommitmentDiscountStatus,
    quantity::VARCHAR AS ConsumedQuantity, 'Hours' AS ConsumedUnit, amount::VARCHAR AS ContractedCost,
    price::VARCHAR AS ContractedUnitPrice, amount::VARCHAR AS EffectiveCost, 'E0400ABCD' AS InvoiceId,
    'Microsoft' AS InvoiceIssuerName, (amount * 1.25)::DECIMAL(18,10)::VARCHAR AS ListCost,
    (price * 1.25)::DECIMAL(18,6)::VARCHAR AS ListUnitPrice, 'Standard' AS PricingCategory, 'USD' AS PricingCurrency,
    quantity::VARCHAR AS PricingQuantity, 'Hours' AS PricingUnit, 'Microsoft' AS ProviderName,
    'Microsoft' AS PublisherName, 'westeurope' AS RegionId, 'West Europe' AS RegionName,
    '/subscriptions/' || subscription || '/resourceGroups/rg-cf-' || deployment || '/providers/' || kind
        || '/r' || resource AS ResourceId,
    'r' || resource AS ResourceName, kind AS ResourceType, category AS ServiceCategory, service AS ServiceName,
    'SKU' || resource % 40 AS SkuId, meter AS SkuMeter, 'SKU' || resource % 40 || '/P1' AS SkuPriceId,
    '/subscriptions/' || subscription AS SubAccountId, 'Acme Corp ' || left(deployment, 12) AS SubAccountName,
    'Subscription' AS SubAccountType,
    CASE WHEN draw < 0.1 THEN '' ELSE '{"Application": "ComplianceFlow","Deployment": "' || deployment
        || '","ManagedBy": "Pulumi"}' END AS Tags,
    'rg-cf-' || deployment AS x_ResourceGroupName, 'Consumption' AS x_SkuMeterSubcategory"""


def write_export(path: Path, rows: int, seed: int) -> None:
    """Write a November of that many charges as one CSV file with a header and a line end after every row."""
    with duckdb.connect() as connection:
        drawn = ", ".join(f"(hash(i, {seed}, {n}) >> 2)::BIGINT AS h{n}" for n in (1, 2, 3, 4))
        connection.execute(f"""COPY (SELECT {_ROW} FROM (
            SELECT *, DATE '2026-11-01' + (h1 % {_DAYS})::INTEGER AS day,
                list_value({_listed(DEPLOYMENTS)})[1 + h2 % {len(DEPLOYMENTS)}] AS deployment,
                printf('00000000-0000-0000-0000-%012d', h2 % {len(DEPLOYMENTS)} % 3) AS subscription,
                (h3 % 400)::INTEGER AS resource,
                list_value({_listed(_KINDS)})[1 + h3 % 4] AS kind,
                list_value({_listed(_SERVICES)})[1 + h3 % 4] AS service,
                list_value({_listed(_CATEGORIES)})[1 + h3 % 4] AS category,
                list_value({_listed(_METERS)})[1 + h3 % 4] AS meter,
                ((h4 % 2400)::DECIMAL(18,4) / 100)::DECIMAL(18,4) AS quantity,
                ((h1 % 9000)::DECIMAL(18,6) / 10000)::DECIMAL(18,6) AS price,
                CASE WHEN h2 % 500 = 0 THEN -1 ELSE 1 END AS sign,
                (sign * (h4 % 2400) * (h1 % 9000))::DECIMAL(28,10) / 1000000 AS raw,
                raw::DECIMAL(18,10) AS amount, (h2 % 1000) / 1000 AS draw
            FROM (SELECT {drawn} FROM range({rows}) AS r(i)))) TO '{path}' (HEADER, QUOTE '"')""")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def write_parquet(export: Path, path: Path) -> None:
    """The same charges as Azure writes them in Parquet: costs, quantities and prices as numbers, days as times."""
    with duckdb.connect() as connection:
        connection.execute(f"""COPY (SELECT * REPLACE (
                {", ".join(f'"{name}"::DECIMAL(28,10) AS "{name}"' for name in _NUMBERS)},
                {", ".join(f'"{name}"::TIMESTAMP AS "{name}"' for name in _TIMES)})
            FROM read_csv('{export}', all_varchar = true)) TO '{path}' (FORMAT parquet, COMPRESSION snappy)""")
