"""Role assignments, diagnostic settings, workspaces and budgets refuse what Azure refuses."""

import pytest

from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud, Live

ROLES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
READER = f"{ROLES}/acdd72a7-3385-48ef-bd42-f606fba81ae7"
ACR_PULL = f"{ROLES}/7f951dda-4ed3-4680-a7ca-43fe172d538d"
SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
ASSIGNMENT, SETTING, BUDGET = "authorization:RoleAssignment", "monitor:DiagnosticSetting", "consumption:Budget"
DAY = 86400


def assignment(identity: Live, **more: object) -> dict[str, object]:
    principal = identity.outputs["principalId"]
    wanted = {
        "scope": SCOPE,
        "principalId": principal,
        "principalType": "ServicePrincipal",
        "roleDefinitionId": READER,
        **more,
    }
    return {key: value for key, value in wanted.items() if value is not None}


# Role assignments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"principalType": None}, "PrincipalNotFound"),
        ({"principalType": "User"}, "UnmatchedPrincipalType"),
        ({"roleDefinitionId": f"{ROLES}/00000000-0000-4000-8000-000000000000"}, "RoleDefinitionDoesNotExist"),
        ({"roleDefinitionId": "Reader"}, "RoleDefinitionDoesNotExist"),
        ({"roleAssignmentName": "reader"}, "InvalidRoleAssignmentId"),
    ],
)
def test_an_assignment_refuses(grounds: Cloud, change: dict[str, object], code: str) -> None:
    told = grounds.refused(ASSIGNMENT, "ra", **assignment(grounds.identity(), **change))
    assert f'Status=400 Code="{code}"' in told


def test_a_triple_is_assigned_once(grounds: Cloud) -> None:
    identity = grounds.identity()
    grounds.create(ASSIGNMENT, "one", **assignment(identity))
    told = grounds.refused(ASSIGNMENT, "two", **assignment(identity))
    assert 'Status=409 Code="RoleAssignmentExists"' in told
    grounds.create(ASSIGNMENT, "three", **assignment(identity, roleDefinitionId=ACR_PULL))


def test_an_assignment_is_made_anew_not_changed(grounds: Cloud) -> None:
    made = grounds.create(ASSIGNMENT, "one", **assignment(grounds.identity()))
    assert 'Code="RoleAssignmentUpdateNotPermitted"' in grounds.update_refused(made, roleDefinitionId=ACR_PULL)
    assert list(grounds.diff(made, principalId="other").replaces) == ["principalId"]
    assert list(grounds.diff(made, scope="/subscriptions/x").replaces) == ["scope"]


def test_an_assignment_goes_with_its_scope(grounds: Cloud) -> None:
    identity, vault = grounds.identity(), grounds.vault()
    made = grounds.create(ASSIGNMENT, "one", **assignment(identity, scope=vault.id))
    grounds.delete(vault)
    assert grounds.refresh(made).id == ""


def role(**more: object) -> dict[str, object]:
    """A role of one's own, given in the subscription."""
    scope = f"/subscriptions/{SUBSCRIPTION}"
    wanted = {
        "scope": scope,
        "roleDefinitionId": "00000000-0000-4000-8000-00000000000a",
        "roleName": "deletes",
        "assignableScopes": [scope],
        "permissions": [{"actions": ["*/delete"]}],
        **more,
    }
    return {key: value for key, value in wanted.items() if value is not None}


def test_a_role_of_ones_own_can_be_given_once_it_is_there(grounds: Cloud) -> None:
    """By its GUID, as a built-in one."""
    made = grounds.create("authorization:RoleDefinition", "role", **role())
    given = f"{ROLES}/{made.id.rpartition('/')[2]}"
    grounds.create(ASSIGNMENT, "one", **assignment(grounds.identity(), roleDefinitionId=given))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"roleName": None}, "InvalidRoleDefinition"),
        ({"permissions": [{"notActions": ["*/delete"]}]}, "InvalidRoleDefinition"),
        ({"assignableScopes": ["/subscriptions/another"]}, "InvalidRoleDefinition"),
        ({"roleDefinitionId": "deletes"}, "InvalidRoleDefinitionId"),
    ],
)
def test_a_role_says_what_it_may_and_where(grounds: Cloud, change: dict[str, object], code: str) -> None:
    assert f'Status=400 Code="{code}"' in grounds.refused("authorization:RoleDefinition", "role", **role(**change))


def test_a_role_has_a_name_of_its_own(grounds: Cloud) -> None:
    grounds.create("authorization:RoleDefinition", "role", **role())
    other = role(roleDefinitionId="00000000-0000-4000-8000-00000000000b", roleName="Deletes")
    told = grounds.refused("authorization:RoleDefinition", "other", **other)
    assert 'Status=409 Code="RoleDefinitionWithSameNameExists"' in told


