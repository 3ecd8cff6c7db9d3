"""What the tests of action groups and alert rules share: bodies that the stand-in takes, and an id of nothing."""

from typing import Any

from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION

Inputs = dict[str, Any]

ACTION_GROUP = "monitor:ActionGroup"
MAIL = {"name": "mail-1", "emailAddress": "platform@example.com", "useCommonAlertSchema": True}
NOWHERE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Insights/actionGroups/none"


def without_none(inputs: Inputs) -> Inputs:
    return {key: value for key, value in inputs.items() if value is not None}


def action_group(**more: object) -> Inputs:
    return {
        "resourceGroupName": GROUP,
        "actionGroupName": "ag-test",
        "location": "Global",
        "groupShortName": "weu-dev-1",
        "enabled": True,
        "emailReceivers": [MAIL],
        **more,
    }


def dimension(*values: str, name: str = "statusCodeCategory", operator: str = "Include") -> Inputs:
    return {"name": name, "operator": operator, "values": list(values)}
