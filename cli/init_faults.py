"""What Azure may answer to `cfctl init`, told as a fault: what it means here, and what to type next.

A row a code of Azure; what is in no row is told with Azure's own words. Every one of these leaves what was made before
it, and the same command goes on from there.
"""

from collections.abc import Callable, Mapping
from typing import Final

from cidr import Fault
from cli.arm_client import ArmRefusedError
from cli.state_requests import StateRequest
from components.account.state_plan import StatePlan
from components.network.watchers import watcher_name

STACK_FILE: Final = "stacks/Pulumi.account.yaml"
_AGAIN: Final = "then run the same command again"

Teller = Callable[[StatePlan, StateRequest], tuple[str, str, str]]
"""What is wrong, what is allowed, what to type next."""


def _no_permission(_plan: StatePlan, request: StateRequest) -> tuple[str, str, str]:
    scope = f"/subscriptions/{request.subscription_id}"
    return (
        f"you may not make the {request.what} {request.name}",
        f"who has the role Owner on {scope}, or Contributor and Role Based Access Control Administrator",
        f"have an owner type: az role assignment create --assignee <you> --role Owner --scope {scope}, {_AGAIN}",
    )


def _taken(plan: StatePlan, request: StateRequest) -> tuple[str, str, str]:
    return (
        f"the name {request.name} of the {request.what} is taken, by somebody somewhere: there is one in the world",
        "a name that nobody has; it is made of application_code",
        f"write another application_code than {plan.names.application_code!r} in every stack file, {_AGAIN}",
    )


def _soft_deleted(plan: StatePlan, request: StateRequest) -> tuple[str, str, str]:
    return (
        f"the {request.what} {request.name} was deleted and is still kept, with the keys of every state",
        "the vault as it was: only its keys open the states that there are",
        f"az keyvault recover --name {plan.vault} --subscription {plan.subscription_id}, {_AGAIN}",
    )


def _key_soft_deleted(plan: StatePlan, request: StateRequest) -> tuple[str, str, str]:
    return (
        f"the {request.what} {request.name} was deleted and is still kept",
        "the key as it was: only it opens the states that it sealed",
        f"az keyvault key recover --vault-name {plan.vault} --name {request.name}, {_AGAIN}",
    )


def _unregistered(_plan: StatePlan, request: StateRequest) -> tuple[str, str, str]:
    namespace = request.arm_id.rpartition("/providers/")[2].partition("/")[0]
    return (
        f"the subscription has not been registered for {namespace}",
        "a subscription that is registered for what is made in it",
        f"az provider register --namespace {namespace} --subscription {request.subscription_id} --wait, {_AGAIN}",
    )


def _elsewhere(plan: StatePlan, request: StateRequest) -> tuple[str, str, str]:
    return (
        f"the {request.what} {request.name} is in another region than {plan.location}",
        "the region in which it was made: it cannot be moved",
        f"write that region in {STACK_FILE}, {_AGAIN}",
    )


def _locked(plan: StatePlan, request: StateRequest) -> tuple[str, str, str]:
    return (
        f"a lock keeps the {request.what} {request.name} from being changed",
        "no lock of the level ReadOnly on the state's group",
        f"az lock list --resource-group {plan.group} --subscription {plan.subscription_id}",
    )


def _policy(_plan: StatePlan, request: StateRequest) -> tuple[str, str, str]:
    return (
        f"a policy of your organization forbids the {request.what} {request.name}",
        "what the policy allows, or an exemption from it",
        f"az policy state list --subscription {request.subscription_id} --filter \"complianceState eq 'NonCompliant'\"",
    )


def _another_watcher(_plan: StatePlan, request: StateRequest) -> tuple[str, str, str]:
    """A tool that names them in its own way was first."""
    location = request.name.removeprefix(watcher_name(""))
    disable = f"az network watcher configure --locations {location} --enabled false"
    return (
        f"{location} has a network watcher of another name than {request.name}, and a region has one",
        "the name that Azure gives: flow logs are made under it",
        f"{disable} --subscription {request.subscription_id} (its flow logs go with it), {_AGAIN}",
    )


# Codes: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors,
# https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-storage-account-name and
# https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
TELLERS: Final[Mapping[str, Teller]] = {
    "AuthorizationFailed": _no_permission,
    "LinkedAuthorizationFailed": _no_permission,
    "StorageAccountAlreadyTaken": _taken,
    "StorageAccountAlreadyExists": _taken,
    "VaultAlreadyExists": _taken,
    "ConflictError": _soft_deleted,
    "Conflict": _key_soft_deleted,
    "MissingSubscriptionRegistration": _unregistered,
    "InvalidResourceGroupLocation": _elsewhere,
    "InvalidResourceLocation": _elsewhere,
    "ScopeLocked": _locked,
    "RequestDisallowedByPolicy": _policy,
    "NetworkWatcherCountLimitReached": _another_watcher,
}


# What Azure says of many things, and means what stands above of one alone.
_OF_ONE: Final[Mapping[str, str]] = {"ConflictError": "key vault", "Conflict": "key"}


def fault_of(error: ArmRefusedError, plan: StatePlan, request: StateRequest) -> Fault:
    """What Azure answered to one request, for a person."""
    meant = _OF_ONE.get(error.code, request.what) == request.what
    teller = TELLERS.get(error.code) if meant else None
    if teller is None:
        what = f"Azure refuses the {request.what} {request.name}: {error}"
        step = f"see to what Azure says, {_AGAIN}; what was made stays"
        return Fault(where=request.arm_id, what=what, allowed="", next_step=step)
    what, allowed, step = teller(plan, request)
    return Fault(where=request.arm_id, what=f"{what} ({error.code})", allowed=allowed, next_step=step)


def not_signed_in(plan: StatePlan) -> Fault:
    """Nobody is signed in to Azure here, or the sign-in has run out."""
    return Fault(
        where="Azure",
        what="nobody is signed in to Azure on this machine, or the sign-in has run out",
        allowed=f"a sign-in to the tenant {plan.tenant_id} (Azure CLI, environment or managed identity)",
        next_step=f"az login --tenant {plan.tenant_id}",
    )


def _key_of(plan: StatePlan, subscription: str) -> str:
    """The key of the account's file under which the subscription stands."""
    return "subscription_id" if subscription == plan.subscription_id else "environments subscription_id"


def wrong_subscription(plan: StatePlan, subscription: str, said: str) -> Fault:
    """The subscription is not there, or not for who is signed in."""
    return Fault(
        where=f"{STACK_FILE} {_key_of(plan, subscription)}",
        what=f"whoever is signed in sees no subscription {subscription} ({said})",
        allowed="a subscription of the tenant, that you have a role in",
        next_step=f"az account list --query '[].[id, name, tenantId]', and write its id in {STACK_FILE}",
    )


def wrong_tenant(plan: StatePlan, subscription: str, tenant: str) -> Fault:
    """The subscription belongs to another tenant than the settings say."""
    return Fault(
        where=f"{STACK_FILE} tenant_id",
        what=f"the subscription {subscription} belongs to the tenant {tenant}, not to {plan.tenant_id}",
        allowed="the tenant of the subscription",
        next_step=f"write `tenant_id: {tenant}` in {STACK_FILE}, or another {_key_of(plan, subscription)}",
    )


def unreachable(base: str, error: Exception) -> Fault:
    """Nobody answered."""
    return Fault(
        where=base,
        what=f"Azure Resource Manager does not answer: {error}",
        allowed="a way to it over https",
        next_step="see to the network (HTTPS_PROXY is respected), then run the same command again",
    )
