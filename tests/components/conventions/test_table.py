"""Each row of names.yaml held against itself, against the others and against Azure's own types."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from cidr import DeploymentName, FaultsError
from cidr.yaml_source import REPOSITORY, parse_yaml
from components.conventions import Names, kinds
from components.conventions.table import NAMES_FILE, kinds_of

KINDS = list(kinds().values())
AZURE_TYPES = REPOSITORY.parent / "shared" / "arm" / "types.json.gz"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_row_does_not_contradict_itself(kind) -> None:
    """The shortest and the longest legal name match the row's characters: no limit hides in the expression."""
    dotted = "a.a" if "\\." in kind.characters.pattern and not kind.characters.fullmatch("a") else "a"
    shortest, longest = dotted.ljust(kind.min, "a"), dotted.ljust(kind.max, "a")
    assert kind.min <= kind.max
    assert kind.characters.fullmatch(shortest)
    assert kind.characters.fullmatch(longest)
    assert not re.search(r"\{\d", kind.characters.pattern), "lengths stand in min and max"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_row_refuses_what_azure_refuses_everywhere(kind) -> None:
    """No capital, space, slash, hash or leading hyphen passes any row: the expressions do say something."""
    for bad in ("Abc", "a b", "a/b", "a#b", "a%b", "", "abc\n"):
        assert not kind.characters.fullmatch(bad)
    if kind.name not in ("resource_group", "lock"):
        assert not kind.characters.fullmatch("-abc")


def test_one_slug_one_kind() -> None:
    """Else a name could be read as two kinds."""
    slugs = [kind.pattern.slug for kind in KINDS if kind.pattern.slug]
    assert len(slugs) == len(set(slugs))


def test_slugs_without_a_hyphen_behind_them_are_no_beginnings_of_each_other() -> None:
    """In `stcfwesteudev1` nothing ends the slug but its letters."""
    squeezed = [kind.pattern.slug for kind in KINDS if "squeezed" in kind.pattern.fields]
    assert not [(a, b) for a in squeezed for b in squeezed if a != b and a.startswith(b)]


def test_every_row_has_a_page_of_the_maker_as_its_source() -> None:
    """A limit without a source cannot be looked up again."""
    for kind in KINDS:
        assert re.match(r"https://(learn\.microsoft\.com|github\.com/Azure)/", kind.source), kind.name


def test_names_unique_in_the_world_carry_application_and_deployment() -> None:
    """Two adopters, or two deployments, never ask Azure for one name."""
    for kind in KINDS:
        if kind.scope == "global":
            assert "app" in kind.pattern.fields, kind.name
            assert kind.carries_deployment, kind.name


def test_a_bare_name_is_unique_in_its_parent_only() -> None:
    """The parent's name carries the deployment."""
    assert {kind.scope for kind in KINDS if not kind.carries_deployment} == {"parent"}


@pytest.mark.skipif(not AZURE_TYPES.exists(), reason="../shared with Azure's types is not beside this repository")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_azures_own_types_take_our_names(kind) -> None:
    """The row against ARM's published type of the resource, where that states a length or a pattern of the name."""
    rule = azure_rules().get(kind.arm_type.lower(), {})
    names = Names(DeploymentName.parse("westeu-prod-99"), "abcd")
    for descriptor in ("abcde", None):
        if descriptor is None and kind.pattern.needs_descriptor:
            continue
        if descriptor and "descriptor" not in kind.pattern.fields:
            continue
        if kind.name == "dashboard" and descriptor:
            continue  # 24 characters leave no room for it
        name = names.of(kind.name, descriptor, "ab12" if "suffix" in kind.pattern.fields else None)
        assert rule.get("minLength", 1) <= len(name) <= rule.get("maxLength", 1000)
        assert re.search(rule.get("pattern", ""), name), (name, rule)
    assert kind.max <= rule.get("maxLength", kind.max)
    assert kind.min >= rule.get("minLength", kind.min) or not kind.carries_deployment


def azure_rules() -> dict[str, dict[str, Any]]:
    """What ARM's types say of a resource's name, by type in lower case."""
    types = json.loads(gzip.decompress(AZURE_TYPES.read_bytes()))
    rules: dict[str, dict[str, Any]] = {}
    for entry in types.values():
        place = entry["types"][0].get("p", {}).get("name")
        if place:
            rules[entry["arm"].split("@")[0].lower()] = entry["types"][place[0]]
    return rules


BAD_ROWS = {
    "a slug of another kind": ("slug: vnet,", "slug: rg,", "slug 'rg' is also that of"),
    "limits the wrong way round": (
        "min: 3, max: 24, characters: letter_first",
        "min: 25, max: 24, characters: letter_first",
        "min 25 is over max 24",
    ),
    "an unknown pattern": ("pattern: suffixed", "pattern: suffix", "'suffix' is not in the table"),
    "unknown characters": (
        "max: 90, characters: group, scope: subscription",
        "max: 90, characters: groups, scope: subscription",
        "'groups' is not in the table",
    ),
    "an unknown page": (
        "source: rules#microsoftkeyvault}\n  key_vault_secret",
        "source: rule#microsoftkeyvault}\n  key_vault_secret",
        "'rule' is not in the table",
    ),
    "a slug left out": ("slug: kv, slug_source: caf, ", "", "needs slug and slug_source"),
    "an unknown scope": (
        "scope: subscription, source: rules#microsoftresources",
        "scope: world, source: rules#microsoftresources",
        "'world'",
    ),
    "a source left out": (", source: rules#microsoftresources}", "}", "source is missing"),
    "an unknown key": ("slug: kv,", "slugg: kv,", "unknown key 'slugg'"),
    "a kind twice": ("  key_vault_secret:", "  key_vault:", "has the key 'key_vault' twice"),
}


@pytest.mark.parametrize("sample", BAD_ROWS)
def test_a_bad_row_is_refused(sample) -> None:
    """Each rule of the table is fed a bad sample, with the line told."""
    old, new, words = BAD_ROWS[sample]
    text = NAMES_FILE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    with pytest.raises(FaultsError) as error:
        kinds_of(parse_yaml(text.replace(old, new), "names.yaml"))
    assert words in str(error.value)
    assert re.match(r"names\.yaml:\d+ ", str(error.value))


def test_the_table_lies_beside_its_module() -> None:
    """It ships with the package."""
    assert Path(NAMES_FILE).is_file()
