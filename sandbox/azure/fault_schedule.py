"""Faults on schedule: at the nth call of an operation on a type, before or after the work is done.

The schedule comes from a file (CFCTL_FAULTS, YAML or JSON: a list of entries) or from the store. Calls are counted in
the store, across processes and runs, so that a run after the fault meets it no more. "after" is the lost reply: the
work is done and acknowledged to nobody.

    - {type: "network:Subnet", operation: create, nth: 2, when: after}
    - {type: "*", operation: update, nth: 1, times: 3, code: TooManyRequests, status: 429, message: "slow down"}
    - {type: "*", operation: create, probability: 0.1, seed: 7}
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml

from cidr import Fault, FaultsError

from .errors import ArmError, LostReplyError
from .store import Store

Operation = Literal["create", "update", "delete", "read"]
When = Literal["before", "after"]
ENVIRONMENT_VARIABLE = "CFCTL_FAULTS"


@dataclass(frozen=True, kw_only=True)
class ScheduledFault:
    """One entry. `type` is a token or "*". It fires at calls nth .. nth+times-1, or by `probability` and `seed`.

    `when` "before": ARM refuses with `code`, nothing is done. "after": the work is done, the reply is lost; `code` None
    is a broken connection, else that error comes in place of the answer.
    """

    type: str
    operation: Operation
    nth: int = 1
    times: int = 1
    when: When = "before"
    code: str | None = None
    status: int = 500
    message: str = "A scheduled fault of the sandbox."
    probability: float | None = None
    seed: int = 0

    @property
    def identity(self) -> str:
        """What tells this entry's count of calls from others'."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def matches(self, token: str, operation: str) -> bool:
        """True if calls of this operation on this type are counted."""
        return self.operation == operation and self.type in ("*", token)

    def fires(self, call: int) -> bool:
        """True if the fault happens at this call (counted from 1)."""
        if self.probability is None:
            return self.nth <= call < self.nth + self.times
        drawn = hashlib.sha256(f"{self.seed}/{call}".encode()).digest()
        return int.from_bytes(drawn[:8]) / 2**64 < self.probability

    def error(self, method: str, arm_id: str) -> Exception:
        """What the caller sees."""
        if self.when == "after" and self.code is None:
            return LostReplyError(method, arm_id)
        return ArmError(self.status, self.code or "InternalServerError", self.message)


@dataclass(frozen=True)
class FaultSchedule:
    """The faults of one run, and the store that counts their calls."""

    store: Store
    faults: tuple[ScheduledFault, ...] = ()

    def due(self, token: str, operation: Operation) -> ScheduledFault | None:
        """Count this call; the first entry that fires at it."""
        watching = [fault for fault in self.faults if fault.matches(token, operation)]
        if not watching:
            return None
        with self.store.transaction() as tx:
            calls = {fault: tx.count_call(fault.identity) for fault in watching}
        return next((fault for fault, call in calls.items() if fault.fires(call)), None)


def schedule(store: Store, environment: Mapping[str, str] = os.environ) -> FaultSchedule:
    """The faults kept in the store (`Store.set("fault", name, json)`) and those of the file that CFCTL_FAULTS names.

    Raises FaultsError for a file that is missing or whose entries are wrong, with every wrong entry.
    """
    kept = store.read(lambda tx: tx.all_settings("fault"))
    entries = [(f"{store.path} fault {name}", json.loads(text)) for name, text in kept.items()]
    if location := environment.get(ENVIRONMENT_VARIABLE):
        entries += _file_entries(Path(location))
    wrong: list[Fault] = []
    faults = [fault for where, entry in entries if (fault := _parsed(where, entry, wrong)) is not None]
    if wrong:
        raise FaultsError(wrong)
    return FaultSchedule(store, tuple(faults))


def _file_entries(path: Path) -> list[tuple[str, Any]]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise FaultsError([_fault(str(path), f"cannot be read: {error}")]) from error
    if not isinstance(data, list):
        raise FaultsError([_fault(str(path), "is no list")])
    return [(f"{path} [{index}]", entry) for index, entry in enumerate(data)]


def _parsed(where: str, entry: Any, wrong: list[Fault]) -> ScheduledFault | None:
    if not isinstance(entry, dict):
        wrong.append(_fault(where, f"{entry!r} is no object"))
        return None
    found = cast("dict[str, Any]", entry)
    known = {item.name: item for item in fields(ScheduledFault)}
    problems = [f"{name} is no key of a fault" for name in found if name not in known]
    problems += [f"{name} is missing" for name in ("type", "operation") if not isinstance(found.get(name), str)]
    for name, kind, least in (("nth", int, 1), ("times", int, 1), ("status", int, 400), ("seed", int, 0)):
        value = found.get(name, least)
        if not isinstance(value, kind) or isinstance(value, bool) or value < least:
            problems.append(f"{name} is {value!r}, not a whole number of at least {least}")
    for name, allowed in (("operation", get_args(Operation)), ("when", get_args(When))):
        if name in found and found[name] not in allowed:
            problems.append(f"{name} is {found[name]!r}, none of {', '.join(allowed)}")
    chance = found.get("probability")
    if chance is not None and (not isinstance(chance, int | float) or not 0 <= chance <= 1):
        problems.append(f"probability is {chance!r}, not between 0 and 1")
    problems += [
        f"{name} is {found[name]!r}, not text"
        for name in ("code", "message")
        if name in found and not isinstance(found[name], str)
    ]
    wrong += [_fault(where, problem) for problem in problems]
    return None if problems else ScheduledFault(**found)


def _fault(where: str, what: str) -> Fault:
    return Fault(
        where=where,
        what=what,
        allowed="a list of {type, operation, nth, times, when, code, status, message, probability, seed}",
        next_step=f"mend the file that {ENVIRONMENT_VARIABLE} names, or unset the variable",
    )
