"""Random values as pulumi-random makes them: strings with least counts of each kind of character, ids, numbers.

https://www.pulumi.com/registry/packages/random/api-docs/
"""

import base64
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.provider_service import Properties, RefusedError

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"


@dataclass(frozen=True)
class Entropy:
    """Where randomness comes from: `draw(n)` gives n bytes."""

    draw: Callable[[int], bytes]

    def below(self, limit: int) -> int:
        """A whole number from 0 to limit - 1, each as likely as the others."""
        size = (limit.bit_length() + 7) // 8 + 8  # eight more bytes: what the remainder prefers is beyond notice
        return int.from_bytes(self.draw(size)) % limit

    def choose(self, characters: str, count: int) -> list[str]:
        """`count` characters, each drawn anew."""
        return [characters[self.below(len(characters))] for _ in range(count)]

    def shuffled(self, items: list[str]) -> list[str]:
        """The items in random order (Fisher and Yates)."""
        result = list(items)
        for last in range(len(result) - 1, 0, -1):
            other = self.below(last + 1)
            result[last], result[other] = result[other], result[last]
        return result


@dataclass(frozen=True, kw_only=True)
class Made:
    """A made resource: its id and its outputs."""

    id: str
    outputs: Properties


@dataclass(frozen=True, kw_only=True)
class RandomType:
    """One type: its inputs with their kinds, what they are by default, how a value is made, checked and restored."""

    inputs: Mapping[str, type | tuple[type, ...]]
    required: frozenset[str]
    defaults: Mapping[str, Any]
    computed: tuple[str, ...]
    secrets: frozenset[str]
    make: Callable[[Properties, Entropy], Made]
    faults: Callable[[Properties], list[str]]
    restore: Callable[[str], Properties]
    own_id: Callable[[Properties], str] = lambda outputs: str(outputs["result"])


_KINDS_OF_CHARACTER = (
    ("lower", "minLower", string.ascii_lowercase),
    ("numeric", "minNumeric", string.digits),
    ("special", "minSpecial", SPECIAL),
    ("upper", "minUpper", string.ascii_uppercase),
)
_STRING_INPUTS: Mapping[str, type | tuple[type, ...]] = {
    "keepers": dict, "length": int, "lower": bool, "minLower": int, "minNumeric": int, "minSpecial": int,
    "minUpper": int, "number": bool, "numeric": bool, "overrideSpecial": str, "special": bool, "upper": bool,
}  # fmt: skip
_STRING_DEFAULTS: Mapping[str, Any] = {
    "lower": True, "minLower": 0, "minNumeric": 0, "minSpecial": 0, "minUpper": 0, "number": True, "numeric": True,
    "special": True, "upper": True,
}  # fmt: skip


def _complete(values: Properties) -> Properties:
    """The inputs with defaults; `number` is the old name of `numeric` and follows it."""
    numeric = values.get("numeric", values.get("number", True))
    return {**_STRING_DEFAULTS, **values, "number": numeric, "numeric": numeric}


def _string_faults(values: Properties) -> list[str]:
    found = _complete(values)
    least = sum(int(found[count]) for _, count, _ in _KINDS_OF_CHARACTER)
    faults: list[str] = []
    if found["length"] < 1:
        faults.append(f"Attribute length value must be at least 1, got: {found['length']}")
    elif found["length"] < least:
        faults.append(
            f"Attribute length value must be at least sum of minUpper + minLower + minNumeric + minSpecial ({least}), "
            f"got: {found['length']}"
        )
    if not any(found[kind] for kind, _, _ in _KINDS_OF_CHARACTER):
        faults.append("At least one of lower, numeric, special and upper must be true")
    return faults


def _make_text(values: Properties, entropy: Entropy) -> tuple[str, Properties]:
    found = _complete(values)
    picked: list[str] = []
    everything = ""
    for kind, count, characters in _KINDS_OF_CHARACTER:
        usable = str(found.get("overrideSpecial") or characters) if kind == "special" else characters
        if found[kind]:
            everything += usable
        picked += entropy.choose(usable, int(found[count]))
    picked += entropy.choose(everything, int(found["length"]) - len(picked))
    return "".join(entropy.shuffled(picked)), found


def _make_string(values: Properties, entropy: Entropy) -> Made:
    text, found = _make_text(values, entropy)
    return Made(id=text, outputs={**found, "result": text})


def _make_password(values: Properties, entropy: Entropy) -> Made:
    text, found = _make_text(values, entropy)
    return Made(id="none", outputs={**found, "result": text})


