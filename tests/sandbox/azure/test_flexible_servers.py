"""Flexible servers and what lies in them refuse what Azure refuses (no real server runs here)."""

import pytest

from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud, Live

SERVER = "dbforpostgresql:Server"
DELEGATION = "Microsoft.DBforPostgreSQL/flexibleServers"


@pytest.fixture
def landed(grounds: Cloud) -> tuple[Cloud, Live, Live, Live]:
    """A network with a delegated subnet and a zone that is not linked yet."""
    network = grounds.network()
    return grounds, network, grounds.subnet("db", "10.10.2.0/24", DELEGATION), grounds.zone()


def in_network(subnet: Live, zone: Live, **more: object) -> dict[str, object]:
    ids = {"delegatedSubnetResourceId": subnet.id, "privateDnsZoneArmResourceId": zone.id}
    return {"network": {**ids, **more}}


def child(name: str, key: str, **more: object) -> dict[str, object]:
    return {"resourceGroupName": GROUP, "serverName": "psql-test", key: name, **more}


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"version": "10"}, "InvalidParameterValue", "Version"),
        ({"sku": {"name": "Standard_B1ms", "tier": "GeneralPurpose"}}, "InvalidParameterValue", "SkuTier"),
        ({"sku": {"name": "GP_Standard_D4s_v3", "tier": "GeneralPurpose"}}, "InvalidParameterValue", "SkuName"),
        ({"storage": {"storageSizeGB": 33}}, "InvalidParameterValue", "StorageSizeGB"),
        ({"highAvailability": {"mode": "ZoneRedundant"}}, "InvalidParameterValue", "HighAvailability"),
        ({"backup": {"backupRetentionDays": 36}}, "InvalidParameterValue", "BackupRetentionDays"),
        ({"authConfig": {"passwordAuth": "Disabled"}}, "InvalidParameterValue", "AuthConfig"),
        ({"authConfig": {"passwordAuth": "Enabled"}}, "MissingRequiredParameter", "administratorLogin"),
        ({"version": None}, "MissingRequiredParameter", "version"),
        ({"serverName": "Upper-Case"}, "InvalidServerName", "lower-case"),
        ({"identity": {"type": "UserAssigned", "userAssignedIdentities": {"/subscriptions/x/y": {}}}},
         "FailedIdentityOperation", "was not found"),
    ],
)  # fmt: skip
def test_a_server_refuses(grounds: Cloud, change: dict[str, object], code: str, says: str) -> None:
    wanted = {key: value for key, value in {**grounds.server_inputs(), **change}.items() if value is not None}
    told = grounds.refused(SERVER, "s", **wanted)
    assert f'Status=400 Code="{code}"' in told
    assert says in told


def test_restores_are_refused_not_faked(grounds: Cloud) -> None:
    told = grounds.refused(SERVER, "s", **grounds.server_inputs(createMode="PointInTimeRestore"))
    assert "restores are not modelled" in told


def test_a_server_name_exists_once_in_the_world(grounds: Cloud) -> None:
    grounds.server()
    grounds.group("rg-other")
    told = grounds.refused(SERVER, "s", **{**grounds.server_inputs(), "resourceGroupName": "rg-other"})
    assert 'Status=409 Code="ServerNameAlreadyExists"' in told


def test_storage_and_version_do_not_go_back(grounds: Cloud) -> None:
    server = grounds.server(storage={"storageSizeGB": 128})
    told = grounds.update_refused(server, storage={"storageSizeGB": 64})
    assert "Storage cannot be made smaller" in told
    assert "cannot go back from 18 to 16" in grounds.update_refused(server, version="16")
    grown = grounds.update(server, storage={"storageSizeGB": 256})
    assert grown.outputs["storage"]["tier"] == "P15"


def test_a_server_in_a_network_needs_all_of_it(landed: tuple[Cloud, Live, Live, Live]) -> None:
    cloud, network, subnet, zone = landed
    link = cloud.link(zone, network)
    without_zone = {"network": {"delegatedSubnetResourceId": subnet.id}}
    told = cloud.refused(SERVER, "s", **cloud.server_inputs(**without_zone))
    assert 'Code="EmptyPrivateDnsZoneArmResourceId"' in told
    public = in_network(subnet, zone, publicNetworkAccess="Enabled")
    assert 'Code="ConflictingPublicNetworkAccess"' in cloud.refused(SERVER, "s", **cloud.server_inputs(**public))
    plain = cloud.subnet("plain", "10.10.3.0/24")
    told = cloud.refused(SERVER, "s", **cloud.server_inputs(**in_network(plain, zone)))
    assert 'Code="OperationFailed"' in told
    assert "missing required delegations" in told
    cloud.delete(link)
    told = cloud.refused(SERVER, "s", **cloud.server_inputs(**in_network(subnet, zone)))
    assert 'Code="OperationFailed"' in told
    assert "is not linked" in told


def test_a_servers_zone_has_azures_suffix_and_not_the_servers_own_name(landed: tuple[Cloud, Live, Live, Live]) -> None:
    cloud, network, subnet, _ = landed
    for name in ("somewhere.internal", "psql-test.postgres.database.azure.com"):
        zone = cloud.zone(name)
        cloud.link(zone, network, name.partition(".")[0])
        told = cloud.refused(SERVER, "s", **cloud.server_inputs(**in_network(subnet, zone)))
        assert 'Status=400 Code="PrivateDnsZoneNameNotValid"' in told


def test_a_server_stays_in_its_network(landed: tuple[Cloud, Live, Live, Live]) -> None:
    cloud, network, subnet, zone = landed
    cloud.link(zone, network)
    server = cloud.server(**in_network(subnet, zone))
    assert server.outputs["network"]["publicNetworkAccess"] == "Disabled"
    other = cloud.subnet("other", "10.10.4.0/24", DELEGATION)
    assert 'Code="InvalidParameterValue"' in cloud.update_refused(server, **in_network(other, zone))


