"""Who gets an app's traffic: the newest revision, or the one that a release holds it at while it looks on."""

import pytest
from pulumi_azure_native import app

from components.apps.traffic import HELD_TRAFFIC, mode, traffic


@pytest.fixture(autouse=True)
def _nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HELD_TRAFFIC, raising=False)


def shares(name: str) -> list[tuple[object, object, object]]:
    return [(it.revision_name, it.latest_revision, it.weight) for it in traffic(name)]


@pytest.mark.parametrize("held", [None, "", "case--3f0a1b2", "user-events--3f0a1b2"])
def test_the_newest_has_all_of_it_unless_this_very_app_is_held(
    held: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a release of another app holds is nothing to this one, also where one name begins as the other."""
    if held is not None:
        monkeypatch.setenv(HELD_TRAFFIC, held)
    assert shares("user") == [(None, True, 100)]


def test_a_release_holds_it_where_it_is_and_gives_the_newest_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights add up to 100, as Azure wants."""
    monkeypatch.setenv(HELD_TRAFFIC, "user--3f0a1b2")
    assert shares("user") == [("user--3f0a1b2", False, 100), (None, True, 0)]


def test_what_nobody_asks_runs_once() -> None:
    """Two revisions of a consumer would both read its hubs, the old one with the old code for ever."""
    assert mode(asked=True) is app.ActiveRevisionsMode.MULTIPLE
    assert mode(asked=False) is app.ActiveRevisionsMode.SINGLE
