# ruff: noqa: S106 - a token is the name of a type
"""Container apps and jobs; the revisions of apps are in `container_revisions`.

https://learn.microsoft.com/azure/container-apps/revisions and https://learn.microsoft.com/azure/container-apps/jobs
"""

from typing import Any

from sandbox.azure.bodies import Body, at
from sandbox.azure.model import Computed, Durations, NameRule, ResourceType, Write

from . import container_revisions as revisions
from . import containers, ingress_rules, job_triggers, probe_rules, scale_rules
from .common import (
    ARM_NAMES,
    ESTIMATE,
    IDENTITIES_EXIST,
    IDENTITY_OUTPUTS,
    SYSTEM_DATA,
    UNVERIFIED_CODE,
    refuse,
    rule,
)
from .environments import APPS, environment_of, event_stream, verification_id

_JOBS = "https://learn.microsoft.com/azure/container-apps/jobs"
_NAME = NameRule(
    pattern=r"[a-z](?!.*--)([a-z0-9-]*[a-z0-9])?",
    least=2,
    most=32,
    code="ContainerAppInvalidName",
    allowed="2 to 32 lower-case letters, digits and '-': a letter first, a letter or digit last, no '--'",
    source=ARM_NAMES,
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
    defaults={"workloadProfileName": "Consumption"},
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
        "latestRevisionName": Computed(revisions.name_of_latest, keep=False),
        "latestRevisionFqdn": Computed(
            lambda write: (
                f"{revisions.name_of_latest(write)}.{_domain(write)}" if at(write.body, "configuration.ingress") else ""
            ),
            keep=False,
        ),
        "outboundIpAddresses": Computed(_addresses, keep=False),
        # Unverified: that a PUT starts no app that was stopped.
        "runningStatus": Computed(lambda _: "Running"),
        "systemData": SYSTEM_DATA,
    },
    live={"latestReadyRevisionName": revisions.ready},
    references=containers.environment_references(),
    serial=containers.serial("Container App"),
    rules=(
        IDENTITIES_EXIST,
        *containers.RULES,
        _name_is_free_in_environment,
        *ingress_rules.RULES,
        revisions.traffic_goes_to_revisions,
        *scale_rules.RULES,
        *probe_rules.RULES,
    ),
    after=revisions.remember,
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
