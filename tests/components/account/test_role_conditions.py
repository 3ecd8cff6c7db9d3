"""What a condition lets through, found by asking it: the text is read by the stand-in's own reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.account.ci_identity import stack_paths
from components.account.role_conditions import assigns_only, takes_away_only, writes_only
from components.conventions.roles import AccountRole, Role
from sandbox.azure.catalog.role_conditions import LONGEST
from tests.components.conditions import allows

BLOB = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"


def writes(path: str, action: str = "write", stack: str = "westeu-dev-1") -> bool:
    condition = writes_only(stack_paths("complianceflow", stack))
    return allows(condition, f"{BLOB}/{action}", {f"@Resource{BLOB}:path": path})


@pytest.mark.parametrize(
    "path",
    [
        ".pulumi/stacks/complianceflow/westeu-dev-1.json",
        ".pulumi/stacks/complianceflow/westeu-dev-1.json.bak",
        ".pulumi/history/complianceflow/westeu-dev-1/westeu-dev-1-1.history.json",
        ".pulumi/backups/complianceflow/westeu-dev-1/westeu-dev-1.1.json",
        ".pulumi/locks/organization/complianceflow/westeu-dev-1/7b1e.json",
    ],
)
@pytest.mark.parametrize("action", ["write", "add/action", "delete", "move/action"])
def test_a_pipeline_changes_what_pulumi_writes_of_its_own_stack(path: str, action: str) -> None:
    """By whichever action."""
    assert writes(path, action)


@pytest.mark.parametrize(
    "path",
    [
        ".pulumi/stacks/complianceflow/global-dev.json",
        ".pulumi/stacks/complianceflow/westeu-dev-10.json",
        ".pulumi/stacks/other/westeu-dev-1.json",
        ".pulumi/locks/organization/complianceflow/global-dev/7b1e.json",
        ".pulumi/locks/organization/complianceflow/westeu-dev-1.json",
        ".pulumi/meta.yaml",
        "westeu-dev-1.json",
        "",
    ],
)
@pytest.mark.parametrize("action", ["write", "add/action", "delete", "move/action"])
def test_a_pipeline_changes_nothing_of_another_stack(path: str, action: str) -> None:
    """Not that of the tenth instance either, whose name begins alike."""
    assert not writes(path, action)


def test_a_pipeline_reads_every_state_of_its_container() -> None:
    """A regional reads what its global tells: reading is no action of the condition."""
    assert writes(".pulumi/stacks/complianceflow/global-dev.json", "read")


@given(st.sampled_from(["westeu-dev-1", "global-dev", "westeu-dev-10"]), st.text(min_size=1, max_size=20))
def test_no_other_path_is_let_through_by_what_follows_it(stack: str, rest: str) -> None:
    """Whatever stands behind: the part before the star is the stack's own to its end."""
    for path in stack_paths("complianceflow", stack):
        assert writes(path.replace("*", rest), stack=stack)
        other = "westeu-stg-1"
        assert not writes(path.replace("*", rest).replace(stack, other, 1), stack=stack)


def assigns(role: str, kind: str = "ServicePrincipal", verb: str = "write", source: str = "@Request") -> bool:
    attributes = {
        f"{source}{ASSIGNMENTS}:RoleDefinitionId": role,
        f"{source}{ASSIGNMENTS}:PrincipalType": kind,
    }
    return allows(assigns_only(Role), f"{ASSIGNMENTS}/{verb}", attributes)


def test_a_pipeline_gives_and_takes_every_role_of_the_platform() -> None:
    """To identities: what is given stands in the request, what is taken in the resource."""
    for role in Role:
        assert assigns(role)
        assert assigns(role.upper())
        assert assigns(role, verb="delete", source="@Resource")


@pytest.mark.parametrize("role", sorted({*AccountRole, OWNER} - set(Role)))
def test_a_pipeline_gives_nothing_with_which_it_could_become_more(role: str) -> None:
    """Not to itself, not to anybody; what a deployment's own services have too is nothing more."""
    assert not assigns(role)
    assert not assigns(role, verb="delete", source="@Resource")


@pytest.mark.parametrize("kind", ["User", "Group", "ForeignGroup", "Device"])
def test_a_pipeline_gives_nothing_to_people(kind: str) -> None:
    """Their groups get roles from an owner."""
    assert not assigns(Role.KEY_VAULT_SECRETS_USER, kind)
    assert not assigns(Role.KEY_VAULT_SECRETS_USER, kind, verb="delete", source="@Resource")


def test_attributes_are_looked_for_where_azure_has_them() -> None:
    """A delete carries none in its request."""
    assert not assigns(Role.ACR_PULL, verb="delete", source="@Request")
    assert not assigns(Role.ACR_PULL, verb="write", source="@Resource")


@pytest.mark.parametrize("roles", [[], [AccountRole.RBAC_ADMINISTRATOR], [Role.ACR_PULL, AccountRole.CONTRIBUTOR]])
def test_a_condition_that_would_limit_nothing_is_none(roles: list[Role]) -> None:
    """A privileged role among those that may be given is every role."""
    with pytest.raises(ValueError, match="none that is privileged"):
        assigns_only(roles)


@pytest.mark.parametrize("paths", [[], [""], ["a' OR 'b"]])
def test_a_path_cannot_end_its_text(paths: list[str]) -> None:
    """Nor be none."""
    with pytest.raises(ValueError, match="without a quote"):
        writes_only(paths)


def test_conditions_fit_azures_limit() -> None:
    """With the longest name of a deployment, and with room for more roles."""
    longest = stack_paths("complianceflow", "australiaeast-prod-99")
    assert len(writes_only(longest)) < LONGEST
    assert len(assigns_only(Role)) < LONGEST / 2


def test_who_takes_roles_away_takes_the_platforms_own_from_identities_alone() -> None:
    """And makes none: the role that this limits has no such action, and the condition gives none."""
    condition = takes_away_only(Role)
    kind, role = (f"@Resource{ASSIGNMENTS}:{name}" for name in ("PrincipalType", "RoleDefinitionId"))
    for given_, kind_of, may in (
        (str(Role.ACR_PULL), "ServicePrincipal", True),
        (str(Role.ACR_PULL), "User", False),
        (OWNER, "ServicePrincipal", False),
        (str(AccountRole.RBAC_ADMINISTRATOR), "ServicePrincipal", False),
    ):
        assert allows(condition, f"{ASSIGNMENTS}/delete", {kind: kind_of, role: given_}) is may
    with pytest.raises(ValueError, match="one at least"):
        takes_away_only([])
