"""`cfctl init`: the first day of an account. Makes where the state lies, so that there can be a state.

Each request is a PUT of what may be there already: run again it makes what is missing and leaves the rest. Then the
stack `account` takes over what was made (deployments/account.py).
"""

import json
import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final, Literal, Protocol, cast

import httpx
from pydantic import SecretStr

from cidr import ACCOUNT, Fault, FaultsError
from cli import documents, failures, init_faults
from cli.arm_client import AZURE_ENDPOINT, ArmClient, ArmRefusedError, endpoint
from cli.exit_codes import ExitCode
from cli.failures import Failure, RefusedError
from cli.screen import Screen
from cli.state_requests import SUBSCRIPTIONS, StateRequest, requests_of
from components.account.state_plan import StatePlan
from deployments.account_state import state_plan
from sandbox.home import SandboxHome
from stacks import load_account

Where = Literal["azure", "sandbox"]
Status = Literal["there", "made", "changed", "failed", "to do"]
_STYLES: Final[Mapping[Status, str]] = {"there": "dim", "made": "green", "changed": "yellow", "failed": "bold red"}
_SCOPE: Final = "https://management.azure.com/.default"


@dataclass(frozen=True)
class Done:
    """One request, and what became of it."""

    request: StateRequest
    status: Status


class Tell(Protocol):
    """Told of each request as it is done."""

    def __call__(self, done: Done, /) -> None:
        """In the order in which they are made."""
        ...


def init(screen: Screen, home: SandboxHome, where: Where, *, dry_run: bool) -> ExitCode:
    """Make the state's storage and vault, in Azure or in this sandbox. The document adds `requests` and `next`.

    requests: [{what, method, url, body, status}], status "there", "made", "changed", "failed", or "to do" in a dry run,
    which signs in nowhere and asks nothing. Raises FaultsError for settings that do not fit what Azure has,
    RefusedError when nobody is signed in.
    """
    plan = state_plan(load_account())
    done: list[Done] = []
    failure: Failure | None = None
    base = AZURE_ENDPOINT
    if dry_run:
        done = [Done(request, "to do") for request in requests_of(plan)]
    else:
        with _azure(plan) if where == "azure" else _sandbox(home, plan) as client:
            base = client.base
            failure = _make(client, plan, lambda it: _tell(screen, it, done))
    code = failure.code if failure else ExitCode.OK
    steps = [] if failure else next_commands(plan, where, dry_run=dry_run)
    _show(screen, base, done, steps, dry_run=dry_run)
    if failure:
        failures.show(screen, failure)
    screen.document(
        documents.document(
            f"init {where}",
            code,
            failure.faults if failure else (),
            requests=[_row(base, it) for it in done],
            next=steps,
        )
    )
    return code


def begin_sandbox(home: SandboxHome, plan: StatePlan) -> int:
    """Make it in a sandbox, as `init sandbox` does, with no word of each; how many were made. Raises as `make`."""
    done: list[Done] = []
    with _sandbox(home, plan) as client:
        make(client, plan, done.append)
    return sum(it.status == "made" for it in done)


def make(client: ArmClient, plan: StatePlan, tell: Tell) -> None:
    """Make what is missing and put right what differs; raises FaultsError for the wrong subscription or tenant.

    Raises ArmRefusedError for what Azure refuses, after `tell` was told of the request.
    """
    _check_subscriptions(client, plan)
    for request in requests_of(plan):
        try:
            tell(Done(request, _bring(client, request)))
        except ArmRefusedError:
            tell(Done(request, "failed"))
            raise


def next_commands(plan: StatePlan, where: Where, *, dry_run: bool) -> list[str]:
    """What to type after it."""
    if dry_run:
        return [f"./cfctl init {where}"]
    if where == "sandbox":
        return [f"./cfctl up {ACCOUNT}"]
    return [
        f"pulumi login '{plan.backend_url(ACCOUNT)}'",
        f"pulumi stack init {ACCOUNT} --secrets-provider '{plan.secrets_provider(ACCOUNT)}'",
        f"pulumi up --stack {ACCOUNT}",
    ]


def _make(client: ArmClient, plan: StatePlan, tell: Tell) -> Failure | None:
    failed: list[StateRequest] = []

    def watch(done: Done) -> None:
        if done.status == "failed":
            failed.append(done.request)
        tell(done)

    try:
        make(client, plan, watch)
    except ArmRefusedError as error:
        if not failed:
            raise RefusedError(_of_sign_in(plan, error)) from None
        return Failure(ExitCode.FAILED, (init_faults.fault_of(error, plan, failed[0]),))
    except httpx.TransportError as error:
        return Failure(ExitCode.FAILED, (init_faults.unreachable(client.base, error),))
    return None


