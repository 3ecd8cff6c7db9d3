"""A container app and its revisions as Azure Resource Manager shows them, in terms of `lifecycle.releases.revisions`.

https://learn.microsoft.com/rest/api/resource-manager/containerapps/container-apps-revisions
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from cidr import Fault
from cli.arm_client import ArmClient, ArmRefusedError, Object
from cli.failures import RefusedError
from lifecycle.releases.revisions import Fitness, Revision, Stand

API_VERSION: Final = "2025-07-01"
_DIGEST: Final = re.compile(r"@(sha256:[0-9a-f]{64})$")
# Beside the documented states Azure shows those of its portal: https://learn.microsoft.com/azure/container-apps/revisions#lifecycle
_FAILED: Final = frozenset({"Failed", "ActivationFailed", "Provisioning failed"})


@dataclass(frozen=True)
class ArmApp:
    """One app. Raises RefusedError for one that is not there, and for what Azure refuses."""

    client: ArmClient
    app_id: str
    absent: Fault

    def look(self) -> Stand:
        """As it stands now."""
        app = self._asked(lambda: self.client.get(self.app_id, API_VERSION))
        listed = self._asked(lambda: self.client.get(f"{self.app_id}/revisions", API_VERSION))
        if app is None or listed is None:
            raise RefusedError(self.absent)
        return stand_of(app, cast("Sequence[Object]", listed.get("value") or []))

    def activate(self, revision: str) -> None:
        """Have a revision run."""
        self._asked(lambda: self.client.post(f"{self.app_id}/revisions/{revision}/activate", API_VERSION))

    def deactivate(self, revision: str) -> None:
        """Have it run no longer."""
        self._asked(lambda: self.client.post(f"{self.app_id}/revisions/{revision}/deactivate", API_VERSION))

    def _asked(self, ask: Callable[[], Object | None]) -> Object | None:
        try:
            return ask()
        except ArmRefusedError as error:
            raise RefusedError(
                Fault(
                    where=self.app_id,
                    what=f"Azure refused it: {error}",
                    allowed="a principal with Container Apps Contributor, or more, on the app",
                    next_step="mend what the code names, then the same command again",
                )
            ) from None


def stand_of(app: Object, listed: Sequence[Object]) -> Stand:
    """The app's own body, and those of its revisions in any order."""
    properties = _properties(app)
    ordered = sorted(listed, key=lambda it: str(_properties(it).get("createdTime") or ""))
    configuration = cast("Object", properties.get("configuration") or {})
    return Stand(
        revisions=[revision_of(it) for it in ordered],
        latest=str(properties.get("latestRevisionName") or ""),
        side_by_side=configuration.get("activeRevisionsMode") == "Multiple",
    )


def revision_of(body: Object) -> Revision:
    """One revision."""
    properties = _properties(body)
    template = cast("Object", properties.get("template") or {})
    images = [str(it.get("image") or "") for it in cast("list[Object]", template.get("containers") or [])]
    found = _DIGEST.search(images[0]) if images else None
    return Revision(
        name=str(body.get("name")),
        digest=found[1] if found else None,
        active=bool(properties.get("active")),
        weight=int(properties.get("trafficWeight") or 0),
        fitness=_fitness(properties),
        flaw=str(properties.get("provisioningError") or ""),
    )


def _fitness(properties: Object) -> Fitness:
    provisioning, health, running = (
        str(properties.get(key) or "") for key in ("provisioningState", "healthState", "runningState")
    )
    if provisioning in _FAILED or running in _FAILED or properties.get("provisioningError"):
        return "failed"
    if not properties.get("active"):
        return "inactive"
    return "healthy" if provisioning == "Provisioned" and health == "Healthy" else "pending"


def _properties(body: Object) -> dict[str, Any]:
    return cast("dict[str, Any]", body.get("properties") or {})
