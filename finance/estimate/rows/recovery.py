"""Backups kept in a vault. https://azure.microsoft.com/pricing/details/backup/."""

from collections.abc import Iterator
from typing import Final

from finance.estimate.inputs import Inputs, UnreadableError
from finance.estimate.rows.reading import Around, Quantity, fixed, only, used

_BLOBS: Final = ("Microsoft.Storage/storageAccounts/blobServices",)
_COPIES: Final = {"LocallyRedundant": "lrs", "ZoneRedundant": "zrs", "GeoRedundant": "grs"}


def backup_instance(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """A protected account by the month, GB in its vault by the vault's redundancy, and writes to it."""
    only(inputs, "properties.dataSourceInfo.datasourceType", _BLOBS)
    copies = _COPIES[only(_vault(inputs, around), "type", _COPIES)]
    usage = around.usage
    yield fixed("backup-blob-instance", 1, "protected account")
    yield used(f"backup-stored-{copies}", usage.of("backup-gb"), f"in the vault, {copies.upper()}")
    yield used(f"backup-blob-writes-{copies}", usage.of("backup-writes"), "writes to the vault")


def _vault(inputs: Inputs, around: Around) -> Inputs:
    """The storage settings of the vault that it lies in."""
    name = inputs.text("vaultName")
    for vault in around.inputs_of.get("dataprotection:BackupVault", ()):
        settings = vault.items("properties.storageSettings")
        if vault.text("vaultName", "") == name and settings:
            return settings[0]
    raise UnreadableError(f"the redundancy of vault {name} cannot be told")
