"""The HTTP layer: throttling, pages, what is no answer, and a token that goes nowhere but where it belongs."""

from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr

from preflight import Answer, Asker, SignIn
from preflight.registry_auth import docker_logins
from preflight.requests import arm, arm_post, manifest
from tests.preflight.fake_azure import SECRET, TENANT, Credential

LIST = arm("/subscriptions/s/things", "2024-01-01")
BUSY = httpx.Response(429, headers={"Retry-After": "7"}, json={"error": {"code": "TooManyRequests"}})
Handler = Callable[[httpx.Request], httpx.Response]


class World:
    """Answers one after another, the last again and again."""

    def __init__(self, *answers: httpx.Response | Handler) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            return answer(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def ask(self, request: object = LIST, **logins: SecretStr) -> Answer:
        signing = SignIn(Credential(), TENANT)
        with Asker(signing, logins, httpx.MockTransport(self), self.slept.append) as asker:
            return asker.ask([request])[request]


def page(*names: str, after: str | None = None) -> httpx.Response:
    return httpx.Response(200, json={"value": [{"name": it} for it in names], **({"nextLink": after} if after else {})})


def test_what_is_throttled_is_asked_again_when_azure_says() -> None:
    """A few times; then it is an answer that says nothing."""
    world = World(BUSY, BUSY, page("a"))
    assert [row["name"] for row in world.ask().rows] == ["a"]
    assert world.slept == [7, 7]
    for_good = World(BUSY)
    answer = for_good.ask()
    assert (answer.ok, answer.reason) == (False, "429 TooManyRequests")
    assert len(for_good.asked) == 4


@pytest.mark.parametrize(("said", "waits"), [("900", 60.0), ("-1", 0.0), ("soon", 3.0), (None, 3.0)])
def test_a_wait_has_bounds(said: str | None, waits: float) -> None:
    """Whatever a proxy writes there."""
    world = World(httpx.Response(503, headers={"Retry-After": said} if said else {}), page())
    world.ask()
    assert world.slept == [waits]


def test_pages_are_joined() -> None:
    """The second has a token too."""
    world = World(page("a", after="https://management.azure.com/next?page=2"), page("b", "c"))
    assert [row["name"] for row in world.ask().rows] == ["a", "b", "c"]
    assert str(world.asked[1].url).endswith("/next?page=2")
    assert SECRET in world.asked[1].headers["Authorization"]


@pytest.mark.parametrize("link", ["https://elsewhere.example/next", "http://management.azure.com/next", LIST.url])
def test_a_next_page_elsewhere_is_not_followed_and_the_list_is_no_list(link: str) -> None:
    """A token goes nowhere but to the host that was asked; half a list, or one without end, is none."""
    world = World(page("a", after=link))
    answer = world.ask()
    assert (answer.ok, answer.code) == (False, "BadNextLink")
    assert len(world.asked) == 1


def test_half_a_list_is_none() -> None:
    """What would be missing from it could be what matters."""
    world = World(page("a", after="https://management.azure.com/next"), httpx.Response(403, json={}))
    assert world.ask().status == 403


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            httpx.Response(403, json={"error": {"code": "AuthorizationFailed", "message": "no"}}),
            "403 AuthorizationFailed: no",
        ),
        (httpx.Response(401, content=b"<html>"), "401 Unauthorized"),
        (httpx.Response(404, headers={"x-ms-error-code": "ContainerNotFound"}), "404 ContainerNotFound"),
        (
            httpx.Response(403, json={"error": {"code": "Forbidden", "innererror": {"code": "ForbiddenByRbac"}}}),
            "403 ForbiddenByRbac",
        ),
        (httpx.Response(400, json=["not an object"]), "400 Bad Request"),
        (httpx.Response(400, json={"error": "a text"}), "400 Bad Request"),
    ],
)
def test_a_refusal_is_told_by_its_code(answer: httpx.Response, reason: str) -> None:
    """Of Resource Manager, of storage, of a vault, of a proxy."""
    assert World(answer).ask().reason == reason


def test_where_nobody_answers_that_is_the_answer() -> None:
    """Not an exception: the other rows go on."""

    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    answer = World(down).ask()
    assert answer.code == "NoAnswer"
    assert "management.azure.com does not answer (connection refused)" in answer.message


def test_the_same_is_asked_once() -> None:
    """However many rows want it."""
    world = World(page("a"))
    with Asker(SignIn(Credential(), TENANT), {}, httpx.MockTransport(world), world.slept.append) as asker:
        asker.ask([LIST, LIST])
        asker.ask([arm("/subscriptions/s/things", "2024-01-01"), arm_post("/x", "v", {"name": "n"})])
    assert [it.method for it in world.asked] == ["GET", "POST"]


CHALLENGE = httpx.Response(
    401, headers={"WWW-Authenticate": 'Bearer realm="https://auth.example/token",service="r",scope="repository:a:pull"'}
)


def test_a_registry_is_asked_again_with_the_token_it_asks_for() -> None:
    """Where it says, for what it says; nothing of Entra."""
    world = World(CHALLENGE, httpx.Response(200, json={"token": "t"}), httpx.Response(200))
    assert world.ask(manifest("r.example/a@sha256:00", signed=False)).ok
    first, second, third = world.asked
    assert str(first.url) == "https://r.example/v2/a/manifests/sha256:00"
    assert dict(second.url.params) == {"service": "r", "scope": "repository:a:pull"}
    assert "Authorization" not in second.headers
    assert third.headers["Authorization"] == "Bearer t"


def test_a_login_goes_to_the_token_server_that_the_registry_names_and_only_over_https() -> None:
    """A registry that names an address without TLS gets no password."""
    login = {"r.example": SecretStr("me:password")}
    world = World(CHALLENGE, httpx.Response(200, json={"access_token": "t"}), httpx.Response(200))
    assert world.ask(manifest("r.example/a@sha256:00", signed=True), **login).ok
    assert world.asked[1].headers["Authorization"].startswith("Basic ")
    plain = httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="http://auth.example/token"'})
    world = World(plain)
    assert world.ask(manifest("r.example/a@sha256:00", signed=True), **login).status == 401
    assert len(world.asked) == 1


@pytest.mark.parametrize("content", ["", "[]", "{", '{"auths": []}', '{"auths": {"r": {"auth": "%%%"}, "s": 3}}'])
def test_a_file_of_logins_that_cannot_be_read_has_none(tmp_path, monkeypatch, content: str) -> None:
    """A preflight does not end by it."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text(content)
    assert docker_logins() == {}


def test_nothing_secret_is_in_a_representation() -> None:
    """Of who signs in, of who asks."""
    signing = SignIn(Credential(), TENANT)
    signing.caller()
    assert SECRET not in repr(signing) + repr(Asker(signing, {"r": SecretStr("me:password")}))
    assert "password" not in repr(Asker(signing, {"r": SecretStr("me:password")}))
