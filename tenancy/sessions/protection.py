"""A service with an open route that nobody meant to leave open does not start."""

from collections.abc import Collection, Iterator
from typing import Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.types import ASGIApp, Receive, Scope, Send

from tenancy.faults import Fault

_NEXT: Final = "give it a session or caller of Tenancy, or put its path on the list of open ones, then start it again"


class Asks:
    """The mark of a dependency without which a route is open."""


class UnprotectedError(Exception):
    """The application must not serve. `faults` holds every route that is open, and every open path that is none."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


def require_protected(application: FastAPI, open_paths: Collection[str]) -> None:
    """Raise UnprotectedError unless every route asks for a permission or is meant to be open."""
    routes = list(iter_route_contexts(application.routes))
    known = {str(route.path) for route in routes}
    faults = (
        *(_open(route) for route in routes if str(route.path) not in open_paths and not _is_protected(route)),
        *_unknown(open_paths, known),
    )
    if faults:
        raise UnprotectedError(faults)


class Protection:
    """ASGI middleware that looks once, before the application starts or, where nobody starts it, serves."""

    def __init__(self, app: ASGIApp, application: FastAPI, open_paths: frozenset[str]) -> None:
        self._app, self._application, self._open_paths = app, application, open_paths
        self._looked = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Servers stop on a failed start: https://asgi.readthedocs.io/en/latest/specs/lifespan.html."""
        if not self._looked:
            try:
                require_protected(self._application, self._open_paths)
            except UnprotectedError as error:
                if scope["type"] != "lifespan":
                    raise
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            self._looked = True
        await self._app(scope, receive, send)


def _is_protected(route: RouteContext) -> bool:
    """What is not a route of FastAPI's (a mount, a page of its documentation) has no dependencies and asks nobody."""
    dependant = getattr(route, "dependant", None)
    return isinstance(dependant, Dependant) and _asks(dependant)


def _asks(dependant: Dependant) -> bool:
    return isinstance(dependant.call, Asks) or any(map(_asks, dependant.dependencies))


def _open(route: RouteContext) -> Fault:
    methods = ", ".join(sorted(getattr(route, "methods", None) or ())) or "any method"
    return Fault(
        where=f"route {route.path} ({methods})",
        what="asks for no permission",
        allowed="read, edit or admin on every route that is not on the list of open ones",
        next_step=_NEXT,
    )


def _unknown(open_paths: Collection[str], known: Collection[str]) -> Iterator[Fault]:
    for path in sorted(set(open_paths) - set(known)):
        yield Fault(
            where=f"open path {path}",
            what="is no route",
            allowed=", ".join(sorted(known)),
            next_step="correct the list of open paths, then start it again",
        )
