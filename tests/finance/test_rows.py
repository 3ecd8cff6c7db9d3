"""The table: what each type's inputs are billed as, and what happens to inputs that no price can be for."""

from decimal import Decimal
from typing import Any

import pytest

from finance.estimate import Resource, estimate
from finance.estimate.inputs import SIGNATURE, UNKNOWN_MARKS, Inputs
from finance.estimate.rows import FREE, ROWS
from finance.estimate.rows.reading import Around
from finance.prices import load_sheet
from finance.prices.terms import NO_TERMS
from finance.ranges import Range
from finance.usage import DRIVERS, Usage
from sandbox.azure.catalog import TYPES
from sandbox.engine.model.values import SIGNATURE as PULUMIS
from sandbox.engine.model.values import UNKNOWN_STRINGS

ONE = Usage(dict.fromkeys(DRIVERS, Range(Decimal(0), Decimal(1), Decimal(1))))
"""Every driver 0 at low use and 1 else: shares are all, operations one."""
SHEET = load_sheet()
POSTGRES = {
    "sku": {"name": "Standard_D4ds_v5"},
    "storage": {"storageSizeGB": 128.0},
    "backup": {"geoRedundantBackup": "Disabled"},
}
APP = {
    "template": {
        "containers": [{"resources": {"cpu": 0.25, "memory": "0.5Gi"}}],
        "scale": {"minReplicas": 2, "maxReplicas": 10},
    }
}
ALERT = {"scopes": ["/a"], "criteria": {"allOf": [{"dimensions": [{"values": ["x", "y"]}, {"values": ["z"]}]}]}}


def quantities(kind: str, inputs: dict[str, Any], usage: Usage = ONE, **around: Any) -> dict[str, str]:
    """Meter -> expected quantity, as text, of one resource in West Europe."""
    where = Around("westeurope", usage, around.pop("networks", {}), around)
    found: dict[str, Decimal] = {}
    for quantity in ROWS[kind](Inputs(inputs), where):
        found[quantity.meter] = found.get(quantity.meter, Decimal(0)) + quantity.amount.expected
    return {meter: f"{amount.normalize():f}" for meter, amount in found.items() if amount}


@pytest.mark.parametrize(
    ("kind", "inputs", "expected"),
    [
        ("dbforpostgresql:Server", POSTGRES, {"postgres-vcore-ddsv5": "2920", "postgres-storage": "128"}),
        (
            "dbforpostgresql:Server",
            {**POSTGRES, "highAvailability": {"mode": "SameZone"}},
            {"postgres-vcore-ddsv5": "5840", "postgres-storage": "256"},
        ),
        (
            "dbforpostgresql:Server",
            {**POSTGRES, "sku": {"name": "Standard_B1ms"}, "storage": {"storageSizeGB": 32}},
            {"postgres-b1ms": "730", "postgres-storage": "32"},
        ),
        ("redisenterprise:RedisEnterprise", {"sku": {"name": "Balanced_B5"}}, {"redis-b5": "1460"}),
        (
            "redisenterprise:RedisEnterprise",
            {"sku": {"name": "Balanced_B0"}, "highAvailability": "Disabled"},
            {"redis-b0": "730"},
        ),
        (
            "eventhub:Namespace",
            {"sku": {"name": "Standard", "capacity": 3}},
            {"hubs-standard-unit": "2190", "hubs-standard-events": "1000000"},
        ),
        ("containerregistry:Registry", {"sku": {"name": "Premium"}}, {"registry-premium": "30.4167"}),
        (
            "monitor:ActionGroup",
            {"emailReceivers": [{"name": "a"}, {"name": "b"}], "webhookReceivers": [{"name": "chat"}]},
            {"mail": "2", "webhook": "1"},
        ),
        (
            "storage:StorageAccount",
            {"kind": "StorageV2", "sku": {"name": "Standard_RAGRS"}},
            {"blob-hot-ragrs": "1", "blob-writes-grs": "1", "blob-reads-local": "1", "blob-georeplication": "1"},
        ),
        (
            "storage:StorageAccount",
            {"kind": "StorageV2", "accessTier": "Hot", "sku": {"name": "Standard_ZRS"}},
            {"blob-hot-zrs": "1", "blob-writes-zrs": "1", "blob-reads-zonal": "1"},
        ),
        ("monitor:MetricAlert", ALERT, {"alerts-metric": "2"}),
        ("monitor:MetricAlert", {**ALERT, "scopes": ["/a", "/b"]}, {"alerts-metric": "4"}),
        ("monitor:MetricAlert", {**ALERT, "enabled": False}, {}),
        ("monitor:ScheduledQueryRule", {"evaluationFrequency": "P1D"}, {"alerts-log-15m": "1"}),
        (
            "monitor:ScheduledQueryRule",
            {"evaluationFrequency": "PT5M", "criteria": ALERT["criteria"]},
            {"alerts-log-5m": "1", "alerts-log-series-5m": "1"},
        ),
        (
            "operationalinsights:Workspace",
            {"sku": {"name": "PerGB2018"}, "retentionInDays": 91},
            {"logs-ingestion": "1", "logs-retention": "2"},
        ),
        (
            "operationalinsights:Workspace",
            {"sku": {"name": "PerGB2018"}, "retentionInDays": 30},
            {"logs-ingestion": "1"},
        ),
        ("network:VirtualNetwork", {"enableDdosProtection": False}, {}),
        (
            "cdn:AFDOrigin",
            {"sharedPrivateLinkResource": {"groupId": "managedEnvironments"}},
            {"apps-plan-management": "730"},
        ),
        ("search:Service", {"sku": {"name": "basic"}, "replicaCount": 3}, {"search-basic": "2190"}),
        ("network:BastionHost", {"sku": {"name": "Standard"}}, {"bastion-standard": "730"}),
        ("network:NatGateway", {"sku": {"name": "Standard"}}, {"nat-gateway": "730", "nat-data": "1"}),
    ],
)
def test_inputs_become_quantities_of_meters(kind: str, inputs: dict[str, Any], expected: dict[str, str]) -> None:
    """Hours of a month of 730, twice for a standby, operations as they are declared."""
    assert quantities(kind, inputs) == expected


