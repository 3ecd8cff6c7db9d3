"""A saved plan as a file: Pulumi's own plan JSON, and beside it of what the plan was made.

As DeploymentPlanV1 in github.com/pulumi/pulumi, sdk/go/common/apitype/plan.go: `resourcePlans`, by URN a goal with how
its inputs change, the steps and the seed. Secrets are encrypted under a salt of the file's own. What stands under
`complianceflow` says the rest, with a hash over all of the file: one edited by hand is told from what a preview wrote.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast

from sandbox.engine.model.plans import InputDiff, ResourcePlan, ResourcePlans
from sandbox.engine.storage.checkpoint import new_manifest
from sandbox.engine.storage.resource_json import Json
from sandbox.engine.storage.secrets import SecretsSource
from sandbox.engine.storage.state_errors import (
    DamagedStateError,
    StateAccessError,
    StateError,
    StateVersionError,
    access_error,
)
from sandbox.engine.storage.state_values import ValueCodec

FORMAT: Final = 1
_OURS: Final = "complianceflow"
_HASH: Final = "sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeOf:
    """What a plan is a plan of: digests of the deployment's state, its settings and the program, and when (UTC)."""

    deployment: str
    made: str
    state: str
    settings: str
    program: str


def encode_plan(plans: ResourcePlans, made_of: MadeOf, secrets: SecretsSource) -> bytes:
    """The content of a plan file."""
    own = secrets(None)
    codec = ValueCodec(own)
    document: Json = {
        "manifest": new_manifest(),
        "resourcePlans": {urn: _encoded(urn, plan, codec) for urn, plan in plans.items()},
        _OURS: {
            "format": FORMAT,
            **asdict(made_of),
            "secrets_providers": {"type": own.type, "state": own.state},
        },
    }
    document[_OURS][_HASH] = _hash_of(document)
    return (json.dumps(document, indent=4, ensure_ascii=False) + "\n").encode()


def read_head(path: Path) -> tuple[MadeOf, Json]:
    """What a plan was made of, and the file's JSON for `read_plans`.

    StateError naming the file where it cannot be read, is no plan, is of another version or was changed.
    """
    try:
        document: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise access_error(error, path, "reading the plan") from None
    except (ValueError, RecursionError):
        document = None
    ours: Any = cast("Json", document).get(_OURS) if isinstance(document, dict) else None
    if not isinstance(ours, dict):
        raise DamagedStateError("this is no plan of `cfctl preview --save-plan`", path=path, next_step=_AGAIN)
    head = cast("Json", ours)
    if head.get("format") != FORMAT:
        what = f"the plan has the format {head.get('format')!r}; {FORMAT} is known here"
        raise StateVersionError(what, path=path, next_step=_AGAIN)
    if head.get(_HASH) != _hash_of(cast("Json", document)):
        raise DamagedStateError("the plan was changed after it was made", path=path, next_step=_AGAIN)
    made_of = MadeOf(**{name: str(head.get(name, "")) for name in MadeOf.__dataclass_fields__})
    return made_of, cast("Json", document)


def read_plans(document: Json, path: Path, secrets: SecretsSource) -> ResourcePlans:
    """The plans in a file's JSON. StateError naming the file: above all SecretsError under another passphrase."""
    try:
        codec = ValueCodec(secrets(document[_OURS]["secrets_providers"]["state"]))
        return {urn: _decoded(urn, plan, codec) for urn, plan in document["resourcePlans"].items()}
    except StateError as error:
        raise type(error)(error.what, path=path, next_step=error.next_step) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedStateError(f"the plan makes no sense: {error}", path=path, next_step=_AGAIN) from None


def write_plan(path: Path, data: bytes) -> None:
    """Write a plan file, for its user alone. StateAccessError where it cannot be written."""
    try:
        path.touch(mode=0o600, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise StateAccessError(
            f"the plan cannot be written: {error.strerror}", path=path, next_step="name another file: --save-plan FILE"
        ) from None


def _encoded(urn: str, plan: ResourcePlan, codec: ValueCodec) -> Json:
    document: Json = {"steps": list(plan.steps), "state": {}}
    if plan.seed:
        document["seed"] = base64.b64encode(plan.seed).decode()
    goal: Json = {"type": plan.type, "name": plan.name, "custom": plan.custom, "protect": plan.protect}
    if plan.parent:
        goal["parent"] = plan.parent
    if plan.provider:
        goal["provider"] = plan.provider
    if plan.inputs is not None:
        goal["inputDiff"] = {
            "adds": codec.encode(plan.inputs.adds, (urn, "adds")),
            "updates": codec.encode(plan.inputs.updates, (urn, "updates")),
            "deletes": list(plan.inputs.deletes),
        }
        goal["outputDiff"] = {}
    return {"goal": goal, **document} if plan.inputs is not None else {**document, _OURS: goal}


def _decoded(urn: str, document: Mapping[str, Any], codec: ValueCodec) -> ResourcePlan:
    goal: Mapping[str, Any] = document.get("goal") or document[_OURS]
    diff = goal.get("inputDiff")
    return ResourcePlan(
        type=goal["type"],
        name=goal["name"],
        custom=goal["custom"],
        parent=goal.get("parent", ""),
        provider=goal.get("provider", ""),
        protect=goal["protect"],
        steps=tuple(document["steps"]),
        inputs=None
        if diff is None
        else InputDiff(
            adds=codec.decode(diff["adds"], (urn, "adds")),
            updates=codec.decode(diff["updates"], (urn, "updates")),
            deletes=tuple(diff["deletes"]),
        ),
        seed=base64.b64decode(document.get("seed", "")),
    )


def _hash_of(document: Json) -> str:
    head = {name: value for name, value in document[_OURS].items() if name != _HASH}
    text = json.dumps({**document, _OURS: head}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_AGAIN: Final = "make it again: ./cfctl preview DEPLOYMENT --save-plan FILE"
