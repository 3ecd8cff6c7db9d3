"""`cfctl init`: what it makes, that it can be run again, and what is told where Azure refuses."""

import io
import json
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from pydantic import SecretStr
from rich.console import Console

from cidr import FaultsError
from cli import init_azure, init_faults
from cli.arm_client import ENDPOINT, ArmClient, ArmRefusedError
from cli.exit_codes import ExitCode
from cli.failures import RefusedError
from cli.init_azure import Done, holds, make
from cli.screen import Screen
from cli.state_requests import requests_of
from components.account.state_plan import StatePlan
from deployments.account_state import state_plan
from sandbox.azure import sdk_types
from sandbox.azure.catalog import located
from sandbox.azure.resource_manager import ResourceManager
from sandbox.azure.store import Store
from sandbox.bare_arm import open_arm
from sandbox.home import SandboxHome
from stacks import load_account

PLAN = state_plan(load_account())
ELSEWHERE = "00000000-0000-0000-0000-0000000000ff"


@dataclass
class Account:
    """A stand-in's subscription, and `init` on it."""

    client: ArmClient
    store: Store
    done: list[Done] = field(default_factory=list[Done])

    def make(self, plan: StatePlan = PLAN) -> list[str]:
        """Run it; how each request ended."""
        self.done.clear()
        make(self.client, plan, self.done.append)
        return [one.status for one in self.done]

    def refused(self) -> tuple[str, str]:
        """Run it into a refusal: Azure's code, and what a person is told."""
        self.done.clear()
        with pytest.raises(ArmRefusedError) as error:
            make(self.client, PLAN, self.done.append)
        failed = self.done[-1]
        assert failed.status == "failed"
        return error.value.code, str(init_faults.fault_of(error.value, PLAN, failed.request))

    def arm(self) -> ResourceManager:
        """The stand-in, to be changed as another person would."""
        return ResourceManager(self.store)


@pytest.fixture
def home(tmp_path: Path) -> SandboxHome:
    """A home of its own."""
    return SandboxHome(tmp_path / "home")


@pytest.fixture
def account(home: SandboxHome) -> Iterator[Account]:
    """An empty subscription."""
    with open_arm(home, dict.fromkeys(PLAN.subscriptions, PLAN.tenant_id)) as (url, token):
        store = Store(home.azure_store)
        with ArmClient(url, token, sleep=lambda _: None) as client:
            yield Account(client, store)
        store.close()


# What it makes --------------------------------------------------------------------------------------------------------


def test_it_makes_everything_the_state_needs_and_the_second_time_nothing(account: Account) -> None:
    """Group, account, containers, vault, keys, the administrators' two roles, and the watchers of every network."""
    assert set(account.make()) == {"made"}
    made = [one.request.what for one in account.done]
    assert made.count("container") == len(PLAN.containers) == 7
    assert made.count("key") == len(PLAN.keys) == 4
    assert made.count("network watcher") == len(PLAN.watchers) == 2 + 2 + 3
    assert set(account.make()) == {"there"}
    assert all(account.store.read(lambda tx, it=one: tx.find(it.request.arm_id)) for one in account.done)


def test_it_goes_on_where_it_was_interrupted(account: Account) -> None:
    """What is missing is made, what is there is left."""
    account.make()
    account.arm().vanish(PLAN.key_id("state-dev"))
    account.make()
    assert {one.request.name for one in account.done if one.status == "made"} == {"state-dev"}


def test_what_somebody_has_changed_is_put_right(account: Account) -> None:
    """In place: the account keeps what it holds."""
    account.make()
    created = account.arm().read(PLAN.account_id)["creationTime"]
    account.arm().change(PLAN.account_id, {"allowSharedKeyAccess": True})
    account.make()
    assert [one.request.what for one in account.done if one.status == "changed"] == ["storage account"]
    found = account.arm().read(PLAN.account_id)
    assert (found["allowSharedKeyAccess"], found["creationTime"]) == (False, created)


def test_a_watcher_that_azure_has_made_beside_a_network_stays_as_it_is(account: Account) -> None:
    """With its group, wherever that is: the account takes over either."""
    watcher = next(it for it in PLAN.watchers if it.location == "eastus")
    group = f"/subscriptions/{watcher.subscription_id}/resourceGroups/rg-theirs"
    account.arm().create(group, {"location": "eastus"})
    space = {"location": "eastus", "addressSpace": {"addressPrefixes": ["10.0.0.0/24"]}}
    account.arm().create(f"{group}/providers/Microsoft.Network/virtualNetworks/theirs", space)
    account.make()
    found = {one.request.arm_id: one.status for one in account.done}
    assert (found[watcher.id], found[watcher.group_id]) == ("there", "there")
    assert account.arm().read(watcher.group_id)["location"] == "eastus"