# Diagnostic settings and workspaces -----------------------------------------------------------------------------------


@pytest.fixture
def logged(grounds: Cloud) -> tuple[Cloud, Live, Live]:
    workspace = grounds.create("operationalinsights:Workspace", "w", resourceGroupName=GROUP, workspaceName="log-test")
    return grounds, grounds.vault(), workspace


def setting(target: Live, workspace: Live, name: str = "all", **more: object) -> dict[str, object]:
    logs = [{"enabled": True, "categoryGroup": "allLogs"}]
    return {"resourceUri": target.id, "name": name, "workspaceId": workspace.id, "logs": logs, **more}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"logs": [{"enabled": True, "category": "NoSuchLog"}]}, "Category 'NoSuchLog' is not supported"),
        ({"logs": [{"enabled": True, "categoryGroup": "none"}]}, "Category group 'none' is not supported"),
        ({"metrics": [{"enabled": True, "category": "SomeMetrics"}]}, "Metric category 'SomeMetrics'"),
        ({"logs": [{"enabled": False, "category": "AuditEvent"}]}, "enables no category"),
        ({"logs": [{"enabled": True, "category": "AuditEvent"}, {"enabled": True, "categoryGroup": "allLogs"}]},
         "both categories and category groups"),
        ({"logs": [{"enabled": True, "category": "AuditEvent", "retentionPolicy": {"days": 30, "enabled": True}}]},
         "does not support retention"),
        ({"name": "a/b?"}, "no type for the id"),
        ({"name": "what?"}, "The name 'what?' is invalid"),
    ],
)  # fmt: skip
def test_a_setting_refuses(logged: tuple[Cloud, Live, Live], change: dict[str, object], says: str) -> None:
    cloud, vault, workspace = logged
    told = cloud.refused(SETTING, "d", **setting(vault, workspace, **change))
    assert says in told


def test_a_setting_has_a_live_destination(logged: tuple[Cloud, Live, Live]) -> None:
    cloud, vault, workspace = logged
    nowhere = {key: value for key, value in setting(vault, workspace).items() if key != "workspaceId"}
    assert "At least one data sink" in cloud.refused(SETTING, "d", **nowhere)
    cloud.delete(workspace)
    assert 'Status=404 Code="ResourceNotFound"' in cloud.refused(SETTING, "d", **setting(vault, workspace))


def test_a_category_goes_once_to_a_sink(logged: tuple[Cloud, Live, Live]) -> None:
    cloud, vault, workspace = logged
    cloud.create(SETTING, "all", **setting(vault, workspace))
    audit = setting(vault, workspace, "audit", logs=[{"enabled": True, "category": "AuditEvent"}])
    assert 'Status=409 Code="Conflict"' in cloud.refused(SETTING, "audit", **audit)
    metrics = setting(vault, workspace, "metrics", logs=[], metrics=[{"enabled": True, "category": "AllMetrics"}])
    cloud.create(SETTING, "metrics", **metrics)


def test_a_resource_has_five_settings(logged: tuple[Cloud, Live, Live]) -> None:
    cloud, vault, _ = logged
    for number in range(6):
        name = f"log-test-{number}"
        other = cloud.create("operationalinsights:Workspace", name, resourceGroupName=GROUP, workspaceName=name)
        if number < 5:
            cloud.create(SETTING, name, **setting(vault, other, name))
    told = cloud.refused(SETTING, "six", **setting(vault, other, "six"))
    assert 'Status=409 Code="Conflict"' in told
    assert "The limit of 5 diagnostic settings was reached" in told


def test_a_setting_outlives_its_target_and_comes_back_with_it(logged: tuple[Cloud, Live, Live]) -> None:
    """The trap of a rebuild: the orphan of the old resource is there again and blocks the new one."""
    cloud, vault, workspace = logged
    orphan = cloud.create(SETTING, "all", **setting(vault, workspace))
    cloud.delete(vault)
    assert cloud.refresh(orphan).id == ""
    cloud.provider.arm.purge(vault.id)
    again = cloud.vault()
    told = cloud.refused(SETTING, "all", **setting(again, workspace))
    assert told.startswith("cannot create already existing resource")


@pytest.mark.parametrize("wrong", [{"retentionInDays": 29}, {"retentionInDays": 731}, {"sku": {"name": "Gold"}}])
def test_a_workspace_refuses(grounds: Cloud, wrong: dict[str, object]) -> None:
    told = grounds.refused(
        "operationalinsights:Workspace", "w", **{"resourceGroupName": GROUP, "workspaceName": "log-test", **wrong}
    )
    assert 'Status=400 Code="InvalidParameter"' in told


