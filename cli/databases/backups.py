"""The fresh backup without which no persistent deployment is migrated: looked for, made where there is none."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from cidr import Fault
from cli.arm_client import ArmRefusedError
from cli.databases.hosts import JobHost
from cli.failures import RefusedError
from components.data import backup_rules


def fresh_backup(say: Callable[[str], None], host: JobHost) -> Mapping[str, str]:
    """When the newest backup was completed, once it is fresh. Raises RefusedError where none can be had."""
    where, now = f"{host.server_id}/{backup_rules.COLLECTION}", datetime.now(UTC)
    name = backup_rules.name_at(now)
    try:
        if (newest := _newest(host, where)) and backup_rules.is_fresh(newest, now):
            return _told(newest)
        say(f"no backup of {host.settings.deployment} is newer than {backup_rules.FRESH}: {name} is made first")
        host.client.put(f"{where}/{name}", backup_rules.API_VERSION, {})
        waited = 0.0
        while waited < backup_rules.DEADLINE:
            if (newest := _newest(host, where)) and backup_rules.is_fresh(newest, now):
                return _told(newest)
            host.sleep(host.pause)
            waited += host.pause
        problem = f"{name} was asked for and is not completed after {waited:.0f} s"
    except ArmRefusedError as error:
        problem = str(error)
    raise RefusedError(
        Fault(
            where=where,
            what=f"no fresh backup: {problem}",
            allowed=f"a completed backup that is not older than {backup_rules.FRESH}",
            next_step=f"az postgres flexible-server backup list -g {host.names.of('resource_group')} "
            f"--name {host.names.of('postgres_server')}",
        )
    )


def _newest(host: JobHost, where: str) -> datetime | None:
    return backup_rules.newest(host.client.get(where, backup_rules.API_VERSION) or {})


def _told(completed: datetime) -> Mapping[str, str]:
    return {"completed": f"{completed.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
