"""What Azure refuses of an app's scale and of what starts a job: bounds, rules, the triggers of KEDA behind them.

https://learn.microsoft.com/azure/container-apps/scale-app and
https://learn.microsoft.com/azure/container-apps/jobs#event-driven-jobs
"""

from dataclasses import dataclass
from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.errors import NotModelledError
from sandbox.azure.model import Write

from .common import UNVERIFIED_CODE, assigned_identities, refuse, rule

INVALID: Final = "ContainerAppInvalidScaleSpec"
_SCALE: Final = "https://learn.microsoft.com/azure/container-apps/scale-app"
_KINDS: Final = ("http", "tcp", "custom", "azureQueue")
_UNIQUE_KEYS: Final = ("sasl", "tls")  # a trigger of KEDA takes them in one of its two places, not in both


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """A scaler of KEDA: what its metadata must have and may have, what may be given as a secret, its page.

    by_identity: what the metadata must have where the scaler signs in as an identity; None for one that cannot.
    for_jobs: False for a scaler that measures replicas, of which a job that waits has none.
    """

    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    by_identity: frozenset[str] | None = None
    needs_replica: bool = False
    for_jobs: bool = True
    source: str


TRIGGERS: Final = {
    "cpu": Trigger(
        required=frozenset({"type", "value"}),
        needs_replica=True,
        for_jobs=False,
        source="https://keda.sh/docs/latest/scalers/cpu/",
    ),
    "memory": Trigger(
        required=frozenset({"type", "value"}),
        needs_replica=True,
        for_jobs=False,
        source="https://keda.sh/docs/latest/scalers/memory/",
    ),
    "kafka": Trigger(
        required=frozenset({"bootstrapServers", "consumerGroup"}),
        optional=frozenset(
            {"topic", "lagThreshold", "activationLagThreshold", "offsetResetPolicy", "allowIdleConsumers"}
            | {"scaleToZeroOnInvalidOffset", "excludePersistentLag", "limitToPartitionsWithLag", "version"}
            | {"ensureEvenDistributionOfPartitions", "partitionLimitation", "sasl", "tls", "unsafeSsl"}
        ),
        parameters=frozenset({"sasl", "username", "password", "tls", "ca", "cert", "key", "keyPassword"}),
        source="https://keda.sh/docs/latest/scalers/apache-kafka/",
    ),
    "azure-queue": Trigger(
        required=frozenset({"queueName"}),
        optional=frozenset(
            {"accountName", "queueLength", "queueLengthStrategy", "activationQueueLength", "connectionFromEnv"}
            | {"cloud", "endpointSuffix"}
        ),
        parameters=frozenset({"connection"}),
        by_identity=frozenset({"accountName"}),
        source="https://keda.sh/docs/latest/scalers/azure-storage-queue/",
    ),
}


@rule(INVALID, UNVERIFIED_CODE + ": " + _SCALE)
def bounds_are_sound(write: Write) -> None:
    """From 0 to 1,000 replicas, the least not above the most."""
    least, most = at(write.body, "template.scale.minReplicas") or 0, at(write.body, "template.scale.maxReplicas")
    refuse(
        (most is not None and not 1 <= int(most) <= 1000) or int(least) > int(most or 10) or int(least) < 0,
        400,
        INVALID,
        f"The scale of {write.name} is {least} to {most}: allowed are 0 to 1000 replicas, the first not above the "
        "second.",
    )


def _rules(write: Write) -> list[Body]:
    return objects_at(write.body, "template.scale.rules")


@rule(INVALID, UNVERIFIED_CODE + ": " + _SCALE + "#scale-rules")
def each_rule_is_of_one_kind(write: Write) -> None:
    """A rule has a name of its own and one kind."""
    names = [str(item.get("name") or "") for item in _rules(write)]
    for item, name in zip(_rules(write), names, strict=True):
        kinds = [kind for kind in _KINDS if item.get(kind) is not None]
        refuse(
            not name or names.count(name) > 1,
            400,
            INVALID,
            f"Scale rule '{name}' of {write.name} needs a name that no other rule of it has.",
        )
        refuse(
            len(kinds) != 1,
            400,
            INVALID,
            f"Scale rule '{name}' of {write.name} is of {', '.join(kinds) or 'no kind'}: one of {', '.join(_KINDS)}.",
        )


