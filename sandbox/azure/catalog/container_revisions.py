"""The revisions of a container app: when there is a new one, which are active, ready and healthy, who has the traffic.

A change of the template makes a revision; one that was made never changes. They are no resources of ARM's that a PUT
writes, so they lie with what the store hides of their app. What a new revision comes to is a fact of the sandbox, since
no image runs here: `Store.set("image-unhealthy", reference, "failed")` for one whose probes fail, "starting" for one
that never gets ready; every other image is healthy at once.
https://learn.microsoft.com/azure/container-apps/revisions and
https://learn.microsoft.com/rest/api/resource-manager/containerapps/container-apps-revisions/get-revision
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.errors import ArmError
from sandbox.azure.model import Editor, Record, World, Write

from .common import UNVERIFIED_CODE, digest, iso, refuse, rule
from .images import aliases

Fitness = Literal["healthy", "failed", "starting"]
UNHEALTHY_IMAGE: Final = "image-unhealthy"
LATEST: Final = "latestRevisionName"
_KEPT: Final = "revisionsMade"
_TRAFFIC: Final = "https://learn.microsoft.com/azure/container-apps/traffic-splitting"
_WHOLE: Final = 100
# What Azure says of a revision whose replicas did not become ready in time:
# https://github.com/microsoft/azure-container-apps/issues/1219
_TOO_LATE: Final = "Deployment Progress Deadline Exceeded. 0/1 replicas ready."


def name_of_latest(write: Write) -> str:
    """The revision that the body makes: a new one when the template differs, the last one else."""
    suffix = at(write.body, "template.revisionSuffix")
    if suffix:
        return f"{write.name}--{suffix}"
    template = json.dumps(at(write.body, "template"), sort_keys=True)
    if write.old is not None and template == json.dumps(at(write.old.inputs, "template"), sort_keys=True):
        return str(at(write.old.outputs, LATEST))
    made = write.old.hidden.get("revisionsCounted", 0) if write.old else 0
    return f"{write.name}--{digest(write, f'revision/{made}/{template}')[:7]}"


def remember(record: Record, editor: Editor) -> None:
    """Keep the revision that a write has made; of inactive ones as many as the app says."""
    known, made = made_of(record), _made(record)
    if all(it["name"] != made["name"] for it in known):
        known = [*known, made]
    editor.put(_with(record, known, counted=int(record.hidden.get("revisionsCounted", 0)) + 1))


def made_of(record: Record) -> list[Body]:
    """What is kept of the app's revisions, the oldest first; of one that never kept any the latest."""
    kept: list[Body] | None = record.hidden.get(_KEPT)
    if kept is not None:
        return list(kept)
    return [_made(record)]


def _made(record: Record) -> Body:
    return {
        "name": str(at(record.outputs, LATEST)),
        "template": at(record.inputs, "template") or {},
        "createdTime": iso(max(record.created_at, record.ready_at)),
        "active": True,
    }


def activated(record: Record, name: str, *, active: bool, now: float) -> Record:
    """The app with a revision activated or not. Raises ArmError for one that is not there."""
    known = [
        {**it, "active": active, "lastActiveTime": iso(now)} if it["name"] == name else it for it in made_of(record)
    ]
    found(record, name)
    return _with(record, known, counted=int(record.hidden.get("revisionsCounted", 0)))


def found(record: Record, name: str) -> Body:
    """What is kept of one revision. Raises ArmError for one that is not there."""
    revision = next((it for it in made_of(record) if it["name"] == name), None)
    if revision is None:
        message = f"The revision '{name}' of container app '{record.name}' was not found."
        raise ArmError(404, "RevisionNotFound", message)
    return revision


def ready(record: Record, world: World) -> str | None:
    """The newest active revision whose probes pass; None where none ever did."""
    fit = [it for it in made_of(record) if it["active"] and fitness(it, world) == "healthy"]
    return str(fit[-1]["name"]) if fit else None


def active(record: Record, world: World) -> set[str]:
    """The revisions that run: in single mode the latest, and the one before until the latest is ready."""
    if at(record.outputs, "configuration.activeRevisionsMode") != "Single":
        return {str(it["name"]) for it in made_of(record) if it["active"]}
    return {str(at(record.outputs, LATEST)), ready(record, world) or str(at(record.outputs, LATEST))}


