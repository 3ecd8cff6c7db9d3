"""Random histories as data: what is done to a stack one after another, and what goes wrong on the way."""

from dataclasses import dataclass
from typing import Final, Literal

from hypothesis import strategies as st

from tests.sandbox.engine.fuzz.cloud import Mode, Operation
from tests.sandbox.engine.fuzz.programs import Edit, Program, chance, edits, programs


@dataclass(frozen=True)
class Fault:
    """The n-th call of an operation in a run fails."""

    operation: Operation
    nth: int
    mode: Mode = "refused"


@dataclass(frozen=True)
class Kill:
    """The process dies at a durable write: the one at this share (in thousandths) of all that the run makes."""

    at: int
    power: bool = False
    """The machine loses its power: what was not forced to disk is gone too."""
    torn: int = 0
    """So many bytes of the next record were written."""


@dataclass(frozen=True)
class Cancel:
    """The run is cancelled, once or twice, while it makes its n-th call that changes something."""

    call: int
    twice: bool = False


@dataclass(frozen=True)
class Drift:
    """A change from outside of the object at `at`, modulo all."""

    kind: Literal["edit", "delete"]
    at: int


@dataclass(frozen=True)
class Action:
    """One run, and what happens before and during it."""

    kind: Literal["up", "preview", "refresh", "destroy", "roundtrip"]
    edits: tuple[Edit, ...] = ()
    drifts: tuple[Drift, ...] = ()
    faults: tuple[Fault, ...] = ()
    kill: Kill | None = None
    cancel: Cancel | None = None
    crash: int | None = None
    """The program raises after so many items."""
    targets: tuple[int, ...] = ()
    target_dependents: bool = False
    replace: int | None = None
    refresh: bool = False
    go_on: bool = False
    """continue_on_error"""
    previewed: bool = False
    """A preview comes first, and must foretell the run."""


@dataclass(frozen=True)
class Lifecycle:
    """A stack from its first run to its end."""

    program: Program
    actions: tuple[Action, ...]
    accept_secrets: bool = True
    supports_preview: bool = True
    threads: int = 1


_ats: Final = st.integers(0, 7)
_nths: Final = st.sampled_from([0, 0, 0, 1, 1, 2, 3])
_faults: Final[st.SearchStrategy[Fault]] = st.one_of(
    st.builds(Fault, st.just("write"), _nths, st.sampled_from(["refused", "refused", "partial", "lost"])),
    st.builds(Fault, st.just("create"), _nths, st.sampled_from(["refused", "refused", "partial", "lost"])),
    st.builds(Fault, st.just("update"), _nths, st.sampled_from(["refused", "refused", "lost", "partial"])),
    st.builds(Fault, st.just("delete"), _nths, st.sampled_from(["refused", "lost"])),
    st.builds(Fault, st.sampled_from(["check", "diff", "read"]), _nths),
)
_kills: Final = st.builds(Kill, st.integers(0, 999), st.booleans(), st.sampled_from([0, 0, 1, 7, 12, 40]))
_cancels: Final = st.builds(Cancel, st.integers(0, 3), st.booleans())
_drifts: Final = st.builds(Drift, st.sampled_from(["edit", "delete"]), _ats)
_TROUBLES: Final = [""] * 6 + ["faults"] * 6 + ["kill"] * 4 + ["cancel", "cancel", "crash", "all"]


@st.composite
def actions(draw: st.DrawFn) -> Action:
    """One action; many go well, and few have more than one thing go wrong."""
    kind = draw(st.sampled_from(["up"] * 9 + ["refresh", "destroy", "preview", "roundtrip"]))
    trouble = draw(st.sampled_from(_TROUBLES))
    if kind == "roundtrip":
        return Action("roundtrip")
    with_program = kind in ("up", "preview")
    targeted = draw(chance(10))
    return Action(
        kind,
        edits=draw(st.lists(edits, min_size=1, max_size=5).map(tuple)) if with_program else (),
        drifts=draw(st.lists(_drifts, min_size=1, max_size=2).map(tuple)) if draw(chance(12)) else (),
        faults=draw(st.lists(_faults, min_size=1, max_size=2).map(tuple)) if trouble in ("faults", "all") else (),
        kill=draw(_kills) if trouble in ("kill", "all") else None,
        cancel=draw(_cancels) if trouble in ("cancel", "all") else None,
        crash=draw(st.integers(0, 6)) if trouble == "crash" and with_program else None,
        targets=tuple(draw(st.lists(_ats, min_size=1, max_size=2))) if targeted else (),
        target_dependents=targeted and draw(st.booleans()),
        replace=draw(_ats) if with_program and draw(chance(8)) else None,
        refresh=draw(chance(12)),
        go_on=draw(chance(25)),
        previewed=with_program and draw(chance(30)),
    )


@st.composite
def lifecycles(draw: st.DrawFn, threads: int = 1) -> Lifecycle:
    """A program and what becomes of it."""
    return Lifecycle(
        draw(programs()),
        tuple(draw(st.lists(actions(), min_size=1, max_size=6))),
        accept_secrets=not draw(chance(20)),
        supports_preview=not draw(chance(20)),
        threads=threads,
    )