def test_no_request_holds_a_key_or_opens_a_door() -> None:
    """Identities alone, no anonymous reading, no purge."""
    bodies = {one.what: one.body.get("properties", {}) for one in requests_of(PLAN)}
    assert bodies["storage account"]["allowSharedKeyAccess"] is False
    assert bodies["storage account"]["allowBlobPublicAccess"] is False
    assert bodies["key vault"]["enablePurgeProtection"] is True
    assert "password" not in json.dumps([dict(one.body) for one in requests_of(PLAN)]).lower()


def test_versions_are_those_of_the_programs_sdk() -> None:
    """What one writes the other reads."""
    for request in requests_of(PLAN):
        kind, _ = located(request.arm_id)
        assert request.api_version == sdk_types.load().resources[kind.token].api_version


@pytest.mark.parametrize(
    ("said", "found", "same"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": {"b": "West"}}, {"a": {"b": "west", "c": 1}}, True),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, True),
        ({"a": ["x"]}, {"a": ["x", "y"]}, False),
        ({"a": 1}, {}, False),
        ({"a": {"b": 1}}, {"a": None}, False),
        ({"a": False}, {"a": True}, False),
        ({"a": False}, {"a": None}, False),
    ],
)
def test_what_is_said_holds_whatever_else_there_is(said: object, found: object, same: bool) -> None:
    """Azure adds, and writes words as it likes."""
    assert holds(said, found) is same


# Where Azure refuses --------------------------------------------------------------------------------------------------


def taken_elsewhere(account: Account) -> None:
    """Somebody has a storage account of the name."""
    account.store.add_subscription(ELSEWHERE, PLAN.tenant_id)
    group = f"/subscriptions/{ELSEWHERE}/resourceGroups/rg-theirs"
    account.arm().create(group, {"location": "westeurope"})
    theirs = f"{group}/providers/Microsoft.Storage/storageAccounts/{PLAN.account}"
    body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    account.arm().create(theirs, body)


def vault_taken_elsewhere(account: Account) -> None:
    """Somebody has a vault of the name."""
    account.store.add_subscription(ELSEWHERE, PLAN.tenant_id)
    group = f"/subscriptions/{ELSEWHERE}/resourceGroups/rg-theirs"
    account.arm().create(group, {"location": "westeurope"})
    properties = {"sku": {"family": "A", "name": "standard"}, "tenantId": PLAN.tenant_id}
    vault = f"{group}/providers/Microsoft.KeyVault/vaults/{PLAN.vault}"
    account.arm().create(vault, {"location": "westeurope", "properties": properties})


def vault_deleted(account: Account) -> None:
    """The state's own vault lies deleted."""
    account.make()
    account.arm().delete(PLAN.vault_id)


def key_deleted(account: Account) -> None:
    """One of the keys lies deleted."""
    account.make()
    account.arm().delete(PLAN.key_id("state-dev"))


def unregistered(account: Account) -> None:
    """Nobody has ever made a vault in the subscription."""
    with account.store.transaction() as tx:
        tx.set("unregistered", f"{PLAN.subscription_id}/microsoft.keyvault", "")


def elsewhere(account: Account) -> None:
    """The group is in another region."""
    account.arm().create(PLAN.group_id, {"location": "eastus"})


def locked(account: Account) -> None:
    """Somebody has locked the group against everything."""
    account.arm().create(PLAN.group_id, {"location": "westeurope"})
    lock = f"{PLAN.group_id}/providers/Microsoft.Authorization/locks/theirs"
    account.arm().create(lock, {"level": "ReadOnly"})


def watched(account: Account) -> None:
    """Somebody has made a watcher under a name of his own."""
    watcher = PLAN.watchers[0]
    account.arm().create(watcher.group_id, {"location": watcher.location})
    theirs = f"{watcher.group_id}/providers/Microsoft.Network/networkWatchers/{watcher.location}-watcher"
    account.arm().create(theirs, {"location": watcher.location})


@pytest.mark.parametrize(
    ("before", "code", "told"),
    [
        (
            taken_elsewhere,
            "StorageAccountAlreadyTaken",
            ["stcfstate", "is taken", "another application_code than 'cf'"],
        ),
        (vault_taken_elsewhere, "VaultAlreadyExists", [PLAN.vault, "is taken"]),
        (vault_deleted, "ConflictError", ["still kept", f"az keyvault recover --name {PLAN.vault}"]),
        (key_deleted, "Conflict", ["still kept", "az keyvault key recover", "--name state-dev"]),
        (
            unregistered,
            "MissingSubscriptionRegistration",
            ["az provider register --namespace Microsoft.KeyVault", PLAN.subscription_id],
        ),
        (elsewhere, "InvalidResourceGroupLocation", ["another region than westeurope", init_faults.STACK_FILE]),
        (locked, "ScopeLocked", ["a lock keeps", "az lock list"]),
        (
            watched,
            "NetworkWatcherCountLimitReached",
            ["another name than NetworkWatcher_westeurope", "az network watcher configure --locations westeurope"],
        ),
    ],
)
def test_each_refusal_names_what_is_wrong_and_what_to_type(
    account: Account, before: Callable[[Account], None], code: str, told: list[str]
) -> None:
    """As the stand-in answers it, which uses Azure's codes."""
    before(account)
    found, text = account.refused()
    assert found == code
    assert all(words in text for words in [*told, "next:"]), text


