"""What is told of a release or a rollback that did not come to what was asked. where: `{deployment} {service}`."""

from cidr import Fault
from lifecycle.releases.revisions import Revision, short


def unfit(where: str, revision: Revision, patience: float) -> Fault:
    """A revision that is not healthy, or was not in time (seconds)."""
    late = f"it was not within {patience:g} s" if revision.fitness == "pending" else "its probes fail"
    return Fault(
        where=where,
        what=f"revision {revision.name} is not healthy: {revision.flaw or late}",
        allowed="a revision whose startup and readiness probes pass",
        next_step=f"./cfctl logs {where}",
    )


def fell_back(where: str, serving: Revision, digest: str) -> Fault:
    """The image was not released, and all is as before."""
    return Fault(
        where=where,
        what=f"{short(digest)} was not released: {short(serving.digest)} serves as before, and the program says so",
        allowed="an image whose revision gets healthy",
        next_step=f"mend the image, then ./cfctl app release {where} --image sha256:…",
    )


def stays(where: str, held: Revision) -> Fault:
    """What served goes on, but the program cannot make its like."""
    return Fault(
        where=where,
        what=f"{held.name} serves: a new revision with the same image ({short(held.digest)}) does not get healthy, so "
        "what it is told, not its image, is at fault",
        allowed="variables, secrets and roles that the image can work with",
        next_step=f"mend that, then ./cfctl up {where.partition(' ')[0]}",
    )


def other(where: str, newest: Revision, digest: str) -> Fault:
    """The program reads its images elsewhere."""
    return Fault(
        where=where,
        what=f"the program made no revision of {short(digest)}: the newest is {newest.name}, of {short(newest.digest)}",
        allowed="a program that reads its images where this command writes them",
        next_step=f"./cfctl preview {where.partition(' ')[0]} shows what the program wants",
    )


def nothing_before(where: str, serving: Revision) -> Fault:
    """A rollback has nowhere to go."""
    return Fault(
        where=where,
        what=f"there is nothing to go back to: no image of ours is kept that served before {short(serving.digest)}",
        allowed="a service that had another image before",
        next_step=f"name the image: ./cfctl app release {where} --image sha256:…",
    )
