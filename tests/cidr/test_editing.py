"""Rows of the map changed in its text: nothing else moves, whatever the layout."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidr import DeploymentName, FaultsError, load_map
from cidr.editing import with_blocks
from cidr.loader import map_of
from cidr.schema import FreeBlock, HeldBlock, OwnedBlock, RetiredBlock
from cidr.yaml_source import parse_yaml
from tests.cidr.conftest import ELEVEN_FILE

HEAD = """\
# größer: a comment that is not ASCII
platform: {first: 10.0.0.0/16, last: 10.4.0.0/16}
slots:
  - {name: apps, range: 0.0.1.0/24, purpose: apps, delegation: Microsoft.App/environments}
set_aside: []
blocks:
"""
OWNERS = {"live": "deployment", "reserved": "deployment", "held": "held_for", "retired": "was"}


def rows_of(text: str) -> dict[str, object]:
    """Every block of a map's text, by its network."""
    return {str(block.network): block for block in map_of(parse_yaml(text, "map")).blocks}


def row(network: str, status: str, name: str, day: str | None) -> object:
    """A block of any status."""
    kinds = {"live": OwnedBlock, "reserved": OwnedBlock, "held": HeldBlock, "retired": RetiredBlock, "free": FreeBlock}
    values = {"network": network, "status": status}
    if status != "free":
        values[OWNERS[status]] = name
    if day and status in ("live", "reserved", "retired"):
        values["since"] = day
    return kinds[status].model_validate(values)


def written(block: object, form: str, newline: str) -> str:
    """A row as somebody may have written it."""
    pairs = list(block.model_dump(mode="json", exclude_none=True).items())
    if form.startswith("backwards"):
        pairs.reverse()
    if form.endswith("braces"):
        return "  - {" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}  # mine" + newline
    if form.endswith("JSON"):
        return "  - " + json.dumps(dict(pairs)) + newline
    inner = (newline + "    ").join(f"{key}: {value}  # {key}, ü" for key, value in pairs)
    return f"  - {inner}{newline}    # below{newline}"


BLOCKS = st.tuples(
    st.sampled_from(["live", "reserved", "held", "retired", "free"]),
    st.sampled_from([None, "2026-11-22", "2027-01-02"]),
)
FORMS = ["braces", "backwards braces", "JSON", "lines", "backwards lines"]


@given(before=BLOCKS, after=BLOCKS, form=st.sampled_from(FORMS), newline=st.sampled_from(["\n", "\r\n"]))
def test_any_row_becomes_any_other_and_nothing_else_moves(before, after, form, newline) -> None:
    """Every status to every other, in every layout: the row says what was asked, all around it is the same bytes."""
    old, new = (
        row("10.3.0.0/16", status, "westeu-dev-1" if status == "held" else "westeu-dev-2", day)
        for status, day in (before, after)
    )
    first = "  - {network: 10.0.0.0/16, status: live, deployment: global-dev}  # first" + newline
    kin = "  - {network: 10.1.0.0/16, status: free}" + newline
    own = "  - {network: 10.2.0.0/16, status: live, deployment: westeu-dev-1}" + newline
    last = f"  # end{newline}  - {{network: 10.4.0.0/16, status: free}}{newline}"
    head = HEAD.replace("\n", newline) + first + kin + own
    text = head + written(old, form, newline) + last
    changed = with_blocks(text, "map", [new])
    assert changed.startswith(head)
    assert changed.endswith(last)
    assert rows_of(changed) == {**rows_of(text), "10.3.0.0/16": new}
    if form in ("lines", "backwards lines"):
        assert "# network, ü" in changed
        assert "# below" in changed
    if form.endswith("braces"):
        assert "# mine" in changed
    if newline == "\r\n":
        assert "\n" not in changed.replace("\r\n", "")
    if old == new:
        assert changed == text


@pytest.mark.parametrize("network", [f"10.{second}.0.0/16" for second in (60, 77, 99)])
def test_in_the_platforms_map_every_other_line_is_the_same_byte_by_byte(network) -> None:
    """One line differs, and in it only what follows the network."""
    before = ELEVEN_FILE.read_bytes().decode()
    new = row(network, "live", "uksouth-stg-1", "2026-11-22")
    after = with_blocks(before, "map", [new])
    pairs = list(zip(before.splitlines(keepends=True), after.splitlines(keepends=True), strict=True))
    assert [pair for pair in pairs if pair[0] != pair[1]] == [
        (
            f"  - {{network: {network}, status: free}}\n",
            f"  - {{network: {network}, status: live, deployment: uksouth-stg-1, since: 2026-11-22}}\n",
        )
    ]


def test_what_would_be_no_sound_map_is_not_written() -> None:
    """The result is checked as every map is: a deployment twice, a held block away from its owner."""
    text = ELEVEN_FILE.read_text()
    with pytest.raises(FaultsError, match="westeu-dev-1 already owns"):
        with_blocks(text, "map", [row("10.60.0.0/16", "live", "westeu-dev-1", None)])
    with pytest.raises(FaultsError, match="not beside it"):
        with_blocks(text, "map", [row("10.60.0.0/16", "held", "westeu-dev-1", None)])
    with pytest.raises(ValueError, match="no row"):
        with_blocks(text, "map", [row("10.200.0.0/16", "live", "uksouth-dev-1", None)])


def test_a_day_that_is_none_is_refused(small_map, faults_of) -> None:
    """A number would be read as seconds since 1970."""
    live = "status: live, deployment: westeu-dev-1"
    for bad in ("12", "soon", "2026-13-01", "2026-11-22T10:00:00Z"):
        (told,) = faults_of(small_map.replace(live, f"{live}, since: {bad}"))
        assert "is no day" in told
        assert "since: 2026-11-22" in told or "write `2026-11-22`" in told
    assert faults_of(small_map.replace(live, f"{live}, since: 2026-11-22")) == ()
    assert str(load_map().owned[DeploymentName.parse("westeu-dev-1")].since) == "None"
