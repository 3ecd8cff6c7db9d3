"""YAML that is taken with its places, and YAML that is refused."""

import pickle

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cidr import Fault, FaultsError
from cidr.yaml_source import parse_yaml, read_yaml


def refused(text: str) -> list[str]:
    with pytest.raises(FaultsError) as error:
        parse_yaml(text, "file.yaml")
    return [str(fault) for fault in error.value.faults]


def test_plain_yaml_would_take_the_last_of_two_equal_keys() -> None:
    """Why a loader of our own: the standard one says nothing."""
    assert yaml.safe_load("a: 1\na: 2") == {"a": 2}
    assert "file.yaml:2: has the key 'a' twice, first in line 1" in refused("a: 1\na: 2")[0]


def test_every_duplicate_key_is_told_at_once() -> None:
    """At any depth, also in flow style."""
    told = refused("a:\n  b: 1\n  b: 2\nc: [{d: 1, d: 2}]\na: 3\n")
    assert [fault.splitlines()[0].split(":")[1].split()[0] for fault in told] == ["3", "4", "5"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x 1\nb: *x", "is an alias"),
        ("a: &x {b: *x}", "is an alias"),
        ("base: {a: 1}\nb: {<<: {a: 2}}", "has a key that is not text"),
        ("1: x", "has a key that is not text"),
        ("{[a]: x}", "has a key that is not text"),
        ("- a", "holds no mapping at its top"),
        ("", "holds no mapping at its top"),
        ("a: [1", "is not the YAML that is read here"),
        ("a: !!python/object/apply:os.system [x]", "is not the YAML that is read here"),
        ("a: 1\n---\nb: 2", "is not the YAML that is read here"),
        ("a: \x00", "is no YAML"),
    ],
)
def test_what_is_not_one_plain_document_is_refused(text, words) -> None:
    """With the file, and a line where there is one."""
    (fault,) = refused(text)
    assert fault.startswith("file.yaml")
    assert words in fault


def test_a_place_is_file_line_and_key_path() -> None:
    """A missing key has the line of its parent."""
    source = parse_yaml("a:\n  b:\n    - c: 1\n    - d: 2\n", "file.yaml")
    assert source.where(("a", "b", 1, "d")) == "file.yaml:4 a.b[1].d"
    assert source.where(("a", "b", 0, "missing")) == "file.yaml:3 a.b[0].missing"
    assert source.where(()) == "file.yaml:1"


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path) -> None:
    """Missing, a folder, not text."""
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for name, words in (("none.yaml", "No such file"), ("", "Is a directory"), ("binary.yaml", "not UTF-8")):
        with pytest.raises(FaultsError, match=words):
            read_yaml(tmp_path / name)


KEYS = st.text(alphabet="abc", min_size=1, max_size=3)
DOCUMENTS = st.dictionaries(
    KEYS, st.recursive(st.integers(), lambda x: st.lists(x, max_size=3) | st.dictionaries(KEYS, x, max_size=3))
)


@given(DOCUMENTS)
def test_the_data_is_what_plain_yaml_reads(document) -> None:
    """Places and refusals change no value."""
    text = yaml.safe_dump(document)
    assert parse_yaml(text, "file.yaml").data == yaml.safe_load(text)


def test_faults_survive_a_process_boundary() -> None:
    """Several deployments run in several processes, and their faults come home whole."""
    error = FaultsError([Fault(where="a", what="b", allowed="c", next_step="d")])
    assert pickle.loads(pickle.dumps(error)).faults == error.faults  # noqa: S301 - our own bytes
