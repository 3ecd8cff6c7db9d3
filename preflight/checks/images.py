"""Whether the registries upstream have what the deployment runs, under the digests of its release file."""

from collections.abc import Iterator, Mapping
from typing import Final

from cidr import Fault
from preflight.asking import Answer
from preflight.checks.common import is_deployment
from preflight.model import Check, Fine, NotChecked, Subject, Verdict
from preflight.requests import Request, manifest

_SIGNED: Final = "signed in: "
# A registry tells no difference between what is not there and what is not for everybody: it answers one of these.
_HIDDEN: Final = frozenset({401, 403, 404})


def _asks(subject: Subject) -> dict[str, Request]:
    requests: dict[str, Request] = {}
    for reference in dict.fromkeys(subject.images.values()):
        requests[reference] = manifest(reference, signed=False)
        if reference.partition("/")[0] in subject.registry_logins:
            requests[f"{_SIGNED}{reference}"] = manifest(reference, signed=True)
    return requests


def _judge(subject: Subject, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    environment = subject.stack.split("-")[1]
    found: list[str] = []
    for reference in dict.fromkeys(subject.images.values()):
        workloads = ", ".join(workload for workload, it in subject.images.items() if it == reference)
        where, signed = f"images/releases/{environment}.yaml {workloads}", answers.get(f"{_SIGNED}{reference}")
        registry = reference.partition("/")[0]
        if answers[reference].ok:
            found.append(reference)
        elif signed is not None and signed.ok:
            yield Fault(
                where=where,
                what=f"{reference} is private: you may read it, the environment's registry pulls without a login",
                allowed="an image that everybody may read, or a registry that has a credential set for it",
                next_step=f"make the package public at {registry}",
            )
        elif answers[reference].status == 404 or signed is not None:
            yield Fault(
                where=where,
                what=f"{registry} has no {reference.partition('/')[2]}",
                allowed="a digest that was pushed there",
                next_step=f"push the image of {workloads} and write its digest in images/releases/{environment}.yaml",
            )
        else:
            yield NotChecked(
                f"{reference} is not there or not public ({answers[reference].status}): "
                f"docker login {registry}, then ./cfctl preflight {subject.stack} tells which"
            )
    if found:
        yield Fine(f"{len(found)} of {len(set(subject.images.values()))} images are there")


IMAGES: Final = (
    Check(
        name="images",
        asks=_asks,
        judge=_judge,
        understood=_HIDDEN,
        applies=lambda subject: is_deployment(subject) and bool(subject.images),
    ),
)
