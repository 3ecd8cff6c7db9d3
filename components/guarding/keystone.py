"""The keystone: the one resource of a deployment that is made last of all, and so deleted first: its workbook.

A destroy that cannot delete it deletes nothing, since all the rest waits for it. So it carries two guards, also against
a plain `pulumi destroy`: in a deployment that stays it is protected in the state (protection.py), and every deployment
that needs another holds that one's keystone by a lock of its own, which Azure names in its refusal (ScopeLocked).
https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
"""

import pulumi
from pulumi_azure_native import authorization

from components.conventions import Names


class Hold(pulumi.ComponentResource):
    """A lock of `holder` on another deployment's keystone; it goes with the holder.

    keystone: ARM id. held: whose it is, for people. `depends_on` of the options: all else of the holder, so that its
    teardown begins with the lock and needs nothing of the other one after it.
    """

    def __init__(
        self, name: str, keystone: pulumi.Input[str], holder: Names, held: str, opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__("complianceflow:components:Hold", name, None, opts)
        authorization.ManagementLockByScope(
            f"{name}-lock",
            scope=keystone,
            lock_name=holder.of("lock"),
            level=authorization.LockLevel.CAN_NOT_DELETE,
            notes=f"{holder.deployment} is up and needs {held}: take {holder.deployment} down first",
            opts=pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on),
        )
        self.register_outputs({})
