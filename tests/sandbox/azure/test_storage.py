"""Storage accounts, their blob service, containers and rules refuse what Azure refuses, and answer as it does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.azure.catalog.storage_redundancy import ARCHIVING, KINDS, PAIRED, WITHOUT_ZONES
from sandbox.azure.regions import REGIONS
from tests.sandbox.azure.cloud import GROUP, Cloud, Live

ACCOUNT, SERVICE = "storage:StorageAccount", "storage:BlobServiceProperties"
CONTAINER, POLICY = "storage:BlobContainer", "storage:ManagementPolicy"
IMMUTABLE = "storage:BlobContainerImmutabilityPolicy"


def account(name: str = "stcftest", sku: str = "Standard_LRS", **more: Any) -> dict[str, Any]:
    return {"resourceGroupName": GROUP, "accountName": name, "kind": "StorageV2", "sku": {"name": sku}, **more}


def service(**more: Any) -> dict[str, Any]:
    return {"resourceGroupName": GROUP, "accountName": "stcftest", "blobServicesName": "default", **more}


def container(name: str = "documents", **more: Any) -> dict[str, Any]:
    return {"resourceGroupName": GROUP, "accountName": "stcftest", "containerName": name, **more}


def immutable(days: int = 30, **more: Any) -> dict[str, Any]:
    names = {**container("audit"), "immutabilityPolicyName": "default"}
    return {**names, "immutabilityPeriodSinceCreationInDays": days, **more}


def rule(name: str = "Rule", /, types: tuple[str, ...] = ("blockBlob",), **parts: Any) -> dict[str, Any]:
    definition = {"actions": parts, "filters": {"blobTypes": list(types), "prefixMatch": ["documents/"]}}
    return {"name": name, "type": "Lifecycle", "enabled": True, "definition": definition}


def lifecycle(*rules: dict[str, Any], name: str = "default") -> dict[str, Any]:
    names = {"resourceGroupName": GROUP, "accountName": "stcftest", "managementPolicyName": name}
    return {**names, "policy": {"rules": list(rules)}}


OLD = {"daysAfterModificationGreaterThan": 30}


@pytest.fixture
def stored(grounds: Cloud) -> tuple[Cloud, Live]:
    return grounds, grounds.create(ACCOUNT, "st", **account())


# Accounts -------------------------------------------------------------------------------------------------------------


def test_an_account_answers_with_its_addresses_and_times(stored: tuple[Cloud, Live]) -> None:
    outputs = stored[1].outputs
    assert outputs["primaryEndpoints"]["blob"] == "https://stcftest.blob.core.windows.net/"
    assert outputs["primaryEndpoints"]["web"] == "https://stcftest.z6.web.core.windows.net/"
    assert outputs["sku"] == {"name": "Standard_LRS", "tier": "Standard"}
    assert outputs["creationTime"].endswith("Z")
    assert outputs["provisioningState"] == "Succeeded"
    assert not {"secondaryEndpoints", "secondaryLocation"} & outputs.keys()


def test_an_account_takes_https_alone_unless_it_is_told_otherwise(grounds: Cloud) -> None:
    assert grounds.create(ACCOUNT, "a", **account("sta")).outputs["enableHttpsTrafficOnly"] is True
    open_one = grounds.create(ACCOUNT, "b", **account("stb", enableHttpsTrafficOnly=False))
    assert open_one.outputs["enableHttpsTrafficOnly"] is False


@pytest.mark.parametrize(("sku", "readable"), [("Standard_GRS", False), ("Standard_RAGZRS", True)])
def test_geo_redundancy_has_a_second_place(grounds: Cloud, sku: str, readable: bool) -> None:
    outputs = grounds.create(ACCOUNT, "st", **account(sku=sku)).outputs
    assert (outputs["secondaryLocation"], outputs["statusOfSecondary"]) == ("northeurope", "available")
    assert ("secondaryEndpoints" in outputs) == readable
    if readable:
        assert outputs["secondaryEndpoints"]["blob"] == "https://stcftest-secondary.blob.core.windows.net/"


@pytest.mark.parametrize("name", ["st-cf", "STCF", "s" * 25, "st"])
def test_a_name_is_short_and_plain(grounds: Cloud, name: str) -> None:
    """The provider knows the pattern of characters; the lengths are the service's."""
    checked = grounds.check(ACCOUNT, "st", account(name))
    if checked.failures:
        assert "does not match expression" in checked.failures[0].reason
    else:
        assert 'Status=400 Code="AccountNameInvalid"' in grounds.refused(ACCOUNT, "st", **account(name))


