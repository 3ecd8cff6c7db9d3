"""Locks on what holds data and cannot be made again: nobody deletes it, nor a group with it inside, by mistake.

Made last and removed first: a lock waits for every other resource of the deployment, so that a destroy takes the locks
away before anything that they hold (ScopeLocked). What an up would delete or replace under a lock it cannot: turn the
locks off in the stack file, up, and turn them on again; the two commits are the record of it. A lock forbids the delete
of a resource, of all inside it and of roles on it, and no other change.
https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization

from components.place import Place


@dataclass(frozen=True, kw_only=True)
class LocksArgs:
    """`scopes`: ids of what is locked, by logical name. Raises ValueError without any."""

    place: Place
    scopes: Mapping[str, pulumi.Input[str]]

    def __post_init__(self) -> None:
        if not self.scopes:
            raise ValueError("there is nothing to lock: name the scopes, or leave the locks out")


class Locks(pulumi.ComponentResource):
    """A lock a scope. `depends_on` of the options: all else in the deployment."""

    def __init__(self, name: str, args: LocksArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("complianceflow:components:Locks", name, None, opts)
        before = opts.depends_on
        for key, scope in args.scopes.items():
            authorization.ManagementLockByScope(
                f"{name}-{key}",
                scope=scope,
                lock_name=args.place.names.of("lock"),
                level=authorization.LockLevel.CAN_NOT_DELETE,
                notes=f"{args.place.names.deployment} stays: turn its locks off in the stack file before a delete",
                opts=pulumi.ResourceOptions(parent=self, depends_on=before),
            )
        self.register_outputs({})
