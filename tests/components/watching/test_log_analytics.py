"""The workspace: what it keeps, and what it tells of itself."""

from components.place import Place
from components.watching.log_analytics import LogAnalytics, LogAnalyticsArgs
from tests.components.recording import record


def test_who_asked_the_workspace_what_is_kept_in_it(place: Place) -> None:
    """Queries are a log like others (category Audit, in allLogs), and there is no other workspace to send them to."""
    recording = record(lambda: LogAnalytics("logs", LogAnalyticsArgs(place=place, retention_days=30)) and None)
    workspace, setting = recording["logs-workspace"].inputs, recording["logs-audit"].inputs
    assert (workspace["retentionInDays"], workspace["sku"]) == (30, {"name": "PerGB2018"})
    assert setting["resourceUri"] == setting["workspaceId"]
    assert setting["resourceUri"].endswith("operationalinsights:Workspace/log-cf-westeu-dev-1")
    assert setting["logs"] == [{"categoryGroup": "allLogs", "enabled": True}]
    assert "metrics" not in setting
