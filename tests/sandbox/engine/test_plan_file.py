"""A plan as a file: it comes back as it was, holds no secret in clear, and any change of it is seen."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.model.plans import InputDiff, ResourcePlan
from sandbox.engine.model.values import UNKNOWN, Secret
from sandbox.engine.storage.plan_file import MadeOf, encode_plan, read_head, read_plans, write_plan
from sandbox.engine.storage.secrets import PassphraseSecrets
from sandbox.engine.storage.state_errors import DamagedStateError, SecretsError, StateAccessError, StateVersionError
from tests.sandbox.engine.states import CANARY, maps, open_secrets, patient, urn_of

MADE_OF = MadeOf(deployment="westeu-dev-1", made="2026-11-22T20:30:00Z", state="a", settings="b", program="c")
steps = st.lists(st.sampled_from(["create", "update", "same", "delete", "replace"]), max_size=3).map(tuple)
diffs = st.none() | st.builds(InputDiff, adds=maps, updates=maps, deletes=st.lists(st.text(max_size=3)).map(tuple))
resource_plans = st.builds(
    ResourcePlan,
    type=st.just("test:index:Thing"),
    name=st.text(max_size=5),
    custom=st.booleans(),
    parent=st.text(max_size=5),
    provider=st.text(max_size=5),
    protect=st.booleans(),
    steps=steps,
    inputs=diffs,
    seed=st.binary(max_size=32),
)


def written(path: Path, plans: dict[str, ResourcePlan]) -> Path:
    write_plan(path, encode_plan(plans, MADE_OF, open_secrets))
    return path


def sample(path: Path) -> Path:
    inputs = InputDiff(adds={"password": Secret(CANARY), "id": UNKNOWN}, updates={"size": 3}, deletes=("old",))
    plan = ResourcePlan(
        "test:index:Thing", "a", custom=True, parent="", provider="", protect=False, steps=("update",), inputs=inputs
    )
    return written(path, {urn_of("a"): plan})


@patient
@given(st.dictionaries(st.sampled_from("abc").map(urn_of), resource_plans, max_size=3))
def test_a_plan_comes_back_as_it_was(plans: dict[str, ResourcePlan]) -> None:
    """Secrets, unknowns, seeds and all; in clear no secret is in the file."""
    with tempfile.TemporaryDirectory() as directory:
        path = written(Path(directory) / "plan.json", plans)
        assert CANARY not in path.read_text()
        head, document = read_head(path)
        found = read_plans(document, path, open_secrets)
    assert head == MADE_OF
    assert dict(found).keys() == plans.keys()
    for urn, plan in plans.items():
        assert (found[urn].steps, found[urn].seed, found[urn].name) == (plan.steps, plan.seed, plan.name)
        assert (found[urn].inputs is None) == (plan.inputs is None)


def test_values_come_back_as_they_were(tmp_path: Path) -> None:
    path = sample(tmp_path / "plan.json")
    (plan,) = read_plans(read_head(path)[1], path, open_secrets).values()
    assert plan.inputs is not None
    assert isinstance(plan.inputs.adds["password"], Secret)
    assert plan.inputs.adds["password"].value == CANARY
    assert plan.inputs.adds["id"] is UNKNOWN
    assert (plan.inputs.updates, plan.inputs.deletes) == ({"size": 3}, ("old",))
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('"size": 3', '"size": 4', DamagedStateError),
        ('"state": "a"', '"state": "b"', DamagedStateError),
        ('"update"', '"replace"', DamagedStateError),
        ('"format": 1', '"format": 2', StateVersionError),
        ('"complianceflow"', '"other"', DamagedStateError),
        ("{", "", DamagedStateError),
    ],
)
def test_a_plan_that_was_changed_is_refused(tmp_path: Path, old: str, new: str, error: type[Exception]) -> None:
    """By a value, by what it says it was made of, by its steps; and what is none at all."""
    path = sample(tmp_path / "plan.json")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(error, match=r"plan\.json"):
        read_head(path)


def test_a_plan_of_another_home_cannot_be_read(tmp_path: Path) -> None:
    """Its secrets are under another passphrase; the file is named."""
    path = sample(tmp_path / "plan.json")
    _, document = read_head(path)
    with pytest.raises(SecretsError, match=r"plan\.json"):
        read_plans(document, path, lambda state: PassphraseSecrets.from_state(state or {}, "other"))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StateAccessError, match="nowhere"):
        sample(tmp_path / "nowhere" / "plan.json")
