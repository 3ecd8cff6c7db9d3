"""The action group: whom it tells, and what it is called in their mails."""

import pulumi
import pytest

from cidr import DeploymentName, Environment, Region
from components.place import Place
from components.watching.action_group import LONGEST_ADDRESS, MOST_MAILS, ActionGroup, ActionGroupArgs, short_name
from tests.components.recording import Recording, record

# Marks of a secret on the wire: https://github.com/pulumi/pulumi/blob/master/sdk/python/lib/pulumi/runtime/rpc.py
SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


def group(place: Place, *emails: str) -> Recording:
    return record(lambda: ActionGroup("told", ActionGroupArgs(place=place, emails=emails)) and None)


def test_every_contact_is_mailed_in_the_common_schema(place: Place) -> None:
    inputs = group(place, "one@example.com", "two@example.com")["told-group"].inputs
    assert inputs["emailReceivers"] == [
        {"name": "mail-1", "emailAddress": "one@example.com", "useCommonAlertSchema": True},
        {"name": "mail-2", "emailAddress": "two@example.com", "useCommonAlertSchema": True},
    ]
    assert inputs["enabled"] is True


def test_it_is_named_by_the_conventions_and_stands_in_no_region(place: Place) -> None:
    inputs = group(place, "one@example.com")["told-group"].inputs
    assert (inputs["actionGroupName"], inputs["groupShortName"]) == ("ag-cf-westeu-dev-1", "weu-dev-1")
    assert inputs["location"] == "Global"
    assert inputs["tags"]["Deployment"] == "westeu-dev-1"


def test_the_short_name_of_every_deployment_fits() -> None:
    """Azure takes 12 characters; nothing is cut, and no two deployments share one."""
    deployments = [DeploymentName.of_global(environment) for environment in Environment]
    deployments += [
        DeploymentName.of_region(region, environment, instance)
        for region in Region
        for environment in Environment
        for instance in (1, 9, 10, 99)
    ]
    names = [short_name(deployment) for deployment in deployments]
    assert max(map(len, names)) <= 12
    assert len(set(names)) == len(names)
    assert short_name(DeploymentName.parse("northeu-prod-12")) == "neu-prod-12"
    assert short_name(DeploymentName.parse("global-stg")) == "global-stg"


@pytest.mark.parametrize(
    ("emails", "says"),
    [
        ((), "tells 1 to 1000 addresses, not 0"),
        (tuple(f"{n}@example.com" for n in range(MOST_MAILS + 1)), "not 1001"),
        (("one@example.com", "one@example.com"), "one@example.com is among the contacts twice"),
        ((f"{'x' * LONGEST_ADDRESS}@example.com",), "has 76 characters, an action group takes 64"),
    ],
)
def test_contacts_that_azure_does_not_take_are_refused(place: Place, emails: tuple[str, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ActionGroupArgs(place=place, emails=emails)


def test_a_chat_is_posted_to_and_its_url_is_a_secret(place: Place) -> None:
    """Who knows the URL can write into the chat."""
    url = "https://chat.example/hook/42"

    def declare() -> None:
        args = ActionGroupArgs(place=place, emails=["one@example.com"], chat=pulumi.Output.from_input(url))
        assert url not in repr(args)
        ActionGroup("told", args)

    (receiver,) = record(declare)["told-group"].inputs["webhookReceivers"]
    assert (receiver["name"], receiver["useCommonAlertSchema"]) == ("chat", True)
    assert receiver["serviceUri"] == {"value": url, SIGNATURE: SECRET}


def test_without_a_chat_nothing_is_posted(place: Place) -> None:
    """No receiver that leads nowhere."""
    assert "webhookReceivers" not in group(place, "one@example.com")["told-group"].inputs