def test_an_idle_replica_has_the_idle_price_and_a_busy_one_the_active() -> None:
    """Two replicas of a quarter of a vCPU: all idle at low use, all busy at a share of 1, and one hour of a third."""
    low = Usage({key: Range.flat(0) for key in DRIVERS})
    assert quantities("app:ContainerApp", APP, low) == {"apps-vcpu-idle": "1314000", "apps-memory-idle": "2628000"}
    busy = quantities("app:ContainerApp", APP)
    assert busy == {"apps-vcpu-active": str(1314000 + 900), "apps-memory-active": str(2628000 + 1800)}


def test_an_app_that_may_go_to_zero_has_no_idle_price() -> None:
    """https://learn.microsoft.com/azure/container-apps/billing: only a least number above zero makes it eligible."""
    app = {"template": {**APP["template"], "scale": {"minReplicas": 0, "maxReplicas": 1}}}
    assert quantities("app:ContainerApp", app) == {"apps-vcpu-active": "900", "apps-memory-active": "1800"}


def test_more_replicas_than_the_most_are_not_counted() -> None:
    """Declared use is of an environment; an app's own limit is in its inputs."""
    app = {"template": {**APP["template"], "scale": {"minReplicas": 1, "maxReplicas": 1}}}
    usage = Usage({**{key: Range.flat(0) for key in DRIVERS}, "app-extra-replica-hours": Range.flat(100)})
    assert "apps-vcpu-active" not in quantities("app:ContainerApp", app, usage)


def test_backups_are_free_up_to_the_provisioned_storage_and_count_twice_when_copied() -> None:
    """100 GB of backups beside 128 GiB cost nothing; copied abroad, 72 of the 200 do."""
    usage = Usage({**{key: Range.flat(0) for key in DRIVERS}, "postgres-backup-gb": Range.flat(100)})
    assert "postgres-backup-lrs" not in quantities("dbforpostgresql:Server", POSTGRES, usage)
    copied = {**POSTGRES, "backup": {"geoRedundantBackup": "Enabled"}}
    assert quantities("dbforpostgresql:Server", copied, usage)["postgres-backup-lrs"] == "72"
    replica = {**copied, "createMode": "Replica"}
    assert "postgres-backup-lrs" not in quantities("dbforpostgresql:Server", replica, usage)


@pytest.mark.parametrize(("there", "way"), [("westeurope", "here"), ("eastus", "abroad")])
def test_a_peering_costs_more_across_regions(there: str, way: str) -> None:
    """Both ways of its own network; the other end is billed for its own."""
    inputs = {"virtualNetworkName": "vnet-a", "remoteVirtualNetwork": {"id": "/x/virtualNetworks/vnet-b"}}
    networks = {"vnet-a": "westeurope", "vnet-b": there}
    assert quantities("network:VirtualNetworkPeering", inputs, networks=networks) == {
        f"peering-{way}-in": "1",
        f"peering-{way}-out": "1",
    }


def unpriced(kind: str, inputs: dict[str, Any], deployment: str = "westeu-dev-1") -> str:
    """Why a resource has no price."""
    resource = Resource.of("urn::it", f"azure-native:{kind}", {"location": "westeurope", **inputs})
    (priced,) = estimate(deployment, [resource], SHEET, ONE, NO_TERMS).of_kind("unpriced")
    return priced.why


