# ruff: noqa: S106 - a token is the name of a type
"""Container apps with their revisions, and jobs.

https://learn.microsoft.com/azure/container-apps/revisions and https://learn.microsoft.com/azure/container-apps/jobs
"""

import json
from dataclasses import replace
from typing import Any

from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Computed, Durations, Editor, NameRule, Record, ResourceType, Write

from . import containers, ingress_rules, job_triggers, probe_rules, scale_rules
from .common import (
    ARM_NAMES,
    ESTIMATE,
    IDENTITIES_EXIST,
    IDENTITY_OUTPUTS,
    SYSTEM_DATA,
    UNVERIFIED_CODE,
    digest,
    refuse,
    rule,
)
from .environments import APPS, environment_of, event_stream, verification_id

_TRAFFIC = "https://learn.microsoft.com/azure/container-apps/traffic-splitting"
_JOBS = "https://learn.microsoft.com/azure/container-apps/jobs"
_NAME = NameRule(
    pattern=r"[a-z](?!.*--)([a-z0-9-]*[a-z0-9])?",
    least=2,
    most=32,
    code="ContainerAppInvalidName",
    allowed="2 to 32 lower-case letters, digits and '-': a letter first, a letter or digit last, no '--'",
    source=ARM_NAMES,
)


def _revision(write: Write) -> str:
    """The revision that the body makes: a new one when the template differs, the last one else."""
    suffix = at(write.body, "template.revisionSuffix")
    if suffix:
        return f"{write.name}--{suffix}"
    template = json.dumps(at(write.body, "template"), sort_keys=True)
    if write.old is not None and template == json.dumps(at(write.old.inputs, "template"), sort_keys=True):
        return str(at(write.old.outputs, "latestRevisionName"))
    made = len(write.old.hidden.get("revisions", [])) if write.old else 0
    return f"{write.name}--{digest(write, f'revision/{made}/{template}')[:7]}"


def _remember_revision(record: Record, editor: Editor) -> None:
    known: list[str] = record.hidden.get("revisions", [])
    latest = str(at(record.outputs, "latestRevisionName"))
    editor.put(replace(record, hidden={**record.hidden, "revisions": [*(n for n in known if n != latest), latest]}))


@rule("RevisionNotFound", UNVERIFIED_CODE + ": " + _TRAFFIC)
def _traffic_goes_to_revisions(write: Write) -> None:
    known = {_revision(write), *(write.old.hidden.get("revisions", []) if write.old else [])}
    for item in objects_at(write.body, "configuration.ingress.traffic"):
        name = item.get("revisionName")
        refuse(
            name and name not in known,
            400,
            "RevisionNotFound",
            f"The revision '{name}' that traffic of {write.name} names does not exist.",
        )


@rule("ContainerAppNameAlreadyInUse", UNVERIFIED_CODE + ": an app's host name is its name in the environment's domain")
def _name_is_free_in_environment(write: Write) -> None:
    for referrer in write.world.referrers(environment_of(write).arm_id):
        other = referrer.record
        refuse(
            other.token == write.kind.token
            and other.name == write.name
            and other.arm_id.lower() != write.arm_id.lower(),
            409,
            "ContainerAppNameAlreadyInUse",
            f"The name '{write.name}' is in use by {other.arm_id} in the same environment.",
        )


def _domain(write: Write) -> str:
    return str(at(environment_of(write).outputs, "defaultDomain"))


def _fqdn(write: Write) -> str | None:
    """The host name: under `internal` where only the environment's own apps may ask, whatever the environment.

    https://github.com/microsoft/azure-container-apps/issues/1714
    """
    if not at(write.body, "configuration.ingress"):
        return None
    inner = "" if at(write.body, "configuration.ingress.external") else "internal."
    return f"{write.name}.{inner}{_domain(write)}"


def _ingress(write: Write) -> Body | None:
    found: Body | None = at(write.body, "configuration.ingress")
    if found is None:
        return None
    return {
        "allowInsecure": False,
        "exposedPort": 0,
        "external": False,
        "traffic": [{"latestRevision": True, "weight": 100}],
        "transport": "Auto",
        **found,
        "fqdn": _fqdn(write),
    }


def _scale(write: Write) -> Body:
    return {"cooldownPeriod": 300, "maxReplicas": 10, "pollingInterval": 30, **(at(write.body, "template.scale") or {})}


def _addresses(write: Write) -> list[str]:
    """Addresses that the environment goes out by; in a network, Azure names the environment's own."""
    return [str(at(environment_of(write).outputs, "staticIp"))]