def _id_outputs(data: bytes, prefix: str) -> Properties:
    return {
        "b64Std": prefix + base64.b64encode(data).decode(),
        "b64Url": prefix + base64.urlsafe_b64encode(data).decode().rstrip("="),
        "byteLength": len(data),
        "dec": prefix + str(int.from_bytes(data)),
        "hex": prefix + data.hex(),
    }


def _make_id(values: Properties, entropy: Entropy) -> Made:
    data = entropy.draw(int(values["byteLength"]))
    plain = base64.urlsafe_b64encode(data).decode().rstrip("=")
    return Made(id=plain, outputs={**values, **_id_outputs(data, str(values.get("prefix") or ""))})


def _restore_id(text: str) -> Properties:
    prefix, _, encoded = text.rpartition(",")
    try:
        data = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError as error:
        raise RefusedError(
            f"'{text}' is no id to import: it is the unpadded URL-safe base64, after 'prefix,' if any"
        ) from error
    return {**({"prefix": prefix} if prefix else {}), **_id_outputs(data, prefix)}


def _make_uuid(values: Properties, entropy: Entropy) -> Made:
    text = str(uuid.UUID(bytes=entropy.draw(16), version=4))
    return Made(id=text, outputs={**values, "result": text})


def _make_integer(values: Properties, entropy: Entropy) -> Made:
    if seed := values.get("seed"):
        raise RefusedError(f"random:index/randomInteger:RandomInteger seed '{seed}': the stand-in does not model seeds")
    number = int(values["min"]) + entropy.below(int(values["max"]) - int(values["min"]) + 1)
    return Made(id=str(number), outputs={**values, "result": number})


def _integer_faults(values: Properties) -> list[str]:
    if values["min"] > values["max"]:
        limits = f"{values['min']}, {values['max']}"
        return [f"The minimum (min) value needs to be smaller than or equal to maximum (max) value: {limits}"]
    return []


def _restore_integer(text: str) -> Properties:
    parts = text.split(",")
    if len(parts) not in (3, 4):
        raise RefusedError(f"'{text}' is no id to import: it is result,min,max")
    result, least, most = (int(part) for part in parts[:3])
    return {"result": result, "min": least, "max": most}


def _restore_string(text: str) -> Properties:
    return {**_STRING_DEFAULTS, "length": len(text), "result": text}


_STRING = RandomType(
    inputs=_STRING_INPUTS,
    required=frozenset({"length"}),
    defaults=_STRING_DEFAULTS,
    computed=("result",),
    secrets=frozenset(),
    make=_make_string,
    faults=_string_faults,
    restore=_restore_string,
)
TYPES: Mapping[str, RandomType] = {
    "random:index/randomString:RandomString": _STRING,
    "random:index/randomPassword:RandomPassword": RandomType(
        inputs=_STRING_INPUTS,
        required=frozenset({"length"}),
        defaults=_STRING_DEFAULTS,
        computed=("result",),
        secrets=frozenset({"result"}),
        own_id=lambda _: "none",
        make=_make_password,
        faults=_string_faults,
        restore=_restore_string,
    ),
    "random:index/randomId:RandomId": RandomType(
        inputs={"byteLength": int, "keepers": dict, "prefix": str},
        required=frozenset({"byteLength"}),
        defaults={},
        computed=("b64Std", "b64Url", "dec", "hex"),
        secrets=frozenset(),
        make=_make_id,
        faults=lambda values: (
            [] if values["byteLength"] >= 1 else [f"byteLength must be at least 1, got: {values['byteLength']}"]
        ),
        restore=_restore_id,
        own_id=lambda outputs: str(outputs["b64Url"]).removeprefix(str(outputs.get("prefix") or "")),
    ),
    "random:index/randomUuid:RandomUuid": RandomType(
        inputs={"keepers": dict},
        required=frozenset(),
        defaults={},
        computed=("result",),
        secrets=frozenset(),
        make=_make_uuid,
        faults=lambda _: [],
        restore=lambda text: {"result": str(uuid.UUID(text))},
    ),
    "random:index/randomInteger:RandomInteger": RandomType(
        inputs={"keepers": dict, "max": int, "min": int, "seed": str},
        required=frozenset({"max", "min"}),
        defaults={},
        computed=("result",),
        secrets=frozenset(),
        make=_make_integer,
        faults=_integer_faults,
        restore=_restore_integer,
    ),
}
