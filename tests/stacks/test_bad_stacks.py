"""Every rule of the settings is fed a bad sample and seen to fail, with file, line, key path and the next step."""

import re

import pytest

from cidr import FaultsError
from stacks import load_settings, settings_from

FILE = "stacks/Pulumi.westeu-dev-1.yaml"
HERE = "config.complianceflow:settings"
AUDIENCE = "00000000-0000-0000-0000-0000000000f1"

BAD_SAMPLES = {
    "no budget": (
        "    budget: {amount: 200, currency: USD, contact_emails: [platform@example.com]}\n",
        "",
        [f"{FILE}:2 {HERE}.budget: budget is missing", "add `budget: {amount: 200"],
    ),
    "no owner": ("    owner: DevOps\n", "", [f"{FILE}:2 {HERE}.owner: owner is missing", "add `owner: DevOps`"]),
    "a blank owner": ("owner: DevOps", "owner: ' '", [f"{FILE}:6 {HERE}.owner: ' '"]),
    "an unknown key": (
        "cost_center:",
        "cost_centre:",
        [f"{FILE}:7 {HERE}.cost_centre: unknown key", "write `cost_center` instead", "cost_center is missing"],
    ),
    "an unknown key inside": (
        "amount: 200",
        "amount: 200, amout: 1",
        [f"{FILE}:8 {HERE}.budget.amout: unknown key 'amout'", "write `amount` instead of `amout`"],
    ),
    "a secret": (
        "    owner: DevOps",
        "    owner: DevOps\n    admin_password: hunter2",
        [f"{FILE}:7 {HERE}.admin_password: unknown key", "secrets live in the deployment's Key Vault"],
    ),
    "the deployment in the file": (
        "    owner: DevOps",
        "    owner: DevOps\n    deployment: global-dev",
        [f"{FILE}:7 {HERE}.deployment: unknown key 'deployment'"],
    ),
    "a duplicate key": (
        "    owner: DevOps",
        "    owner: DevOps\n    owner: Nobody",
        [f"{FILE}:7 {HERE}: has the key 'owner' twice, first in line 6"],
    ),
    "an application code of five letters": (
        "_code: cf",
        "_code: cflow",
        [f"{FILE}:3 {HERE}.application_code: 'cflow'"],
    ),
    "no GUID": (
        "subscription_id: 00000000-0000-0000-0000-0000000000d1",
        "subscription_id: my-subscription",
        [f"{FILE}:4 {HERE}.subscription_id: 'my-subscription'", "GUID of the subscription"],
    ),
    "a ttl of nothing": (
        "    owner: DevOps",
        "    owner: DevOps\n    ttl: 0h",
        [f"{FILE}:7 {HERE}.ttl: '0h' is no length of time", "write 8h"],
    ),
    "a ttl beyond the cap": (
        "    owner: DevOps",
        "    owner: DevOps\n    ttl: 15d",
        [f"{HERE}.ttl: 15d is more", "14d"],
    ),
    "an amount of nothing to spend": (
        "    owner: DevOps",
        "    owner: DevOps\n    ttl_spend: {amount: 0, currency: USD}",
        [f"{HERE}.ttl_spend.amount: 0", "1 to 1000000"],
    ),
    "no budget at all": ("amount: 200", "amount: 0", [f"{HERE}.budget.amount: 0", "more than 0"]),
    "an endless budget": ("amount: 200", "amount: .inf", [f"{HERE}.budget.amount"]),
    "an amount that is text": ("amount: 200", "amount: '200'", [f"{HERE}.budget.amount: '200'", "write `amount: 200`"]),
    "an entry in a regional deployment": (
        "    log_retention_days: 30",
        f"    gateway: {{allow_list: [203.0.113.0/24], audience: {AUDIENCE}}}\n    log_retention_days: 30",
        [f"{HERE}.gateway: gateway in westeu-dev-1, a regional deployment", "take `gateway` out"],
    ),
    "an entry for what is no range": (
        "    log_retention_days: 30",
        f"    gateway: {{allow_list: [203.0.113.1/24], audience: {AUDIENCE}}}\n    log_retention_days: 30",
        [f"{HERE}.gateway.allow_list[0]: '203.0.113.1/24'", "has host bits set", "write `203.0.113.0/24`"],
    ),
    "an entry for tokens of no version 2": (
        "    log_retention_days: 30",
        "    gateway: {allow_list: [203.0.113.0/24], audience: api://complianceflow}\n    log_retention_days: 30",
        [f"{HERE}.gateway.audience: 'api://complianceflow'", "client id of the API's application in Entra"],
    ),
    "an entry for everybody": (
        "    log_retention_days: 30",
        f"    gateway: {{allow_list: [0.0.0.0/0], audience: {AUDIENCE}}}\n    log_retention_days: 30",
        [f"{HERE}.gateway.allow_list[0]: 0.0.0.0/0 lets everybody in", "write `203.0.113.0/24`"],
    ),
    "a peer that is itself": (
        "    log_retention_days: 30",
        "    options: {peers: [westeu-dev-1]}\n    log_retention_days: 30",
        [f"{HERE}.options.peers[0]: westeu-dev-1 is its own peer", "take westeu-dev-1 out"],
    ),
    "a peer named twice": (
        "    log_retention_days: 30",
        "    options: {peers: [eastus-dev-1, eastus-dev-1]}\n    log_retention_days: 30",
        [f"{HERE}.options.peers[1]: eastus-dev-1 is named twice"],
    ),
    "a peer that is a global": (
        "    log_retention_days: 30",
        "    options: {peers: [global-dev]}\n    log_retention_days: 30",
        [f"{HERE}.options.peers[0]: global-dev is a global deployment, joined without it"],
    ),
    "a peer of another environment": (
        "    log_retention_days: 30",
        "    options: {peers: [westeu-stg-1]}\n    log_retention_days: 30",
        ["westeu-stg-1 is of stg", "other regional deployments of dev, each once"],
    ),
    "a peer that is in no map": (
        "    log_retention_days: 30",
        "    options: {peers: [westeu-dev-9]}\n    log_retention_days: 30",
        ["'westeu-dev-9' is not in the map of addresses"],
    ),
    "a peer that is no deployment": (
        "    log_retention_days: 30",
        "    options: {peers: [wsteu-dev-1]}\n    log_retention_days: 30",
        [f"{HERE}.options.peers[0]: unknown region 'wsteu'"],
    ),
    "another's hubs in a regional deployment": (
        "    log_retention_days: 30",
        "    hosts_hubs_of: eastus-dev-1\n    log_retention_days: 30",
        [f"{HERE}.hosts_hubs_of: hosts_hubs_of in westeu-dev-1", "write it in stacks/Pulumi.global-dev.yaml"],
    ),
    "an SKU of the closed cache": (
        "sku_name: Balanced_B0",
        "sku_name: Standard_C1",
        [f"{HERE}.redis.sku_name: 'Standard_C1'", "write `sku_name: Balanced_B0`"],
    ),
    "hubs that grow to less than they are": (
        "capacity: 1, maximum_capacity: 1",
        "capacity: 4, maximum_capacity: 1",
        [f"{HERE}.event_hubs.maximum_capacity", "less than capacity 4", "write `maximum_capacity: 4`"],
    ),
    "copies that storage has not": (
        "replication: LRS",
        "replication: lrs",
        [f"{HERE}.storage.replication: 'lrs'", "LRS, ZRS, GRS"],
    ),
    "another currency": ("currency: USD", "currency: EUR", [f"{HERE}.budget.currency: 'EUR'", "allowed: USD"]),
    "nobody told": ("[platform@example.com]", "[]", [f"{HERE}.budget.contact_emails", "at least one"]),
    "no address": ("[platform@example.com]", "[platform]", [f"{HERE}.budget.contact_emails[0]: 'platform'"]),
    "another tier's SKU": (
        "tier: Burstable",
        "tier: GeneralPurpose",
        [
            f"{FILE}:12 {HERE}.postgres.tier: tier GeneralPurpose is not that of sku_name Standard_B1ms",
            "`tier: Burstable`",
        ],
    ),
    "a SKU with azurerm's prefix": ("Standard_B1ms", "B_Standard_B1ms", [f"{FILE}:11 {HERE}.postgres.sku_name"]),
    "a SKU that takes no network": (
        "sku_name: Standard_B1ms\n      tier: Burstable",
        "sku_name: Standard_D2ds_v6\n      tier: GeneralPurpose",
        [
            f"{HERE}.postgres.sku_name: Standard_D2ds_v6 cannot stand in a virtual network",
            "write `sku_name: Standard_D2ds_v5`",
        ],
    ),
    "an unknown tier": ("tier: Burstable", "tier: Burstble", ["'Burstble'", "write `tier: Burstable`"]),
    "a standby of a burstable server": (
        "\n      high_availability: false",
        "\n      high_availability: true",
        [f"{FILE}:17 {HERE}.postgres.high_availability: high_availability is on in the Burstable tier"],
    ),
    "a size that Azure has not": (
        "storage_gb: 32",
        "storage_gb: 100",
        [f"{FILE}:13 {HERE}.postgres.storage_gb: storage_gb 100 is none of Azure's sizes", "write `storage_gb: 128`"],
    ),
    "less storage than the least": ("storage_gb: 32", "storage_gb: 16", ["write `storage_gb: 32`"]),
    "more storage than the most": ("storage_gb: 32", "storage_gb: 99999", ["write `storage_gb: 32767`"]),
    "a version that is a number": (
        'version: "18"',
        "version: 18",
        [f"{FILE}:14 {HERE}.postgres.version: 18", '`version: "18"`'],
    ),
    "a version below the floor": ('version: "18"', 'version: "15"', ["'15'", "16, 17, 18"]),
    "too short backups": ("backup_retention_days: 7", "backup_retention_days: 6", ["7 to 35"]),
    "too long backups": ("backup_retention_days: 7", "backup_retention_days: 36", ["7 to 35"]),
    "too short logs": ("log_retention_days: 30", "log_retention_days: 29", ["30 to 730"]),
    "a switch that is text": (
        "purge_protection: false",
        "purge_protection: 'false'",
        [f"{HERE}.purge_protection: 'false'"],
    ),
    "a value where a mapping belongs": (
        "budget: {amount: 200, currency: USD, contact_emails: [platform@example.com]}",
        "budget: 200",
        [f"{FILE}:8 {HERE}.budget: 200", "write `budget: {amount: 200"],
    ),
    "another key beside the one": (
        "config:\n",
        "config:\n  azure-native:location: eastus\n",
        [f"{FILE}:2 config.azure-native:location: unknown key", "allowed: complianceflow:settings"],
    ),
    "another section": (
        "config:\n",
        "confg: {}\nconfig:\n",
        [f"{FILE}:1 confg: unknown key", "write `config` instead"],
    ),
    "the one key misspelt": (
        "complianceflow:settings",
        "complianceflow:setings",
        ["write `complianceflow:settings` instead", "complianceflow:settings is missing"],
    ),
    "no mapping under the key": (
        "  complianceflow:settings:\n",
        "  complianceflow:settings: none\n  x:\n",
        ["is no mapping"],
    ),
}


