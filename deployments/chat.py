"""Where a deployment's alerts are posted to: the URL of a chat's webhook, out of the environment, never from a file.

Who knows it can write into the chat, so it is a secret: the stack file names the variable that holds it. An `up`
without it would take the chat away in silence, and is refused; a preview, made for a pull request without secrets, goes
on.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pulumi

from stacks import Settings


def chat_of(settings: Settings, environment: Mapping[str, str]) -> pulumi.Output[str] | None:
    """The URL as a secret; None where the settings name no variable. environment: as `os.environ`.

    Raises RunError in an up without it, and for what is no https URL; neither shows the value.
    """
    variable = settings.chat_webhook
    if variable is None:
        return None
    given = environment.get(variable, "").strip()
    if not given:
        return pulumi.Output.secret(_missing(settings, variable))
    if urlsplit(given).scheme != "https" or not urlsplit(given).hostname:
        raise pulumi.RunError(f"{variable} holds no https URL: set it to the one that the chat gave for its webhook")
    return pulumi.Output.secret(given)


def _missing(settings: Settings, variable: str) -> Any:
    told = f"chat_webhook of {settings.deployment} names {variable}, which is not set"
    if not pulumi.runtime.is_dry_run():
        raise pulumi.RunError(f"{told}: set it to the URL of the chat's webhook, or take `chat_webhook` out")
    pulumi.log.warn(f"{told}: the preview goes on without knowing the URL.")
    return pulumi.UNKNOWN