def _check_subscriptions(client: ArmClient, plan: StatePlan) -> None:
    faults: list[Fault] = []
    for subscription in plan.subscriptions:
        try:
            found = client.get(f"/subscriptions/{subscription}", SUBSCRIPTIONS)
        except ArmRefusedError as error:
            if error.status == HTTPStatus.UNAUTHORIZED:
                raise
            faults.append(init_faults.wrong_subscription(plan, subscription, error.code))
            continue
        tenant = str((found or {}).get("tenantId") or "")
        if found is None:
            faults.append(init_faults.wrong_subscription(plan, subscription, "not found"))
        elif tenant.lower() != plan.tenant_id:
            faults.append(init_faults.wrong_tenant(plan, subscription, tenant))
    if faults:
        raise FaultsError(faults)


def _of_sign_in(plan: StatePlan, error: ArmRefusedError) -> Fault:
    found = init_faults.not_signed_in(plan)
    return replace(found, what=f"{found.what} ({error.code})")


def _bring(client: ArmClient, request: StateRequest) -> Status:
    found = client.get(request.arm_id, request.api_version)
    if found is not None and (request.as_found or holds(request.body, found)):
        return "there"
    client.put(request.arm_id, request.api_version, request.body)
    return "made" if found is None else "changed"


def holds(said: object, found: object) -> bool:
    """Whether everything that is said is so in what was found, which may have more; Azure ignores case in words."""
    if isinstance(said, Mapping):
        there = cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}
        return all(holds(value, there.get(key)) for key, value in cast("Mapping[str, Any]", said).items())
    if isinstance(said, list):
        items = cast("list[Any]", found) if isinstance(found, list) else []
        wanted = cast("list[Any]", said)
        return len(wanted) == len(items) and all(any(holds(one, item) for item in items) for one in wanted)
    if isinstance(said, str) and isinstance(found, str):
        return said.lower() == found.lower()
    return said == found


@contextmanager
def _azure(plan: StatePlan) -> Generator[ArmClient]:
    """Azure, signed in as the machine is. Raises RefusedError when it is not."""
    from azure.core.exceptions import ClientAuthenticationError  # noqa: PLC0415 - 0.3 s that only a sign-in pays
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415

    logging.getLogger("azure").setLevel(logging.CRITICAL)  # it logs what every way to sign in lacked
    base = endpoint()
    try:
        with DefaultAzureCredential(additionally_allowed_tenants=[plan.tenant_id]) as credential:
            token = credential.get_token(_SCOPE, tenant_id=plan.tenant_id).token
    except ClientAuthenticationError:
        raise RefusedError(init_faults.not_signed_in(plan)) from None
    with ArmClient(base, SecretStr(token)) as client:
        yield client


@contextmanager
def _sandbox(home: SandboxHome, plan: StatePlan) -> Generator[ArmClient]:
    """The stand-in of this home, over HTTP as Azure is."""
    from sandbox.bare_arm import open_arm  # noqa: PLC0415

    tenants = dict.fromkeys(plan.subscriptions, plan.tenant_id)
    with open_arm(home, tenants) as (url, token), ArmClient(url, token) as client:
        yield client


def _tell(screen: Screen, done: Done, into: list[Done]) -> None:
    into.append(done)
    screen.say(f"{done.status:>8}  {done.request.what} {done.request.name}", style=_STYLES.get(done.status, ""))


def _show(screen: Screen, base: str, done: Sequence[Done], steps: Sequence[str], *, dry_run: bool) -> None:
    if dry_run:
        for it in done:
            screen.result(f"PUT {_url(base, it.request)}", style="bold")
            screen.result(json.dumps(it.request.body, indent=2))
        screen.result("Nothing was asked and nothing changed.", style="dim")
    for step in steps:
        screen.result(f"next  {step}")


def _url(base: str, request: StateRequest) -> str:
    return f"{base}{request.arm_id}?api-version={request.api_version}"


def _row(base: str, done: Done) -> dict[str, object]:
    request = done.request
    return {
        "what": request.what,
        "method": "PUT",
        "url": _url(base, request),
        "body": dict(request.body),
        "status": done.status,
    }
