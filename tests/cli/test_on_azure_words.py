"""The words of docs/guides/on-azure.md are enough: the Pulumi CLI alone, typed as they stand, deploys both deployments.

Against the stand-in's providers. Only what is Azure's own is another here: the address of the state, and the key.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from cidr.yaml_source import REPOSITORY
from sandbox.azure.arm_http import ArmHttp
from sandbox.azure.invokes import client_token
from sandbox.azure.jobs.runner import JobRunner
from sandbox.azure.postgres.fleet import PostgresFleet
from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from sandbox.home import SandboxHome
from sandbox.random import RandomProvider
from sandbox.runs import ENDPOINT, SANDBOX_TIME_SCALE, TIME_SCALE
from sandbox.serve import debug_providers, serve
from stacks import load_settings
from tests.cli.conftest import Cfctl

GUIDE = REPOSITORY / "docs" / "guides" / "on-azure.md"
COMMAND = re.compile(r"^\$ (pulumi .*)$", re.MULTILINE)


def words_of(guide: str) -> list[list[str]]:
    """Every command of the Pulumi CLI in the guide's console blocks."""
    return [shlex.split(line) for line in COMMAND.findall(guide)]


def test_the_guide_has_all_words_in_their_order() -> None:
    """Log in, make the stacks with their secrets provider, deploy the global first, take it down last."""
    words = [" ".join(it[1:3]) for it in words_of(GUIDE.read_text(encoding="utf-8"))]
    login = "login azblob://state-dev?storage_account=stcfstate"
    assert words == ["install", login, "stack init", "stack init", "up -s", "up -s", "destroy -s", "destroy -s"]


def test_the_addresses_in_the_guide_are_those_of_the_account() -> None:
    """As the account's settings in the repository make them; the vault's last four characters are everybody's own."""
    from deployments.account_state import state_plan
    from stacks import load_account

    plan = state_plan(load_account())
    text = GUIDE.read_text(encoding="utf-8")
    assert f"'{plan.backend_url('dev')}'" in text
    assert re.sub(r"-[a-z0-9]{4}\.vault", "-xxxx.vault", plan.secrets_provider("dev")) in text


@contextmanager
def stand_in(home: SandboxHome) -> Iterator[Callable[[list[str], dict[str, str], Path], str]]:
    """Runs the CLI as often as it is called, against one stand-in; gives what it said."""
    store, fleet = Store(home.prepare().azure_store), PostgresFleet(home.root)
    for name in ("global-dev", "westeu-dev-1"):
        settings = load_settings(name)
        store.add_subscription(settings.subscription_id, settings.tenant_id)
    with JobRunner(home.root, store) as jobs, ArmHttp(store, fleet, SecretStr(client_token(store)), jobs) as arm:

        def run(words: list[str], environment: dict[str, str], project: Path) -> str:
            # New providers for each run: the CLI ends one by telling them to cancel, and they stay canceled.
            with serve({"azure-native": AzureProvider(store, servers=fleet), "random": RandomProvider()}) as ports:
                here = {
                    ENDPOINT: arm.url,
                    TIME_SCALE: SANDBOX_TIME_SCALE,
                    "PULUMI_DEBUG_PROVIDERS": debug_providers(ports),
                }
                done = subprocess.run(
                    words,
                    cwd=project,
                    env={**environment, **here},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    timeout=400,
                    check=False,
                )
            assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout[-4000:]}"
            return done.stdout

        try:
            yield run
        finally:
            store.close()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH")
def test_the_words_of_the_guide_deploy_and_take_down(elsewhere: Callable[[], Cfctl], tmp_path: Path) -> None:
    """Typed as they stand, but for where the state lies, what seals it, and the install, which is this environment."""
    cfctl = elsewhere()
    (state := tmp_path / "state").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
    environment = {
        **kept,
        "PULUMI_HOME": str(tmp_path / "pulumi"),
        "PULUMI_CONFIG_PASSPHRASE": "of this test",
        "PULUMI_SKIP_CONFIRMATIONS": "true",  # what a person answers
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    said: dict[str, str] = {}
    with stand_in(cfctl.home) as run:
        for words in words_of(GUIDE.read_text(encoding="utf-8")):
            if words[1] == "install":
                continue
            here = [
                re.sub(r"^azblob://.*", f"file://{state}", re.sub(r"^azurekeyvault://.*", "passphrase", it))
                for it in words
            ]
            said[" ".join(words[1:4])] = run(here, environment, cfctl.project)
    for name in ("global-dev", "westeu-dev-1"):
        assert re.search(r"\+ \d{3} created", said[f"up -s {name}"]), said[f"up -s {name}"][-2000:]
        assert re.search(r"- \d{3} deleted", said[f"destroy -s {name}"]), said[f"destroy -s {name}"][-2000:]
