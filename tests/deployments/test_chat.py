"""The chat's webhook: out of the environment, https, a secret; never silently away."""

from typing import Any

import pulumi
import pytest

from deployments.chat import chat_of
from stacks import load_settings

URL = "https://chat.example/hook/42"
NAMED = load_settings("westeu-dev-1").model_copy(update={"chat_webhook": "CHAT_WEBHOOK_URL"})


def test_without_a_setting_there_is_no_chat() -> None:
    """A variable that nobody named is nobody's business."""
    assert chat_of(load_settings("westeu-dev-1"), {"CHAT_WEBHOOK_URL": URL}) is None


@pytest.mark.parametrize("given", ["http://chat.example/hook", "https://", "chat.example", "hunter2"])
def test_what_is_no_https_url_is_refused_without_showing_it(given: str) -> None:
    """It may be a secret that was pasted into the wrong place."""
    with pytest.raises(pulumi.RunError, match="CHAT_WEBHOOK_URL holds no https URL") as refusal:
        chat_of(NAMED, {"CHAT_WEBHOOK_URL": given})
    assert given not in str(refusal.value)


@pytest.mark.parametrize("environment", [{}, {"CHAT_WEBHOOK_URL": " "}], ids=["unset", "empty"])
def test_an_up_without_the_url_is_refused(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take the receiver out of the group, and nobody would hear of the next alert."""
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: False)
    with pytest.raises(pulumi.RunError, match=r"names CHAT_WEBHOOK_URL, which is not set: set it"):
        chat_of(NAMED, environment)


async def _of(output: pulumi.Output[Any]) -> tuple[bool, bool]:
    return await output.is_secret(), await output.is_known()


def test_a_preview_without_the_url_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull request has no secrets; it is told once."""
    warned: list[str] = []
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    assert run(lambda: chat_of(NAMED, {})) == (True, False)
    assert "CHAT_WEBHOOK_URL" in warned[0]


def test_the_url_is_a_secret() -> None:
    """So it is never in clear in the state or on the screen."""
    assert run(lambda: chat_of(NAMED, {"CHAT_WEBHOOK_URL": URL})) == (True, True)


def run(make: Any) -> tuple[bool, bool]:
    """Whether what it makes is a secret, and whether it is known."""
    import asyncio

    async def asked() -> tuple[bool, bool]:
        return await _of(make())

    return asyncio.run(asked())