def _environment_id(write: Write) -> Any:
    return at(write.body, "environmentId") or at(write.body, "managedEnvironmentId")


APP = ResourceType(
    token="app:ContainerApp",
    path=APPS + "/containerApps/{containerAppName}",
    name=_NAME,
    durations=Durations(create=60, update=45, delete=30, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.app/2025-02-02-preview/containerapps",
    replace_on=("location",),
    defaults={"runningStatus": "Running", "workloadProfileName": "Consumption"},
    computed={
        **IDENTITY_OUTPUTS,
        "environmentId": Computed(_environment_id, keep=False),
        "managedEnvironmentId": Computed(_environment_id, keep=False),
        "configuration.activeRevisionsMode": Computed(
            lambda write: at(write.body, "configuration.activeRevisionsMode") or "Single", keep=False
        ),
        "configuration.ingress": Computed(_ingress, keep=False),
        "configuration.maxInactiveRevisions": Computed(
            lambda write: at(write.body, "configuration.maxInactiveRevisions") or 100, keep=False
        ),
        "template.containers": containers.CONTAINER_OUTPUTS,
        "template.revisionSuffix": Computed(lambda write: at(write.body, "template.revisionSuffix") or "", keep=False),
        "template.scale": Computed(_scale, keep=False),
        "customDomainVerificationId": Computed(verification_id),
        "eventStreamEndpoint": Computed(lambda write: event_stream(write, "containerApps")),
        "latestRevisionName": Computed(_revision, keep=False),
        "latestReadyRevisionName": Computed(_revision, keep=False),
        "latestRevisionFqdn": Computed(
            lambda write: f"{_revision(write)}.{_domain(write)}" if at(write.body, "configuration.ingress") else "",
            keep=False,
        ),
        "outboundIpAddresses": Computed(_addresses, keep=False),
        "systemData": SYSTEM_DATA,
    },
    references=containers.environment_references(),
    serial=containers.serial("Container App"),
    rules=(
        IDENTITIES_EXIST,
        *containers.RULES,
        _name_is_free_in_environment,
        *ingress_rules.RULES,
        _traffic_goes_to_revisions,
        *scale_rules.RULES,
        *probe_rules.RULES,
    ),
    after=_remember_revision,
)


@rule("JobReplicaSettingsInvalid", UNVERIFIED_CODE + ": " + _JOBS + "#advanced-job-configuration")
def _replicas_are_sound(write: Write) -> None:
    """How long a replica may take and how often it is tried; how many run, and of them must succeed."""
    timeout = at(write.body, "configuration.replicaTimeout")
    retries = at(write.body, "configuration.replicaRetryLimit") or 0
    settings = job_triggers.SETTINGS.get(str(at(write.body, "configuration.triggerType")), "")
    side_by_side = at(write.body, f"configuration.{settings}.parallelism")
    complete = at(write.body, f"configuration.{settings}.replicaCompletionCount")
    refuse(
        timeout is None
        or int(timeout) < 1
        or int(retries) < 0
        or not 1 <= int(1 if complete is None else complete) <= int(1 if side_by_side is None else side_by_side),
        400,
        "JobReplicaSettingsInvalid",
        f"Job {write.name} needs a replicaTimeout from 1 second (it has {timeout}), a replicaRetryLimit from 0 "
        f"({retries}) and a replicaCompletionCount ({complete}) from 1 to its parallelism ({side_by_side}).",
    )


JOB = ResourceType(
    token="app:Job",
    path=APPS + "/jobs/{jobName}",
    name=_NAME,
    durations=Durations(create=30, update=30, delete=30, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.app/2025-02-02-preview/jobs",
    replace_on=("location",),
    defaults={"runningState": "Ready", "workloadProfileName": "Consumption"},
    computed={
        **IDENTITY_OUTPUTS,
        "configuration.eventTriggerConfig.scale": Computed(job_triggers.scale_of, keep=False),
        "template.containers": containers.CONTAINER_OUTPUTS,
        "eventStreamEndpoint": Computed(lambda write: event_stream(write, "jobs")),
        "outboundIpAddresses": Computed(_addresses, keep=False),
        "systemData": SYSTEM_DATA,
    },
    references=containers.environment_references()[:1],
    serial=containers.serial("Container Apps Job"),
    rules=(
        IDENTITIES_EXIST,
        *job_triggers.RULES,
        _replicas_are_sound,
        *containers.RULES,
        _name_is_free_in_environment,
    ),
)

TYPES = (APP, JOB)
