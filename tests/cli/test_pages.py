"""`cfctl topology` and `cfctl map` write their pages under the home: of what stands, else of what a preview plans."""

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cidr import FaultsError
from cli.deployed import plain, sources
from cli.planned import name_ids
from sandbox.engine.model.state import ResourceState, StackState
from sandbox.engine.model.values import UNKNOWN, UNKNOWN_STRING, Output, Secret
from tests.topology.samples import SUBSCRIPTION, platform

NETWORK_PROGRAM = """
import pulumi
from pulumi_azure_native import Provider, network, resources

stack = pulumi.get_stack()
block = "10.0" if stack == "global-dev" else "10.10"
settings = pulumi.Config().require_object("settings")
azure = pulumi.ResourceOptions(provider=Provider("azure", subscription_id=settings["subscription_id"]))
if stack != "global-dev":
    pulumi.StackReference("global-dev", stack_name="organization/complianceflow/global-dev").get_output("none")
group = resources.ResourceGroup("group", resource_group_name=f"rg-cf-{stack}", location="westeurope", opts=azure)
vnet = network.VirtualNetwork(
    "vnet",
    resource_group_name=group.name,
    virtual_network_name=f"vnet-cf-{stack}",
    location="westeurope",
    address_space=network.AddressSpaceArgs(address_prefixes=[f"{block}.0.0/16"]),
    opts=azure,
)
guard = network.NetworkSecurityGroup(
    "guard",
    resource_group_name=group.name,
    network_security_group_name=f"nsg-cf-{stack}-apps",
    location="westeurope",
    opts=azure,
)
network.Subnet(
    "apps",
    resource_group_name=group.name,
    virtual_network_name=vnet.name,
    subnet_name=f"snet-cf-{stack}-apps",
    address_prefix=f"{block}.1.0/24",
    network_security_group=network.NetworkSecurityGroupArgs(id=guard.id),
    opts=azure,
)
"""


SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def write(cfctl: Any, secret: dict[str, str]) -> None:
    """Both deployments of the sample, as states; what would be shown of each (`version`) is secret."""
    for source in platform():
        resources = [
            {
                "urn": it.urn,
                "type": it.urn_type,
                "custom": True,
                "id": it.id,
                "inputs": {**it.inputs, "version": {**SECRET, **secret}},
                "propertyDependencies": dict.fromkeys(it.inputs),
            }
            for it in source.resources
        ]
        manager = {"type": "passphrase", "state": {"salt": "v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAA"}}
        cfctl.write_state(source.deployment, {"resources": resources, "secrets_providers": manager})


def test_what_is_up_is_drawn_from_its_state(cfctl: Any) -> None:
    """A regional brings its global along; the document has the model; page and document have no secret."""
    write(cfctl, {"plaintext": json.dumps("geheim")})
    ended = cfctl("topology", "westeu-dev-1", "--json")
    assert ended.status == 0, ended.err
    names = [deployment["name"] for deployment in ended.document["topology"]["deployments"]]
    assert names == ["global-dev", "westeu-dev-1"]
    assert any(crossing["source"] == "global-dev edge" for crossing in ended.document["crossings"])
    page = Path(ended.document["page"])
    assert page.parent == cfctl.home.root / "pages"
    assert stat.S_IMODE(page.parent.stat().st_mode) == 0o700
    assert "geheim" not in page.read_text() + ended.out
    assert "psql-cf-westeu-dev-1" in page.read_text()


def test_without_a_name_all_that_is_up_is_drawn(cfctl: Any) -> None:
    """And where nothing is, that is said, with what to type."""
    nothing = cfctl("topology")
    assert nothing.status == 2
    assert "nothing is up here" in nothing.err
    assert "./cfctl topology westeu-dev-1" in nothing.err
    write(cfctl, {"ciphertext": "v1:AAAAAAAAAAAAAAAA:AAAA"})  # that nobody here could open
    ended = cfctl("topology")
    assert ended.out.splitlines()[-1].endswith("/pages/topology-of-global-dev-and-westeu-dev-1.html")
    assert "6 crossings" in ended.out


@pytest.mark.parametrize(
    "arguments", [["topology"], ["map"], ["whois", "10.10.1.4"], ["logs", "global-dev", "gateway"], ["open", "portal"]]
)
def test_commands_that_look_import_no_pulumi(cfctl: Any, arguments: list[str]) -> None:
    """The SDK costs a second and 124 MB; only a plan needs it."""
    write(cfctl, {"plaintext": json.dumps("geheim")})
    code = (
        "import sys\nfrom cli.main import run\n"
        f"run({arguments!r})\n"
        "found = [name for name in sys.modules if name.split('.')[0].startswith(('pulumi', 'grpc'))]\n"
        "print('|' + ' '.join(found), file=sys.stderr)"
    )
    argv = [sys.executable, "-P", "-c", code]
    done = subprocess.run(argv, env=cfctl.environment, capture_output=True, text=True, check=True)
    assert done.stderr.rpartition("|")[2].strip() == ""