@pytest.mark.parametrize(
    ("kind", "inputs", "why"),
    [
        ("compute:VirtualMachine", {}, "compute:VirtualMachine has no row"),
        (
            "dbforpostgresql:Server",
            {**POSTGRES, "sku": {"name": "Standard_D4xx_v9"}},
            "no price of postgres-vcore-dxxv9",
        ),
        ("dbforpostgresql:Server", {**POSTGRES, "sku": {"name": "Huge"}}, "sku.name is Huge, which is no SKU"),
        ("dbforpostgresql:Server", {**POSTGRES, "storage": {"storageSizeGB": -1}}, "which no price can be for"),
        ("dbforpostgresql:Server", {**POSTGRES, "storage": {"storageSizeGB": "much"}}, "which is no number"),
        ("dbforpostgresql:Server", {**POSTGRES, "storage": {}}, "storage.storageSizeGB is not known yet"),
        (
            "redisenterprise:RedisEnterprise",
            {"sku": {"name": "Enterprise_E10"}},
            "which is no SKU of Azure Managed Redis",
        ),
        ("redisenterprise:RedisEnterprise", {"sku": {"name": "Balanced_B7"}}, "no price of redis-b7"),
        ("eventhub:Namespace", {"sku": {"name": "Premium", "capacity": 1}}, "no price of hubs-premium-unit"),
        ("containerregistry:Registry", {"sku": {"name": "Basic"}}, "no price of registry-basic"),
        ("storage:StorageAccount", {"kind": "StorageV2", "sku": {"name": "Premium_LRS"}}, "only Standard_LRS"),
        ("app:ContainerApp", {"template": {}}, "template.containers is not known yet"),
        ("app:ManagedEnvironment", {"workloadProfiles": [{"workloadProfileType": "D4"}]}, "only Consumption has a row"),
        ("monitor:ActionGroup", {"smsReceivers": [{"name": "a"}]}, "smsReceivers are told"),
        ("monitor:ActionGroup", {"webhookReceivers": [{"useAadAuth": True}]}, "secure webhookReceivers are told"),
        ("monitor:DiagnosticSetting", {"storageAccountId": "/x"}, "storageAccountId is set"),
        ("monitor:ScheduledQueryRule", {"evaluationFrequency": "often"}, "which is no duration"),
        ("network:VirtualNetwork", {"enableDdosProtection": True}, "a protection plan has no row"),
        ("network:Subnet", {"serviceEndpoints": [{"networkIdentifier": {"id": "/x"}}]}, "which has no row"),
        ("network:BastionHost", {"sku": {"name": "Standard"}}, "told by a third party alone"),
        (
            "network:VirtualNetworkPeering",
            {"virtualNetworkName": "a", "remoteVirtualNetwork": {"id": "/b"}},
            "cannot be told",
        ),
        ("keyvault:Vault", {"properties": {"sku": {"name": "premium"}}}, "only standard has a row"),
        ("keyvault:Key", {"properties": {"kty": "RSA-HSM"}}, "only RSA, EC has a row"),
        ("cdn:Profile", {"sku": {"name": "Standard_AzureFrontDoor"}}, "only Premium_AzureFrontDoor has a row"),
        ("dataprotection:BackupInstance", {"properties": {"dataSourceInfo": {"datasourceType": "disks"}}}, "has a row"),
    ],
)
def test_what_no_price_can_be_told_for_is_unpriced_and_says_why(kind: str, inputs: dict[str, Any], why: str) -> None:
    """Never zero, never a guess: unknown SKU, negative size, another tier, a type without a row."""
    assert why in unpriced(kind, inputs)


def test_a_region_without_a_price_is_unpriced() -> None:
    """A meter that was found in six regions has no price in a seventh."""
    assert "no price of redis-b0 in japaneast" in unpriced(
        "redisenterprise:RedisEnterprise", {"location": "Japan East", "sku": {"name": "Balanced_B0"}}
    )


def test_secrets_and_unknowns_are_no_numbers() -> None:
    """A plan's unknown SKU is not known yet, and a secret is never looked into."""
    (unknown, *_) = UNKNOWN_MARKS
    for value in (unknown, {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}):
        inputs = {"sku": {"name": value}}
        assert "sku.name is not known yet" in unpriced("redisenterprise:RedisEnterprise", inputs)


def test_the_marks_of_pulumis_wire_form_are_pulumis() -> None:
    """The room of money imports no engine, so it writes them once more; they are the same."""
    assert UNKNOWN_STRINGS == UNKNOWN_MARKS
    assert PULUMIS == SIGNATURE


def test_every_type_that_the_stand_in_knows_has_a_row_or_is_free() -> None:
    """Nothing that the program can deploy is unpriced only because nobody thought of it."""
    kinds = {Resource.of("urn::it", token, {}).kind for token in TYPES}
    assert sorted(kinds - set(ROWS) - set(FREE)) == []


def test_no_type_is_billed_and_free_at_once() -> None:
    """One answer a type."""
    assert set(ROWS) & set(FREE) == set()