@pytest.mark.parametrize("sample", BAD_SAMPLES)
def test_a_bad_stack_file_is_refused_where_it_is_bad(sample, stack_text, faults_of) -> None:
    """A person reads the line and types the correction."""
    old, new, expected = BAD_SAMPLES[sample]
    assert stack_text.count(old) == 1
    told = "\n".join(faults_of(stack_text.replace(old, new)))
    for words in expected:
        assert words in told


@pytest.mark.parametrize("sample", BAD_SAMPLES)
def test_each_fault_says_what_is_allowed_and_what_to_type(sample, stack_text, faults_of) -> None:
    """An error that only says "wrong" costs a search."""
    old, new, _ = BAD_SAMPLES[sample]
    for fault in faults_of(stack_text.replace(old, new)):
        where, allowed, step = fault.split("\n")
        assert where.startswith(FILE)
        assert len(allowed.removeprefix("    allowed: ")) > 2
        assert len(step.removeprefix("    next:    ")) > 3


def test_the_sound_file_has_no_fault(stack_text, faults_of) -> None:
    """Else the samples above would prove nothing."""
    assert faults_of(stack_text) == ()


def test_all_faults_of_a_file_are_told_at_once(stack_text, faults_of) -> None:
    """Also rules between fields, while other fields are wrong."""
    spoilt = (
        stack_text.replace("tier: Burstable", "tier: GeneralPurpose")
        .replace("    owner: DevOps\n", "")
        .replace("storage_gb: 32", "storage_gb: 33")
        .replace('version: "18"', "version: 18")
        .replace("amount: 200", "amount: -1")
        .replace("config:\n", "config:\n  aws:region: x\n")
    )
    told = "\n".join(faults_of(spoilt))
    for words in (
        "tier GeneralPurpose",
        "owner is missing",
        "storage_gb 33",
        "version: 18",
        "amount: -1",
        "aws:region",
    ):
        assert words in told


def test_a_secret_is_not_repeated_in_the_message(stack_text, faults_of) -> None:
    """The message goes to logs; the value was never meant for them."""
    told = faults_of(stack_text.replace("    owner: DevOps", "    owner: DevOps\n    db_password: hunter2"))
    assert "hunter2" not in "\n".join(told)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("hosts_hubs_of", "westeu-stg-1", "hosts_hubs_of: westeu-stg-1 is no regional deployment of dev"),
        ("hosts_hubs_of", "global-dev", "hosts_hubs_of: global-dev is no regional deployment of dev"),
        ("hosts_hubs_of", "westeu-dev-9", "'westeu-dev-9' is not in the map of addresses"),
        ("regional_event_hubs", False, "regional_event_hubs in global-dev, a global deployment"),
        ("options", {"peers": ["westeu-dev-1"]}, "peers in global-dev, a global deployment"),
    ],
)
def test_what_a_global_deployment_cannot_say_of_others_is_refused(key, value, words) -> None:
    """Without effect it would be believed to have one."""
    raw = load_settings("global-dev").model_dump(mode="json", exclude={"deployment"})
    with pytest.raises(FaultsError, match=re.escape(words)):
        settings_from("global-dev", {**raw, key: value})
