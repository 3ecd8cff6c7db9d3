"""What only deployments that stay have, for the day on which something is lost: standby, replica, backups, locks.

A deployment that comes and goes has none of it: its data is exported before it goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pulumi

from components.guarding.everything import Everything
from components.guarding.locks import Locks, LocksArgs
from components.network.security_rules import Neighbours
from components.recovery.backup_vault import BackedUpBlobs, BackupVault, BackupVaultArgs
from components.recovery.postgres_replica import PostgresReplica, PostgresReplicaArgs
from components.recovery.standby import Standby, StandbyArgs
from deployments.blueprint import Blueprint
from deployments.catalogue.hubs import DEAD_LETTER_CONTAINER
from deployments.data import Data, size_of
from deployments.foundations import Foundations

_NOT_BACKED_UP: Final = frozenset({DEAD_LETTER_CONTAINER, "ingest", "exports"})  # they go by a rule within days


@dataclass(frozen=True, kw_only=True)
class Safety:
    """What a persistent deployment has beside the others. `groups`: resource groups for its budget to count.

    `locked`: ids of what holds data that only it adds, by logical name.
    """

    groups: tuple[pulumi.Input[str], ...] = ()
    locked: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])


def secure(
    blueprint: Blueprint,
    base: Foundations,
    data: Data,
    opts: pulumi.ResourceOptions,
    *,
    joined: pulumi.Resource | None = None,
) -> Safety:
    """Declare standby, replica and backups. `joined`: the peering to the global network, whose turn comes first."""
    if blueprint.settings.ephemeral:
        return Safety()
    settings, region = blueprint.settings, blueprint.region
    after = pulumi.ResourceOptions(depends_on=[joined] if joined is not None else [])
    standby = Standby(
        "standby",
        StandbyArgs(
            place=base.place,
            network=base.network,
            location=region.paired,
            plan=blueprint.halves.standby,
            workspace_id=base.logs.id,
            neighbours=Neighbours(replicas=(str(blueprint.halves.own.slot("db").network),)),
        ),
        pulumi.ResourceOptions.merge(opts, after),
    )
    replica = PostgresReplica(
        "replica",
        PostgresReplicaArgs(
            place=standby.place,
            size=size_of(blueprint),
            tenant_id=settings.tenant_id,
            source_id=data.postgres.id,
            source_created_at=data.postgres.created_at,
            network_id=standby.network.id,
            network_guid=standby.network.resource_guid,
            subnet_id=standby.network.subnet_ids["db"],
            zone_place=base.place,
            zone_id=data.postgres_zone.id,
            zone_name=data.postgres_zone.name,
            workspace_id=base.logs.id,
        ),
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[data.postgres, standby.peering])),
    )
    backup = BackupVault(
        "backup",
        BackupVaultArgs(
            place=base.place,
            subscription_id=settings.subscription_id,
            workspace_id=base.logs.id,
            blobs=BackedUpBlobs(
                account_id=data.storage.id,
                account_name=data.storage.name,
                containers=[row.name for row in blueprint.runs.containers if row.name not in _NOT_BACKED_UP],
            ),
        ),
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[data.storage])),
    )
    return Safety(groups=(standby.group,), locked={"replica": replica.id, "backup": backup.id})


def lock(
    blueprint: Blueprint,
    base: Foundations,
    data: Data,
    safety: Safety,
    opts: pulumi.ResourceOptions,
    *,
    everything: Everything,
) -> None:
    """Lock what holds data, last of all, so that a delete takes the locks first. Where the settings say so."""
    if not blueprint.settings.locked:
        return
    own = {"postgres": data.postgres.id, "storage": data.storage.id, "vault": base.vault.id}
    Locks(
        "lock",
        LocksArgs(place=base.place, scopes={**own, **safety.locked}),
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=everything.resources)),
    )
