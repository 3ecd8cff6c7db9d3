"""Application Insights: where its data lies and who may send."""

import pulumi

from components.place import Place
from components.watching.application_insights import ApplicationInsights, ApplicationInsightsArgs
from tests.components.recording import Recording, record

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/log"


def insights(place: Place) -> Recording:
    return record(
        lambda: ApplicationInsights("insights", ApplicationInsightsArgs(place=place, workspace_id=WORKSPACE)) and None
    )


def test_its_data_lies_in_the_deployments_workspace(place: Place) -> None:
    """A component without a workspace cannot be made any more."""
    inputs = insights(place)["insights-component"].inputs
    assert inputs["resourceName"] == "appi-cf-westeu-dev-1"
    assert inputs["workspaceResourceId"] == WORKSPACE
    assert inputs["ingestionMode"] == "LogAnalytics"


def test_who_sends_needs_a_role(place: Place) -> None:
    """With local authentication anybody who has the connection string could send."""
    assert insights(place)["insights-component"].inputs["disableLocalAuth"] is True


def test_it_has_no_diagnostic_setting(place: Place) -> None:
    """All that a setting would send is in the workspace already, and would be billed twice."""
    assert not insights(place).of_type("monitor:DiagnosticSetting")


def test_services_get_the_address_and_a_preview_does_not_know_it(place: Place) -> None:
    """Unknown in a preview, never the text "None"."""

    def program() -> None:
        component = ApplicationInsights("insights", ApplicationInsightsArgs(place=place, workspace_id=WORKSPACE))
        pulumi.export("address", component.connection_string)

    assert record(program).outputs["address"].startswith("InstrumentationKey=")
    assert "None" not in str(record(program, preview=True).outputs)
