"""Who is signed in, to which tenant, what the subscription is and what one may do there, what it is registered for."""

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from cidr import Fault
from preflight.asking import Answer, Object
from preflight.model import ANY, CHANGING, Check, Fine, NotChecked, Subject, Verdict
from preflight.requests import Request, arm
from stacks import AccountSettings

# https://learn.microsoft.com/rest/api/resources/subscriptions/get
_SUBSCRIPTIONS: Final = "2022-12-01"
# https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
_AUTHORIZATION: Final = "2022-04-01"
# https://learn.microsoft.com/rest/api/resources/providers/list
PROVIDERS_VERSION: Final = "2021-04-01"
# A subscription past due still answers and takes no writes: https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-states
_WRITABLE: Final = frozenset({"Enabled", "Warned"})

NEEDED: Final[Mapping[str, str]] = {
    "Microsoft.Resources/subscriptions/resourceGroups/write": "make resource groups",
    "Microsoft.Authorization/roleAssignments/write": "give roles to the deployment's identities",
    "Microsoft.Consumption/budgets/write": "make the budget",
}
"""What a deployment that comes up does at subscription scope, and a word for it."""
NEEDED_DOWN: Final[Mapping[str, str]] = {
    "Microsoft.Resources/subscriptions/resourceGroups/delete": "delete resource groups",
    "Microsoft.Authorization/roleAssignments/delete": "take roles from the deployment's identities",
    "Microsoft.Consumption/budgets/delete": "delete the budget",
}
"""And one that goes down: what reaps may do no more (components/account/reaper_role.py)."""


def _always(_: Subject) -> bool:
    return True


def _persistent(subject: Subject) -> bool:
    return not isinstance(subject.settings, AccountSettings) and not subject.settings.ephemeral


def _searching(subject: Subject) -> bool:
    return not isinstance(subject.settings, AccountSettings) and subject.settings.options.ai_search is not None


def _deployment(subject: Subject) -> bool:
    return not isinstance(subject.settings, AccountSettings)


# MissingSubscriptionRegistration (409) otherwise.
# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types
NAMESPACES: Final[Mapping[str, Callable[[Subject], bool]]] = {
    "Microsoft.App": _deployment,
    "Microsoft.Authorization": _always,
    "Microsoft.Cache": _deployment,
    "Microsoft.Consumption": _always,
    "Microsoft.ContainerRegistry": _deployment,
    "Microsoft.DBforPostgreSQL": _deployment,
    "Microsoft.EventHub": _deployment,
    "Microsoft.Insights": _always,
    "Microsoft.KeyVault": _always,
    "Microsoft.ManagedIdentity": _always,
    "Microsoft.Network": _always,
    "Microsoft.OperationalInsights": _always,
    "Microsoft.Storage": _always,
    "Microsoft.Cdn": _persistent,
    "Microsoft.DataProtection": _persistent,
    "Microsoft.Search": _searching,
}


def _signed_in(subject: Subject, _: Mapping[str, Answer]) -> Iterator[Verdict]:
    tenant = subject.settings.tenant_id
    step = f"az login --tenant {tenant}"
    if subject.caller is None:
        yield Fault(
            where="Azure",
            what=f"nobody is signed in to Azure on this machine: {subject.not_signed_in}",
            allowed=f"a sign-in to the tenant {tenant} (Azure CLI, environment, workload or managed identity)",
            next_step=step,
        )
    elif subject.caller.tenant_id != tenant:
        yield Fault(
            where=f"{subject.where} tenant_id",
            what=f"{subject.caller.name} is signed in to the tenant {subject.caller.tenant_id}, not to {tenant}",
            allowed="the tenant of the settings",
            next_step=f"{step}, or write the tenant's id in {subject.where}",
        )
    else:
        yield Fine(f"{subject.caller.name}, tenant {tenant}")


def _subscriptions(subject: Subject) -> dict[str, Request]:
    return {it: arm(f"/subscriptions/{it}", _SUBSCRIPTIONS) for it in subject.subscriptions}