@pytest.mark.parametrize(("name", "fault"), [("westeu-dev-9", "not in the map"), ("westeu-dve-1", "'dve'")])
def test_a_name_that_is_none_is_refused(cfctl: Any, name: str, fault: str) -> None:
    """As everywhere: exit status 2, the input named."""
    ended = cfctl("topology", name)
    assert ended.status == 2
    assert fault in ended.err


def test_the_map_is_written_from_the_map_alone(cfctl: Any) -> None:
    """No state, no home is needed; the document has every block."""
    ended = cfctl("map", "--json")
    assert ended.document["utilisation"]["total"] == len(ended.document["blocks"]) == 100
    assert Path(ended.document["page"]).read_text().startswith("<!doctype html>")
    assert "100 blocks" in cfctl("map").out


def test_a_home_that_cannot_be_written_is_a_fault(cfctl: Any) -> None:
    """A file stands where the pages go."""
    cfctl.home.prepare()
    (cfctl.home.root / "pages").write_text("")
    ended = cfctl("map")
    assert ended.status == 2
    assert "the page cannot be written" in ended.err


@pytest.fixture
def networks(small: Any) -> Any:
    """A copy of the repository whose program makes a network."""
    (small.project / "__main__.py").write_text(NETWORK_PROGRAM)
    for room in ("topology", "tenancy"):
        if not (small.project / room).exists():
            (small.project / room).symlink_to(Path(__file__).resolve().parents[2] / room)
    return small


def test_what_is_not_up_is_drawn_from_a_preview(networks: Any) -> None:
    """Regional and global while neither was ever made: subnets in their networks, groups found, nothing changed."""
    ended = networks("topology", "westeu-dev-1", "--json")
    assert ended.status == 0, ended.err
    deployments = ended.document["topology"]["deployments"]
    assert [deployment["status"] for deployment in deployments] == ["planned", "planned"]
    for deployment in deployments:
        [network] = deployment["networks"]
        [subnet] = network["subnets"]
        assert subnet["group"] == f"nsg-cf-{deployment['name']}-apps"
        assert subnet["title"] == "apps"
    standings = {row["deployment"]: row["status"] for row in networks("list", "--json").document["deployments"]}
    assert set(standings.values()) == {"down"}


def test_a_preview_that_fails_is_told_with_its_error(networks: Any) -> None:
    """Not a page of half a deployment."""
    (networks.project / "__main__.py").write_text("raise ValueError('no such thing')\n")
    ended = networks("topology", "global-dev")
    assert ended.status == 2
    assert "its preview failed: ValueError: no such thing" in ended.err
    assert "./cfctl preview global-dev" in ended.err


def state(kind: str, name: str, inputs: dict[str, Any], **needs: list[str]) -> ResourceState:
    type_ = f"azure-native:{kind}"
    urn = f"urn:pulumi:s::p::{type_}::{name}"
    return ResourceState(urn=urn, type=type_, custom=True, inputs=inputs, property_dependencies=needs)


def test_planned_ids_follow_from_names_and_stay_open_where_they_do_not() -> None:
    """A name that is another resource's is that one's name; anything else unknown is not guessed."""
    group = state("resources:ResourceGroup", "group", {"resourceGroupName": "rg-x"})
    vnet = state(
        "network:VirtualNetwork",
        "vnet",
        {"resourceGroupName": UNKNOWN, "virtualNetworkName": "vnet-x"},
        resourceGroupName=[group.urn],
    )
    zone = state(
        "privatedns:PrivateZone",
        "zone",
        {"resourceGroupName": "rg-x", "privateZoneName": UNKNOWN},
        privateZoneName=["urn:pulumi:s::p::azure-native:app:ManagedEnvironment::apps"],
    )
    name_ids(StackState([group, vnet, zone]), "00000000-0000-0000-0000-0000000000d1")
    assert vnet.id == f"{SUBSCRIPTION}/resourceGroups/rg-x/providers/Microsoft.Network/virtualNetworks/vnet-x"
    assert zone.id == ""


def test_secrets_and_unknowns_are_nothing_at_any_depth() -> None:
    """What draws and tells must not be able to show them."""
    value = {"a": [Secret("x"), UNKNOWN, UNKNOWN_STRING, {"b": Output("x", True, ())}], "c": Output("y", False, ())}
    assert plain(value) == {"a": [None, None, None, {"b": None}], "c": "y"}


def test_sources_need_a_name_or_something_up(cfctl: Any) -> None:
    """The function itself, for other commands."""
    with pytest.raises(FaultsError, match="nothing is up here"):
        sources(cfctl.home, cfctl.project, [], lambda _: None)
