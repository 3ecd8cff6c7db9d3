"""What stands beside a deployment: the region's network watcher, and who needs it when it is to go."""

from collections.abc import Iterator, Mapping
from typing import Final

from cidr import Fault
from components.network.watchers import watcher_name
from preflight.asking import Answer
from preflight.checks.common import for_place, is_deployment, judging_place
from preflight.model import Check, Fine, Place, Subject, Verdict
from preflight.requests import Request, arm

_WATCHERS: Final = "watchers"
# https://learn.microsoft.com/rest/api/resources/resource-groups/get
_GROUPS: Final = "2024-03-01"


def _watchers(place: Place) -> Mapping[str, Request]:
    # https://learn.microsoft.com/rest/api/network-watcher/network-watchers/list-all
    return {_WATCHERS: arm(f"{place.subscription}/providers/Microsoft.Network/networkWatchers", "2024-05-01")}


def _watcher(place: Place, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    region = place.region.azure_name
    azures = watcher_name(region)
    names = [str(row.get("name")) for row in answers[_WATCHERS].rows if row.get("location") == region]
    if azures in names:
        yield Fine(f"{azures} watches {region}")
    elif names:
        yield Fault(
            where=f"{place.subscription} {region}",
            what=f"{names[0]} watches {region}, and flow logs look for {azures}; a region has one watcher",
            allowed=azures,
            next_step=f"az network watcher configure --locations {region} --enabled false (its flow logs go with it), "
            "then ./cfctl init azure",
        )
    else:
        yield Fault(
            where=f"{place.subscription} {region}",
            what=f"no network watcher in {region} yet: Azure makes one beside the first network, unless the "
            "subscription has opted out of that; then flow logs have no place",
            allowed=azures,
            next_step="./cfctl init azure makes those that stacks/Pulumi.account.yaml names",
        )


def _groups_of(subject: Subject) -> dict[str, Request]:
    return {
        it.stack: arm(f"/subscriptions/{it.subscription_id}/resourceGroups/{it.group}", _GROUPS)
        for it in subject.siblings
    }


def _regionals(subject: Subject, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    standing = [stack for stack, answer in answers.items() if answer.ok]
    if standing:
        yield Fault(
            where=subject.stack,
            what=f"{', '.join(standing)} {'is' if len(standing) == 1 else 'are'} up and needs {subject.stack}",
            allowed=f"{subject.stack} goes down after them, or with them",
            next_step=f"./cfctl down {' '.join([*standing, subject.stack])} --target azure",
        )
    else:
        yield Fine(f"none of {', '.join(answers)} is up")


NEIGHBOURS: Final = (
    Check(
        name="network watcher",
        asks=for_place(_watchers),
        judge=judging_place(_watcher),
        stops=False,
        applies=is_deployment,
    ),
    Check(
        name="regionals",
        asks=_groups_of,
        judge=_regionals,
        understood=frozenset({404}),
        needed=True,
        commands=frozenset({"down"}),
        applies=lambda subject: bool(subject.siblings),
    ),
)
