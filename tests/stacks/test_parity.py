"""Environments differ in a declared list and in nothing else: the one parity test of the project."""

from itertools import combinations
from typing import Any

import pytest

from cidr import Environment, FaultsError
from stacks import known_deployments, load_settings, settings_from
from stacks.parity import BY_ENVIRONMENT, OWN, flat

DEPLOYMENTS = [str(name) for name in known_deployments()]


def values_of(deployment: str) -> dict[str, Any]:
    """The settings of a deployment by dotted key, without its name."""
    return dict(flat(load_settings(deployment).model_dump(exclude={"deployment"})))


def test_deployments_of_a_kind_differ_in_nothing_but_the_declared_list() -> None:
    """All environments have one architecture and one security."""
    for one, other in combinations(DEPLOYMENTS, 2):
        first, second = load_settings(one), load_settings(other)
        if first.deployment.kind == second.deployment.kind:
            ours, theirs = values_of(one), values_of(other)
            different = {key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key)}
            assert different <= {*BY_ENVIRONMENT, *OWN}, (one, other)
            if (environment := first.deployment.environment) == second.deployment.environment:
                free = {key for key, allowed in BY_ENVIRONMENT.items() if environment not in allowed}
                assert different <= {*OWN, *free}, (one, other)


def test_every_key_of_the_list_is_one_of_the_settings() -> None:
    """A renamed key would leave its rule without effect."""
    known = {key for deployment in DEPLOYMENTS for key in values_of(deployment)}
    assert {*BY_ENVIRONMENT, *OWN} <= known


FOREIGN = [
    (key, environment)
    for key, allowed in BY_ENVIRONMENT.items()
    for environment in allowed
    if any(value not in allowed[environment] for other in allowed for value in allowed[other])
]


@pytest.mark.parametrize(("key", "environment"), FOREIGN)
def test_a_value_of_another_environment_is_refused(key: str, environment: Environment) -> None:
    """Prod sizes in dev cost money, dev ones in prod cost data; the fault names the key and what is right."""
    here = next(name for name in DEPLOYMENTS if f"-{environment}" in name and not name.startswith("global"))
    foreign = next(
        value
        for other in BY_ENVIRONMENT[key]
        for value in BY_ENVIRONMENT[key][other]
        if value not in BY_ENVIRONMENT[key][environment]
    )
    raw = load_settings(here).model_dump(mode="json", exclude={"deployment"})
    part, _, name = key.rpartition(".")
    (raw[part] if part else raw)[name] = foreign
    if key == "postgres.tier":
        raw["postgres"]["sku_name"] = {"Burstable": "Standard_B1ms", "GeneralPurpose": "Standard_D2ds_v5"}.get(
            foreign, "Standard_E2ds_v5"
        )
        raw["postgres"]["high_availability"] = False
    with pytest.raises(
        FaultsError, match=f"{name} {foreign} is not {environment}'s|{name} is on in the Burstable tier"
    ):
        settings_from(here, raw)


PROD_SIZES = [("redis", "sku_name", "Balanced_B5"), ("postgres", "storage_gb", 512)]


@pytest.mark.parametrize("environment", ["dev", "stg"])
@pytest.mark.parametrize(("part", "key", "size"), PROD_SIZES)
def test_sizes_of_prod_are_refused_elsewhere(part: str, key: str, size: object, environment: str) -> None:
    """With those that fit; in prod every size may be."""
    raw = load_settings(f"westeu-{environment}-1").model_dump(mode="json", exclude={"deployment"})
    raw[part][key] = size
    with pytest.raises(FaultsError, match=f"{key} {size} is not {environment}'s"):
        settings_from(f"westeu-{environment}-1", raw)
    prod = load_settings("westeu-prod-1").model_dump(mode="json", exclude={"deployment"})
    prod[part][key] = size
    assert settings_from("westeu-prod-1", prod)