def test_a_name_is_taken_in_the_whole_world_and_free_when_deleted(stored: tuple[Cloud, Live]) -> None:
    """Other than a vault, a deleted account holds nothing."""
    cloud, made = stored
    cloud.group("rg-other")
    again = {**account(), "resourceGroupName": "rg-other"}
    assert 'Status=409 Code="StorageAccountAlreadyTaken"' in cloud.refused(ACCOUNT, "again", **again)
    cloud.delete(made)
    cloud.create(ACCOUNT, "again", **again)


def test_what_comes_with_an_account_goes_with_it(stored: tuple[Cloud, Live]) -> None:
    cloud, made = stored
    blobs = f"{made.id}/blobServices/default"
    assert cloud.provider.arm.read(blobs) is not None
    cloud.delete(made)
    assert cloud.store.read(lambda tx: tx.find(blobs)) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sku": {"name": "Standard_XRS"}}, "InvalidAccountType"),
        ({"kind": "BlockBlobStorage"}, "InvalidAccountType"),
        ({"kind": "Storage"}, "InvalidAccountType"),
        ({"minimumTlsVersion": "TLS1_0"}, "InvalidValuesForRequestParameters"),
        ({"publicNetworkAccess": "Sometimes"}, "InvalidValuesForRequestParameters"),
        ({"networkRuleSet": {"defaultAction": "Refuse"}}, "InvalidValuesForRequestParameters"),
        ({"networkRuleSet": {"bypass": "AzureServices"}}, "InvalidValuesForRequestParameters"),
        ({"networkRuleSet": {"defaultAction": "Deny", "bypass": "Friends"}}, "InvalidValuesForRequestParameters"),
        ({"sasPolicy": {"sasExpirationPeriod": "1 hour"}}, "InvalidValuesForRequestParameters"),
        ({"sasPolicy": {"sasExpirationPeriod": "0.25:00:00"}}, "InvalidValuesForRequestParameters"),
        ({"sasPolicy": {"sasExpirationPeriod": "1.00:00:00", "expirationAction": "Shout"}},
         "InvalidValuesForRequestParameters"),
        ({"accessTier": "Archive"}, "InvalidAccessTier"),
        ({"kind": "BlobStorage"}, "InvalidAccessTier"),
        ({"networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"iPAddressOrRange": "10.0.0.4"}]}},
         "NetworkAclsValidationFailure"),
        ({"networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"iPAddressOrRange": "20.1.2.3/32"}]}},
         "NetworkAclsValidationFailure"),
        ({"networkRuleSet": {"defaultAction": "Deny", "virtualNetworkRules": [
            {"virtualNetworkResourceId": f"/subscriptions/s/resourceGroups/{GROUP}/providers/Microsoft.Network"
             "/virtualNetworks/v/subnets/none"}]}}, "NetworkAclsValidationFailure"),
        ({"identity": {"type": "UserAssigned", "userAssignedIdentities": ["/subscriptions/s/none"]}},
         "FailedIdentityOperation"),
    ],
)  # fmt: skip
def test_an_account_refuses(grounds: Cloud, change: dict[str, Any], code: str) -> None:
    told = grounds.refused(ACCOUNT, "st", **{**account(), **change})
    assert f'Status=400 Code="{code}"' in told


