"""The platform's own program gives the same state by this engine and by the Pulumi CLI, and either goes on from it."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.store import Store
from sandbox.home import SandboxHome

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH"),
]
DEPLOYMENTS = ("global-dev", "westeu-dev-1")
# What differs between any two runs, and what this engine does not keep (the stack trace of a registration).
RANDOM_OUTPUTS = frozenset({"result", "id", "hex", "dec", "b64Std", "b64Url"})
PASSING = frozenset({"created", "modified", "stackTrace", "etag", "eTag", "systemData"})
# Drawn by a run or made from what was: GUIDs but those of the stack files, revisions, moments.
DRAWN = re.compile(
    r"(?!0{8})[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$|--[0-9a-f]{7}\b|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"
)


def up(cfctl: Any, engine: str) -> dict[str, dict[str, Any]]:
    """Bring both deployments up in a cloud of a fixed seed; URN -> resource of each export, comparable."""
    cfctl.home.prepare()
    Store(cfctl.home.azure_store, seed="the same cloud").close()
    ended = cfctl("up", "westeu-dev-1", "--engine", engine)
    assert ended.status == 0, ended.err
    drawn: set[str] = set()  # a global's suffix is in its regional's state too
    return {name: exported(cfctl, name, drawn) for name in DEPLOYMENTS}


def exported(cfctl: Any, deployment: str, drawn: set[str]) -> dict[str, Any]:
    """URN -> resource of a deployment's export; what it drew joins `drawn`."""
    document = json.loads(cfctl("state", "export", deployment).out)
    resources = document["deployment"]["resources"]
    random = [resource for resource in resources if resource["type"].startswith("random:")]
    drawn |= {str(value) for it in random for key, value in it["outputs"].items() if key in RANDOM_OUTPUTS}
    return {resource["urn"]: comparable(resource, drawn) for resource in resources}


def comparable(value: Any, drawn: set[str], key: str = "") -> Any:
    """A value without what passes; what was drawn is replaced by a word, sets of URNs are sorted."""
    if isinstance(value, dict):
        return {name: comparable(item, drawn, name) for name, item in value.items() if name not in PASSING}
    if isinstance(value, list):
        items = [comparable(item, drawn) for item in value]
        return sorted(items) if all(isinstance(item, str) and item.startswith("urn:") for item in items) else items
    if isinstance(value, str):
        for word in sorted(drawn, key=len, reverse=True):
            value = value.replace(word, "drawn")
        value = DRAWN.sub("drawn", value)
        if key == "sourcePosition" and "site-packages" in value:
            return "the SDK itself"  # each engine runs the program in the environment that it was started in
    return value


def differences(ours: Any, theirs: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two values differ, so that a failure says where instead of showing two long states."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted({*ours, *theirs}):
            yield from differences(ours.get(key, "(none)"), theirs.get(key, "(none)"), f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif ours != theirs:
        yield path, ours, theirs


def test_both_engines_give_the_same_resources_inputs_dependencies_and_outputs(cfctl: Any, tmp_path: Path) -> None:
    """Of global-dev and westeu-dev-1, field by field."""
    other = type(cfctl)(cfctl.project, SandboxHome(tmp_path / "other"))
    try:
        ours, theirs = up(cfctl, "sandbox"), up(other, "cli")
        for deployment in DEPLOYMENTS:
            assert sorted(ours[deployment]) == sorted(theirs[deployment])
            found = list(differences(ours[deployment], theirs[deployment]))
            assert not found, "\n".join(f"{path}: {one!r} != {two!r}" for path, one, two in found)
        crossed = other("up", "westeu-dev-1", "--json").document["runs"]
        assert [set(run["changes"]) for run in crossed] == [{"same"}, {"same"}]
        crossed = cfctl("preview", "westeu-dev-1", "--engine", "cli", "--json").document["runs"]
        assert set(crossed[0]["changes"]) == {"same"}
    finally:
        taken_down = [one("down", "westeu-dev-1", "global-dev", "--yes").status for one in (cfctl, other)]
    assert taken_down == [0, 0]
