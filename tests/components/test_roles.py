"""Role assignments: one name for one meaning."""

import uuid

import pulumi
from hypothesis import given
from hypothesis import strategies as st

from components.roles import Role, assign_to_identity, assignment_name
from tests.components.recording import SUBSCRIPTION, record

SCOPES = st.text("abcdefgh/-", min_size=1)
PRINCIPALS = st.uuids().map(str)


@given(scope=SCOPES, principal=PRINCIPALS)
def test_the_name_is_a_guid_and_always_the_same(scope: str, principal: str) -> None:
    """Azure refuses the same assignment under a second name; ids differ in case from answer to answer."""
    name = assignment_name(scope, Role.KEY_VAULT_SECRETS_USER, principal)
    assert str(uuid.UUID(name)) == name
    assert name == assignment_name(scope.upper(), Role.KEY_VAULT_SECRETS_USER, principal.upper())


@given(first=st.tuples(SCOPES, PRINCIPALS), second=st.tuples(SCOPES, PRINCIPALS))
def test_other_scopes_and_principals_have_other_names(first: tuple[str, str], second: tuple[str, str]) -> None:
    """Two assignments under one name would undo each other."""
    names = {assignment_name(scope, Role.KEY_VAULT_SECRETS_USER, principal) for scope, principal in (first, second)}
    assert len(names) == len({first, second})


def test_an_assignment_says_what_its_principal_is() -> None:
    """Without the type Azure looks for an identity that Entra has not spread yet: PrincipalNotFound."""

    def program() -> None:
        assign_to_identity(
            "reads",
            Role.KEY_VAULT_SECRETS_USER,
            scope=pulumi.Output.from_input("/vault"),
            principal_id=pulumi.Output.from_input("principal"),
            subscription_id=SUBSCRIPTION,
            opts=pulumi.ResourceOptions(),
        )

    inputs = record(program)["reads"].inputs
    assert inputs["principalType"] == "ServicePrincipal"
    assert inputs["roleAssignmentName"] == assignment_name("/vault", Role.KEY_VAULT_SECRETS_USER, "principal")
    assert inputs["roleDefinitionId"].endswith(f"/roleDefinitions/{Role.KEY_VAULT_SECRETS_USER}")
