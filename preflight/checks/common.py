"""What several rows share: the deployment that a subject is, what stands in its resource group already."""

from collections.abc import Callable, Iterable, Mapping

from components.conventions import REGIONS, Names
from preflight.asking import Answer
from preflight.model import Place, Subject, Verdict
from preflight.requests import Request, arm
from stacks import Settings

# https://learn.microsoft.com/rest/api/resources/resources/list-by-resource-group
_RESOURCES = "2021-04-01"
EXISTING = "existing"


def is_deployment(subject: Subject) -> bool:
    """Whether it is a deployment, not the account."""
    return isinstance(subject.settings, Settings)


def place_of(subject: Subject) -> Place:
    """What only a deployment has. Raises TypeError for the account, which no such row applies to."""
    if not isinstance(subject.settings, Settings):
        raise TypeError(f"{subject.stack} is no deployment")
    settings = subject.settings
    names = Names(settings.deployment, settings.application_code)
    return Place(settings=settings, region=REGIONS[settings.deployment.region], names=names)


def existing_of(place: Place) -> Request:
    """What stands in the deployment's group; 404 where there is none."""
    return arm(f"{place.group}/resources", _RESOURCES)


def stands(answer: Answer, arm_type: str, name: str) -> bool:
    """Whether the deployment has a resource of that type and name already."""
    wanted = (arm_type.lower(), name.lower())
    return any((str(row.get("type", "")).lower(), str(row.get("name", "")).lower()) == wanted for row in answer.rows)


def count_of(answer: Answer, arm_type: str) -> int:
    """How many of a type the deployment has already."""
    return sum(str(row.get("type", "")).lower() == arm_type.lower() for row in answer.rows)


def for_place(
    asks: Callable[[Place], Mapping[str, Request]],
) -> Callable[[Subject], Mapping[str, Request]]:
    """The requests of a row about a deployment's place."""
    return lambda subject: asks(place_of(subject))


def judging_place(
    judge: Callable[[Place, Mapping[str, Answer]], Iterable[Verdict]],
) -> Callable[[Subject, Mapping[str, Answer]], Iterable[Verdict]]:
    """The judge of a row about a deployment's place."""
    return lambda subject, answers: judge(place_of(subject), answers)
