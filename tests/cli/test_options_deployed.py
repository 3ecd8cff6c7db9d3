"""Options through the real entrance: previewed, deployed, switched off and on again, taken down."""

import re
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import pytest
import yaml

from sandbox.azure.model import Record
from sandbox.azure.store import Store
from sandbox.inventory import layout_of
from stacks import stack_file
from stacks.load import KEY
from tenancy.assurance.tokens import VARIABLE, SigningKey, read_keys

pytestmark = pytest.mark.slow

STACK, GLOBAL = "westeu-dev-1", "global-dev"
GROUP = "/subscriptions/00000000-0000-0000-0000-0000000000d1/resourcegroups/rg-cf-westeu-dev-1/"
WATCHERS, RESOURCE_GROUP = "/resourcegroups/networkwatcherrg/", "resources:ResourceGroup"
VAULTED: Final = "keyvault:Secret"

VALUES: Final[Mapping[str, Any]] = {
    "nat_egress": True,
    "bastion": True,
    "ai_search": {"sku": "basic", "replicas": 1},
    "media_processor": True,
    "own_registry": True,
    "dedicated_tenant": "acme",
    "flow_logs": True,
}
# What an option adds to the regional deployment: types with the names of what stands in Azure then.
ADDED: Final[Mapping[str, Mapping[str, set[str]]]] = {
    "nat_egress": {
        "network:NatGateway": {"ng-cf-westeu-dev-1"},
        "network:PublicIPAddress": {"pip-cf-westeu-dev-1-nat"},
    },
    "bastion": {
        "network:BastionHost": {"bas-cf-westeu-dev-1"},
        "network:PublicIPAddress": {"pip-cf-westeu-dev-1-bastion"},
    },
    "ai_search": {"search:Service": {"srch-cf-westeu-dev-1"}},
    "media_processor": {
        "storage:Queue": {"media", "media-poison"},
        "app:Job": {"media-processor"},
        "app:ContainerApp": {"media-scheduler"},
        "dbforpostgresql:Database": {"media_service"},
        "eventhub:EventHub": {"media-events"},
        "storage:BlobContainer": {"media-stages"},
    },
    "own_registry": {"containerregistry:Registry": {"acrcfwesteudev1"}},
    "flow_logs": {"network:FlowLog": {"fl-cf-westeu-dev-1"}},
}


@contextmanager
def standing(cfctl: Any) -> Iterator[Callable[[], list[Record]]]:
    """Gives what stands in this home's Azure."""
    store = Store(cfctl.home.azure_store)
    try:
        yield lambda: store.read(lambda tx: tx.everything())
    finally:
        store.close()


def choose(cfctl: Any, options: Mapping[str, Any]) -> None:
    """Write the options into the deployment's stack file, with the database server that all of them need."""
    file = stack_file(STACK, cfctl.project)
    document = yaml.safe_load(file.read_text())
    settings = document["config"][KEY]
    settings["options"] = dict(options)
    settings["postgres"]["sku_name"] = "Standard_B2s"  # the smallest with connections for one service more
    file.write_text(yaml.safe_dump(document))


def named(records: list[Record], token: str) -> list[str]:
    """All of one type."""
    return [record.name for record in records if record.token == token]


def names(records: list[Record], token: str) -> set[str]:
    """Of one type, those of the deployment or in Azure's group of watchers."""
    return {
        record.name
        for record in records
        if record.token == token and (record.arm_id.lower().startswith(GROUP) or WATCHERS in record.arm_id.lower())
    }


def tenants(records: list[Record]) -> set[str | None]:
    """The one tenant that each service of the deployment is told."""
    templates = [
        it.inputs["template"]
        for it in records
        if re.fullmatch(rf"{GROUP}providers/microsoft.app/containerapps/[^/]+", it.arm_id.lower())
    ]
    assert templates
    variables = [{one["name"]: one.get("value") for one in it["containers"][0]["env"]} for it in templates]
    return {each.get("DEDICATED_TENANT") for each in variables}


def signing_keys(records: list[Record]) -> list[SigningKey]:
    """Those in the deployment's vault, as the tenancy job reads them."""
    known = names(records, VAULTED)
    found = [it for it in records if it.token == VAULTED and it.name in known and "signing" in it.name]
    return [key for it in found for key in read_keys({VARIABLE: it.hidden["value"]})]


def asked(cfctl: Any, statement: str, *options: str) -> tuple[int, str]:
    """What psql answers as the user service's identity, and its status."""
    ended = cfctl("db", "psql", STACK, "user_service", *options, "--command", statement)
    return ended.status, ended.out + ended.err


def deployed(cfctl: Any) -> dict[str, int]:
    """Bring it up; what changed in the regional deployment."""
    ended = cfctl("up", STACK, "--json")
    assert ended.status == 0, ended.err
    (run,) = (run for run in ended.document["runs"] if run["deployment"] == STACK)
    return run["changes"]


