"""Routes of a service: each asks for a permission and gets a session of the tenant that the verified token names.

    tenancy = Tenancy(verifier, engine)
    Reading = Annotated[TenantSession, tenancy.session("read")]
    tenancy.protect(app, open_paths={"/health", "/health/live"})

A session is one transaction: committed when the route's function has returned, before the answer is sent; rolled back
when it raises. One that was asked for with `read` is read only in the database as well. Answers without a right are
those of RFC 6750: https://www.rfc-editor.org/rfc/rfc6750#section-3
"""

from collections.abc import AsyncGenerator, Collection, Generator
from dataclasses import replace
from typing import Annotated, Any, Final, NoReturn

from fastapi import Depends, FastAPI, HTTPException, Request
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from tenancy.sessions.asynchronous import AsyncTenantSession
from tenancy.sessions.binding import BindingError
from tenancy.sessions.caller import Caller, Permission
from tenancy.sessions.protection import Asks, Protection
from tenancy.sessions.signing_keys import KeysUnavailableError
from tenancy.sessions.sqlalchemy import TenantSession
from tenancy.sessions.tokens import TokenError, Verifier

# Whoever issues signed contexts sets it; what it holds is judged by the database, so that it needs no trust.
CONTEXT_HEADER: Final = "x-cf-context"
_REFUSED: Final = "28000"  # what the database says of a context: invalid_authorization_specification


class _Caller(Asks):
    """A dependency: the caller of the request, who has the permission. A plain function's, so that it runs in a thread:
    now and then it fetches keys.
    """

    def __init__(self, verifier: Verifier, permission: Permission, *, signed: bool) -> None:
        self._permission: Permission = permission
        self._verifier, self._signed = verifier, signed

    def __call__(self, request: Request) -> Caller:
        try:
            caller = self._verifier.caller(_bearer(request))
        except TokenError as error:
            _unauthorized(str(error))
        except KeysUnavailableError:
            raise HTTPException(503, "no token can be judged now", {"Retry-After": "5"}) from None
        if not caller.may(self._permission):
            what = f'Bearer error="insufficient_scope", scope="{self._permission}"'
            raise HTTPException(403, f"needs permission {self._permission}", {"WWW-Authenticate": what})
        if not self._signed:
            return caller
        context = request.headers.get(CONTEXT_HEADER, "")
        if not context:
            _unauthorized("the signed tenant context is missing")
        return replace(caller, context=context)


class Tenancy:
    """What the routes of a service depend on.

    engine: of `engines`; the kind of sessions follows from it. signed_context: whether the database is in
    high-assurance mode, where the token of `tenancy.assurance` comes with each request.
    """

    def __init__(self, verifier: Verifier, engine: Engine | AsyncEngine, *, signed_context: bool = False) -> None:
        self._verifier, self._engine, self._signed = verifier, engine, signed_context

    def caller(self, permission: Permission) -> Any:
        """A dependency for a route that needs to know who asks, and no session."""
        return Depends(_Caller(self._verifier, permission, signed=self._signed))

    def session(self, permission: Permission) -> Any:
        """A dependency that gives a `TenantSession`, or an `AsyncTenantSession` on an asynchronous engine."""
        asked = self.caller(permission)
        engine = self._engine.execution_options(postgresql_readonly=True) if permission == "read" else self._engine

        def opened(caller: Annotated[Caller, asked]) -> Generator[TenantSession, None, None]:
            try:
                with TenantSession(engine, caller=caller) as session, session.begin():
                    yield session
            except (DBAPIError, BindingError) as error:
                _require_context(error)

        async def async_opened(caller: Annotated[Caller, asked]) -> AsyncGenerator[AsyncTenantSession, None]:
            try:
                async with AsyncTenantSession(engine, caller=caller) as session, session.begin():
                    yield session
            except (DBAPIError, BindingError) as error:
                _require_context(error)

        return Depends(async_opened if isinstance(engine, AsyncEngine) else opened, scope="function")

    def protect(self, app: FastAPI, *, open_paths: Collection[str]) -> None:
        """Have `app` refuse to start while a route asks for no permission and is not among `open_paths`."""
        app.add_middleware(Protection, application=app, open_paths=frozenset(open_paths))


def _bearer(request: Request) -> str:
    """The token of the one Authorization header; nowhere else, for a query string would stand in logs."""
    found = request.headers.getlist("authorization")
    if len(found) > 1:
        what = 'Bearer error="invalid_request", error_description="more than one Authorization header"'
        raise HTTPException(400, "more than one Authorization header", {"WWW-Authenticate": what})
    scheme, _, token = (found or [""])[0].partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise HTTPException(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})
    return token.strip()


def _unauthorized(reason: str) -> NoReturn:
    what = f'Bearer error="invalid_token", error_description="{reason}"'
    raise HTTPException(401, reason, {"WWW-Authenticate": what}) from None


def _require_context(error: DBAPIError | BindingError) -> NoReturn:
    """A context that the database refused is the request's fault; everything else goes on as it is."""
    if isinstance(error, BindingError) or getattr(error.orig, "sqlstate", None) == _REFUSED:
        _unauthorized("the tenant context was refused")
    raise error