def _subscription(subject: Subject, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    tenant = subject.settings.tenant_id
    for subscription, answer in answers.items():
        where = f"{subject.where} subscription_id"
        if answer.status in {403, 404}:
            yield Fault(
                where=where,
                what=f"whoever is signed in sees no subscription {subscription} ({answer.code})",
                allowed="a subscription of the tenant, that you have a role in",
                next_step=f"az account list --query '[].[id, name, tenantId]', and write its id in {subject.where}",
            )
        elif (state := str(answer.body.get("state"))) not in _WRITABLE:
            yield Fault(
                where=where,
                what=f"the subscription {subscription} is {state}: Azure makes nothing in it",
                allowed="a subscription that is Enabled",
                next_step=f"have its owner enable it: az account subscription enable --id {subscription}",
            )
        elif (found := str(answer.body.get("tenantId", "")).lower()) != tenant:
            yield Fault(
                where=f"{subject.where} tenant_id",
                what=f"the subscription {subscription} belongs to the tenant {found}, not to {tenant}",
                allowed="the tenant of the subscription",
                next_step=f"write `tenant_id: {found}` in {subject.where}, or another subscription_id",
            )
        else:
            yield Fine(f"{answer.body.get('displayName')} ({subscription}), {state}")


def _rights_of(subject: Subject) -> dict[str, Request]:
    mine = f"assignedTo('{subject.caller.object_id}')" if subject.caller else "atScope()"
    requests: dict[str, Request] = {}
    for it in subject.subscriptions:
        base = f"/subscriptions/{it}/providers/Microsoft.Authorization"
        requests[f"assignments {it}"] = arm(f"{base}/roleAssignments", _AUTHORIZATION, filter=mine)
        requests[f"definitions {it}"] = arm(f"{base}/roleDefinitions", _AUTHORIZATION)
    return requests


def _rights(subject: Subject, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    needed = NEEDED_DOWN if subject.command == "down" else NEEDED
    for it in subject.subscriptions:
        scope = f"/subscriptions/{it}"
        # Those of a part of the subscription give nothing at its own scope; those from above do.
        given = {
            str(_properties(row).get("roleDefinitionId", "")).rpartition("/")[2].lower()
            for row in answers[f"assignments {it}"].rows
            if scope.startswith(str(_properties(row).get("scope", scope)).rstrip("/")) or _is_above(row)
        }
        known = {str(row.get("name", "")).lower(): row for row in answers[f"definitions {it}"].rows}
        roles = [known[role] for role in given if role in known]
        lacking = [word for action, word in needed.items() if not any(_allows(role, action) for role in roles)]
        names = sorted(str(_properties(role).get("roleName")) for role in roles)
        if given - known.keys() and lacking:
            yield NotChecked(
                f"{len(given - known.keys())} of your roles on {scope} have no definition that you can read"
            )
        elif lacking:
            who = subject.caller.object_id if subject.caller else "<you>"
            yield Fault(
                where=scope,
                what=f"you may not {', '.join(lacking)} (your roles: {', '.join(names) or 'none'})",
                allowed="Owner, or Contributor and Role Based Access Control Administrator",
                next_step=f"an owner types: az role assignment create --role Owner --assignee {who} --scope {scope}",
            )
        else:
            yield Fine(f"{', '.join(names)} on {scope}")


def _is_above(assignment: Object) -> bool:
    """Of a management group or of the tenant's root."""
    return "/managementgroups/" in str(_properties(assignment).get("scope", "")).lower()


def _properties(row: Object) -> Object:
    found: Any = row.get("properties")
    return found if isinstance(found, dict) else {}


def _allows(role: Object, action: str) -> bool:
    """https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions-format."""
    permissions: Any = _properties(role).get("permissions") or []
    return any(
        _matches(action, each.get("actions")) and not _matches(action, each.get("notActions")) for each in permissions
    )


def _matches(action: str, patterns: Any) -> bool:
    return any(fnmatchcase(action.lower(), str(pattern).lower()) for pattern in patterns or ())


def providers_of(subject: Subject) -> dict[str, Request]:
    """Every resource provider as the subscription sees it."""
    return {it: arm(f"/subscriptions/{it}/providers", PROVIDERS_VERSION) for it in subject.subscriptions}


def _providers(subject: Subject, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    wanted = [namespace for namespace, needed in NAMESPACES.items() if needed(subject)]
    for subscription, answer in answers.items():
        states = {str(row.get("namespace", "")).lower(): str(row.get("registrationState")) for row in answer.rows}
        missing = [it for it in wanted if states.get(it.lower()) != "Registered"]
        if missing:
            told = ", ".join(f"{it} ({states.get(it.lower(), 'not known')})" for it in missing)
            lines = (f"az provider register --namespace {it} --subscription {subscription} --wait" for it in missing)
            yield Fault(
                where=f"/subscriptions/{subscription}",
                what=f"the subscription is not registered for {told}",
                allowed="Registered, each of them; it takes some minutes, once",
                next_step="\n".join(lines),
            )
        else:
            yield Fine(f"{len(wanted)} registered in {subscription}")


SUBSCRIPTION: Final = (
    Check(name="signed in", asks=lambda _: {}, judge=_signed_in, commands=ANY),
    Check(
        name="subscription",
        asks=_subscriptions,
        judge=_subscription,
        understood=frozenset({403, 404}),
        commands=ANY,
    ),
    Check(name="rights", asks=_rights_of, judge=_rights, commands=CHANGING),
    Check(name="resource providers", asks=providers_of, judge=_providers),
)