def test_an_account_takes_what_the_platform_asks_for(grounds: Cloud) -> None:
    closed: dict[str, Any] = {
        "networkRuleSet": {
            "defaultAction": "Deny",
            "bypass": "AzureServices, Logging",
            "ipRules": [{"iPAddressOrRange": "20.1.2.0/30"}],
        },
        "sasPolicy": {"sasExpirationPeriod": "0.01:00:00", "expirationAction": "Block"},
        "minimumTlsVersion": "TLS1_2",
        "publicNetworkAccess": "Disabled",
    }
    assert grounds.create(ACCOUNT, "st", **account(**closed)).outputs["networkRuleSet"]["defaultAction"] == "Deny"


@pytest.mark.parametrize(("sku", "place"), [("Standard_ZRS", "westus"), ("Standard_GRS", "italynorth")])
def test_a_region_lacks_what_it_lacks(grounds: Cloud, sku: str, place: str) -> None:
    told = grounds.refused(ACCOUNT, "st", **account(sku=sku, location=place))
    assert 'Status=400 Code="RedundancyConfigurationNotAvailableInRegion"' in told
    assert f"not available in selected Region - {place}" in told


def test_pairs_and_zones_speak_of_regions_that_there_are() -> None:
    """Sweden South takes copies alone and is in no list of regions that one deploys to."""
    assert {*PAIRED, *WITHOUT_ZONES} <= {*REGIONS}
    assert {*PAIRED.values()} - {*REGIONS} == {"swedensouth"}
    assert set(KINDS["StorageV2"]) >= ARCHIVING


@pytest.mark.parametrize("to", ["Standard_GRS", "Standard_RAGRS"])
def test_geo_redundancy_comes_and_goes(stored: tuple[Cloud, Live], to: str) -> None:
    cloud, made = stored
    assert cloud.update(made, sku={"name": to}).outputs["secondaryLocation"] == "northeurope"
    assert "secondaryLocation" not in cloud.update(made, sku={"name": "Standard_LRS"}).outputs


@pytest.mark.parametrize("to", ["Standard_ZRS", "Standard_RAGZRS", "Premium_LRS"])
def test_zones_and_premium_are_no_update(stored: tuple[Cloud, Live], to: str) -> None:
    told = stored[0].update_refused(stored[1], sku={"name": to})
    assert 'Status=400 Code="StorageAccountTypeConversionNotAllowed"' in told


def test_encryption_twice_is_for_good(grounds: Cloud) -> None:
    """Neither taken back nor, once an account is made without it, even named."""
    wanted = {"keySource": "Microsoft.Storage", "requireInfrastructureEncryption": True}
    made = grounds.create(ACCOUNT, "a", **account("sta", encryption=wanted))
    off = {**wanted, "requireInfrastructureEncryption": False}
    assert 'Status=400 Code="AccountPropertyCannotBeUpdated"' in grounds.update_refused(made, encryption=off)
    kept = grounds.update(made, encryption={"keySource": "Microsoft.Storage"})
    assert kept.outputs["encryption"]["requireInfrastructureEncryption"] is True
    without = grounds.create(ACCOUNT, "b", **account("stb"))
    assert 'Code="AccountPropertyCannotBeUpdated"' in grounds.update_refused(without, encryption=off)


def test_a_kind_stays(stored: tuple[Cloud, Live]) -> None:
    told = stored[0].update_refused(stored[1], kind="BlobStorage", accessTier="Hot")
    assert 'Code="AccountPropertyCannotBeUpdated"' in told


@pytest.mark.parametrize("change", [{"isHnsEnabled": True}, {"location": "northeurope"}])
def test_the_provider_replaces_for_these(stored: tuple[Cloud, Live], change: dict[str, Any]) -> None:
    assert list(stored[0].diff(stored[1], **change).replaces) == list(change)


def test_a_subscription_has_250_accounts_in_a_region(grounds: Cloud) -> None:
    """The figure is Azure's default; a sandbox may have another."""
    with grounds.store.transaction() as tx:
        tx.set("quota", f"{ACCOUNT}/westeurope", "1")
    grounds.create(ACCOUNT, "one", **account("stone"))
    told = grounds.refused(ACCOUNT, "two", **account("sttwo"))
    assert 'Code="MaxStorageAccountsCountPerSubscriptionExceeded"' in told
    grounds.create(ACCOUNT, "three", **account("stthree", location="northeurope"))