def answering(answers: Callable[[httpx.Request], httpx.Response]) -> ArmClient:
    """A client whose Azure answers so."""
    return ArmClient("https://arm.example", SecretStr("s3cret-token"), lambda _: None, httpx.MockTransport(answers))


def error(status: int, code: str, message: str = "no") -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": message}})


def subscription(request: httpx.Request) -> httpx.Response | None:
    """The answer of a sound subscription."""
    if request.url.path in {f"/subscriptions/{it}" for it in PLAN.subscriptions}:
        return httpx.Response(200, json={"tenantId": PLAN.tenant_id})
    return None


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("AuthorizationFailed", ["you may not make the resource group", "az role assignment create", "Owner"]),
        ("RequestDisallowedByPolicy", ["a policy of your organization forbids", "az policy state list"]),
        ("Conflict", ["Azure refuses the resource group rg-cf-state", "Conflict (403): no"]),
        ("SomethingNew", ["Azure refuses the resource group rg-cf-state", "SomethingNew (403): no"]),
    ],
)
def test_what_the_stand_in_never_refuses_is_told_too(code: str, told: list[str]) -> None:
    """And what is in no row, in Azure's own words."""

    def answers(request: httpx.Request) -> httpx.Response:
        return subscription(request) or error(404 if request.method == "GET" else 403, code)

    done: list[Done] = []
    with pytest.raises(ArmRefusedError) as refused:
        make(answering(answers), PLAN, done.append)
    text = str(init_faults.fault_of(refused.value, PLAN, done[-1].request))
    assert all(words in text for words in told), text
    assert "s3cret-token" not in text + repr(answering(answers))


def test_a_subscription_that_is_not_seen_stops_it_before_anything(account: Account) -> None:
    """The stack file names another than whoever is signed in has."""
    with pytest.raises(FaultsError, match=f"sees no subscription {ELSEWHERE}"):
        account.make(replace(PLAN, subscription_id=ELSEWHERE))
    assert account.done == []


def test_a_subscription_of_an_environment_that_is_not_seen_stops_it_too(account: Account) -> None:
    """Its watchers are made there."""
    unseen = [replace(PLAN.watchers[0], subscription_id=ELSEWHERE), *PLAN.watchers[1:]]
    with pytest.raises(FaultsError, match=f"environments subscription_id.*sees no subscription {ELSEWHERE}"):
        account.make(replace(PLAN, watchers=unseen))
    assert account.done == []


def test_a_subscription_of_another_tenant_stops_it_before_anything(account: Account) -> None:
    """Both are named."""
    with pytest.raises(FaultsError, match=f"belongs to the tenant {PLAN.tenant_id}, not to {ELSEWHERE}"):
        account.make(replace(PLAN, tenant_id=ELSEWHERE))
    assert account.done == []


# The command ----------------------------------------------------------------------------------------------------------


@dataclass
class Shown:
    """What a command wrote."""

    out: io.StringIO = field(default_factory=io.StringIO)
    err: io.StringIO = field(default_factory=io.StringIO)

    def screen(self, *, as_json: bool = False) -> Screen:
        """A screen that writes here."""
        consoles = [Console(file=file, markup=False, highlight=False, width=200) for file in (self.out, self.err)]
        return Screen(consoles[0], consoles[1], as_json)

    @property
    def document(self) -> Mapping[str, Any]:
        """Its one document."""
        return json.loads(self.out.getvalue())


@pytest.fixture
def shown() -> Shown:
    """Nothing yet."""
    return Shown()


