"""What was done about ends, kept where the next one to look finds it: in a sandbox its home, on Azure Azure's own.

On Azure whoever extends and whatever reaps are on different machines, one of them a container without a disk. So an
extension is the message of its update in Pulumi's history, which lies with the state; and the last warning is a tag of
the resource group, which the next extension takes away with the end that it was of.
https://learn.microsoft.com/rest/api/resources/tags/update-at-scope
"""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from cli.expiry.ground import group_id
from lifecycle.ends.notes import Extended, Notes
from lifecycle.times import read_time, written
from stacks import Settings
from stacks.ttl import EXPIRES_AT_SPEND, EXPIRES_ON, EXPIRY_WARNED

if TYPE_CHECKING:
    from cli.arm_client import ArmClient

_TAGS: Final = "2021-04-01"
_MESSAGE: Final = re.compile(
    r"extended by (?P<by>.+?), from (?P<before>.*?) to (?P<after>.+?): (?P<reason>.+)", re.DOTALL
)


class Books(Protocol):
    """Extensions and warnings."""

    def extensions(self, settings: Settings, since: datetime | None) -> Sequence[Extended]:
        """Those that were done since then, the first first."""
        ...

    def told(self, settings: Settings, tags: Mapping[str, str]) -> Container[str]:
        """Keys of warnings that were given. tags: of the resource group."""
        ...

    def warn(self, settings: Settings, keys: Sequence[str], at: datetime) -> None:
        """A warning was given, which stands for all of `keys`."""
        ...

    def settle(self, settings: Settings, tags: Mapping[str, str]) -> None:
        """Finish the books of an extension that was cut off, by what the tags say."""
        ...

    def begin(self, settings: Settings, extension: Extended) -> None:
        """An extension is about to be written."""
        ...

    def done(self, settings: Settings, extension: Extended) -> None:
        """It stands in Azure."""
        ...


def message_of(extension: Extended) -> str:
    """An extension as the message of its update."""
    return f"extended by {extension.by}, from {extension.before} to {extension.after}: {extension.reason}"


@dataclass(frozen=True)
class HomeBooks:
    """Those of a sandbox."""

    notes: Notes

    def extensions(self, settings: Settings, since: datetime | None) -> Sequence[Extended]:
        """From the home's notes."""
        return self.notes.extensions(str(settings.deployment), since)

    def told(self, settings: Settings, tags: Mapping[str, str]) -> Container[str]:  # noqa: ARG002 - Azure's books ask them
        """From the home's notes."""
        return self.notes.warned(str(settings.deployment))

    def warn(self, settings: Settings, keys: Sequence[str], at: datetime) -> None:
        """Note it."""
        self.notes.warn(str(settings.deployment), keys, at)

    def settle(self, settings: Settings, tags: Mapping[str, str]) -> None:
        """Done, if a tag has what it was to say."""
        ends = [tags[tag] for tag in (EXPIRES_ON, EXPIRES_AT_SPEND) if tag in tags]
        self.notes.settle(str(settings.deployment), ends)

    def begin(self, settings: Settings, extension: Extended) -> None:
        """Note it before."""
        self.notes.begin(str(settings.deployment), extension)

    def done(self, settings: Settings, extension: Extended) -> None:
        """Note it after."""
        self.notes.done(str(settings.deployment), extension)


@dataclass(frozen=True)
class AzureBooks:
    """Those of Azure. history: the updates of a stack as `pulumi stack history --json` tells them, the latest first."""

    client: "ArmClient"
    history: Callable[[Settings], Sequence[Mapping[str, Any]]]

    def extensions(self, settings: Settings, since: datetime | None) -> Sequence[Extended]:
        """From the messages of updates that succeeded."""
        found = [it for update in self.history(settings) if (it := _extension(update)) is not None]
        return [it for it in reversed(found) if since is None or read_time(it.at) >= since.replace(microsecond=0)]

    def told(self, settings: Settings, tags: Mapping[str, str]) -> Container[str]:  # noqa: ARG002 - the home's ask it
        """The last one, which is the tag's; those before it are done with it."""
        return {tags[EXPIRY_WARNED]} if EXPIRY_WARNED in tags else frozenset()

    def warn(self, settings: Settings, keys: Sequence[str], at: datetime) -> None:  # noqa: ARG002 - as above
        """Write the tag, beside the others. Raises ArmRefusedError."""
        body = {"operation": "Merge", "properties": {"tags": {EXPIRY_WARNED: keys[-1]}}}
        self.client.patch(f"{group_id(settings)}/providers/Microsoft.Resources/tags/default", _TAGS, body)

    def settle(self, settings: Settings, tags: Mapping[str, str]) -> None:
        """Pulumi's history has an update when it has ended."""

    def begin(self, settings: Settings, extension: Extended) -> None:
        """The update's own message."""

    def done(self, settings: Settings, extension: Extended) -> None:
        """The update's own message."""


def _extension(update: Mapping[str, Any]) -> Extended | None:
    """The extension that an update was: https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_history/."""
    found = _MESSAGE.fullmatch(str(update.get("message") or ""))
    if found is None or update.get("kind") != "update" or update.get("result") != "succeeded":
        return None
    ended = datetime.fromisoformat(str(update["endTime"]))
    who = str((update.get("environment") or {}).get("git.author") or "")
    return Extended(at=written(ended), who=who, **found.groupdict())
