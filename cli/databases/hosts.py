"""Where a deployment's `tenancy` job is: in this sandbox or on Azure, started by the same requests, read by its log.

The console of the sandbox is a file of the home, as `cfctl logs` reads it; that of Azure is in the deployment's Log
Analytics workspace, where lines come some minutes after they were written.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx
from pydantic import SecretStr

from cidr import Fault
from cli.arm_client import ArmClient, endpoint
from cli.failures import RefusedError
from cli.log_files import read_lines
from cli.places import AZURE, SANDBOX, place_of
from components.conventions import Names
from deployments.catalogue.workloads import TENANCY
from sandbox.azure.jobs import console
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of
from stacks import Settings

LOGS: Final = "https://api.loganalytics.azure.com"
_LOGS_SCOPE: Final = "https://api.loganalytics.io/.default"
_ARM_SCOPE: Final = "https://management.azure.com/.default"
_TIMEOUT: Final = 60.0
Lines = Callable[[str], list[str]]


@dataclass(frozen=True, kw_only=True)
class JobHost:
    """A deployment's job and who to ask about it.

    `lines`: the console of an execution, as far as it can be read by now. `pause`: seconds between two looks;
    `patience`: seconds that the console may be behind the execution. `actor`: whom the audit names, an object id of
    Entra: the job acts for a person, as itself.
    """

    settings: Settings
    place: str
    client: ArmClient
    lines: Lines
    pause: float
    patience: float
    actor: str = ""
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    @property
    def names(self) -> Names:
        """The deployment's names."""
        return Names(self.settings.deployment, self.settings.application_code)

    @property
    def group_id(self) -> str:
        """ARM id of the deployment's resource group."""
        return f"/subscriptions/{self.settings.subscription_id}/resourceGroups/{self.names.of('resource_group')}"

    @property
    def job_id(self) -> str:
        """ARM id of the job."""
        return f"{self.group_id}/providers/Microsoft.App/jobs/{self.names.of('container_app_job', TENANCY)}"

    @property
    def server_id(self) -> str:
        """ARM id of the deployment's PostgreSQL server."""
        return f"{self.group_id}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{self.names.of('postgres_server')}"


@contextmanager
def open_host(home: SandboxHome, settings: Settings, targets: Sequence[str]) -> Generator[JobHost]:
    """The host that `--target` names. Raises FaultsError for a place that is none, RefusedError where nobody is signed
    in.
    """
    place, _ = place_of(targets)
    with _azure(settings) if place == AZURE else _sandbox(home, settings) as host:
        yield host


@contextmanager
def _sandbox(home: SandboxHome, settings: Settings) -> Generator[JobHost]:
    """The stand-in of this home, over HTTP as Azure is, with what runs its jobs."""
    from sandbox.bare_arm import open_arm  # noqa: PLC0415

    if not standing_of(home, str(settings.deployment)).maybe_up:
        raise RefusedError(not_up(settings))
    names = Names(settings.deployment, settings.application_code)
    directory = console.directory_of(home.root, names.of("resource_group"), names.of("container_app_job", TENANCY))
    tenants = dict.fromkeys(settings.subscriptions, settings.tenant_id)
    with open_arm(home, tenants) as (url, token), ArmClient(url, token) as client:
        yield JobHost(
            settings=settings,
            place=SANDBOX,
            client=client,
            lines=lambda execution: read_lines(directory / f"{execution}.log"),
            pause=0.1,
            patience=0.0,
            actor=SANDBOX,
        )


@contextmanager
def _azure(settings: Settings) -> Generator[JobHost]:
    from azure.core.exceptions import ClientAuthenticationError  # noqa: PLC0415 - 0.3 s that only a sign-in pays

    from preflight.signing_in import NotSignedInError, sign_in  # noqa: PLC0415

    signed_in = sign_in(settings.tenant_id)
    source = signed_in.source
    try:
        actor = signed_in.caller().object_id
    except NotSignedInError:
        raise RefusedError(_not_signed_in(settings)) from None

    def token(scope: str) -> SecretStr:
        try:
            return SecretStr(source.get_token(scope, tenant_id=settings.tenant_id).token)
        except ClientAuthenticationError:
            raise RefusedError(_not_signed_in(settings)) from None

    with ArmClient(endpoint(), token(_ARM_SCOPE)) as client, httpx.Client(timeout=_TIMEOUT) as http:
        host = JobHost(settings=settings, place=AZURE, client=client, lines=lambda _: [], pause=5.0, patience=600.0)
        workspace = f"{host.group_id}/providers/Microsoft.OperationalInsights/workspaces"
        workspace += f"/{host.names.of('log_analytics_workspace')}"
        yield JobHost(
            settings=settings,
            place=AZURE,
            client=client,
            lines=lambda execution: lines_of(http, token(_LOGS_SCOPE), workspace, execution),
            pause=host.pause,
            patience=host.patience,
            actor=actor,
        )


def lines_of(http: httpx.Client, token: SecretStr, workspace_id: str, execution: str) -> list[str]:
    """What an execution has written, as far as the workspace has it. A replica is named for its execution.

    https://learn.microsoft.com/azure/azure-monitor/logs/api/request-format and
    https://learn.microsoft.com/azure/azure-monitor/reference/tables/containerappconsolelogs
    """
    answer = http.post(
        f"{LOGS}/v1{workspace_id}/query",
        headers={"Authorization": f"Bearer {token.get_secret_value()}"},
        json={
            "query": f'ContainerAppConsoleLogs | where ContainerGroupName startswith "{execution}" '
            "| order by TimeGenerated asc | project Log",
            "timespan": "P1D",
        },
    )
    if not answer.is_success:
        return []  # the table is made with its first line
    tables = answer.json().get("tables") or [{}]
    return [str(row[0]).rstrip("\n") for row in tables[0].get("rows", [])]


def log_of(host: JobHost, execution: str) -> str:
    """What to type to read everything that an execution wrote."""
    if host.place == SANDBOX:
        return f"./cfctl logs {host.settings.deployment} {TENANCY}"
    group, job = host.names.of("resource_group"), host.names.of("container_app_job", TENANCY)
    return f"az containerapp job logs show -n {job} -g {group} --execution {execution} --container {TENANCY}"


def not_up(settings: Settings, place: str = SANDBOX) -> Fault:
    """What is told where there is nothing to ask."""
    name, where = settings.deployment, "" if place == SANDBOX else f" --target {place}"
    return Fault(
        where=str(name),
        what=f"{name} is not up: it has no databases",
        allowed="a deployment that is up",
        next_step=f"./cfctl up {name}{where}",
    )


def _not_signed_in(settings: Settings) -> Fault:
    return Fault(
        where=f"tenant {settings.tenant_id}",
        what="nobody is signed in to Azure here",
        allowed="what azure-identity finds: Azure CLI, a managed identity, or variables of the environment",
        next_step=f"az login --tenant {settings.tenant_id}, then the same command again",
    )
