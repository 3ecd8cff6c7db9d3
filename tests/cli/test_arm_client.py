"""Resource Manager for `cfctl`: what is under way is waited for, what is refused for now is asked again."""

import httpx
import pytest
from pydantic import SecretStr

from cli.arm_client import ArmClient, ArmRefusedError

ID = "/subscriptions/s/resourceGroups/g"


class Azure:
    """Answers one after another, the last one again and again; notes what it was asked and how long was slept."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def client(self) -> ArmClient:
        """A client of this Azure."""
        return ArmClient("https://arm.example", SecretStr("t"), self.slept.append, httpx.MockTransport(self))


def state(name: str | None) -> httpx.Response:
    return httpx.Response(200, json={"properties": {"provisioningState": name} if name else {}})


GONE = httpx.Response(404, json={"error": {"code": "ResourceNotFound", "message": "not found"}})
BUSY = httpx.Response(429, headers={"Retry-After": "7"}, json={"error": {"code": "TooManyRequests"}})


def test_a_request_carries_token_and_version() -> None:
    """And a PUT its body."""
    azure = Azure(state(None))
    azure.client.put(ID, "2024-03-01", {"location": "westeurope"})
    put = azure.asked[0]
    assert (put.method, put.url.params["api-version"]) == ("PUT", "2024-03-01")
    assert put.headers["Authorization"] == "Bearer t"
    assert put.content == b'{"location":"westeurope"}'


@pytest.mark.parametrize("meanwhile", [[GONE], [state("Creating")], [state("RegisteringDns"), state("Updating")]])
def test_what_is_under_way_is_waited_for(meanwhile: list[httpx.Response]) -> None:
    """An account that is accepted is not there at once; a vault waits for its name."""
    azure = Azure(httpx.Response(202), *meanwhile, state("Succeeded"))
    azure.client.put(ID, "v", {})
    assert len(azure.slept) == len(meanwhile)


@pytest.mark.parametrize("end", ["Failed", "Canceled"])
def test_what_ends_badly_is_told(end: str) -> None:
    """Accepted is not done."""
    with pytest.raises(ArmRefusedError, match=f"ended as {end}"):
        Azure(httpx.Response(202), state("Creating"), state(end)).client.put(ID, "v", {})


def test_waiting_has_an_end() -> None:
    """Ten minutes, and what it was then."""
    azure = Azure(httpx.Response(202), state("Creating"))
    with pytest.raises(ArmRefusedError, match="is Creating after 600 s"):
        azure.client.put(ID, "v", {})
    assert sum(azure.slept) == 600


def test_what_azure_refuses_for_now_is_asked_again_when_it_says() -> None:
    """A few times."""
    azure = Azure(BUSY, BUSY, state(None))
    assert azure.client.get(ID, "v") is not None
    assert azure.slept == [7, 7]
    for_good = Azure(BUSY)
    with pytest.raises(ArmRefusedError, match="TooManyRequests"):
        for_good.client.get(ID, "v")
    assert len(for_good.asked) == 6


def test_nothing_is_there_and_nothing_is_seen_are_two_things() -> None:
    """A subscription that is not found is an error of its own."""
    assert Azure(GONE).client.get(ID, "v") is None
    unseen = httpx.Response(404, json={"error": {"code": "SubscriptionNotFound", "message": "x"}})
    with pytest.raises(ArmRefusedError, match="SubscriptionNotFound"):
        Azure(unseen).client.get(ID, "v")


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"error": null}'])
def test_an_answer_that_is_no_error_of_arm_is_told_by_its_status(content: bytes) -> None:
    """A proxy's page, or nothing."""
    with pytest.raises(ArmRefusedError, match=r"Bad Gateway \(502\)"):
        Azure(httpx.Response(502, content=content)).client.get(ID, "v")


def test_a_token_is_in_no_text() -> None:
    """Neither of the client nor of what it raises."""
    client = ArmClient("https://arm.example", SecretStr("s3cret"))
    assert "s3cret" not in repr(client)


def test_an_action_gives_what_came_of_it_at_once_or_after_a_while() -> None:
    """A start of a job answers with its execution, or names where the answer will be."""
    started = httpx.Response(200, json={"name": "tenancy-abc"})
    azure = Azure(started)
    assert azure.client.post(f"{ID}/start", "v1", {"containers": []}) == {"name": "tenancy-abc"}
    assert (azure.asked[0].method, azure.asked[0].content) == ("POST", b'{"containers":[]}')
    accepted = httpx.Response(202, headers={"Location": f"https://arm.example{ID}/results/1?api-version=v2"})
    azure = Azure(accepted, accepted, started)
    assert azure.client.post(f"{ID}/start", "v1") == {"name": "tenancy-abc"}
    assert [request.url.params["api-version"] for request in azure.asked] == ["v1", "v2", "v2"]
    assert len(azure.slept) == 2


def test_the_token_goes_to_no_other_host() -> None:
    """Wherever an answer points."""
    azure = Azure(httpx.Response(202, headers={"Location": "https://elsewhere.example/x"}))
    with pytest.raises(ArmRefusedError, match="ForeignLocation"):
        azure.client.post(f"{ID}/start", "v1")
    assert len(azure.asked) == 1