def test_a_bigger_sku_and_availability_are_taken(grounds: Cloud) -> None:
    server = grounds.server(
        sku={"name": "Standard_D4ds_v5", "tier": "GeneralPurpose"},
        highAvailability={"mode": "ZoneRedundant"},
        backup={"backupRetentionDays": 35, "geoRedundantBackup": "Enabled"},
    )
    assert server.outputs["highAvailability"] == {"mode": "ZoneRedundant", "state": "Healthy"}
    assert server.outputs["fullyQualifiedDomainName"] == "psql-test.postgres.database.azure.com"


# Databases, parameters, administrators --------------------------------------------------------------------------------


def test_a_database_has_defaults_that_stay(grounds: Cloud) -> None:
    grounds.server()
    made = grounds.create("dbforpostgresql:Database", "d", **child("user_service", "databaseName"))
    assert (made.outputs["charset"], made.outputs["collation"]) == ("UTF8", "en_US.utf8")
    assert 'Code="InvalidParameterValue"' in grounds.update_refused(made, collation="C")


def test_the_databases_of_a_server_are_there_from_the_start(grounds: Cloud) -> None:
    grounds.server()
    told = grounds.refused("dbforpostgresql:Database", "d", **child("postgres", "databaseName"))
    assert told.startswith("cannot create already existing resource")


def test_a_database_name_is_checked_by_the_service_too(grounds: Cloud) -> None:
    """The provider's own pattern forbids a digit in front; the code is the service's."""
    server = grounds.server()
    with pytest.raises(Exception, match='Code="InvalidDatabaseName"'):
        grounds.provider.arm.create(f"{server.id}/databases/1st", {})


def test_a_parameter_is_taken_over_and_put_back(grounds: Cloud) -> None:
    """It is there with its server: a create changes it, a delete resets it."""
    server = grounds.server()
    arm_id = f"{server.id}/configurations/log_lock_waits"
    before = grounds.provider.arm.read(arm_id)
    assert before is not None
    assert (before["value"], before["source"]) == ("off", "system-default")
    made = grounds.create(
        "dbforpostgresql:Configuration", "c", **child("log_lock_waits", "configurationName", value="on")
    )
    assert made.id == arm_id
    assert (made.outputs["value"], made.outputs["source"]) == ("on", "user-override")
    grounds.delete(made)
    after = grounds.provider.arm.read(arm_id)
    assert after is not None
    assert after["value"] == "off"


def test_a_static_parameter_waits_for_a_restart(grounds: Cloud) -> None:
    grounds.server()
    preload = child("shared_preload_libraries", "configurationName", value="pgaudit,pg_stat_statements")
    assert grounds.create("dbforpostgresql:Configuration", "c", **preload).outputs["isConfigPendingRestart"] is True
    dynamic = child("log_lock_waits", "configurationName", value="on")
    assert grounds.create("dbforpostgresql:Configuration", "d", **dynamic).outputs["isConfigPendingRestart"] is False


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("log_lock_waits", "perhaps", "ServerParameterToCMSUnAllowedParameterValue"),
        ("azure.extensions", "NOSUCH", "ServerParameterToCMSUnAllowedParameterValue"),
        ("reserved_connections", "7", "ConfigurationReadOnly"),
    ],
)
def test_a_parameter_takes_its_own_values(grounds: Cloud, name: str, value: str, code: str) -> None:
    grounds.server()
    told = grounds.refused("dbforpostgresql:Configuration", "c", **child(name, "configurationName", value=value))
    assert f'Code="{code}"' in told


def test_an_unknown_parameter_is_refused_not_taken(grounds: Cloud) -> None:
    grounds.server()
    told = grounds.refused("dbforpostgresql:Configuration", "c", **child("no_such", "configurationName", value="1"))
    assert "does not model server parameter 'no_such'" in told


def administrator(**more: object) -> dict[str, object]:
    return child(SUBSCRIPTION, "objectId", principalName="admins", principalType="Group", **more)


def test_an_administrator_is_known_by_object_id(grounds: Cloud) -> None:
    grounds.server()
    made = grounds.create("dbforpostgresql:AdministratorsMicrosoftEntra", "a", **administrator())
    assert made.outputs["objectId"] == SUBSCRIPTION
    assert made.outputs["tenantId"]


@pytest.mark.parametrize("wrong", [{"principalType": "Robot"}, {"principalName": None}, {"objectId": "not-a-guid"}])
def test_an_administrator_is_a_principal(grounds: Cloud, wrong: dict[str, object]) -> None:
    grounds.server()
    wanted = {key: value for key, value in {**administrator(), **wrong}.items() if value is not None}
    told = grounds.refused("dbforpostgresql:AdministratorsMicrosoftEntra", "a", **wanted)
    assert 'Code="InvalidParameterValue"' in told


def test_an_administrator_needs_entra_on_the_server(grounds: Cloud) -> None:
    password = {"administratorLogin": "pgadmin", "administratorLoginPassword": "hunter2"}
    grounds.server(authConfig={"passwordAuth": "Enabled"}, **password)
    told = grounds.refused("dbforpostgresql:AdministratorsMicrosoftEntra", "a", **administrator())
    assert "does not take Microsoft Entra authentication" in told


def test_what_lies_in_a_server_goes_with_it(grounds: Cloud) -> None:
    server = grounds.server()
    made = grounds.create("dbforpostgresql:Database", "d", **child("user_service", "databaseName"))
    grounds.delete(server)
    assert grounds.refresh(made).id == ""
