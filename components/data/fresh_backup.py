"""A backup that is not older than a day, before a job may change the tables of a server whose data stays.

Looked for, and made where there is none: so a person who deploys has nothing to prepare, and nothing to forget.
"""

from datetime import UTC, datetime

import pulumi

from components import arm_action
from components.data import backup_rules


async def require_fresh_backup(server_id: str, provider: pulumi.ProviderResource) -> None:
    """Return once a server has one. Raises ArmActionError where it cannot be had."""
    where = f"{server_id}/{backup_rules.COLLECTION}"
    listed = await arm_action.read(where, backup_rules.API_VERSION, provider)
    now = datetime.now(UTC)
    if backup_rules.is_fresh(backup_rules.newest(listed), now):
        return
    pulumi.log.info(f"no backup of {server_id.rpartition('/')[2]} is newer than {backup_rules.FRESH}: one is made")
    action = arm_action.ArmAction(
        resource_id=f"{where}/{backup_rules.name_at(now)}",
        name="",
        api_version=backup_rules.API_VERSION,
        deadline=backup_rules.DEADLINE,
    )
    await arm_action.run(action, provider)
    listed = await arm_action.read(where, backup_rules.API_VERSION, provider)
    if not backup_rules.is_fresh(backup_rules.newest(listed), now):
        raise arm_action.ArmActionError(f"{action}: Azure said that it is made, and lists none: look there, then up")
