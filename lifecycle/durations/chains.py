"""How long operations take that wait for each other: the longest chains, and what the Pulumi CLI makes of a teardown.

Pure: operations with their seconds and whom they wait for. Where they come from is others' business.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

LONG: Final = 90.0
"""Seconds from which an operation is a long pole: every chain that is told goes through one that the others do not."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """One operation. kind: of its resource, as `network:Subnet`; seconds: of Azure; needs: keys of those before it."""

    key: str
    name: str
    kind: str
    seconds: float
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Link:
    """An operation in a chain. begins: seconds after the first one began, when nothing but the chain holds it up."""

    work: Work
    begins: float


@dataclass(frozen=True)
class Chain:
    """Operations that wait for each other, the first one first; those that take no time are in it too."""

    links: tuple[Link, ...]

    @property
    def seconds(self) -> float:
        """From the first to the end of the last."""
        return sum(link.work.seconds for link in self.links)


@dataclass(frozen=True)
class Level:
    """Deletions that go together; the next level waits for the slowest of them."""

    slowest: Work
    size: int


def backwards(works: Sequence[Work]) -> list[Work]:
    """The same operations in the order of a teardown: what was waited for waits."""
    waiting: dict[str, set[str]] = {work.key: set() for work in works}
    for work in works:
        for key in work.needs:
            waiting[key].add(work.key)
    return [replace(work, needs=frozenset(waiting[work.key])) for work in reversed(works)]


def longest(works: Sequence[Work]) -> float:
    """Seconds until the last operation ends, when each begins as soon as all that it needs have ended.

    `works`: in an order in which what is needed stands before; so for all functions here.
    """
    return max(_ends(works).values(), default=0.0)


def longest_chains(works: Sequence[Work], count: int = 3) -> tuple[Chain, ...]:
    """The longest chain, then the longest through a long pole that none before has, and so on; at most `count`.

    Without that the second would be the first with another last link.
    """
    by_key = {work.key: work for work in works}
    ends, tails = _ends(works), _ends(backwards(works))
    through = {key: ends[key] + tails[key] - work.seconds for key, work in by_key.items()}
    after = {work.key: work.needs for work in backwards(works)}
    found: list[Chain] = []
    covered: set[str] = set()
    for key in sorted(by_key, key=lambda key: -through[key]):
        if len(found) == count or not through[key]:
            break
        if key in covered or (found and by_key[key].seconds < LONG):
            continue
        before = _path(key, lambda at: by_key[at].needs, ends)
        behind = _path(key, lambda at: after[at], tails)
        path = [*reversed(before), key, *behind]
        found.append(_chain(by_key[step] for step in path))
        covered.update(path)
    return tuple(found)


def levels(works: Sequence[Work]) -> tuple[Level, ...]:
    """How the Pulumi CLI deletes, `works` being in the order in which they were made: the deepest level first.

    A level is all that stands equally deep in the graph, and the next begins when the last of it is gone
    (https://github.com/pulumi/pulumi, pkg/resource/deploy/step_generator.go, ScheduleDeletes).
    """
    depth: dict[str, int] = {}
    at: dict[int, list[Work]] = {}
    for work in works:
        depth[work.key] = 1 + max((depth[key] for key in work.needs), default=-1)
        at.setdefault(depth[work.key], []).append(work)
    return tuple(
        Level(max(at[each], key=lambda work: work.seconds), len(at[each])) for each in sorted(at, reverse=True)
    )


def _ends(works: Iterable[Work]) -> dict[str, float]:
    ends: dict[str, float] = {}
    for work in works:
        ends[work.key] = work.seconds + max((ends[key] for key in work.needs), default=0.0)
    return ends


def _path(key: str, steps: Callable[[str], Iterable[str]], ends: Mapping[str, float]) -> list[str]:
    """From a key by the step that ends last, and on to the end."""
    path: list[str] = []
    while nexts := steps(key):
        key = max(sorted(nexts), key=lambda it: ends[it])
        path.append(key)
    return path


def _chain(works: Iterable[Work]) -> Chain:
    links: list[Link] = []
    now = 0.0
    for work in works:
        links.append(Link(work, now))
        now += work.seconds
    return Chain(tuple(links))
