"""Every rule of the map is fed a bad sample and seen to fail, with the place, what is allowed and the next step."""

import pytest

# what is spoiled: text in the small map, its replacement; then the place and words of the fault
BAD_SAMPLES = {
    "overlapping blocks": (
        "10.2.0.0/16, status: held",
        "10.1.0.0/16, status: held",
        ["map.yaml:19 blocks[2].network: 10.1.0.0/16 overlaps 10.1.0.0/16 of map.yaml:18 blocks[1]"],
    ),
    "a block outside the platform": (
        "10.4.0.0/16, status: free",
        "10.5.0.0/16, status: free",
        ["map.yaml:21 blocks[4].network: 10.5.0.0/16 is outside the platform's range", "10.4.0.0/16 has no row"],
    ),
    "a public range": (
        "  last: 10.4.0.0/16",
        "  last: 11.4.0.0/16",
        ["map.yaml:3 platform.last: 11.4.0.0/16 is not inside a private range", "192.168.0.0/16 (RFC 1918)"],
    ),
    "a range that Container Apps keeps": (
        "10.4.0.0/16, status: free",
        "172.30.0.0/16, status: free",
        ["blocks[4].network: 172.30.0.0/16 overlaps 172.30.0.0/16, which Container Apps keeps for itself"],
    ),
    "a block of another size": (
        "10.4.0.0/16, status: free",
        "10.4.0.0/17, status: free",
        ["map.yaml:21 blocks[4].network: 10.4.0.0/17 is no /16"],
    ),
    "host bits": (
        "10.4.0.0/16, status: free",
        "10.4.0.1/16, status: free",
        ["map.yaml:21 blocks[4].network: '10.4.0.1/16' has host bits set", "write `10.4.0.0/16`"],
    ),
    "no network": (
        "10.4.0.0/16, status: free",
        "10.4.0/16, status: free",
        ["map.yaml:21 blocks[4].network: '10.4.0/16' is no IPv4 network"],
    ),
    "a block without a row": (
        "  - {network: 10.3.0.0/16, status: retired, was: eastus-dev-1}\n",
        "",
        ["blocks: 10.3.0.0/16 has no row", "add `- {network: 10.3.0.0/16, status: free}`"],
    ),
    "first and last exchanged": (
        "first: 10.0.0.0/16\n  last: 10.4.0.0/16",
        "first: 10.4.0.0/16\n  last: 10.0.0.0/16",
        ["map.yaml:3 platform.last: last block 10.0.0.0/16 comes before the first"],
    ),
    "an unknown region": (
        "deployment: westeu-dev-1",
        "deployment: westeurope-dev-1",
        ["map.yaml:18 blocks[1].deployment: unknown region 'westeurope'", "australiaeast", "write 'westeu' there"],
    ),
    "an unknown environment": (
        "deployment: westeu-dev-1",
        "deployment: westeu-test-1",
        ["map.yaml:18 blocks[1].deployment: unknown environment 'test'", "dev, stg, prod"],
    ),
    "no deployment name": (
        "deployment: westeu-dev-1",
        "deployment: westeu",
        ["map.yaml:18 blocks[1].deployment: 'westeu' is no deployment name"],
    ),
    "a deployment with two blocks": (
        "status: free}",
        "status: reserved, deployment: global-dev}",
        ["map.yaml:21 blocks[4].deployment: global-dev already owns 10.0.0.0/16, map.yaml:17 blocks[0]"],
    ),
    "a regional without its global": (
        "status: free}",
        "status: reserved, deployment: westeu-prod-1}",
        ["map.yaml:21 blocks[4].deployment: westeu-prod-1 needs global-prod, which owns no block"],
    ),
    "held for nobody": (
        "held_for: westeu-dev-1",
        "held_for: westeu-dev-2",
        ["map.yaml:19 blocks[2].held_for: held for westeu-dev-2, which owns no block", "write 'westeu-dev-1'"],
    ),
    "held away from its deployment": (
        "status: free}",
        "status: held, held_for: westeu-dev-1}",
        ["map.yaml:21 blocks[4].held_for: 10.4.0.0/16 is held for westeu-dev-1 but not beside it"],
    ),
    "held for a deployment of another kind": (
        "held_for: westeu-dev-1",
        "held_for: global-dev",
        ["map.yaml:19 blocks[2].held_for: 10.2.0.0/16 is held for global-dev but not beside it"],
    ),
    "an unknown status": (
        "status: free",
        "status: spare",
        ["map.yaml:21 blocks[4].status: unknown status 'spare'", "allowed: free, held, live, reserved, retired"],
    ),
    "a held block that names no deployment": (
        "status: held, held_for: westeu-dev-1",
        "status: held",
        ["map.yaml:19 blocks[2].held_for: held_for is missing", "add `held_for: westeu-dev-1`"],
    ),
    "an unknown key": (
        "status: free}",
        "status: free, depoyment: x}",
        ["map.yaml:21 blocks[4].depoyment: unknown key 'depoyment'", "allowed: network, status"],
    ),
    "a misspelt key": (
        "purpose: apps, delegation:",
        "purpose: apps, delegaton:",
        ["map.yaml:5 slots[0].delegaton: unknown key 'delegaton'", "write `delegation` instead of `delegaton`"],
    ),
    "a missing section": (
        "set_aside:\n  - {name: standby, first: 0.0.128.0, last: 0.0.255.255, purpose: standby}\n",
        "",
        ["set_aside: set_aside is missing"],
    ),
    "a slot outside its block": (
        "range: 0.0.5.0/24",
        "range: 0.1.5.0/24",
        ["map.yaml:7 slots[2].range: 0.1.5.0/24 is not inside a block", "write `0.0.5.0/24`"],
    ),
    "slots that overlap": (
        "range: 0.0.5.0/24",
        "range: 0.0.2.128/25",
        ["map.yaml:7 slots[2]: its addresses overlap those of map.yaml:6 slots[1]"],
    ),
    "a slot in what is set aside": (
        "range: 0.0.5.0/24",
        "range: 0.0.200.0/24",
        ["map.yaml:7 slots[2]: its addresses overlap those of map.yaml:15 set_aside[0]"],
    ),
    "a part outside its slot": (
        "range: 0.0.10.64/26",
        "range: 0.0.11.64/26",
        ["map.yaml:13 slots[3].subnets[1].range: 0.0.11.64/26 of management is not inside the slot management"],
    ),
    "parts that overlap": (
        "range: 0.0.10.64/26",
        "range: 0.0.10.32/27",
        ["map.yaml:13 slots[3].subnets[1]: its addresses overlap those of map.yaml:12 slots[3].subnets[0]"],
    ),
    "a subnet below Azure's least": (
        "range: 0.0.5.0/24",
        "range: 0.0.5.0/30",
        ["map.yaml:7 slots[2].range: 0.0.5.0/30 of apim is too small for any subnet", "/29 or larger"],
    ),
    "a Container Apps subnet below its least": (
        "range: 0.0.1.0/24",
        "range: 0.0.1.0/28",
        ["map.yaml:5 slots[0].range: 0.0.1.0/28 of apps is too small for Microsoft.App/environments", "/27 or larger"],
    ),
    "a Postgres subnet below its least": (
        "range: 0.0.2.0/24",
        "range: 0.0.2.0/29",
        ["slots[1].range: 0.0.2.0/29 of db is too small for Microsoft.DBforPostgreSQL/flexibleServers"],
    ),
    "a Bastion subnet below its least": (
        "range: 0.0.10.0/26",
        "range: 0.0.10.0/27",
        ["slots[3].subnets[0].range: 0.0.10.0/27 of bastion is too small for AzureBastionSubnet", "/26 or larger"],
    ),
    "an unknown delegation": (
        "delegation: Microsoft.App/environments",
        "delegation: Microsoft.App/enviroments",
        ["slots[0].delegation: unknown delegation", "write `delegation: Microsoft.App/environments`"],
    ),
    "another service's delegation": (
        "delegation: Microsoft.App/environments",
        "delegation: Microsoft.DBforPostgreSQL/flexibleServers",
        ["slots[0].delegation: delegation Microsoft.DBforPostgreSQL/flexibleServers does not fit apps"],
    ),
    "a delegation left out": (
        ", delegation: Microsoft.App/environments",
        "",
        ["slots[0].delegation: delegation None does not fit apps", "write `delegation: Microsoft.App/environments`"],
    ),
    "a delegated Bastion": (
        "purpose: Bastion,",
        "purpose: Bastion, delegation: Microsoft.App/environments,",
        ["does not fit bastion, which holds Bastion", "take `delegation` out"],
    ),
    "an unknown fixed name": (
        "AzureBastionSubnet",
        "BastionSubnet",
        ["slots[3].subnets[0].subnet_name: unknown subnet_name", "write `subnet_name: AzureBastionSubnet`"],
    ),
    "a divided slot with a delegation": (
        "purpose: people",
        "purpose: people\n    delegation: Microsoft.App/environments",
        ["map.yaml:11 slots[3].delegation: management is divided into subnets"],
    ),
    "a slot name twice": (
        "name: apim",
        "name: apps",
        ["map.yaml:7 slots[2].name: the name 'apps' is taken by map.yaml:5 slots[0]"],
    ),
    "a part's name twice": (
        "name: bastion",
        "name: management",
        ["slots[3].subnets[1].name: two subnets of management have the name 'management'"],
    ),
    "an unknown environment of a slot": (
        "environments: [prod]",
        "environments: [production]",
        ["map.yaml:7 slots[2].environments[0]: 'production'", "allowed: dev, stg, prod"],
    ),
    "what is set aside ends before it begins": (
        "last: 0.0.255.255",
        "last: 0.0.127.255",
        ["set_aside[0].last: standby ends before it begins"],
    ),
    "what is set aside leaves the block": (
        "last: 0.0.255.255",
        "last: 0.1.0.0",
        ["map.yaml:15 set_aside[0]: 0.0.128.0 to 0.1.0.0 is not inside a block"],
    ),
    "no address": (
        "last: 0.0.255.255",
        "last: 0.0.255.256",
        ["set_aside[0].last: '0.0.255.256'", "an IPv4 address"],
    ),
    "a number where an address belongs": (
        "first: 0.0.128.0",
        "first: 0",
        ["map.yaml:15 set_aside[0].first: 0: Expected 4 octets in '0'"],
    ),
    "a switch where an address belongs": (
        "first: 0.0.128.0",
        "first: off",
        ["map.yaml:15 set_aside[0].first: False: Expected 4 octets"],
    ),
    "a duplicate key": (
        "status: free}",
        "status: free, status: live}",
        ["map.yaml:21 blocks[4]: has the key 'status' twice, first in line 21"],
    ),
}


