"""The real Pulumi CLI with the stand-in attached: a small program goes up, is unchanged, and comes down."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from sandbox.random import RandomProvider
from sandbox.serve import debug_providers, serve
from tests.sandbox.azure.cloud import SUBSCRIPTION

PROGRAM = """
import pulumi
import pulumi_random as random
from pulumi_azure_native import authorization, network, resources

suffix = random.RandomString("suffix", length=4, special=False, upper=False)
group = resources.ResourceGroup("group", resource_group_name="rg-cli", tags={"Owner": "DevOps"})
vnet = network.VirtualNetwork(
    "network",
    resource_group_name=group.name,
    virtual_network_name=pulumi.Output.concat("vnet-", suffix.result),
    address_space=network.AddressSpaceArgs(address_prefixes=["10.10.0.0/16"]),
)
subnet = network.Subnet(
    "subnet",
    resource_group_name=group.name,
    virtual_network_name=vnet.name,
    subnet_name="apps",
    address_prefix="10.10.1.0/24",
    delegations=[network.DelegationArgs(name="apps", service_name="Microsoft.App/environments")],
)
pulumi.export("subnet", subnet.id)
pulumi.export("suffix", suffix.result)
pulumi.export("tenant", authorization.get_client_config_output().tenant_id)
"""
pytestmark = [
    pytest.mark.slow,  # the CLI starts the program anew for each of four commands
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    # The CLI is told which Python to take, so that it finds the packages of this one.
    runtime = {"name": "python", "options": {"virtualenv": str(Path(sys.executable).parent.parent)}}
    (folder / "Pulumi.yaml").write_text(json.dumps({"name": "small", "runtime": runtime}))
    config = {"azure-native:subscriptionId": SUBSCRIPTION, "azure-native:location": "westeurope"}
    (folder / "Pulumi.dev.yaml").write_text(json.dumps({"config": config}))
    (folder / "__main__.py").write_text(PROGRAM)
    (tmp_path / "state").mkdir()
    return folder


def test_the_cli_takes_the_stand_in_for_its_providers(store: Store, project: Path) -> None:
    """Up with its preview, refresh, a preview without a change, destroy: the cloud is as empty as before."""
    with serve({"azure-native": AzureProvider(store), "random": RandomProvider()}) as ports:
        environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{project.parent / 'state'}",
            "PULUMI_HOME": str(project.parent / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_DEBUG_PROVIDERS": debug_providers(ports),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

        def pulumi(*arguments: str) -> str:
            command = ["pulumi", *arguments, "--non-interactive"]
            done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        pulumi("stack", "init", "dev")
        pulumi("up", "--yes", "--stack", "dev")
        outputs = json.loads(pulumi("stack", "output", "--json", "--stack", "dev"))
        assert outputs["subnet"].endswith(f"/virtualNetworks/vnet-{outputs['suffix']}/subnets/apps")
        assert outputs["tenant"] == store.read(lambda tx: tx.tenant(SUBSCRIPTION))
        live = {record.token for record in store.read(lambda tx: tx.everything())}
        assert live == {"resources:ResourceGroup", "network:VirtualNetwork", "network:Subnet"}
        pulumi("refresh", "--yes", "--stack", "dev", "--skip-preview")
        pulumi("preview", "--stack", "dev", "--expect-no-changes")
        pulumi("destroy", "--yes", "--stack", "dev", "--skip-preview")
        assert store.read(lambda tx: tx.everything()) == []