def test_a_deleted_workspace_comes_back_with_its_data_for_fourteen_days(logged: tuple[Cloud, Live, Live]) -> None:
    cloud, _, workspace = logged
    inputs = {"resourceGroupName": GROUP, "workspaceName": "log-test"}
    customer = workspace.outputs["customerId"]
    cloud.delete(workspace)
    again = cloud.create("operationalinsights:Workspace", "w", **inputs)
    assert again.outputs["customerId"] == customer
    cloud.delete(again)
    cloud.clock.now += 14 * DAY + 1
    assert cloud.create("operationalinsights:Workspace", "w", **inputs).outputs["customerId"] != customer


# Budgets --------------------------------------------------------------------------------------------------------------

NOTIFICATION = {"contactEmails": ["a@b.example"], "enabled": True, "operator": "GreaterThanOrEqualTo", "threshold": 80}


def budget(**more: object) -> dict[str, object]:
    return {
        "scope": f"/subscriptions/{SUBSCRIPTION}",
        "budgetName": "budget-test",
        "amount": 200,
        "category": "Cost",
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2026-09-01T00:00:00Z"},
        "notifications": {"eighty": NOTIFICATION},
        **more,
    }


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"budgetName": "a.b"}, "is invalid"),
        ({"amount": 0}, "not positive"),
        ({"category": "Usage"}, "is not Cost"),
        ({"timeGrain": "Weekly"}, "none of Monthly"),
        ({"timePeriod": {"startDate": "2026-09-02T00:00:00Z"}}, "not the first day of a month"),
        ({"timePeriod": {"startDate": "soon"}}, "not the first day of a month"),
        ({"timePeriod": {"startDate": "2017-05-01T00:00:00Z"}}, "before 2017-06-01"),
        ({"timePeriod": {"startDate": "2027-10-01T00:00:00Z"}}, "more than twelve months ahead"),
        ({"timePeriod": {"startDate": "2026-08-01T00:00:00Z"}}, "must lie in the current period"),
        ({"timePeriod": {"startDate": "2026-09-01T00:00:00Z", "endDate": "2026-08-01T00:00:00Z"}}, "not after"),
        ({"notifications": {str(n): NOTIFICATION for n in range(6)}}, "five are allowed"),
        ({"notifications": {"n": {**NOTIFICATION, "threshold": 1001}}}, "up to 1000"),
        ({"notifications": {"n": {**NOTIFICATION, "operator": "About"}}}, "none of EqualTo"),
        ({"notifications": {"n": {**NOTIFICATION, "contactEmails": []}}}, "no contact"),
        ({"notifications": {"n": {**NOTIFICATION, "contactEmails": ["nobody"]}}}, "no mail address"),
        ({"filter": {"dimensions": {"name": "Colour", "operator": "In", "values": ["x"]}}}, "does not have"),
        ({"filter": {"dimensions": {"name": "ResourceGroupName", "operator": "In", "values": []}}}, "no values"),
    ],
)
def test_a_budget_refuses(cloud: Cloud, change: dict[str, object], says: str) -> None:
    told = cloud.refused(BUDGET, "b", **budget(**change))
    assert 'Status=400 Code="400"' in told
    assert says in told


def test_a_budget_runs_ten_years_unless_it_says_when_it_ends(cloud: Cloud) -> None:
    made = cloud.create(BUDGET, "b", **budget())
    assert made.outputs["timePeriod"]["endDate"].startswith("2036-09-01")
    assert made.id == f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Consumption/budgets/budget-test"


def test_a_budget_of_an_earlier_month_can_be_updated(cloud: Cloud) -> None:
    """Only a new one must start in the current period: else no budget could be changed after its first month."""
    made = cloud.create(BUDGET, "b", **budget())
    cloud.clock.now += 70 * DAY
    assert cloud.update(made, amount=300, eTag=made.outputs["eTag"]).outputs["amount"] == 300


def test_a_budget_is_changed_by_who_knows_it_as_it_is_now(cloud: Cloud) -> None:
    """https://github.com/MicrosoftDocs/azure-docs/issues/34023: a template that is deployed twice fails there."""
    made = cloud.create(BUDGET, "b", **budget())
    first = made.outputs["eTag"]
    assert "Please get the latest budget to avoid overwrite" in cloud.update_refused(made, amount=300)
    cloud.clock.now += 1
    cloud.update(made, amount=300, eTag=first)
    assert "Please get the latest" in cloud.update_refused(made, amount=400, eTag=first)


def test_a_budget_keeps_its_grain(cloud: Cloud) -> None:
    made = cloud.create(BUDGET, "b", **budget())
    assert 'Code="400"' in cloud.update_refused(made, timeGrain="Annually")


def test_a_budget_can_be_filtered_to_groups(cloud: Cloud) -> None:
    names = {"name": "ResourceGroupName", "operator": "In", "values": ["rg-a", "rg-b"]}
    cloud.create(BUDGET, "b", **budget(filter={"dimensions": names}))
