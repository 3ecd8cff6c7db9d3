"""Names of deployments: what is taken, what is refused, and that text and value are one."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from cidr import DeploymentName, Environment, FaultsError, Region
from cidr.faults import nearest

NAMES = st.builds(DeploymentName.of_global, st.sampled_from(Environment)) | st.builds(
    DeploymentName.of_region, st.sampled_from(Region), st.sampled_from(Environment), st.integers(1, 99)
)


@given(NAMES)
def test_a_name_is_read_back_from_its_text(name) -> None:
    """Writing and parsing are each other's inverse."""
    assert DeploymentName.parse(str(name)) == name


@given(st.text(alphabet="abcdeglnoprstuvw019-", max_size=24))
def test_a_text_is_refused_or_is_the_text_of_its_name(text) -> None:
    """No second spelling: `westeu-dev-01` is not westeu-dev-1."""
    with contextlib.suppress(FaultsError):
        assert str(DeploymentName.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("westeu-dev-0", ["instance '0'", "1 to 99", "westeu-dev-1"]),
        ("westeu-dev-01", ["instance '01'"]),
        ("westeu-dev-100", ["instance '100'"]),
        ("westeu-dev-\u0661", ["instance"]),
        ("westeu-dev", ["no deployment name", "{region}-{env}-{n}"]),
        ("global-dev-1", ["no deployment name", "global-{env}"]),
        ("westeu-test-1", ["unknown environment 'test'", "dev, stg, prod"]),
        ("westeurope-dev-1", ["unknown region 'westeurope'", "write 'westeu' there"]),
        ("", ["no deployment name"]),
        ("mars-qa-0", ["unknown region 'mars'", "unknown environment 'qa'", "instance '0'"]),
    ],
)
def test_a_bad_name_tells_all_that_is_wrong_with_it(text, words) -> None:
    """Region, environment and number at once."""
    with pytest.raises(FaultsError) as error:
        DeploymentName.parse(text)
    for word in words:
        assert word in str(error.value)


def test_a_regional_needs_the_global_of_its_environment() -> None:
    """And a global needs none."""
    assert str(DeploymentName.parse("eastus-prod-1").needs) == "global-prod"
    assert DeploymentName.parse("global-prod").needs is None


def test_a_global_stands_in_west_europe() -> None:
    """It has no instance number."""
    name = DeploymentName.parse("global-stg")
    assert (name.kind, name.region, name.instance) == ("global", Region.WESTEU, None)


@pytest.mark.parametrize(
    "parts",
    [
        {"kind": "global", "region": Region.EASTUS, "instance": None},
        {"kind": "global", "region": Region.WESTEU, "instance": 1},
        {"kind": "regional", "region": Region.WESTEU, "instance": None},
        {"kind": "regional", "region": Region.WESTEU, "instance": 100},
    ],
)
def test_no_value_stands_for_a_name_that_none_is(parts) -> None:
    """A wrong value cannot be built, so no function need ask."""
    with pytest.raises(ValueError, match="no deployment has these parts"):
        DeploymentName(environment=Environment.DEV, **parts)


def test_only_prod_is_persistent() -> None:
    """The others may be torn down at will."""
    assert [environment.ephemeral for environment in Environment] == [True, True, False]


def test_a_model_takes_a_name_as_text_or_value_and_writes_text() -> None:
    """The map and the settings hold names, their files text."""

    class Model(BaseModel):
        name: DeploymentName

    assert Model.model_validate({"name": "westeu-dev-1"}).name == DeploymentName.parse("westeu-dev-1")
    assert Model(name=DeploymentName.parse("global-dev")).model_dump_json() == '{"name":"global-dev"}'
    with pytest.raises(ValidationError):
        Model.model_validate({"name": 7})


@pytest.mark.parametrize(("slip", "meant"), [("westue", "westeu"), ("eatsus", "eastus"), ("northeuu", "northeu")])
def test_the_nearest_word_is_the_one_with_the_same_letters(slip: str, meant: str) -> None:
    """By letters that stand alike westus is as near to westue as westeu is; exchanged letters decide."""
    assert nearest(slip, list(Region)) == meant
