"""The Pulumi CLI's event log (`--event-log`, a JSON object a line) as this engine's events.

Shapes: EngineEvent in github.com/pulumi/pulumi sdk/go/common/apitype/events.go.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from sandbox.engine.model.events import (
    DiagnosticEvent,
    DiffKind,
    Event,
    PropertyChange,
    ResOpFailedEvent,
    ResourcePreEvent,
    ResOutputsEvent,
    StepMetadata,
    SummaryEvent,
)
from sandbox.engine.model.paths import lookup
from sandbox.engine.model.property_paths import parse_path

Json = Mapping[str, Any]
_COLOUR: Final = re.compile(r"<\{%.*?%\}>")


def event_of(line: Json) -> Event | None:  # noqa: PLR0911 - one return for each kind of event
    """The event of one line; None for those that nothing here shows (cancel, policy, progress of downloads)."""
    if body := line.get("resourcePreEvent"):
        return ResourcePreEvent(_metadata(body["metadata"]), bool(body.get("planning")))
    if body := line.get("resOutputsEvent"):
        return ResOutputsEvent(_metadata(body["metadata"]), bool(body.get("planning")))
    if body := line.get("resOpFailedEvent"):
        sent = (body["metadata"].get("new") or {}).get("inputs") or {}
        return ResOpFailedEvent(_metadata(body["metadata"]), inputs=sent if body["metadata"]["op"] == "create" else {})
    if body := line.get("diagnosticEvent"):
        return DiagnosticEvent(
            body["severity"], _COLOUR.sub("", body["message"]).strip(), body.get("urn", ""), bool(body.get("ephemeral"))
        )
    if body := line.get("errorEvent"):
        return DiagnosticEvent("error", _COLOUR.sub("", body["error"]).strip())
    if body := line.get("summaryEvent"):
        return SummaryEvent(
            bool(body.get("isPreview")),
            float(body.get("durationSeconds", 0)),
            dict(body.get("resourceChanges") or {}),
            _result(body.get("result")),
        )
    return None


def _result(said: object) -> Literal["succeeded", "failed", "canceled"]:
    return "succeeded" if said in (None, "", "succeeded") else "failed"


def _metadata(body: Json) -> StepMetadata:
    old: Json = body.get("old") or {}
    new: Json = body.get("new") or {}
    shown = new or old
    op = body["op"]
    return StepMetadata(
        op=op,
        urn=body["urn"],
        type=body["type"],
        provider=body.get("provider", ""),
        id=new.get("id") or old.get("id") or "",
        custom=bool(shown.get("custom")),
        protect=bool((old or new).get("protect")),
        retain=op == "delete" and bool(old.get("retainOnDelete")),
        logical=bool(body.get("logical")),
        changes=tuple(_changes(body, old, new)),
        parent=shown.get("parent", ""),
    )


def _changes(body: Json, old: Json, new: Json) -> list[PropertyChange]:
    detailed: Mapping[str, Json] | None = body.get("detailedDiff")
    kinds: dict[str, DiffKind] = (
        {path: cast("DiffKind", diff.get("diffKind", "update")) for path, diff in detailed.items()}
        if detailed
        else dict.fromkeys(body.get("diffs") or (), "update")
    )
    return [
        PropertyChange(
            path,
            kind,
            _at(old.get("inputs"), path) if _at(old.get("inputs"), path) is not None else _at(old.get("outputs"), path),
            _at(new.get("inputs"), path),
        )
        for path, kind in sorted(kinds.items())
    ]


def _at(values: object, path: str) -> object:
    try:
        return lookup(values or {}, parse_path(path))
    except ValueError:
        return None
