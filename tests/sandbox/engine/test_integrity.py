"""The rules of a saved state: random good states pass, every broken rule is found and named."""

from collections.abc import Callable

import pytest
from hypothesis import given

from sandbox.engine.model.state import ResourceState, StackState
from sandbox.engine.storage.integrity import verify
from sandbox.engine.storage.state_errors import IntegrityError
from tests.sandbox.engine.states import STACK, make_resource, patient, states, urn_of

PROVIDER_TYPE = "pulumi:providers:test"


def provider(id_: str = "p-1") -> ResourceState:
    return make_resource(
        "default", urn=f"urn:pulumi:{STACK}::platform::{PROVIDER_TYPE}::default", type=PROVIDER_TYPE, id=id_
    )


@given(states())
@patient
def test_a_state_that_keeps_the_rules_passes(state: StackState) -> None:
    verify(state)


@pytest.mark.parametrize(
    ("field", "relation"),
    [
        (lambda urn: {"parent": urn}, "parent"),
        (lambda urn: {"dependencies": [urn]}, "dependency"),
        (lambda urn: {"property_dependencies": {"size": [urn]}}, "dependency (of property size)"),
        (lambda urn: {"deleted_with": urn}, "deleted-with resource"),
        (lambda urn: {"replace_with": [urn]}, "replaced-with resource"),
    ],
)
def test_what_a_resource_needs_stands_before_it(field: Callable[[str], dict[str, object]], relation: str) -> None:
    needed, needing = make_resource("needed"), make_resource("needing", **field(urn_of("needed")))
    verify(StackState([needed, needing]))
    with pytest.raises(IntegrityError, match="comes after it") as late:
        verify(StackState([needing, needed]))
    with pytest.raises(IntegrityError, match="is missing") as missing:
        verify(StackState([needing]))
    for error in (late, missing):
        assert f"{needing.urn}: its {relation} {needed.urn}" in str(error.value)


def test_a_provider_stands_before_what_it_provides() -> None:
    user = make_resource("user", provider=f"{provider().urn}::p-1")
    verify(StackState([provider(), user]))
    for resources in ([user, provider()], [user], [provider("p-2"), user]):
        with pytest.raises(IntegrityError, match="refers to the provider"):
            verify(StackState(resources))


def test_what_waits_to_be_made_again_may_have_lost_its_provider() -> None:
    """A partial run may replace the provider first: rule of the CLI."""
    verify(StackState([make_resource("user", provider=f"{provider().urn}::gone", pending_replacement=True)]))


def test_a_provider_needs_an_id_and_a_reference_two_parts() -> None:
    with pytest.raises(IntegrityError, match="has no id"):
        verify(StackState([provider("")]))
    with pytest.raises(IntegrityError, match="no provider reference"):
        verify(StackState([make_resource("user", provider="nonsense")]))


def test_a_urn_has_one_live_state() -> None:
    old, other = make_resource("a", delete=True), make_resource("a", delete=True)
    verify(StackState([make_resource("a"), old, other]))
    with pytest.raises(IntegrityError, match="is there twice"):
        verify(StackState([make_resource("a"), make_resource("a")]))


@pytest.mark.parametrize(
    ("fields", "rule"),
    [({"urn": ""}, "has no URN"), ({"type": ""}, "has no type"), ({"custom": False}, "is no custom resource")],
)
def test_a_resource_has_its_fields(fields: dict[str, object], rule: str) -> None:
    resource = make_resource("a")
    for name, value in fields.items():
        setattr(resource, name, value)
    with pytest.raises(IntegrityError, match=rule):
        verify(StackState([resource]))
