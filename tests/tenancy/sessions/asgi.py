"""A client of an ASGI application, and a server that starts one, without a network between."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.types import Message


class Client:
    """Each request in an event loop of its own; what the application raises comes out unless `raising` is off."""

    def __init__(self, app: FastAPI, *, raising: bool = True) -> None:
        self._app, self._raising = app, raising

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, options))

    async def _request(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        async with client(self._app, raising=self._raising) as asked:
            return await asked.request(method, path, **options)


def client(app: FastAPI, *, raising: bool = True) -> httpx.AsyncClient:
    """A client for an event loop that runs."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=raising)
    return httpx.AsyncClient(transport=transport, base_url="http://service")


def started(app: FastAPI) -> Message:
    """What an application says to a server that starts it."""
    said: list[Message] = []
    asked = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> Message:
        return {"type": next(asked)}

    async def send(message: Message) -> None:
        said.append(message)

    async def start() -> None:
        await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)

    asyncio.run(start())
    return said[0]