def test_an_account_takes_one_write_at_a_time(stored: tuple[Cloud, Live]) -> None:
    cloud, made = stored
    with cloud.store.transaction() as tx:
        tx.begin_write({made.id: True}, cloud.clock.now, cloud.clock.now + 30)
    told = cloud.update_refused(made, accessTier="Cool")
    assert 'Status=409 Code="StorageAccountOperationInProgress"' in told
    cloud.clock.now += 31
    cloud.update(made, accessTier="Cool")


# The blob service -----------------------------------------------------------------------------------------------------


def test_the_blob_service_is_there_before_it_is_asked_for(stored: tuple[Cloud, Live]) -> None:
    """A create sets its properties, a delete sets them back."""
    cloud, _ = stored
    made = cloud.create(SERVICE, "s", **service(isVersioningEnabled=True))
    assert made.outputs["isVersioningEnabled"] is True
    assert made.outputs["sku"]["name"] == "Standard_LRS"
    cloud.delete(made)
    again = cloud.provider.arm.read(made.id)
    assert again is not None
    assert "isVersioningEnabled" not in again
    assert again["deleteRetentionPolicy"] == {"allowPermanentDelete": False, "enabled": False}


def test_a_service_with_containers_is_not_set_back_here(stored: tuple[Cloud, Live]) -> None:
    """Azure would leave the containers; the stand-in would take them away, and says so rather than do it."""
    cloud, made = stored
    blobs = cloud.create(SERVICE, "s", **service())
    cloud.create(CONTAINER, "c", **container())
    assert 'Status=501 Code="ResetNotModelled"' in cloud.delete_refused(blobs)
    cloud.delete(made)


@pytest.mark.parametrize(
    "wrong",
    [
        {"deleteRetentionPolicy": {"enabled": True}},
        {"deleteRetentionPolicy": {"enabled": True, "days": 366}},
        {"containerDeleteRetentionPolicy": {"enabled": True, "days": 0}},
        {"changeFeed": {"enabled": True, "retentionInDays": 0}},
        {"restorePolicy": {"enabled": True, "days": 3}},
        {"restorePolicy": {"enabled": True, "days": 7}, "isVersioningEnabled": True, "changeFeed": {"enabled": True},
         "deleteRetentionPolicy": {"enabled": True, "days": 7}},
        {"cors": {"corsRules": [{"allowedHeaders": [], "allowedMethods": ["GET"], "allowedOrigins": ["*"],
                                 "exposedHeaders": [], "maxAgeInSeconds": 1}] * 6}},
    ],
)  # fmt: skip
def test_a_blob_service_refuses(stored: tuple[Cloud, Live], wrong: dict[str, Any]) -> None:
    told = stored[0].refused(SERVICE, "s", **service(**wrong))
    assert 'Status=400 Code="InvalidValuesForRequestParameters"' in told


def test_a_restore_reaches_back_less_far_than_soft_delete(stored: tuple[Cloud, Live]) -> None:
    stored[0].create(
        SERVICE,
        "s",
        **service(
            restorePolicy={"enabled": True, "days": 6},
            isVersioningEnabled=True,
            changeFeed={"enabled": True},
            deleteRetentionPolicy={"enabled": True, "days": 7},
        ),
    )


# Containers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ab", "Documents", "two--dashes", "-first", "last-"])
def test_a_container_has_a_name_that_azure_takes(stored: tuple[Cloud, Live], name: str) -> None:
    assert 'Status=400 Code="InvalidResourceName"' in stored[0].refused(CONTAINER, "c", **container(name))


def test_a_container_is_unique_in_its_account_and_free_when_deleted(stored: tuple[Cloud, Live]) -> None:
    cloud, _ = stored
    made = cloud.create(CONTAINER, "c", **container())
    assert cloud.refused(CONTAINER, "d", **container()).startswith("cannot create already existing resource")
    cloud.delete(made)
    cloud.create(CONTAINER, "d", **container())


