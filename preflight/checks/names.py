"""Names that exist once in the world: whether those that the deployment does not have yet are free, and what is left of
predecessors that lie deleted. One row a kind of resource.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cidr import Fault
from components.conventions import kinds
from preflight.asking import Answer
from preflight.checks.common import EXISTING, existing_of, for_place, is_deployment, judging_place, place_of, stands
from preflight.model import Check, Fine, NotChecked, Place, Subject, Verdict
from preflight.requests import Request, arm, arm_post

AVAILABLE: Final = "available"
_DELETED: Final = "deleted"


@dataclass(frozen=True, kw_only=True)
class NameRow:
    """`kind`: row of names.yaml. `api_version`: of its provider's checkNameAvailability; None where there is none.

    `asked_as`: what that request calls the type, where that is not ARM's name of it.
    """

    kind: str
    api_version: str | None
    asked_as: str | None = None
    applies: Callable[[Subject], bool] = is_deployment

    @property
    def arm_type(self) -> str:
        """As ARM writes it."""
        return kinds()[self.kind].arm_type


def _has_registry(subject: Subject) -> bool:
    if not is_deployment(subject):
        return False
    place = place_of(subject)
    return place.deployment.kind == "global" or place.settings.options.own_registry


def _has_search(subject: Subject) -> bool:
    return is_deployment(subject) and place_of(subject).settings.options.ai_search is not None


NAME_ROWS: Final = (
    # https://learn.microsoft.com/rest/api/storagerp/storage-accounts/check-name-availability
    NameRow(kind="storage_account", api_version="2024-01-01"),
    # https://learn.microsoft.com/rest/api/postgresql/name-availability/check-globally
    NameRow(kind="postgres_server", api_version="2025-08-01"),
    # https://learn.microsoft.com/rest/api/eventhub/namespaces/check-name-availability
    NameRow(kind="event_hubs_namespace", api_version="2024-01-01"),
    # https://learn.microsoft.com/rest/api/containerregistry/registries/check-name-availability
    NameRow(kind="container_registry", api_version="2025-04-01", applies=_has_registry),
    # https://learn.microsoft.com/rest/api/searchmanagement/services/check-name-availability
    NameRow(kind="search_service", api_version="2025-05-01", asked_as="searchServices", applies=_has_search),
    # The request of Microsoft.Cache answers for Azure Cache for Redis alone ("The only supported resource type is
    # 'Microsoft.Cache/redis'"): https://learn.microsoft.com/rest/api/redis/redis/check-name-availability
    NameRow(kind="redis", api_version=None),
)
"""Not the vault's: its last four characters are drawn when it is made, so that no name has to be free."""


def _asks(row: NameRow) -> Callable[[Place], Mapping[str, Request]]:
    def asks(place: Place) -> Mapping[str, Request]:
        requests = {EXISTING: existing_of(place)}
        if row.api_version is not None:
            namespace = row.arm_type.partition("/")[0]
            path = f"{place.subscription}/providers/{namespace}/checkNameAvailability"
            body = {"name": place.names.of(row.kind), "type": row.asked_as or row.arm_type}
            requests[AVAILABLE] = arm_post(path, row.api_version, body)
        return requests

    return asks


def _judge(row: NameRow) -> Callable[[Place, Mapping[str, Answer]], Iterator[Verdict]]:
    def judge(place: Place, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
        name = place.names.of(row.kind)
        if stands(answers[EXISTING], row.arm_type, name):
            yield Fine(f"{name} is the deployment's own")
        elif row.api_version is None:
            yield NotChecked(f"Azure has no request that tells whether {name} is free: `up` says so if it is not")
        elif not answers[AVAILABLE].ok:
            yield NotChecked(f"Azure does not tell whether {name} is free: {answers[AVAILABLE].reason}")
        elif answers[AVAILABLE].body.get("nameAvailable") is True:
            yield Fine(f"{name} is free")
        else:
            told = answers[AVAILABLE].body
            yield Fault(
                where=f"stacks/Pulumi.{place.deployment}.yaml application_code",
                what=f"the name {name} is not free: {told.get('message') or told.get('reason') or 'no reason given'}",
                allowed="a name that nobody in the world has; it is made of application_code and the deployment",
                next_step="write another application_code everywhere, or delete what has the name if it is yours",
            )

    return judge


def _deleted_vaults(place: Place) -> Mapping[str, Request]:
    # https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-deleted
    return {_DELETED: arm(f"{place.subscription}/providers/Microsoft.KeyVault/deletedVaults", "2024-11-01")}


def _vaults(place: Place, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    begin = place.names.of("key_vault", suffix="xxxx").removesuffix("xxxx")
    lying = [str(row.get("name")) for row in answers[_DELETED].rows if str(row.get("name", "")).startswith(begin)]
    for name in lying:
        yield Fault(
            where=f"{place.subscription} {name}",
            what=f"the vault {name} was deleted and is kept; where the state still has it, `up` cannot make it",
            allowed="nothing to do after a `down`: the next vault has another name",
            next_step=f"az keyvault recover --name {name}, if it was deleted by another hand than `down`",
        )
    if not lying:
        yield Fine(f"no vault {begin}... lies deleted")


def _deleted_workspaces(place: Place) -> Mapping[str, Request]:
    # https://learn.microsoft.com/rest/api/loganalytics/deleted-workspaces/list
    path = f"{place.subscription}/providers/Microsoft.OperationalInsights/deletedWorkspaces"
    return {_DELETED: arm(path, "2022-10-01")}


def _workspaces(place: Place, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    name = place.names.of("log_analytics_workspace")
    if any(str(row.get("name", "")).lower() == name for row in answers[_DELETED].rows):
        yield Fault(
            where=f"{place.group} {name}",
            what=f"the workspace {name} was deleted and is kept for 14 days: `up` takes it up again with its old logs",
            allowed="the old logs, or a workspace that is purged",
            next_step=f"nothing, or: az monitor log-analytics workspace delete --force --resource-group "
            f"{place.names.of('resource_group')} --workspace-name {name}",
        )
    else:
        yield Fine(f"no workspace {name} lies deleted")


NAMES: Final = tuple(
    Check(
        name=f"name: {row.kind.replace('_', ' ')}",
        asks=for_place(_asks(row)),
        judge=judging_place(_judge(row)),
        understood=frozenset({404}),
        applies=row.applies,
    )
    for row in NAME_ROWS
)

DELETED: Final = (
    Check(
        name="deleted vaults",
        asks=for_place(_deleted_vaults),
        judge=judging_place(_vaults),
        stops=False,
        applies=is_deployment,
    ),
    Check(
        name="deleted workspaces",
        asks=for_place(_deleted_workspaces),
        judge=judging_place(_workspaces),
        stops=False,
        applies=is_deployment,
    ),
)
