"""`cfctl whois` says whose a name or an address is, of what stands and of what only could."""

from typing import Any

import pytest

from tests.cli.in_process import InProcess

GROUP = "/subscriptions/00000000-0000-0000-0000-0000000000d1/resourceGroups"


def resource(deployment: str, kind: str, path: str, **outputs: Any) -> dict[str, Any]:
    type_ = f"azure-native:{kind}"
    name = path.rpartition("/")[2]
    return {
        "urn": f"urn:pulumi:{deployment}::complianceflow::{type_}::{name}-logical",
        "custom": True,
        "type": type_,
        "id": f"{GROUP}/rg-cf-{deployment}/providers/{path}",
        "outputs": {"tags": {"Owner": "DevOps"}, **outputs},
    }


@pytest.fixture
def up(cfctl: Any, request: pytest.FixtureRequest) -> InProcess:
    """Two deployments with a server and an app of the same name."""
    here = InProcess.of(cfctl, request)
    for deployment in ("global-dev", "westeu-dev-1"):
        host = f"psql-cf-{deployment}.postgres.database.azure.com"
        server = f"Microsoft.DBforPostgreSQL/flexibleServers/psql-cf-{deployment}"
        environment = f"Microsoft.App/managedEnvironments/cae-cf-{deployment}"
        address = "10.0.1.16" if deployment == "global-dev" else "10.10.1.16"
        here.write_state(
            deployment,
            {
                "resources": [
                    resource(deployment, "dbforpostgresql:Server", server, fullyQualifiedDomainName=host),
                    resource(deployment, "app:ContainerApp", "Microsoft.App/containerApps/echo", env=[{"value": host}]),
                    resource(deployment, "app:ManagedEnvironment", environment, staticIp=address),
                ]
            },
        )
    return here


def found(up: InProcess, question: str) -> list[dict[str, Any]]:
    ended = up("whois", question, "--json")
    assert ended.status == 0, ended.err
    return ended.document["matches"]


@pytest.mark.parametrize(
    "question",
    [
        "psql-cf-westeu-dev-1",
        "PSQL-CF-westeu-dev-1",
        f"{GROUP}/rg-cf-westeu-dev-1/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-cf-westeu-dev-1",
        "urn:pulumi:westeu-dev-1::complianceflow::azure-native:dbforpostgresql:Server::psql-cf-westeu-dev-1-logical",
        "psql-cf-westeu-dev-1-logical",
        "psql-cf-westeu-dev-1.postgres.database.azure.com",
    ],
)
def test_what_stands_is_found_by_every_name_that_it_has(up: InProcess, question: str) -> None:
    """And only by its own: an app that is told a host does not answer as it."""
    [match] = found(up, question)
    assert match["kind"] == "postgres_server"
    assert match["deployment"] == "westeu-dev-1"
    assert match["region"].startswith("westeu, West Europe")
    assert (match["environment"], match["status"], match["stands"]) == ("dev", "up", True)
    assert match["tags"] == {"Owner": "DevOps"}
    assert match["portal"].endswith(match["id"])
    assert match["portal"].startswith("https://portal.azure.com/#@00000000-0000-0000-0000-0000000000a1/resource/sub")


def test_several_of_one_name_are_all_listed(up: InProcess) -> None:
    """A container app is unique only in its environment."""
    assert [match["deployment"] for match in found(up, "echo")] == ["global-dev", "westeu-dev-1"]
    assert up("whois", "echo").out.count("container_app") == 2


def test_an_address_has_its_slot_and_who_holds_it(up: InProcess) -> None:
    """Of the deployment whose block it is."""
    [match] = found(up, "10.10.1.16")
    assert match["deployment"] == "westeu-dev-1"
    assert "slot apps 10.10.1.0/24" in match["detail"]
    assert match["holders"] == ["container_apps_environment cae-cf-westeu-dev-1"]


@pytest.mark.parametrize(
    ("question", "deployment", "detail"),
    [
        ("10.10.2.0/24", "westeu-dev-1", "slot db 10.10.2.0/24"),
        ("10.30.200.1", "westeu-prod-1", "set aside as standby"),
        ("10.30.15.1", "westeu-prod-1", "no subnet has it"),
        ("10.12.3.4", "", "10.12.0.0/16 is held for growth of eastus-dev-1"),
        ("10.77.0.1", "", "10.77.0.0/16 is free"),
    ],
)
def test_every_address_of_the_platform_has_an_answer(
    up: InProcess, question: str, deployment: str, detail: str
) -> None:
    """Slots, what is set aside, what lies between, held and free blocks."""
    [match] = found(up, question)
    assert match["deployment"] == deployment
    assert detail in match["detail"]


def test_a_wide_prefix_lists_each_deployment_once_and_the_rest_together(up: InProcess) -> None:
    """A page of held blocks would help nobody."""
    matches = found(up, "10.10.0.0/15")
    assert [match["deployment"] for match in matches] == ["westeu-dev-1", "eastus-dev-1"]
    assert matches[0]["detail"] == "the whole block 10.10.0.0/16"
    assert len(found(up, "10.0.0.0/8")) == 12


def test_a_generated_name_is_read_although_nothing_stands(up: InProcess) -> None:
    """Its parts say whose it would be; it has no page."""
    [match] = found(up, "snet-cf-northeu-prod-1-db")
    assert (match["kind"], match["deployment"], match["status"]) == ("subnet", "northeu-prod-1", "down")
    assert (
        match["detail"]
        == "the name of a Microsoft.Network/virtualNetworks/subnets for db; nothing of that name stands here"
    )
    assert match["portal"] == ""


def test_a_deployment_is_told_with_its_addresses(up: InProcess) -> None:
    """Also one that is not up."""
    [match] = found(up, "eastus-prod-1")
    assert (match["kind"], match["status"]) == ("deployment", "down")
    assert match["detail"].startswith("10.40.0.0/16: apps 10.40.1.0/24")


def test_the_account_is_told_too(up: InProcess) -> None:
    """It is no deployment: of no region, and without addresses; its names are read as well."""
    [account] = found(up, "account")
    assert (account["kind"], account["deployment"], account["region"]) == ("account", "account", "")
    [group] = found(up, "rg-cf-state")
    assert (group["kind"], group["deployment"], group["status"]) == ("resource_group", "account", "down")
    group_id = "/subscriptions/00000000-0000-0000-0000-0000000000c1/resourceGroups/rg-cf-state"
    standing = {**resource("account", "resources:ResourceGroup", "x"), "id": group_id}
    up.write_state("account", {"resources": [standing]})
    [group] = found(up, "rg-cf-state")
    assert (group["stands"], group["status"]) == (True, "up")
    assert group["portal"].startswith("https://portal.azure.com/#@00000000-0000-0000-0000-0000000000a1/")


@pytest.mark.parametrize(
    ("question", "what", "next_step"),
    [
        ("psql-cf-westeu-dve-1", "no name of the platform", "./cfctl whois psql-cf-westeu-dev-1"),
        ("psql-cf-westeu-dev-7", "would be a postgres_server of westeu-dev-7", "./cfctl whois psql-cf-westeu-dev-1"),
        ("8.8.8.8", "8.8.8.8 is in no block", "./cfctl map"),
        ("§", "'§'", "./cfctl list"),
    ],
)
def test_what_is_not_found_names_the_nearest(up: InProcess, question: str, what: str, next_step: str) -> None:
    """Exit status 2: the input was wrong, and nothing was changed."""
    ended = up("whois", question)
    assert ended.status == 2
    assert what in ended.err
    assert next_step in ended.err