def test_a_container_needs_its_account(grounds: Cloud) -> None:
    assert 'Code="ParentResourceNotFound"' in grounds.refused(CONTAINER, "c", **container())


def test_anonymous_readers_are_the_accounts_decision(grounds: Cloud) -> None:
    grounds.create(ACCOUNT, "st", **account(allowBlobPublicAccess=False))
    told = grounds.refused(CONTAINER, "c", **container(publicAccess="Blob"))
    assert 'Status=409 Code="PublicAccessNotPermitted"' in told
    private = grounds.create(CONTAINER, "c", **container(publicAccess="None"))
    assert private.outputs["hasLegalHold"] is False


def test_a_public_account_may_have_a_public_container(grounds: Cloud) -> None:
    grounds.create(ACCOUNT, "st", **account(allowBlobPublicAccess=True))
    assert grounds.create(CONTAINER, "c", **container(publicAccess="Blob")).outputs["publicAccess"] == "Blob"


def test_every_write_gives_a_container_a_new_tag(stored: tuple[Cloud, Live]) -> None:
    cloud, _ = stored
    made = cloud.create(CONTAINER, "c", **container())
    before = made.outputs["etag"]
    cloud.clock.now += 1
    assert cloud.update(made, metadata={"a": "b"}).outputs["etag"] != before


# Immutability ---------------------------------------------------------------------------------------------------------


def test_a_policy_is_born_unlocked_and_seen_on_its_container(stored: tuple[Cloud, Live]) -> None:
    cloud, _ = stored
    audit = cloud.create(CONTAINER, "c", **container("audit"))
    assert cloud.provider.arm.read(audit.id)["hasImmutabilityPolicy"] is False  # type: ignore[index]
    made = cloud.create(IMMUTABLE, "i", **immutable(2557, allowProtectedAppendWritesAll=True))
    assert (made.outputs["state"], made.outputs["immutabilityPeriodSinceCreationInDays"]) == ("Unlocked", 2557)
    assert cloud.provider.arm.read(audit.id)["hasImmutabilityPolicy"] is True  # type: ignore[index]


@pytest.mark.parametrize("days", [1, 146_000])
def test_a_period_may_grow_and_shrink_while_unlocked(stored: tuple[Cloud, Live], days: int) -> None:
    cloud, _ = stored
    cloud.create(CONTAINER, "c", **container("audit"))
    made = cloud.create(IMMUTABLE, "i", **immutable())
    assert cloud.update(made, immutabilityPeriodSinceCreationInDays=days).outputs["state"] == "Unlocked"


@pytest.mark.parametrize(
    "wrong",
    [
        {"immutabilityPeriodSinceCreationInDays": 0},
        {"immutabilityPeriodSinceCreationInDays": 146_001},
        {"allowProtectedAppendWrites": True, "allowProtectedAppendWritesAll": True},
    ],
)
def test_a_policy_refuses(stored: tuple[Cloud, Live], wrong: dict[str, Any]) -> None:
    cloud, _ = stored
    cloud.create(CONTAINER, "c", **container("audit"))
    told = cloud.refused(IMMUTABLE, "i", **{**immutable(), **wrong})
    assert 'Status=400 Code="ContainerImmutabilityPolicyFailure"' in told


# Lifecycle ------------------------------------------------------------------------------------------------------------