@pytest.mark.parametrize("sample", BAD_SAMPLES)
def test_a_bad_map_is_refused_where_it_is_bad(sample, small_map, faults_of) -> None:
    """The fault names file, line, key path and value: a person need not search."""
    old, new, expected = BAD_SAMPLES[sample]
    assert small_map.count(old) == 1
    told = "\n".join(faults_of(small_map.replace(old, new)))
    for words in expected:
        assert words in told


@pytest.mark.parametrize("sample", BAD_SAMPLES)
def test_each_fault_says_what_is_allowed_and_what_to_type(sample, small_map, faults_of) -> None:
    """An error that only says "wrong" costs a search."""
    old, new, _ = BAD_SAMPLES[sample]
    for fault in faults_of(small_map.replace(old, new)):
        where, allowed, step = fault.split("\n")
        assert where.startswith("map.yaml:")
        assert len(allowed.removeprefix("    allowed: ")) > 3
        assert len(step.removeprefix("    next:    ")) > 3


def test_the_small_map_is_sound(small_map, faults_of) -> None:
    """Else the samples above would prove nothing."""
    assert faults_of(small_map) == ()


def test_faults_of_shape_and_of_rules_are_told_together(small_map, faults_of) -> None:
    """One run tells all: nobody mends a file in rounds."""
    spoilt = (
        small_map.replace("status: free", "status: spare")
        .replace("range: 0.0.5.0/24", "range: 0.0.2.128/25")
        .replace("10.2.0.0/16, status: held", "10.1.0.0/16, status: held")
        .replace("purpose: db,", "")
        .replace("was: eastus-dev-1", "was: eastus-qa-0")
    )
    told = "\n".join(faults_of(spoilt))
    for words in (
        "'spare'",
        "10.1.0.0/16 overlaps 10.1.0.0/16",
        "purpose is missing",
        "unknown environment 'qa'",
        "instance '0'",
    ):
        assert words in told


def test_a_list_is_not_called_too_short_because_its_items_were_refused(small_map, faults_of) -> None:
    """One slip, one fault."""
    assert len(faults_of(small_map.replace("environments: [prod]", "environments: [production]"))) == 1
    assert "too few entries" in faults_of(small_map.replace("environments: [prod]", "environments: []"))[0]


def test_a_broken_row_does_not_spread_to_sound_ones(small_map, faults_of) -> None:
    """A misspelt owner is one fault, not one more for each block that is held for it."""
    told = faults_of(small_map.replace("deployment: westeu-dev-1", "deployment: westeu-dve-1"))
    assert len(told) == 1
    assert "unknown environment 'dve'" in told[0]