def test_a_dry_run_prints_every_request_and_what_comes_next_and_signs_in_nowhere(
    shown: Shown, home: SandboxHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even an import of what signs in; and nothing is on the disk after it."""
    monkeypatch.setitem(__import__("sys").modules, "azure.identity", None)
    assert init_azure.init(shown.screen(), home, "azure", dry_run=True) is ExitCode.OK
    text = shown.out.getvalue()
    for request in requests_of(PLAN):
        assert f"PUT https://management.azure.com{request.arm_id}?api-version={request.api_version}" in text
    assert '"allowSharedKeyAccess": false' in text
    assert "next  ./cfctl init azure" in text
    assert not home.exists()


def test_a_dry_run_is_one_document(shown: Shown, home: SandboxHome) -> None:
    """Every request with its body."""
    init_azure.init(shown.screen(as_json=True), home, "azure", dry_run=True)
    rows = shown.document["requests"]
    assert [row["status"] for row in rows] == ["to do"] * len(requests_of(PLAN))
    assert rows[0]["body"]["location"] == "westeurope"


class Identity:
    """Stands for DefaultAzureCredential: signed in with a token, or not at all."""

    token: str | None = None

    def __init__(self, **options: Any) -> None:
        assert options == {"additionally_allowed_tenants": [PLAN.tenant_id]}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def get_token(self, scope: str, tenant_id: str) -> Any:
        """The token for ARM, of the settings' tenant."""
        from azure.core.credentials import AccessToken
        from azure.core.exceptions import ClientAuthenticationError

        assert (scope, tenant_id) == ("https://management.azure.com/.default", PLAN.tenant_id)
        if self.token is None:
            raise ClientAuthenticationError("DefaultAzureCredential failed, with a long story")
        return AccessToken(self.token, 0)


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None, str], None]:
    """Signs in with a token at an endpoint."""

    def sign_in(token: str | None, url: str) -> None:
        monkeypatch.setattr("azure.identity.DefaultAzureCredential", Identity)
        monkeypatch.setattr(Identity, "token", token)
        monkeypatch.setenv(ENDPOINT, url)

    return sign_in


def test_azure_is_asked_as_whoever_is_signed_in(
    shown: Shown, home: SandboxHome, account: Account, signed_in: Callable[[str | None, str], None]
) -> None:
    """And what comes next is Pulumi's, with the addresses of the account's own state."""
    signed_in(account.client.token.get_secret_value(), account.client.base)
    assert init_azure.init(shown.screen(), home, "azure", dry_run=False) is ExitCode.OK
    assert shown.err.getvalue().count("made") == len(requests_of(PLAN))
    assert f"pulumi login '{PLAN.backend_url('account')}'" in shown.out.getvalue()
    assert f"--secrets-provider '{PLAN.secrets_provider('account')}'" in shown.out.getvalue()
    assert account.client.token.get_secret_value() not in shown.out.getvalue() + shown.err.getvalue()


@pytest.mark.parametrize("token", [None, "run-out"])
def test_without_a_sign_in_nothing_is_asked_and_the_sign_in_is_named(
    token: str | None,
    shown: Shown,
    home: SandboxHome,
    account: Account,
    signed_in: Callable[[str | None, str], None],
) -> None:
    """Not the long story of every way to sign in; also where Azure refuses the token."""
    signed_in(token, account.client.base)
    with pytest.raises(RefusedError) as refused:
        init_azure.init(shown.screen(), home, "azure", dry_run=False)
    assert refused.value.fault.next_step == f"az login --tenant {PLAN.tenant_id}"
    assert "long story" not in str(refused.value)
    assert account.store.read(lambda tx: tx.find(PLAN.group_id)) is None


@pytest.mark.parametrize("address", ["http://arm.example", "ftp://127.0.0.1", "arm.example"])
def test_a_token_goes_to_no_plain_address(
    address: str, shown: Shown, home: SandboxHome, signed_in: Callable[[str | None, str], None]
) -> None:
    """But this machine's."""
    signed_in("token", address)
    with pytest.raises(FaultsError, match="an https address, or http on this machine"):
        init_azure.init(shown.screen(), home, "azure", dry_run=False)


def test_a_failed_request_ends_with_status_1_and_tells_what_was_made(
    shown: Shown, home: SandboxHome, account: Account
) -> None:
    """In the document too: scripts see which."""
    unregistered(account)
    status = init_azure.init(shown.screen(as_json=True), home, "sandbox", dry_run=False)
    assert status is ExitCode.FAILED
    document = shown.document
    assert document["exit_code"] == 1
    assert {row["status"] for row in document["requests"]} == {"made", "failed"}
    assert "az provider register" in document["errors"][0]["next_step"]
    assert document["next"] == []


def test_nobody_at_the_other_end_is_no_traceback(shown: Shown, home: SandboxHome, monkeypatch: Any) -> None:
    """A line that says who did not answer."""

    @contextmanager
    def nowhere(*_: object) -> Generator[ArmClient]:
        def refuse(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("connection refused", request=request)

        yield answering(refuse)

    monkeypatch.setattr(init_azure, "_sandbox", nowhere)
    assert init_azure.init(shown.screen(), home, "sandbox", dry_run=False) is ExitCode.FAILED
    assert "does not answer: connection refused" in shown.err.getvalue()
