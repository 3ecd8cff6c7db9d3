"""Application Insights components and workbooks refuse what Azure refuses."""

import pytest

from tests.sandbox.azure.cloud import GROUP, Cloud, Live

COMPONENT, WORKBOOK = "applicationinsights:Component", "applicationinsights:Workbook"
GUID = "5d0f9f2e-0000-4000-8000-000000000001"


@pytest.fixture
def workspace(grounds: Cloud) -> Live:
    return grounds.create("operationalinsights:Workspace", "w", resourceGroupName=GROUP, workspaceName="log-test")


def component(workspace: Live, **more: object) -> dict[str, object]:
    wanted = {
        "resourceGroupName": GROUP,
        "resourceName": "appi-test",
        "kind": "web",
        "applicationType": "web",
        "workspaceResourceId": workspace.id,
        **more,
    }
    return {key: value for key, value in wanted.items() if value is not None}


def workbook(**more: object) -> dict[str, object]:
    return {
        "resourceGroupName": GROUP,
        "resourceName": GUID,
        "category": "workbook",
        "displayName": "Overview",
        "sourceId": "azure monitor",
        "serializedData": '{"version": "Notebook/1.0", "items": []}',
        **more,
    }


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"workspaceResourceId": None}, "classic Application Insights has been retired"),
        ({"ingestionMode": "ApplicationInsights"}, "classic Application Insights has been retired"),
        ({"retentionInDays": 45}, "is none of 30, 60"),
        ({"samplingPercentage": 0}, "not above 0"),
        ({"applicationType": "java"}, "neither web nor other"),
        ({"resourceName": "appi?"}, "is invalid"),
    ],
)
def test_a_component_refuses(grounds: Cloud, workspace: Live, change: dict[str, object], says: str) -> None:
    told = grounds.refused(COMPONENT, "c", **component(workspace, **change))
    assert 'Status=400 Code="BadRequest"' in told
    assert says in told


def test_a_component_needs_a_live_workspace(grounds: Cloud, workspace: Live) -> None:
    grounds.delete(workspace)
    assert "Provided WorkspaceResourceId is invalid" in grounds.refused(COMPONENT, "c", **component(workspace))


def test_a_component_tells_where_to_send_and_keeps_it(grounds: Cloud, workspace: Live) -> None:
    """Services hold the connection string: it must outlive an update of the component."""
    made = grounds.create(COMPONENT, "c", **component(workspace))
    address = made.outputs["connectionString"]
    assert address.startswith(f"InstrumentationKey={made.outputs['instrumentationKey']};IngestionEndpoint=https://")
    assert f"ApplicationId={made.outputs['appId']}" in address
    assert grounds.update(made, disableLocalAuth=True).outputs["connectionString"] == address
    grounds.delete(made)
    assert grounds.create(COMPONENT, "c", **component(workspace)).outputs["connectionString"] != address


def test_a_workbook_is_named_by_a_guid(grounds: Cloud) -> None:
    told = grounds.refused(WORKBOOK, "w", **workbook(resourceName="overview"))
    assert 'Status=400 Code="BadRequest"' in told
    assert "a GUID" in told
    grounds.create(WORKBOOK, "w", **workbook())


def test_two_workbooks_of_one_title_at_one_place_are_refused(grounds: Cloud) -> None:
    """A new GUID for the same workbook does not replace the old one, it collides with it."""
    grounds.create(WORKBOOK, "w", **workbook())
    other = GUID.replace("0001", "0002")
    assert 'Status=409 Code="Conflict"' in grounds.refused(WORKBOOK, "x", **workbook(resourceName=other))
    grounds.create(WORKBOOK, "x", **workbook(resourceName=other, displayName="Detail"))


def test_a_workbooks_content_is_kept_and_a_refresh_finds_no_change(grounds: Cloud) -> None:
    """A GET does not return the content: the program's own is left as it is."""
    made = grounds.create(WORKBOOK, "w", **workbook())
    found = grounds.refresh(made)
    assert found.inputs["serializedData"] == made.inputs["serializedData"]
    before = made.outputs["revision"]
    grounds.clock.now += 60
    assert grounds.update(made, displayName="Other").outputs["revision"] != before
