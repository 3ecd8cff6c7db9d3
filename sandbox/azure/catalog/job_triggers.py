"""What starts a job, and what Azure refuses of it: by hand, at a time, or by what waits outside of it.

By an event: KEDA counts what waits (messages of a queue) and starts executions, `maxExecutions` at most side by side.
Nothing comes from outside here: an execution of such a job starts when it is asked for (POST .../start), which Azure
takes too. https://learn.microsoft.com/azure/container-apps/jobs#job-trigger-types
"""

import re
from typing import Final

from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Write

from .common import UNVERIFIED_CODE, refuse, rule
from .scale_rules import trigger_is_complete

_JOBS: Final = "https://learn.microsoft.com/azure/container-apps/jobs"
_CRON_FIELDS, _CRON_FIELD = 5, re.compile(r"[0-9*/,\-]+")
# The settings that each kind of job needs.
SETTINGS: Final = {
    "Manual": "manualTriggerConfig",
    "Schedule": "scheduleTriggerConfig",
    "Event": "eventTriggerConfig",
}
_MOST_EXECUTIONS: Final = 100  # what Azure gives where nothing is said
_POLLED_EVERY: Final = 30


def _refuse(condition: object, message: str) -> None:
    refuse(condition, 400, "JobTriggerInvalid", message)


@rule("JobTriggerInvalid", UNVERIFIED_CODE + ": " + _JOBS)
def trigger_is_whole(write: Write) -> None:
    """A job has one kind of trigger, and the settings of that kind."""
    kind = at(write.body, "configuration.triggerType")
    _refuse(kind not in SETTINGS, f"The triggerType '{kind}' of job {write.name} is none of {', '.join(SETTINGS)}.")
    _refuse(
        kind != "Manual" and not at(write.body, f"configuration.{SETTINGS[kind]}"),
        f"Job {write.name} of triggerType {kind} needs configuration.{SETTINGS[kind]}.",
    )


@rule("JobTriggerInvalid", UNVERIFIED_CODE + ": " + _JOBS + "#scheduled-jobs")
def schedule_has_five_fields(write: Write) -> None:
    """Minute, hour, day of the month, month, day of the week, in UTC."""
    expression = at(write.body, "configuration.scheduleTriggerConfig.cronExpression")
    fields = str(expression).split()
    _refuse(
        expression is not None and (len(fields) != _CRON_FIELDS or not all(map(_CRON_FIELD.fullmatch, fields))),
        f"The cronExpression '{expression}' of job {write.name} needs five fields of digits, *, /, - and commas.",
    )


@rule(
    ("JobTriggerInvalid", "ContainerAppInvalidScaleSpec", "ContainerAppSecretRefNotFound"),
    UNVERIFIED_CODE + ": " + _JOBS + "#event-driven-jobs",
)
def event_rules_are_sound(write: Write) -> None:
    """How many executions may run, and what each rule counts, signed in as what."""
    if at(write.body, "configuration.triggerType") != "Event":
        return
    scale: Body = at(write.body, "configuration.eventTriggerConfig.scale") or {}
    rules = objects_at(scale, "rules")
    least, most = scale.get("minExecutions") or 0, scale.get("maxExecutions")
    polled = scale.get("pollingInterval")
    _refuse(not rules, f"Job {write.name} of triggerType Event needs a scale rule.")
    _refuse(
        not 0 <= least <= (_MOST_EXECUTIONS if most is None else most)
        or most == 0
        or (polled is not None and polled < 1),
        f"Job {write.name} needs minExecutions ({least}) from 0 to its maxExecutions ({most}), those from 1, and a "
        f"pollingInterval from 1 second ({polled}).",
    )
    names = [str(item.get("name") or "") for item in rules]
    defined = {item.get("name") for item in objects_at(write.body, "configuration.secrets")}
    for item, name in zip(rules, names, strict=True):
        where = f"scale rule '{name}' of job {write.name}"
        _refuse(not name or names.count(name) > 1, f"{where} needs a name that no other rule of it has.")
        trigger = trigger_is_complete(write, item, where)
        _refuse(not trigger.for_jobs, f"{where}: scaler {item.get('type')} measures replicas, it starts no job.")
        for auth in objects_at(item, "auth"):
            refuse(
                auth.get("secretRef") not in defined,
                400,
                "ContainerAppSecretRefNotFound",
                f"SecretRef '{auth.get('secretRef')}' defined for scale rule '{name}' not found.",
            )


def scale_of(write: Write) -> Body | None:
    """The scale of a job that events start, with what Azure puts where the body says nothing."""
    if at(write.body, "configuration.triggerType") != "Event":
        return None
    given: Body = at(write.body, "configuration.eventTriggerConfig.scale") or {}
    usual = {"minExecutions": 0, "maxExecutions": _MOST_EXECUTIONS, "pollingInterval": _POLLED_EVERY}
    return {**usual, **given}


RULES: Final = (trigger_is_whole, schedule_has_five_fields, event_rules_are_sound)
