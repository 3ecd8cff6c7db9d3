"""The guide's service runs as it is printed: on a real database, through PgBouncer, tenants in turn."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import azure.identity
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from tenancy.sessions.engines import create_async_engine, create_engine
from tenancy.sessions.envelope import Envelope
from tenancy.sessions.protection import require_protected
from tenancy.sessions.sqlalchemy import TenantSession
from tests.tenancy.sessions.asgi import Client, client
from tests.tenancy.sessions.entra import AUDIENCE, DIRECTORY, Entra, token
from tests.tenancy.stage import ACME, CONTOSO, ORGANIZATIONS, AsyncCredential, Credential, caller

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "writing-a-service.md").read_text(encoding="utf-8")
SERVICE, STARTING, ASYNCHRONOUS, WORKER, TESTS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


def run(source: str, **known: Any) -> dict[str, Any]:
    """What a block of the guide defines."""
    names = dict(known)
    exec(compile(source, "writing-a-service.md", "exec"), names)  # noqa: S102 - the guide is ours, and this is its test
    return names


def bearer(*who: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(*who)}"}


@pytest.fixture
def engine(stage, bouncer) -> Iterator[Engine]:
    """Through PgBouncer, as in a deployment."""
    made = create_engine(stage.place(bouncer), Credential(stage.token))
    yield made
    made.dispose()


def test_the_service_keeps_tenants_apart_and_says_nothing_of_them(stage, engine) -> None:
    """Added, read, changed, published: each by its own tenant; the other's id is not found."""
    assert "tenant_id" not in SERVICE
    asked = Client(run(SERVICE)["create_app"](Entra().verifier(), engine))
    body = {"name": "HQ", "country_code": "NL"}
    assert asked.post("/organizations", json=body, headers=bearer(ACME, "read")).status_code == 403
    made = {
        tenant: asked.post("/organizations", json=body, headers=bearer(tenant, "edit")) for tenant in (ACME, CONTOSO)
    }
    assert [answer.status_code for answer in made.values()] == [201, 201]
    for tenant, other in ((ACME, CONTOSO), (CONTOSO, ACME)):
        changed = {"json": {"name": f"of {tenant}", "country_code": "BE"}, "headers": bearer(tenant, "edit")}
        assert asked.request("PUT", f"/organizations/{made[other].json()}", **changed).status_code == 404
        assert asked.request("PUT", f"/organizations/{made[tenant].json()}", **changed).status_code == 200
        found = asked.get("/organizations", headers=bearer(tenant)).json()
        assert found == [{"name": f"of {tenant}", "country_code": "BE"}]
    assert asked.get("/organizations").status_code == 401
    assert asked.get("/health/live").status_code == 200
    assert stage.owned() == stage.owned("outbox.events") == {ACME: 1, CONTOSO: 1}
    assert stage.owned("audit.entries") == {ACME: 2, CONTOSO: 2}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    id_=st.one_of(
        st.uuids().map(str), st.text(min_size=1), st.sampled_from([str(ACME), f"{{{CONTOSO}}}", "1 OR true"])
    ),
    tenant=st.sampled_from([ACME, CONTOSO]),
)
def test_no_id_that_somebody_types_reaches_a_row(stage, engine, id_, tenant) -> None:
    """A row of the other tenant is there all the time, and stays as it is."""
    other = CONTOSO if tenant == ACME else ACME
    if stage.owned() != {ACME: 1, CONTOSO: 1}:
        for each in (ACME, CONTOSO):
            stage.plant(each, "HQ")
    asked = Client(run(SERVICE)["create_app"](Entra().verifier(), engine))
    changed = {"json": {"name": "Changed", "country_code": "NL"}, "headers": bearer(tenant, "edit")}
    answer = asked.request("PUT", f"/organizations/{quote(id_, safe='')}", **changed)
    assert answer.status_code in {404, 405, 422, 307}
    assert stage.owned("audit.entries") == {}
    assert stage.owned() == {tenant: 1, other: 1}


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_the_asynchronous_one_too(stage, bouncer, driver) -> None:
    """Twenty requests at once on one connection of the server."""
    assert "tenant_id" not in ASYNCHRONOUS

    async def ask() -> None:
        engine = create_async_engine(stage.place(bouncer, pool=6), AsyncCredential(stage.token), driver)
        async with client(run(ASYNCHRONOUS)["create_app"](Entra().verifier(), engine)) as asked:

            async def both(tenant: Any, name: str) -> list[str]:
                added = await asked.post(f"/organizations/{name}", headers=bearer(tenant, "edit"))
                assert added.status_code == 201
                found: list[str] = (await asked.get("/organizations", headers=bearer(tenant))).json()
                return found

            names = {tenant: {f"{tenant}-{n}" for n in range(10)} for tenant in (ACME, CONTOSO)}
            pairs = [(tenant, name) for n in range(10) for tenant, name in ((t, f"{t}-{n}") for t in names)]
            for (tenant, name), found in zip(
                pairs, await asyncio.gather(*(both(*pair) for pair in pairs)), strict=True
            ):
                assert {name} <= set(found) <= names[tenant]
        await engine.dispose()

    asyncio.run(ask())
    assert stage.owned() == stage.owned("outbox.events") == {ACME: 10, CONTOSO: 10}


def test_the_worker_works_for_the_events_tenant(stage, engine) -> None:
    """The other tenant's row is not there for it, by the same id."""
    stage.plant(ACME, "HQ")
    with TenantSession(engine, caller=caller(ACME)) as session:
        made = session.scalar(select(ORGANIZATIONS.c.id))
    work = run(WORKER)["work"]
    for tenant, name in ((ACME, "HQ"), (CONTOSO, None)):
        event = Envelope(
            id=uuid4(),
            type="organization.created",
            tenant_id=tenant,
            actor_id="a",
            occurred_at=datetime.now(UTC),
            payload={"id": str(made)},
        )
        assert work(event.message(), engine) == (f"tenant:{tenant}:organization:{made}", name)


def test_the_service_starts_as_printed_and_passes_its_own_test(monkeypatch, tmp_path) -> None:
    """With what a deployment sets; nothing is asked of Entra or the server before the first request."""
    for name, value in {
        "POSTGRES_HOST": "psql.postgres.database.azure.com",
        "POSTGRES_USER": "id-user",
        "POSTGRES_POOL_SIZE": "4",
        "AZURE_CLIENT_ID": AUDIENCE,
        "ENTRA_TENANT_ID": DIRECTORY,
        "ENTRA_AUDIENCE": AUDIENCE,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(azure.identity, "ManagedIdentityCredential", lambda **_: Credential(""))
    made = run(STARTING, create_app=run(SERVICE)["create_app"])
    require_protected(made["app"], {"/health/live"})
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "service.py").write_text(SERVICE + STARTING + ASYNCHRONOUS + WORKER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    test = run(TESTS)["test_nothing_steps_around_the_tenant_of_a_transaction"]
    test()
    (tmp_path / "src" / "service.py").write_text("session.execute(text('LISTEN x'))", encoding="utf-8")
    with pytest.raises(AssertionError):
        test()
