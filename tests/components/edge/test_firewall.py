"""The firewall policy: prevention, Microsoft's rules, who may ask and how often."""

from typing import Any

import pytest

from cidr import FaultsError
from components.edge.firewall import Firewall, FirewallArgs
from components.place import Place
from tests.components.recording import record


def policy(place: Place, **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"place": place, "requests_per_minute": 600, **changes}
    return record(lambda: Firewall("firewall", FirewallArgs(**given)) and None)["firewall-policy"].inputs


def test_it_prevents_with_the_rules_of_premium(place: Place) -> None:
    """Without the SKU Azure makes a policy of classic Front Door, which takes none of these."""
    made = policy(place)
    assert made["sku"] == {"name": "Premium_AzureFrontDoor"}
    assert made["policySettings"] == {"mode": "Prevention", "enabledState": "Enabled", "requestBodyCheck": "Enabled"}
    assert made["managedRules"]["managedRuleSets"] == [
        {"ruleSetType": "Microsoft_DefaultRuleSet", "ruleSetVersion": "2.1", "ruleSetAction": "Block"},
        {"ruleSetType": "Microsoft_BotManagerRuleSet", "ruleSetVersion": "1.1"},
    ]


def test_each_address_has_a_limit(place: Place) -> None:
    """Of the connection, not of a header that the client writes."""
    (limit,) = policy(place)["customRules"]["rules"]
    assert (limit["ruleType"], limit["action"]) == ("RateLimitRule", "Block")
    assert (limit["rateLimitThreshold"], limit["rateLimitDurationInMinutes"]) == (600, 1)
    assert limit["groupBy"] == [{"variableName": "SocketAddr"}]
    assert {it["matchVariable"] for it in limit["matchConditions"]} == {"SocketAddr"}


def test_a_list_refuses_everybody_else_before_anything_is_counted(place: Place) -> None:
    strangers, limit = policy(place, allow_list=("203.0.113.0/24", "2001:db8::/32"))["customRules"]["rules"]
    assert strangers["priority"] < limit["priority"]
    assert strangers["action"] == "Block"
    (condition,) = strangers["matchConditions"]
    assert condition["negateCondition"] is True
    assert condition["matchValue"] == ["203.0.113.0/24", "2001:db8::/32"]


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "203.0.113.7/24", "everybody"])
def test_a_range_that_is_none_or_everybody_is_refused(place: Place, text: str) -> None:
    with pytest.raises(FaultsError) as refusal:
        FirewallArgs(place=place, requests_per_minute=1, allow_list=("203.0.113.0/24", text))
    (fault,) = refusal.value.faults
    assert fault.where == "front_door allow_list[1]"
    assert "leave the list empty" in fault.next_step


def test_too_long_a_list_and_no_requests_are_refused(place: Place) -> None:
    with pytest.raises(FaultsError, match="600 at most"):
        FirewallArgs(place=place, requests_per_minute=1, allow_list=("203.0.113.0/24",) * 601)
    with pytest.raises(ValueError, match="nobody could ask"):
        FirewallArgs(place=place, requests_per_minute=0)
