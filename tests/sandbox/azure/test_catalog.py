"""Every row of the catalogue agrees with the SDK, names its sources, and is covered by a test."""

import gzip
import json
import re
from pathlib import Path

import pytest

from sandbox.azure import arm_ids, sdk_types
from sandbox.azure.catalog import TYPES, by_token, locate
from sandbox.azure.errors import NotModelledError
from sandbox.azure.model import ResourceType
from sandbox.azure.sdk_types import SdkTypes, Shape

ARM_TYPES = Path(__file__).parents[4] / "shared" / "arm" / "types.json.gz"
LINK = re.compile(r"https://\S+")
ROWS = list(TYPES.values())


def sources(row: ResourceType) -> list[str]:
    parts = [*row.rules, *row.references, *row.serial, *row.in_use, *row.immutable]
    single = [part for part in (row.unique, row.soft_delete, row.quota) if part is not None]
    return [row.source, row.name.source, *(part.source for part in [*parts, *single])]


def codes(row: ResourceType) -> set[str]:
    parts = [*row.references, *row.serial, *row.in_use, *row.immutable]
    single = [part for part in (row.unique, row.soft_delete, row.quota) if part is not None]
    found = {code for rule in row.rules for code in rule.codes}
    found |= {part.code for part in [*parts, *single]} | {row.name.code}
    return {*found, row.soft_delete.recover_code if row.soft_delete else ""} - {""}


def has_path(shape: Shape, path: str, types: SdkTypes) -> bool:
    head, _, rest = path.partition(".")
    if isinstance(shape, str):
        return False
    (kind, inner), *_ = shape.items()
    if kind != "ref" or head not in types.objects[inner].properties:
        return False
    return not rest or has_path(types.objects[inner].properties[head], rest, types)


def known(properties: dict[str, Shape], path: str, types: SdkTypes) -> bool:
    head, _, rest = path.partition(".")
    return head in properties and (not rest or has_path(properties[head], rest, types))


def test_the_sdk_types_are_those_of_the_installed_sdk() -> None:
    """The file is what `python -m sandbox.azure.sdk_types` writes: run it after an upgrade of the SDK."""
    assert sdk_types.DATA.read_text() == sdk_types.text(sdk_types.extract(list(TYPES)))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.token)
def test_a_row_names_only_properties_that_the_sdk_has(row: ResourceType) -> None:
    types = sdk_types.load()
    sdk = types.resources[row.token]
    inputs, outputs = dict(sdk.inputs.properties), dict(sdk.outputs)
    for path in [*row.replace_on, *row.hidden, *row.maintained, *row.refused]:
        assert known(inputs, path, types), path
    for path in [*row.computed, *row.live, *(path for rule in row.immutable for path in rule.paths)]:
        assert known(outputs, path, types), path
    assert row.defaults.keys() <= outputs.keys()
    assert set(arm_ids.parameters(row.path)) <= inputs.keys()
    if row.provisioning_state:
        assert known(outputs, row.provisioning_state, types)
    assert (row.location == "none") == ("location" not in inputs)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.token)
def test_every_rule_has_a_source_or_says_what_of_it_is_unverified(row: ResourceType) -> None:
    for source in sources(row):
        assert LINK.search(source) or source.startswith(("unverified", "the stand-in")), source


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.token)
def test_every_code_of_a_row_is_seen_by_a_test(row: ResourceType) -> None:
    """A rule that no test has made to refuse may never refuse."""
    texts = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    unseen = {code for code in codes(row) if f'"{code}"' not in texts}
    assert not unseen


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.token)
def test_an_id_leads_back_to_its_row(row: ResourceType) -> None:
    scope = "/subscriptions/s/resourceGroups/g"
    values = {name: scope if name in ("scope", "resourceUri") else "x1" for name in arm_ids.parameters(row.path)}
    arm_id = arm_ids.fill(row.path, values, "s")
    for spelling in (arm_id, arm_id.upper()):
        found = locate(spelling)
        assert found is not None
        assert found[0] is row
    assert dict(found[1]).keys() == values.keys()


def test_a_type_without_a_row_is_refused_by_name() -> None:
    with pytest.raises(NotModelledError, match="network:LoadBalancer"):
        by_token("azure-native:network:LoadBalancer")


def test_a_token_with_an_api_version_is_the_same_type() -> None:
    assert by_token("azure-native:network/v20240501:Subnet") is TYPES["network:Subnet"]


@pytest.mark.skipif(not ARM_TYPES.exists(), reason="the extract of Azure's own types is not beside this checkout")
def test_types_and_versions_are_those_of_azures_own_index() -> None:
    index = json.loads(gzip.decompress(ARM_TYPES.read_bytes()))
    listed = [row for row in ROWS if f"azure-native:{row.token}" in index]
    # What no program declares is not in the extract: Azure makes the one, the gate's hook asks for the other.
    assert {row.token for row in ROWS if row not in listed} == {
        "app:ManagedEnvironmentPrivateEndpointConnection",
        "dbforpostgresql:BackupsAutomaticAndOnDemand",
    }
    for row in listed:
        name, version = index[f"azure-native:{row.token}"]["arm"].split("@")
        assert version == sdk_types.load().resources[row.token].api_version
        assert arm_ids.arm_type(row.path.replace("{recordType}", "A")) == name
