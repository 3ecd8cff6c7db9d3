"""Claims about routes: who may, who may not and how it is said; and that no route is open by mistake."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import pytest
import sqlalchemy
from fastapi import APIRouter, FastAPI, WebSocket
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import DBAPIError

from tenancy.sessions.asynchronous import AsyncTenantSession
from tenancy.sessions.caller import Caller
from tenancy.sessions.engines import create_async_engine, create_engine
from tenancy.sessions.fastapi import Tenancy
from tenancy.sessions.protection import UnprotectedError, require_protected
from tenancy.sessions.sqlalchemy import TenantSession
from tests.tenancy.sessions.asgi import Client, client, started
from tests.tenancy.sessions.entra import Entra, claims, signed, token
from tests.tenancy.stage import ACME, CONTOSO, ORGANIZATIONS, AsyncCredential, Credential

NAMES = select(ORGANIZATIONS.c.name).order_by(ORGANIZATIONS.c.name)
OPEN = {"/health"}
UNUSED = sqlalchemy.create_engine("postgresql+psycopg://")  # never asked for a connection


@pytest.fixture
def engine(stage) -> Iterator[Engine]:
    """A service's."""
    made = create_engine(stage.place(pool=2), Credential(stage.token))
    yield made
    made.dispose()


def service(engine: Any, entra: Entra | None = None) -> FastAPI:
    """Organizations: read, written, and asked about."""
    app, tenancy = FastAPI(openapi_url=None), Tenancy((entra or Entra()).verifier(), engine)

    @app.get("/health")
    def health() -> str:
        return "up"

    @app.get("/organizations")
    def names(session: Annotated[TenantSession, tenancy.session("read")]) -> list[str]:
        return list(session.scalars(NAMES))

    @app.post("/organizations/{name}")
    def add(name: str, session: Annotated[TenantSession, tenancy.session("edit")]) -> str:
        session.execute(insert(ORGANIZATIONS).values(name=name, country_code="NL"))
        if name == "never":
            raise ZeroDivisionError
        return name

    @app.get("/wrong")
    def writes(session: Annotated[TenantSession, tenancy.session("read")]) -> None:
        session.execute(insert(ORGANIZATIONS).values(name="x", country_code="NL"))

    @app.get("/me")
    def me(caller: Annotated[Caller, tenancy.caller("admin")]) -> str:
        return caller.actor_name

    tenancy.protect(app, open_paths=OPEN)
    return app


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def test_each_caller_finds_its_own_tenant(engine, stage) -> None:
    """Whatever else the request says: header, query and cookies name no tenant."""
    asked = Client(service(engine))
    assert asked.post("/organizations/HQ", headers=bearer(token(ACME, "edit"))).json() == "HQ"
    lies = {"X-Tenant-Id": str(ACME), "x-cf-tenant": str(ACME)}
    for tenant, names in ((ACME, ["HQ"]), (CONTOSO, [])):
        headers = {**bearer(token(tenant)), **lies}
        answer = asked.get("/organizations", headers=headers, params={"tenant_id": str(ACME)})
        assert (answer.status_code, answer.json()) == (200, names)
    assert asked.get("/me", headers=bearer(token(ACME, "admin"))).json() == "Acme administrator"
    assert asked.get("/health").json() == "up"
    assert stage.owned() == {ACME: 1}


def test_without_a_token_the_answer_says_what_is_needed(engine) -> None:
    """RFC 6750, section 3: no error code where no token came; 401 for a wrong one, 403 for too few rights."""
    asked = Client(service(engine))
    for headers in ({}, {"Authorization": "Basic eA=="}, {"Authorization": "Bearer "}, {"Authorization": ""}):
        answer = asked.get("/organizations", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    for text, reason in {
        token(exp=1): "the token has expired",
        token(tenant_id=None): "the token has no tenant_id",
        signed(claims(), "stranger"): "the signature is of an unknown key",
        "x": "the token cannot be read",
    }.items():
        answer = asked.get("/organizations", headers=bearer(text))
        wanted = f'Bearer error="invalid_token", error_description="{reason}"'
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, wanted)
        assert text not in answer.text or text == "x"
    for method, path, role in (("POST", "/organizations/x", "edit"), ("GET", "/me", "admin")):
        answer = asked.request(method, path, headers=bearer(token(ACME, "read")))
        wanted = f'Bearer error="insufficient_scope", scope="{role}"'
        assert (answer.status_code, answer.headers["www-authenticate"]) == (403, wanted)
    two = httpx.Headers([("Authorization", f"Bearer {token()}"), ("Authorization", f"Bearer {token(CONTOSO)}")])
    assert asked.get("/organizations", headers=two).status_code == 400
    assert asked.get("/organizations", params={"access_token": token()}).status_code == 401


