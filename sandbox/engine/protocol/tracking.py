"""Whether what an invoke depends on is there: in a preview, what is yet to be made is not.

As resourcetracker in github.com/pulumi/pulumi: a custom resource stands for itself, a component for everything in it; a
registration under way inside such a component is waited for.
"""

import threading
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager


class Tracker:
    """The resources of a run as far as they are registered."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._made: dict[str, bool] = {}
        self._components: set[str] = set()
        self._children: dict[str, list[str]] = {}
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def registering(self, parent: str) -> Generator[None]:
        """While a registration under `parent` goes on."""
        with self._changed:
            self._under_way[parent] += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way[parent] -= 1
                self._changed.notify_all()

    def registered(self, urn: str, parent: str, *, custom: bool, made: bool) -> None:
        """A registration ended; `made`: the object exists."""
        with self._changed:
            if urn not in self._made:
                self._children.setdefault(parent, []).append(urn)
            self._made[urn] = made or not custom
            if not custom:
                self._components.add(urn)
            self._changed.notify_all()

    def all_made(self, roots: Iterable[str]) -> bool:
        """False if something among `roots`, or in a component among them, does not exist yet."""
        wanted = list(roots)
        with self._changed:
            while True:
                components: set[str] = set()
                frontier = list(wanted)
                while frontier:
                    urn = frontier.pop()
                    if not self._made.get(urn, True):
                        return False
                    if urn in self._components and urn not in components:
                        components.add(urn)
                        frontier.extend(self._children.get(urn, ()))
                if not any(self._under_way[component] for component in components):
                    return True
                self._changed.wait()
