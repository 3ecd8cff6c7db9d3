"""The end of a deployment as tags of its group: what a new one gets, what an old one keeps, what is refused."""

from datetime import UTC, datetime

import pytest

from cidr import FaultsError
from components.conventions import Names, tags_for
from components.resource_group import ResourceGroup, ResourceGroupArgs
from deployments.expiry import Expiry
from stacks import Settings, load_settings, settings_from
from stacks.ttl import (
    EXPIRES_AT_SPEND,
    EXPIRES_AT_SPEND_VARIABLE,
    EXPIRES_ON,
    EXPIRES_ON_VARIABLE,
    EXPIRY_WARNED,
)
from tests.components.recording import record

NOW = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
KEPT = (EXPIRES_ON, EXPIRES_AT_SPEND, EXPIRY_WARNED)


def settings(deployment: str = "westeu-dev-1", **changes: object) -> Settings:
    """Those of the stack file, with `changes`."""
    raw = load_settings(deployment).model_dump(mode="json", exclude={"deployment"})
    return settings_from(deployment, {**raw, **changes})


def test_a_new_group_gets_the_end_of_the_settings_and_an_old_one_keeps_its_own() -> None:
    """Else the clock would change it at each run."""
    found = Expiry.of(settings(ttl="8h", ttl_spend={"amount": 50, "currency": "USD"}), {}, NOW)
    assert found.tags == {EXPIRES_ON: "2026-11-23T04:30:00Z", EXPIRES_AT_SPEND: "50.00 USD"}
    assert found.kept == KEPT


def test_without_a_ttl_an_end_that_was_given_by_hand_is_kept_too() -> None:
    """A plain `pulumi up` must not make it live for ever."""
    assert Expiry.of(settings(), {}, NOW) == Expiry(tags={}, kept=KEPT)


def test_what_the_environment_gives_is_written_into_an_old_group() -> None:
    """That is how an extension gets there, under any engine."""
    given = {EXPIRES_ON_VARIABLE: "2026-11-24T00:00:00Z"}
    found = Expiry.of(settings(ttl="8h"), given, NOW)
    assert found.tags == {EXPIRES_ON: "2026-11-24T00:00:00Z"}
    assert found.kept == (EXPIRES_AT_SPEND, EXPIRY_WARNED)
    assert Expiry.of(settings(ttl="8h"), {EXPIRES_ON_VARIABLE: ""}, NOW).kept == KEPT


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        (EXPIRES_ON_VARIABLE, "tomorrow"),
        (EXPIRES_AT_SPEND_VARIABLE, "50"),
    ],
)
def test_a_variable_that_holds_no_end_is_refused(variable: str, text: str) -> None:
    """Before anything is declared."""
    with pytest.raises(FaultsError) as caught:
        Expiry.of(settings(), {variable: text}, NOW)
    assert caught.value.faults[0].where == variable


def test_a_persistent_deployment_has_no_end_and_is_given_none() -> None:
    """Not by a variable that somebody forgot in his shell either."""
    assert Expiry.of(settings("westeu-prod-1"), {}, NOW) == Expiry()
    with pytest.raises(FaultsError, match="is persistent: it has no end"):
        Expiry.of(settings("westeu-prod-1"), {EXPIRES_ON_VARIABLE: "2026-11-24T00:00:00Z"}, NOW)


def test_the_group_alone_bears_the_end_and_ignores_what_it_keeps() -> None:
    """On every resource an extension would change all of them."""
    name = settings().deployment
    tags = tags_for(name, owner="DevOps", cost_center="Platform")
    own = {EXPIRES_ON: "2026-11-23T04:30:00Z"}
    args = ResourceGroupArgs(
        location="westeurope", names=Names(name, "cf"), tags=tags, own_tags=own, kept_tags=(EXPIRES_ON,)
    )
    places: list[object] = []
    recording = record(lambda: places.append(ResourceGroup("group", args).place.tags), stack="westeu-dev-1")
    assert recording["group"].inputs["tags"] == {**tags, **own}
    assert list(recording["group"].request.ignoreChanges) == ["tags.ExpiresOn"]
    assert places == [tags]
