# ruff: noqa: S106 - a token is the name of a type
"""Backups of a flexible server that somebody asked for, one at a time. Azure's own daily ones are not modelled.

A backup of the stand-in is its record alone: it says that one was made and when, and there is nothing to restore.
https://learn.microsoft.com/azure/postgresql/backup-restore/concepts-backup-restore#on-demand-backups
"""

from sandbox.azure import arm_ids
from sandbox.azure.model import Computed, Durations, NameRule, ResourceType, Serial

from .common import ESTIMATE, SYSTEM_DATA, iso
from .postgres import SERVER, SERVER_PATH
from .postgres_replicas import server_takes_writes

BACKUP = ResourceType(
    token="dbforpostgresql:BackupsAutomaticAndOnDemand",
    path=SERVER_PATH + "/backups/{backupName}",
    name=NameRule(
        pattern=r"[-\w.]+",
        least=1,
        most=128,
        code="InvalidBackupName",
        allowed="1 to 128 letters, digits, '-', '_' and '.'",
        source="https://learn.microsoft.com/rest/api/postgresql/backups-automatic-and-on-demand/create (no code)",
        spec=r"^[-\w\._]+$",
    ),
    durations=Durations(create=180, update=180, delete=30, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.dbforpostgresql/2025-08-01/flexibleservers/backups",
    location="none",
    defaults={"backupType": "Customer On-Demand", "source": "Full"},
    computed={"completedTime": Computed(lambda write: iso(write.now)), "systemData": SYSTEM_DATA},
    serial=(
        Serial(
            scope=lambda arm_id, _: arm_ids.parent(arm_id),
            code=SERVER.serial[0].code,
            message=SERVER.serial[0].message,
            source=SERVER.serial[0].source,
        ),
    ),
    rules=(server_takes_writes,),
    provisioning_state="",
)

TYPES = (BACKUP,)
