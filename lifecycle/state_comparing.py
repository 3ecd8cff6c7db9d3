"""Whether two exports of a stack say the same, resource by resource and secret by secret: places, never values.

An export is what `pulumi stack export --show-secrets` prints. A secret in it is `{signature, plaintext}`, the JSON of
its value as a text (pkg/resource/stack/deployment.go of github.com/pulumi/pulumi); two writers may order its keys in
different ways, so the values are held against each other, not the texts.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

Export: TypeAlias = Mapping[str, Any]
"""The JSON of an export, secrets in clear: in memory only."""

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark of one
_WRITTEN_ANEW: Final = frozenset({"manifest", "secrets_providers", "resources"})
"""Of a deployment: when and by whom it was written, under which key; the resources are compared one by one."""
_MISSING: Final = object()


def differences(old: Export, new: Export) -> tuple[str, ...]:
    """The places where two exports differ, empty where they say the same: `URN: outputs.password`.

    A secret differs where its value does, where only one of the two has it as a secret, and where either is not in
    clear. Which key they were encrypted under, and who wrote the export when, makes no difference.
    """
    return tuple(_differences(_deployment(old), _deployment(new)))


def resources_in(export: Export) -> int:
    """How many resources an export has, the stack itself and its providers too."""
    return len(_resources(_deployment(export)))


def secrets_in(export: Export) -> int:
    """How many secrets an export has; one inside a secret is part of it."""
    return sum(1 for _ in _secrets(_deployment(export)))


def pending_in(export: Export) -> tuple[str, ...]:
    """`creating URN` of each operation that a run began and nobody knows the end of."""
    found = cast("list[Any]", _deployment(export).get("pending_operations") or [])
    return tuple(f"{it.get('type')} {it.get('resource', {}).get('urn')}" for it in found)


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    olds, news = _resources(old), _resources(new)
    for one, other in zip(olds, news, strict=False):
        urn = str(one.get("urn"))
        if urn != str(other.get("urn")):
            yield f"{urn}: another resource stands in its place"
            return
        yield from (f"{urn}: {place}" for place in _of_fields(one, other))
    for more in (*olds[len(news) :], *news[len(olds) :]):
        yield f"{more.get('urn')}: only one of the two has it"
    yield from _of_fields(*({k: v for k, v in it.items() if k not in _WRITTEN_ANEW} for it in (old, new)))


def _of_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Fields of Pulumi's own, of which an empty one is left out by some writers (Go's `omitempty`)."""
    for key in sorted(old.keys() | new.keys()):
        one, other = old.get(key), new.get(key)
        if one or other:
            yield from _places(one, other, key)


def _places(old: object, new: object, place: str) -> Iterator[str]:
    if _is_secret(old) or _is_secret(new):
        if not _same_secret(old, new):
            yield f"{place} (secret)"
    elif isinstance(old, dict) and isinstance(new, dict):
        ours, theirs = cast("dict[str, object]", old), cast("dict[str, object]", new)
        for key in sorted(ours.keys() | theirs.keys()):
            yield from _places(ours.get(key, _MISSING), theirs.get(key, _MISSING), f"{place}.{key}")
    elif isinstance(old, list) and isinstance(new, list):
        firsts, seconds = cast("list[object]", old), cast("list[object]", new)
        if len(firsts) != len(seconds):
            yield place
            return
        for index, (one, other) in enumerate(zip(firsts, seconds, strict=True)):
            yield from _places(one, other, f"{place}[{index}]")
    elif isinstance(old, bool) != isinstance(new, bool) or old != new:  # True == 1 for Python, not in a state
        yield place


def _is_secret(value: object) -> bool:
    return isinstance(value, dict) and cast("dict[str, object]", value).get(SIGNATURE) == SECRET


def _same_secret(old: object, new: object) -> bool:
    if not (_is_secret(old) and _is_secret(new)):
        return False
    texts = [cast("dict[str, object]", it).get("plaintext") for it in (old, new)]
    try:
        values = [json.loads(text) for text in texts if isinstance(text, str)]
    except ValueError:
        return False
    return len(values) == 2 and not tuple(_places(values[0], values[1], ""))


def _secrets(value: object) -> Iterator[None]:
    if _is_secret(value):
        yield None
    elif isinstance(value, dict):
        for item in cast("dict[str, object]", value).values():
            yield from _secrets(item)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _secrets(item)


def _deployment(export: Export) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", export.get("deployment") or {})


def _resources(deployment: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return cast("Sequence[Mapping[str, Any]]", deployment.get("resources") or [])