def fitness(revision: Mapping[str, Any], world: World) -> Fitness:
    """What became of it, by the facts of this sandbox on its images."""
    containers: Sequence[Body] = objects_at(dict(revision), "template.containers")
    told = [
        world.setting(UNHEALTHY_IMAGE, text)
        for container in containers
        for text in aliases(str(container.get("image") or ""), world)
    ]
    if "starting" in told:
        return "starting"
    return "failed" if any(it is not None for it in told) else "healthy"


def weights(record: Record, world: World) -> dict[str, int]:
    """Percent of the traffic, by revision. What goes to the latest goes to the latest that is ready."""
    if not at(record.outputs, "configuration.ingress"):
        return {}
    latest = ready(record, world) or str(at(record.outputs, LATEST))
    if at(record.outputs, "configuration.activeRevisionsMode") == "Single":
        return {latest: _WHOLE}
    shared: dict[str, int] = {}
    for part in objects_at(record.outputs, "configuration.ingress.traffic"):
        name = latest if part.get("latestRevision") else str(part.get("revisionName"))
        shared[name] = shared.get(name, 0) + int(part.get("weight") or 0)
    return shared


def shown(record: Record, revision: Body, world: World) -> Body:
    """A revision as ARM shows it."""
    name, runs = str(revision["name"]), str(revision["name"]) in active(record, world)
    domain = str(at(record.outputs, "latestRevisionFqdn") or "").partition(".")[2]
    properties: Body = {
        "active": runs,
        "createdTime": revision["createdTime"],
        "fqdn": f"{name}.{domain}" if domain else "",
        "template": revision["template"],
        "trafficWeight": weights(record, world).get(name, 0),
        **_state(record, revision, world, runs=runs),
    }
    if "lastActiveTime" in revision:
        properties["lastActiveTime"] = revision["lastActiveTime"]
    return {
        "id": f"{record.arm_id}/revisions/{name}",
        "name": name,
        "type": "Microsoft.App/containerApps/revisions",
        "properties": properties,
    }


def _state(record: Record, revision: Body, world: World, *, runs: bool) -> Body:
    least = int(at(revision, "template.scale.minReplicas") or 0)
    if not runs and fitness(revision, world) == "failed":
        return {**_states("Failed", "None", "Stopped", 0), "provisioningError": _TOO_LATE}
    if not runs:
        return _states("Deprovisioned", "None", "Stopped", 0)
    if at(record.outputs, "runningStatus") == "Stopped":
        return _states("Provisioned", "None", "Stopped", 0)
    match fitness(revision, world):
        case "failed":
            return {**_states("Failed", "Unhealthy", "Failed", 0), "provisioningError": _TOO_LATE}
        case "starting":
            return _states("Provisioning", "None", "Activating", 0)
        case _:
            return _states("Provisioned", "Healthy", "Running" if least else "ScaledToZero", least)


def _states(provisioning: str, health: str, running: str, replicas: int) -> Body:
    return {
        "provisioningState": provisioning,
        "healthState": health,
        "runningState": running,
        "replicas": replicas,
    }


def _with(record: Record, known: list[Body], *, counted: int) -> Record:
    most = int(at(record.outputs, "configuration.maxInactiveRevisions") or _WHOLE)
    inactive = [it["name"] for it in known if not it["active"]]
    dropped = set(inactive[: max(0, len(inactive) - most)])
    kept = [it for it in known if it["name"] not in dropped]
    return replace(record, hidden={**record.hidden, _KEPT: kept, "revisionsCounted": counted})


@rule("RevisionNotFound", UNVERIFIED_CODE + ": " + _TRAFFIC)
def traffic_goes_to_revisions(write: Write) -> None:
    """What has a part of the traffic exists; it need not run: https://github.com/microsoft/azure-container-apps/issues/1345."""
    known = {name_of_latest(write), *(it["name"] for it in (made_of(write.old) if write.old else []))}
    for item in objects_at(write.body, "configuration.ingress.traffic"):
        name = item.get("revisionName")
        refuse(
            name and name not in known,
            400,
            "RevisionNotFound",
            f"The revision '{name}' that traffic of {write.name} names does not exist.",
        )