@rule(
    "ContainerAppSecretRefNotFound",
    UNVERIFIED_CODE + " for scale rules: https://learn.microsoft.com/azure/container-apps/manage-secrets",
)
def secrets_of_rules_are_defined(write: Write) -> None:
    """What a rule signs in with is a secret of the app."""
    defined = {item.get("name") for item in objects_at(write.body, "configuration.secrets")}
    for item in _rules(write):
        for kind in _KINDS:
            for auth in objects_at(item, f"{kind}.auth"):
                wanted = auth.get("secretRef")
                refuse(
                    wanted not in defined,
                    400,
                    "ContainerAppSecretRefNotFound",
                    f"SecretRef '{wanted}' defined for scale rule '{item.get('name')}' not found.",
                )


def trigger_is_complete(write: Write, custom: Body, where: str) -> Trigger:
    """The scaler that a rule names, which takes the rule; `where` is the rule in words.

    Raises NotModelledError for a scaler or a key without a row.
    """
    kind = str(at(custom, "type"))
    trigger = TRIGGERS.get(kind)
    if trigger is None:
        raise NotModelledError(
            f"{where}: the sandbox does not model KEDA's scaler {kind!r}, only {', '.join(TRIGGERS)}: "
            "add a row to TRIGGERS in sandbox/azure/catalog/scale_rules.py"
        )
    metadata: Body = at(custom, "metadata") or {}
    parameters = [str(auth.get("triggerParameter")) for auth in objects_at(custom, "auth")]
    unknown = ({*metadata} - trigger.required - trigger.optional) | ({*parameters} - trigger.parameters)
    if unknown:
        raise NotModelledError(
            f"{where}: scaler {kind} has no {', '.join(sorted(unknown))} here ({trigger.source}): correct the "
            "word, or add it to TRIGGERS in sandbox/azure/catalog/scale_rules.py"
        )
    identity = str(at(custom, "identity") or "")
    needed = trigger.required | ((trigger.by_identity or frozenset()) if identity else frozenset())
    missing = sorted(key for key in needed if not metadata.get(key))
    refuse(missing, 400, INVALID, f"{where}: scaler {kind} needs metadata {', '.join(missing)}.")
    twice = [key for key in _UNIQUE_KEYS if key in metadata and key in parameters]
    refuse(twice, 400, INVALID, f"{where}: {', '.join(twice)} is in the metadata and in the auth of scaler {kind}.")
    refuse(
        identity and trigger.by_identity is None,
        400,
        INVALID,
        f"{where}: scaler {kind} cannot sign in as an identity, it takes {', '.join(sorted(trigger.parameters))}.",
    )
    refuse(
        identity and not _is_assigned(write, identity),
        400,
        INVALID,
        f"{where}: the identity {identity} is not assigned to {write.name}.",
    )
    return trigger


def _is_assigned(write: Write, identity: str) -> bool:
    if identity.lower() == "system":
        return "SystemAssigned" in str(at(write.body, "identity.type"))
    return arm_ids.key(identity) in map(arm_ids.key, assigned_identities(write.body))


@rule(INVALID, UNVERIFIED_CODE + ": KEDA refuses it when it reads the rule; " + TRIGGERS["kafka"].source)
def triggers_are_complete(write: Write) -> None:
    """A custom rule is what a scaler of KEDA takes."""
    for item in _rules(write):
        custom = item.get("custom")
        if isinstance(custom, dict):
            trigger_is_complete(write, custom, f"scale rule '{item.get('name')}' of {write.name}")


@rule(INVALID, UNVERIFIED_CODE + ": " + _SCALE + "#custom (CPU and memory cannot scale to zero)")
def something_starts_from_zero(write: Write) -> None:
    """By CPU and memory alone an app at zero would never start."""
    kinds = [str(at(item, "custom.type")) for item in _rules(write)]
    alone = bool(kinds) and all(kind in TRIGGERS and TRIGGERS[kind].needs_replica for kind in kinds)
    refuse(
        alone and not at(write.body, "template.scale.minReplicas"),
        400,
        INVALID,
        f"{write.name} scales by {', '.join(kinds)} alone, which cannot scale to zero: set minReplicas to 1 or more.",
    )


RULES: Final = (
    bounds_are_sound,
    each_rule_is_of_one_kind,
    secrets_of_rules_are_defined,
    triggers_are_complete,
    something_starts_from_zero,
)
