"""Retries live in the program, in one error hook, so that every engine converges alike: the CLI and the sandbox.

A failed create, update or delete is tried again when Azure's code stands in the table below. A code may stand there
only if Azure refuses with it before anything is changed, for a reason that passes by itself: then the same request
is safe. Refusals that stay (policy, quota, a taken name) and half-done work are not for here.

The engine runs no error hook during a plain destroy (the program does not run); the failure then shows as it is.
"""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi.runtime import register_stack_transformation

from components.waiting import wait

HOOK_NAME: Final = "retry-what-azure-refuses-for-now"
ALL_OPERATIONS: Final = frozenset({"create", "update", "delete"})

# `Status=409 Code="X" Message="…"` of azure-native, `ERROR CODE: X` of the Azure SDK beneath it; the message of one
# refusal may speak of another code, so only the code's own place counts.
_CODE = re.compile(r'(?:\bCode="?|ERROR CODE: )(\w+)')


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often and how slowly to try again: `first` seconds, doubled each time up to `longest`, `attempts` tries."""

    source: str
    first: float = 10.0
    longest: float = 60.0
    attempts: int = 10
    operations: frozenset[str] = ALL_OPERATIONS

    def pause(self, failures: int) -> float:
        """Seconds to wait after that many failures (from 1)."""
        return min(self.longest, self.first * 2.0 ** (failures - 1))


_ISSUES = "https://github.com/pulumi/pulumi-azure-native/issues"
_AZURERM = "https://github.com/hashicorp/terraform-provider-azurerm/issues"
_THROTTLING = "https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling"

TRANSIENT: Final[Mapping[str, Retry]] = {
    # Two writes on one parent: a subnet beside a peering of another stack.
    "AnotherOperationInProgress": Retry(source=f"{_ISSUES}/903"),
    "RetryableErrorDueToAnotherOperation": Retry(source=f"{_ISSUES}/3720"),
    # A target takes one endpoint at a time, each of one to two minutes: the regionals of an environment queue for its
    # registry, its hubs and the account's storage. Asked seldom, a place that is free would be missed.
    "RetryableError": Retry(source=f"{_ISSUES}/3720", longest=20.0, attempts=60),
    "StorageAccountOperationInProgress": Retry(source=f"{_AZURERM}/21293", longest=20.0, attempts=60),
    "ReferencedResourceNotProvisioned": Retry(source=f"{_AZURERM}/3780"),
    # A Postgres server takes one write at a time and is busy for a while after it was made.
    "ServerIsBusy": Retry(source="https://github.com/Azure/azure-postgresql/issues/134"),
    "ServerBusy": Retry(source="https://github.com/Azure/azure-postgresql/issues/134"),
    "ManagedEnvironmentOperationInProgress": Retry(
        source="https://github.com/microsoft/azure-container-apps/issues/157"
    ),
    # Entra tells the role service of a new identity after minutes.
    "PrincipalNotFound": Retry(
        source="https://learn.microsoft.com/azure/role-based-access-control/troubleshooting",
        first=15.0,
        attempts=12,
        operations=frozenset({"create"}),
    ),
    # A service leaves its link on a delegated subnet for minutes after it is gone.
    "InUseSubnetCannotBeDeleted": Retry(
        source="https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-subnet",
        first=30.0,
        operations=frozenset({"delete"}),
    ),
    "TooManyRequests": Retry(source=_THROTTLING, first=20.0, longest=120.0),
    "SubscriptionRequestsThrottled": Retry(source=_THROTTLING, first=20.0, longest=120.0),
}


def retry_for(operation: str, errors: list[str]) -> float | None:
    """Seconds to wait before the next try, or None when there shall be none.

    `errors`: what each try said, the newest first, as Pulumi gives them; the newest one decides.
    """
    found = _CODE.search(errors[0]) if errors else None
    row = TRANSIENT.get(found[1]) if found else None
    if row is None or operation not in row.operations or len(errors) >= row.attempts:
        return None
    return row.pause(len(errors))


async def _on_error(args: pulumi.ErrorHookArgs) -> bool:
    pause = retry_for(args.failed_operation, args.errors)
    if pause is None:
        return False
    await wait(pause)
    return True


def attach_to_everything() -> None:
    """Give every resource of azure-native that is declared from now on the error hook. Call once a program.

    A transformation of the stack does it in this process. A transform (the newer kind) would go to the engine and
    back for every resource, and an option of each component could be forgotten.
    """
    hook = pulumi.ErrorHook(HOOK_NAME, _on_error)

    def attach(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith("azure-native:"):
            return None
        options = copy.copy(args.opts)
        options.hooks = pulumi.ResourceHookBinding.merge(options.hooks, pulumi.ResourceHookBinding(on_error=[hook]))
        return pulumi.ResourceTransformationResult(args.props, options)

    register_stack_transformation(attach)
