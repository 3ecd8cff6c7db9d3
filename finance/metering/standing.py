"""A resource that stood unchanged from one moment to another: what a meter tells, without a price."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from finance.estimate import Resource

_PROVIDERS = "/providers/"


@dataclass(frozen=True, kw_only=True)
class Stood:
    """id: its ARM id. type: Pulumi's token; inputs: as of Pulumi's resource, with the names in its id. begun, included,
    ended, not included: with a time zone. stopped: it stood and did not run. tags: its own.
    """

    id: str
    type: str
    inputs: Mapping[str, Any]
    begun: datetime
    ended: datetime
    stopped: bool = False

    def holds(self, moment: datetime) -> bool:
        """Whether it stood then."""
        return self.begun <= moment < self.ended

    @property
    def tags(self) -> dict[str, str]:
        """Its own tags."""
        found = self.inputs.get("tags")
        return {str(key): str(value) for key, value in found.items()} if isinstance(found, Mapping) else {}

    @cached_property
    def resource(self) -> Resource:
        """It as an estimate takes it; its id stands for the URN."""
        return Resource.of(self.id, self.type, self.inputs)

    @property
    def name(self) -> str:
        """The last segment of its id."""
        return self.id.rstrip("/").rpartition("/")[2]

    @property
    def subscription(self) -> str:
        """The GUID, small letters; empty outside of any."""
        return self._after("/subscriptions/").lower()

    @property
    def group(self) -> str:
        """The resource group, small letters as in Azure's exports; empty outside of any."""
        return self._after("/resourcegroups/").lower()

    @property
    def arm_type(self) -> str:
        """`microsoft.app/containerapps`, small letters; empty for a group or a subscription."""
        _, _, tail = self.id.lower().rpartition(_PROVIDERS)
        namespace, *rest = tail.split("/") if _PROVIDERS in self.id.lower() else [""]
        return "/".join([namespace, *rest[::2]]) if namespace else ""

    def _after(self, marker: str) -> str:
        _, found, tail = self.id.lower().partition(marker)
        return tail.split("/", 1)[0] if found else ""