def test_every_option_is_previewed_deployed_switched_off_and_on_again_and_taken_down(
    elsewhere: Callable[[], Any],
) -> None:
    """Each adds what it is for, leaves nothing when it goes and meets nothing of its former self when it is back."""
    cfctl = elsewhere()
    choose(cfctl, VALUES)
    previewed = cfctl("preview", STACK, "--json")
    assert previewed.status == 0, previewed.err
    steps = [step for run in previewed.document["runs"] if run["deployment"] == STACK for step in run["steps"]]
    for option, added in ADDED.items():
        shown = {step["type"].removeprefix("azure-native:") for step in steps if step["op"] == "create"}
        assert added.keys() <= shown, option

    deployed(cfctl)
    with standing(cfctl) as everything:
        for option, added in ADDED.items():
            for token, wanted in added.items():
                assert wanted <= names(everything(), token), option
        assert tenants(everything()) == {"acme"}
        assert set(deployed(cfctl)) == {"same"}

        for _ in range(2):
            choose(cfctl, {})
            deployed(cfctl)
            for option, added in ADDED.items():
                for token, wanted in added.items():
                    assert not wanted & names(everything(), token), option
            assert tenants(everything()) == {None}
            choose(cfctl, VALUES)
            deployed(cfctl)
            assert {"media-scheduler"} <= names(everything(), "app:ContainerApp")

        down = cfctl("down", STACK, GLOBAL, "--yes", "--json")
        assert down.status == 0, down.err
        kept = {one["type"] for run in down.document["runs"] for one in run["kept"]}
        assert not kept & {"network:NetworkWatcher", *(token for added in ADDED.values() for token in added)}
        # In the subscription of dev: what was there before or is Azure's own, and nothing of ours in it any more.
        left = {it.token for it in everything() if it.arm_id.lower().startswith(GROUP.partition("/resourcegroups/")[0])}
        assert left == {"network:NetworkWatcher", "resources:ResourceGroup"}
        groups = {it.name for it in everything() if it.token == RESOURCE_GROUP}
        assert not {name for name in groups if "-dev" in name}


COUNT = "SELECT 'rows: ' || count(*) FROM app.organizations"


def switched_on(cfctl: Any, everything: Callable[[], list[Record]], tenant: UUID) -> SigningKey:
    """Signed contexts on, and what then holds; the key."""
    choose(cfctl, {"signed_context": True})
    deployed(cfctl)
    gate = cfctl("db", "gate", STACK, "--json")
    assert gate.status == 0, gate.err
    status, said = asked(cfctl, COUNT, "--tenant", "acme")
    assert status != 0
    assert "tenant context is not sealed" in said
    (key,) = signing_keys(everything())
    token = key.token(tenant, "administrator", "", seconds=60)
    status, said = asked(cfctl, f"SELECT tenancy.enter('{token}'); {COUNT}")
    assert (status, "rows: " in said) == (0, True), said
    state = layout_of(cfctl.home).state(STACK).read_text(encoding="utf-8")
    assert key.id in state
    assert not any(text in state for text in (key.secret.decode(), b64encode(key.secret).decode()))
    assert set(deployed(cfctl)) == {"same"}
    return key


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_signed_contexts_are_switched_on_off_and_on_again_on_a_standing_deployment(
    elsewhere: Callable[[], Any],
) -> None:
    """While they are on nobody is bound to a tenant by naming it, the gate holds the mode, a token of the key in the
    vault opens its tenant, and data is exported as ever. Off, all is as before; on again there is another key.
    """
    cfctl = elsewhere()
    choose(cfctl, {})
    deployed(cfctl)
    added = cfctl("tenant", "add", STACK, "--tenant", "acme", "--name", "Acme Corp")
    assert added.status == 0, added.err
    acme = UUID(cfctl("tenant", "list", STACK, "--json").document["rows"][0]["id"])
    with standing(cfctl) as everything:
        first = switched_on(cfctl, everything, acme)
        choose(cfctl, {})
        deployed(cfctl)
        assert signing_keys(everything()) == []
        assert asked(cfctl, COUNT, "--tenant", "acme")[0] == 0
        assert cfctl("db", "gate", STACK).status == 0
        assert switched_on(cfctl, everything, acme).id != first.id
    exported = cfctl("tenant", "export", STACK, "--name", "kept")
    assert exported.status == 0, exported.err
    assert cfctl("down", STACK, GLOBAL, "--yes").status == 0


def test_a_deployment_that_always_records_flows_needs_no_account_and_takes_its_record_down_with_it(
    elsewhere: Callable[[], Any],
) -> None:
    """And an account that comes afterwards takes over the watcher that Azure has made."""
    cfctl = elsewhere()
    up = cfctl("up", "global-stg", "--json")
    assert up.status == 0, up.err
    with standing(cfctl) as everything:
        assert named(everything(), "network:FlowLog") == ["fl-cf-global-stg"]
        assert cfctl("init", "sandbox").status == 0
        account = cfctl("up", "account", "--json")
        assert account.status == 0, account.err
        assert cfctl("down", "global-stg", "--yes").status == 0
        assert not named(everything(), "network:FlowLog")
        assert "NetworkWatcher_westeurope" in named(everything(), "network:NetworkWatcher")
        again = cfctl("up", "account", "--json")
        assert set(again.document["runs"][0]["changes"]) == {"same"}