def test_while_no_token_can_be_judged_nobody_is_let_in(engine) -> None:
    """And the answer is not that the token is wrong."""
    asked = Client(service(engine, Entra(status=503)))
    answer = asked.get("/organizations", headers=bearer(token()))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_a_route_that_fails_leaves_nothing_and_one_that_reads_cannot_write(engine, stage) -> None:
    """The transaction is the request's; `read` is read only in the database too."""
    asked = Client(service(engine), raising=False)
    assert asked.post("/organizations/never", headers=bearer(token(ACME, "edit"))).status_code == 500
    assert asked.get("/wrong", headers=bearer(token(ACME, "admin"))).status_code == 500
    with pytest.raises(DBAPIError, match="read-only transaction"):
        Client(service(engine)).get("/wrong", headers=bearer(token(ACME, "admin")))
    assert stage.owned() == {}
    # The connection that was read only is the next one's.
    assert asked.post("/organizations/HQ", headers=bearer(token(ACME, "edit"))).status_code == 200


def test_a_commit_that_fails_is_no_success(engine, stage) -> None:
    """It comes before the answer: what the client was told is there."""
    asked = Client(service(engine), raising=False)
    with stage.superuser() as connection:
        connection.execute(
            "ALTER TABLE app.organizations ADD CONSTRAINT late UNIQUE (name) DEFERRABLE INITIALLY DEFERRED"
        )
    try:
        assert asked.post("/organizations/HQ", headers=bearer(token(ACME, "edit"))).status_code == 200
        assert asked.post("/organizations/HQ", headers=bearer(token(CONTOSO, "edit"))).status_code == 500
    finally:
        with stage.superuser() as connection:
            connection.execute("ALTER TABLE app.organizations DROP CONSTRAINT late")
    assert stage.owned() == {ACME: 1}


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_asynchronous_routes_are_the_same(stage, driver) -> None:
    """The kind of session follows from the engine."""
    engine = create_async_engine(stage.place(pool=2), AsyncCredential(stage.token), driver)
    app, tenancy = FastAPI(), Tenancy(Entra().verifier(), engine)

    @app.get("/organizations")
    async def names(session: Annotated[AsyncTenantSession, tenancy.session("read")]) -> list[str]:
        return list(await session.scalars(NAMES))

    tenancy.protect(app, open_paths={"/docs", "/docs/oauth2-redirect", "/openapi.json", "/redoc"})
    stage.plant(ACME, "HQ")

    async def ask() -> None:
        async with client(app) as asked:
            for tenant, found in ((ACME, ["HQ"]), (CONTOSO, []), (ACME, ["HQ"])):
                assert (await asked.get("/organizations", headers=bearer(token(tenant)))).json() == found
            assert (await asked.get("/organizations")).status_code == 401
        await engine.dispose()

    asyncio.run(ask())


def nothing() -> None:
    """A route that asks nobody."""


async def listens(socket: WebSocket) -> None:
    """One that a browser keeps open."""
    await socket.accept()


async def mounted(*_: Any) -> None:
    """An application of somebody else's."""


def _router() -> APIRouter:
    router = APIRouter()
    router.get("/inner")(nothing)
    return router


FORGOTTEN = {
    "a route": (lambda app: app.get("/forgotten")(nothing), "/forgotten"),
    "a router": (lambda app: app.include_router(_router(), prefix="/outer"), "/outer/inner"),
    "a route of Starlette": (lambda app: app.add_route("/plain", mounted), "/plain"),
    "a socket": (lambda app: app.websocket("/socket")(listens), "/socket"),
    "a mount": (lambda app: app.mount("/static", mounted), "/static"),
}


@pytest.mark.parametrize("kind", FORGOTTEN)
def test_an_application_with_a_forgotten_route_does_not_start(kind) -> None:
    """Of whatever kind; the server is told, and without a server's start the first request is refused."""
    add, path = FORGOTTEN[kind]
    assert started(service(UNUSED))["type"] == "lifespan.startup.complete"
    app = service(UNUSED)
    add(app)
    with pytest.raises(UnprotectedError, match=rf"route {path} .*asks for no permission"):
        require_protected(app, OPEN)
    with pytest.raises(UnprotectedError, match=path):
        Client(app).get("/health")
    app = service(UNUSED)
    add(app)
    assert started(app)["type"] == "lifespan.startup.failed"
    assert path in started(app)["message"]


def test_an_open_path_that_is_no_route_is_told() -> None:
    """A slip in the list would leave the real one refused, or another one open later."""
    with pytest.raises(UnprotectedError, match="open path /helth: is no route"):
        require_protected(service(UNUSED), {"/helth", "/health"})
    require_protected(service(UNUSED), OPEN)


def test_a_dependency_of_the_whole_router_counts(engine) -> None:
    """Given once for many routes."""
    tenancy = Tenancy(Entra().verifier(), engine)
    app, router = FastAPI(openapi_url=None), _router()
    app.include_router(router, dependencies=[tenancy.caller("admin")])
    require_protected(app, set())
    asked = Client(app)
    assert asked.get("/inner").status_code == 401
    assert asked.get("/inner", headers=bearer(token(ACME, "admin"))).status_code == 200