def test_a_policy_of_rules_is_taken(stored: tuple[Cloud, Live]) -> None:
    cloud, _ = stored
    made = cloud.create(
        POLICY,
        "p",
        **lifecycle(
            rule("Tiers", baseBlob={"tierToCool": OLD, "tierToArchive": {"daysAfterModificationGreaterThan": 90}}),
            rule(
                "Ends",
                ("blockBlob", "appendBlob"),
                baseBlob={"delete": OLD},
                version={"delete": {"daysAfterCreationGreaterThan": 7}},
            ),
        ),
    )
    assert [item["name"] for item in made.outputs["policy"]["rules"]] == ["Tiers", "Ends"]
    assert cloud.refused(POLICY, "q", **lifecycle(rule())).startswith("cannot create already existing resource")


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (POLICY, lifecycle(rule(baseBlob={"delete": OLD}), name="mine")),
        (SERVICE, {**service(), "blobServicesName": "mine"}),
        (IMMUTABLE, {**immutable(), "immutabilityPolicyName": "mine"}),
    ],
)
def test_what_there_is_one_of_has_one_name(stored: tuple[Cloud, Live], token: str, inputs: dict[str, Any]) -> None:
    """The provider lets another name pass; Azure then does not know the address."""
    cloud, _ = stored
    cloud.create(CONTAINER, "c", **container("audit"))
    assert 'Status=404 Code="HttpResourceNotFound"' in cloud.refused(token, "x", **inputs)


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [rule(str(number), baseBlob={"delete": OLD}) for number in range(101)],
        [rule("Twice", baseBlob={"delete": OLD})] * 2,
        [rule("two words", baseBlob={"delete": OLD})],
        [{**rule(baseBlob={"delete": OLD}), "type": "Deathcycle"}],
        [rule("Rule", ("pageBlob",), baseBlob={"delete": OLD})],
        [rule("Rule", (), baseBlob={"delete": OLD})],
        [rule("Rule", ("appendBlob",), baseBlob={"tierToCool": OLD})],
        [rule()],
        [rule(baseBlob={"delete": {}})],
        [rule(baseBlob={"delete": {"daysAfterModificationGreaterThan": 1.5}})],
        [rule(baseBlob={"delete": {"daysAfterModificationGreaterThan": -1}})],
        [rule(baseBlob={"delete": {"daysAfterLastAccessTimeGreaterThan": 30}})],
        [rule(baseBlob={"delete": {"daysAfterLastTierChangeGreaterThan": 30}})],
    ],
    ids=range(14),
)
def test_a_lifecycle_refuses(stored: tuple[Cloud, Live], wrong: list[dict[str, Any]]) -> None:
    told = stored[0].refused(POLICY, "p", **lifecycle(*wrong))
    assert 'Status=400 Code="InvalidRequestPropertyValue"' in told


@pytest.mark.parametrize("prefixes", [["/documents"], [f"c{number}/" for number in range(11)]])
def test_prefixes_are_ten_and_begin_with_a_container(stored: tuple[Cloud, Live], prefixes: list[str]) -> None:
    wrong = rule(baseBlob={"delete": OLD})
    wrong["definition"]["filters"]["prefixMatch"] = prefixes
    assert 'Code="InvalidRequestPropertyValue"' in stored[0].refused(POLICY, "p", **lifecycle(wrong))


def test_rules_by_access_need_access_to_be_tracked(stored: tuple[Cloud, Live]) -> None:
    cloud, _ = stored
    cloud.create(SERVICE, "s", **service(lastAccessTimeTrackingPolicy={"enable": True}))
    unread = {"daysAfterLastAccessTimeGreaterThan": 30}
    cloud.create(POLICY, "p", **lifecycle(rule(baseBlob={"tierToCool": unread})))


@given(st.sampled_from(sorted(KINDS["StorageV2"])))
def test_the_archive_is_where_redundancy_has_no_zones(sku: str) -> None:
    """What the row's table says is what Azure's page says, for every SKU of a general account."""
    assert (sku in ARCHIVING) == (sku.startswith("Standard_") and "ZRS" not in sku)


@pytest.mark.parametrize("sku", ["Standard_ZRS", "Standard_GZRS"])
def test_an_account_of_zones_archives_nothing(grounds: Cloud, sku: str) -> None:
    grounds.create(ACCOUNT, "st", **account(sku=sku))
    told = grounds.refused(POLICY, "p", **lifecycle(rule(baseBlob={"tierToArchive": OLD})))
    assert "has no archive tier" in told
    grounds.create(POLICY, "p", **lifecycle(rule(baseBlob={"tierToCold": OLD})))
