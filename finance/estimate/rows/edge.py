"""Front Door and what it reaches. https://learn.microsoft.com/azure/frontdoor/billing."""

from collections.abc import Iterator
from typing import Final

from finance.estimate.inputs import Inputs
from finance.estimate.rows.reading import HOURS, Around, Quantity, fixed, only, used

_PREMIUM: Final = ("Premium_AzureFrontDoor",)
_ENVIRONMENT: Final = "managedEnvironments"


def profile(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """A profile by the month, requests, and GB to clients and to origins."""
    only(inputs, "sku.name", _PREMIUM)
    usage = around.usage
    yield fixed("frontdoor-premium", 1, "profile")
    yield used("frontdoor-premium-requests", usage.of("front-door-requests"), "requests")
    yield used("frontdoor-premium-out", usage.of("front-door-out-gb"), "to clients")
    yield used("frontdoor-premium-origin", usage.of("front-door-origin-gb"), "to origins")


def origin(inputs: Inputs, _: Around) -> Iterator[Quantity]:
    """A private link costs Front Door nothing, but an apps environment that has one pays for it by the hour.

    https://learn.microsoft.com/azure/container-apps/private-endpoints-with-dns#billing
    """
    if inputs.text("sharedPrivateLinkResource.groupId", "") == _ENVIRONMENT:
        yield fixed("apps-plan-management", HOURS, "private link into an apps environment")


def firewall(inputs: Inputs, _: Around) -> Iterator[Quantity]:
    """Own and managed rules are in the premium profile's price."""
    only(inputs, "sku.name", _PREMIUM)
    yield from ()
