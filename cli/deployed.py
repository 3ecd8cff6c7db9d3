"""A deployment's resources as plain data: those that stand, from its state, and those that a preview plans."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, cast

from cidr import ACCOUNT, DeploymentName, Fault, FaultsError
from sandbox.azure import arm_ids
from sandbox.engine.model.state import ResourceState, StackState
from sandbox.engine.model.urn import STACK_TYPE, Urn, is_provider_type
from sandbox.engine.model.values import UNKNOWN, UNKNOWN_STRINGS, Output, ResourceReference, Secret
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.secrets import PassphraseSecrets
from sandbox.home import SandboxHome
from sandbox.inventory import PROJECT, Standing, standing_of
from sandbox.keeping import state_of
from stacks import down_order, known_deployments, up_order
from topology import Resource, Source
from topology.resources import PACKAGE, Status

Notice = Callable[[str], None]
_STATUSES: Final[dict[str, Status]] = {"up": "up", "running": "running", "interrupted": "interrupted"}


class ClosedSecrets(PassphraseSecrets):
    """Secrets that stay closed: who draws and tells needs none. None is ever in clear here, and no key is derived."""

    def __init__(self) -> None:
        super().__init__(bytes(32), "")

    def decrypt(self, ciphertext: str) -> str:  # noqa: ARG002 - it is not even looked at
        """JSON of nothing."""
        return "null"


def standing_resources(home: SandboxHome, deployment: str, notice: Notice) -> tuple[Resource, ...]:
    """What of a deployment is in Azure as its state tells; empty when it is not up.

    Raises StateError when its state cannot be read.
    """
    return resources_of(standing_state(home, deployment, notice), deployment)


def standing_state(home: SandboxHome, deployment: str, notice: Notice) -> StackState:
    """A deployment's state with its secrets closed, empty when it is not up. Raises as `standing_resources`."""
    return state_of(FileBackend(home.state, PROJECT, lambda _: ClosedSecrets(), notice), deployment)


def sources(
    home: SandboxHome, project: Path, deployments: Sequence[str], notice: Notice, *, planned: bool = False
) -> list[Source]:
    """The named deployments with the globals that they need, globals first; all that are up when none is named.

    One that is not up comes from a preview, and with `planned` all of them. Raises FaultsError for a name that is none,
    for no name while nothing is up, and for a preview that fails.
    """
    names = up_order(deployments) if deployments else _all_up(home)
    standings = {name: standing_of(home, str(name)) for name in names}
    previewed = [name for name in names if planned or not standings[name].maybe_up]
    found = {
        name: Source(
            deployment=str(name),
            status=_STATUSES.get(standings[name].status, "up"),
            resources=_of_azure(standing_resources(home, str(name), notice)),
        )
        for name in names
        if name not in previewed
    }
    if previewed:
        from cli.planned import plan  # noqa: PLC0415 - imports the engine, and with it Pulumi

        for name, state in plan(home, project, previewed, notice).items():
            resources = _of_azure(resources_of(state, str(name)))
            found[name] = Source(deployment=str(name), status="planned", resources=resources)
    return [found[name] for name in names]


def _all_up(home: SandboxHome) -> list[DeploymentName]:
    names = [name for name in known_deployments() if standing_of(home, str(name)).maybe_up]
    if not names:
        fault = Fault(
            where=f"home {home.root}",
            what="nothing is up here, and no deployment is named",
            allowed=", ".join(map(str, known_deployments())),
            next_step="name one, to see what it will be: ./cfctl topology westeu-dev-1",
        )
        raise FaultsError([fault])
    return up_order(names)


def known_stacks() -> list[str]:
    """Every deployment of the map, and the account, which is none."""
    return [*map(str, known_deployments()), ACCOUNT]


def known_stack(text: str) -> str:
    """The deployment that `text` names, or the account. Raises FaultsError for another text."""
    return text if text == ACCOUNT else str(down_order([text])[0])


def up_stacks(home: SandboxHome) -> list[Standing]:
    """The deployments, and the account, of which something may be in Azure."""
    found = (standing_of(home, name) for name in known_stacks())
    return [standing for standing in found if standing.maybe_up]


def _of_azure(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    return tuple(resource for resource in resources if resource.urn_type.startswith(PACKAGE))


def resources_of(state: StackState, deployment: str) -> tuple[Resource, ...]:
    """The resources of a state that exist outside of it; no component, no provider, nothing that waits for deletion."""
    return tuple(
        _resource(it, deployment)
        for it in state.resources
        if it.custom and not it.delete and not it.external and it.type != STACK_TYPE and not is_provider_type(it.type)
    )


def _resource(it: ResourceState, deployment: str) -> Resource:
    logical = Urn.parse(it.urn).name
    unnamed = f"{logical} (not named yet)" if it.type.startswith(PACKAGE) else logical
    return Resource(
        deployment=deployment,
        urn=it.urn,
        urn_type=it.type,
        kind=kind_of(it.type),
        id=it.id if it.id.startswith("/") else "",
        name=arm_ids.name(it.id) if it.id.startswith("/") else unnamed,
        inputs=plain(it.inputs),
        outputs=plain(it.outputs),
        needs={key: tuple(urns or ()) for key, urns in it.property_dependencies.items()},
    )


def kind_of(token: str) -> str:
    """`azure-native:network/v20240501:Subnet` -> `network:Subnet`; tokens of other packages stay as they are."""
    if not token.startswith(PACKAGE):
        return token
    module, _, name = token.removeprefix(PACKAGE).partition(":")
    return f"{module.split('/', 1)[0]}:{name}"


def plain(value: Any) -> Any:
    """A property value without what nobody may see or nobody knows yet: secrets and unknowns are None."""
    if value is UNKNOWN or isinstance(value, Secret) or (isinstance(value, str) and value in UNKNOWN_STRINGS):
        return None
    if isinstance(value, Output):
        return None if value.secret else plain(value.value)
    if isinstance(value, ResourceReference):
        return value.urn
    if isinstance(value, dict):
        return {key: plain(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [plain(item) for item in cast("list[Any]", value)]
    return value
