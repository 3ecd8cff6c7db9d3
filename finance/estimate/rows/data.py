"""Databases, caches, storage, vaults, search: what their inputs are billed as."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from finance.estimate.inputs import Inputs, UnreadableError
from finance.estimate.rows.reading import HOURS, Around, Quantity, fixed, only, used
from finance.money import EXACT

_SKU: Final = re.compile(r"Standard_(?P<letter>[BDE])(?P<cores>[0-9]+)(?P<rest>[a-z]*)(?:_(?P<version>v[0-9]+))?")
_REDIS: Final = re.compile(r"(Balanced|MemoryOptimized|ComputeOptimized)_(?P<size>[BMX][0-9]+)")


def postgres(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """A flexible server: compute by vCore or by burstable size, and GiB of storage, both twice with a standby.

    A replica is a server of its own. Backups are free up to the provisioned storage; a geo-redundant one counts twice.
    https://learn.microsoft.com/azure/postgresql/backup-restore/concepts-backup-restore#backup-storage-cost
    """
    name = inputs.text("sku.name")
    sku = _SKU.fullmatch(name)
    if sku is None:
        raise UnreadableError(f"sku.name is {name}, which is no SKU of the B, D and E families")
    replica = inputs.text("createMode", "Default") == "Replica"
    standby = inputs.text("highAvailability.mode", "Disabled") != "Disabled"
    nodes = 2 if standby else 1
    if sku["letter"] == "B":
        meter, hours = f"postgres-{name.removeprefix('Standard_').lower()}", HOURS * nodes
    else:
        family = f"{sku['letter']}{sku['rest']}{sku['version'] or ''}".lower()
        meter, hours = f"postgres-vcore-{family}", HOURS * nodes * int(sku["cores"])
    yield fixed(meter, hours, f"{name}{', with a standby' if standby else ''}")
    storage = inputs.number("storage.storageSizeGB")
    yield fixed("postgres-storage", storage * nodes, f"{storage} GiB{', with a standby' if standby else ''}")
    if not replica:
        copies = 2 if inputs.text("backup.geoRedundantBackup", "Disabled") == "Enabled" else 1
        beyond = (around.usage.of("postgres-backup-gb") * copies).each(lambda gb: max(gb - storage, Decimal(0)))
        yield used("postgres-backup-lrs", beyond, f"backups beyond {storage} GiB")


def redis(inputs: Inputs, _: Around) -> Iterator[Quantity]:
    """Azure Managed Redis: its size by the hour, two nodes where it is highly available, which it is unless told not.

    https://learn.microsoft.com/azure/redis/high-availability
    """
    name = inputs.text("sku.name")
    sku = _REDIS.fullmatch(name)
    if sku is None:
        raise UnreadableError(f"sku.name is {name}, which is no SKU of Azure Managed Redis that has a row")
    both = inputs.text("highAvailability", "Enabled") == "Enabled"
    meter = f"redis-{sku['size'].lower()}"
    yield fixed(meter, HOURS * (2 if both else 1), f"{name}{', two nodes' if both else ', one node'}")


def storage_account(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """Blobs: GB by redundancy, writes and reads; and what is copied to the paired region.

    All blobs are counted as hot: what a lifecycle rule has moved is cheaper. Writes to a geo-redundant account have one
    price, readable or not. https://learn.microsoft.com/azure/storage/common/storage-redundancy
    """
    only(inputs, "kind", ("StorageV2",))
    if (tier := inputs.text("accessTier", "Hot")) != "Hot":
        raise UnreadableError(f"accessTier is {tier}, and only Hot has a row")
    kinds = {f"Standard_{key}": key.lower() for key in ("LRS", "ZRS", "GRS", "RAGRS", "GZRS", "RAGZRS")}
    redundancy = kinds[only(inputs, "sku.name", kinds)]
    zonal = "zrs" in redundancy
    usage = around.usage
    yield used(f"blob-hot-{redundancy}", usage.of("blob-gb"), f"blobs, {redundancy.upper()}")
    yield used(f"blob-writes-{redundancy.removeprefix('ra')}", usage.of("blob-writes"), "writes")
    yield used("blob-reads-zonal" if zonal else "blob-reads-local", usage.of("blob-reads"), "reads")
    if redundancy.removeprefix("ra").startswith("g"):
        yield used("blob-georeplication", usage.of("blob-replicated-gb"), "copied to the paired region")


def vault(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """A standard vault: operations alone. https://azure.microsoft.com/pricing/details/key-vault/."""
    only(inputs, "properties.sku.name", ("standard",))
    yield used("vault-operations", around.usage.of("vault-operations"), "operations")


def key(inputs: Inputs, _: Around) -> Iterator[Quantity]:
    """A key in software costs nothing to keep; its operations are its vault's."""
    only(inputs, "properties.kty", ("RSA", "EC"))
    yield from ()


def search(inputs: Inputs, _: Around) -> Iterator[Quantity]:
    """AI Search: replicas times partitions. https://learn.microsoft.com/azure/search/search-sku-manage-costs."""
    tier = inputs.text("sku.name")
    units = EXACT.multiply(inputs.number("replicaCount", 1), inputs.number("partitionCount", 1))
    yield fixed(f"search-{tier.lower()}", HOURS * units, f"{tier}, {units} units")
