"""Names are injective: every name is read back to exactly the parts it was made of.

Written out over every region, environment and instance up to 99 and every kind, with application codes chosen to be
mistaken for something else; and drawn at random for the rest.
"""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidr import DeploymentName, Environment, FaultsError, Region
from components.conventions import REGIONS, Names, kinds, parse_name
from components.conventions.pattern import DESCRIPTOR, SUFFIX

DEPLOYMENTS = [DeploymentName.of_global(environment) for environment in Environment] + [
    DeploymentName.of_region(*parts) for parts in product(Region, Environment, range(1, 100))
]
# beginnings and ends of region codes, short forms and environments: `st` + `we` + `westeu` reads like `st` + `wewe`...
TRICKY_CODES = [
    "cf",
    "we",
    "wes",
    "weu",
    "eu",
    "eus",
    "neu",
    "st",
    "stg",
    "dev",
    "prod",
    "glob",
    "au",
    "aue",
    "uks",
    "wus",
]


@pytest.mark.parametrize("code", ["cf", "acme"])
@pytest.mark.parametrize("kind", list(kinds()))
def test_every_deployments_name_fits_and_is_read_back(kind, code) -> None:
    """All regions, environments and instances up to 99: none is too long, none is mistaken for another."""
    row = kinds()[kind]
    descriptor = "tenancy" if row.pattern.needs_descriptor else None
    suffix = "ab12" if "suffix" in row.pattern.fields else None
    for deployment in DEPLOYMENTS if row.carries_deployment else DEPLOYMENTS[:1]:
        name = Names(deployment, code).of(kind, descriptor, suffix)
        parsed = parse_name(name, None if row.carries_deployment else kind)
        assert parsed.kind == kind
        assert parsed.deployment == (deployment if row.carries_deployment else None)
        assert parsed.application_code == (code if "app" in row.pattern.fields else None)
        assert (parsed.descriptor, parsed.suffix) == (descriptor, suffix)


@pytest.mark.parametrize("kind", [name for name, row in kinds().items() if "squeezed" in row.pattern.fields])
def test_squeezed_names_of_all_codes_and_deployments_differ(kind) -> None:
    """Without hyphens, code and deployment run together; still no two meet, whatever the codes are."""
    made: dict[str, tuple[str, DeploymentName, str | None]] = {}
    instances = (1, 2, 10, 11, 12, 99)
    deployments = [name for name in DEPLOYMENTS if name.instance is None or name.instance in instances]
    for code, deployment, descriptor in product(TRICKY_CODES, deployments, (None, "dev", "eu1")):
        name = Names(deployment, code).of(kind, descriptor)
        assert made.setdefault(name, (code, deployment, descriptor)) == (code, deployment, descriptor)


def test_no_region_code_ends_in_another_that_an_application_code_could_complete() -> None:
    """Why squeezed names can be read at all: an end of one code is never another code, up to the two letters by which
    application codes differ in length. A new region or short form that breaks this is refused here.
    """
    codes = ["global", *Region, *(info.short for info in REGIONS.values())]
    assert not [(a, b) for a in codes for b in codes if a != b and a.endswith(b) and len(a) - len(b) <= 2]


CODES = st.text(alphabet="abcdeglnopstuw", min_size=2, max_size=4) | st.sampled_from(TRICKY_CODES)
WORDS = st.lists(st.sampled_from(["dev", "prod", "stg", "westeu", "weu", "global", "eus", "db", "a", "x1"]), min_size=1)
DESCRIPTORS = st.none() | st.from_regex(DESCRIPTOR, fullmatch=True) | WORDS.map("-".join) | WORDS.map("".join)


@given(
    st.sampled_from(list(kinds())),
    st.sampled_from(DEPLOYMENTS),
    CODES,
    DESCRIPTORS,
    st.none() | st.from_regex(SUFFIX, fullmatch=True),
)
def test_whatever_is_made_is_read_back(kind, deployment, code, descriptor, suffix) -> None:
    """Codes and descriptors made of the very words that names are made of; what cannot be made raises instead."""
    row = kinds()[kind]
    suffix = (suffix or "0000") if "suffix" in row.pattern.fields else None
    try:
        name = Names(deployment, code).of(kind, descriptor, suffix)
    except FaultsError:
        return
    parsed = parse_name(name, None if row.carries_deployment else kind)
    assert parsed.kind == kind
    assert (parsed.descriptor, parsed.suffix) == (descriptor, suffix)
    assert parsed.deployment == (deployment if row.carries_deployment else None)
    assert parsed.application_code == (code if "app" in row.pattern.fields else None)
    assert row.min <= len(name) <= row.max
    assert row.characters.fullmatch(name)
