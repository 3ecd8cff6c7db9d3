"""What stands of the deployments that may end: the tags of their groups, their age, their price. Here or on Azure.

The tags are Azure's own, asked for each time. Age and price are of the state, which knows when the group was made and
with what else; they are looked at only where a tag asks for them.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, cast

from cidr import DeploymentName, FaultsError
from cli.deployed import resources_of, standing_state
from cli.money.run_prices import Prices
from cli.run_records import journals_of
from components.conventions import Names
from finance.money import Money
from lifecycle.ends.life import Found
from sandbox.azure.store import Store
from sandbox.engine.model.state import StackState
from sandbox.home import SandboxHome
from sandbox.inventory import PROJECT as PULUMI_PROJECT
from sandbox.inventory import standing_of
from stacks import Settings, known_deployments, load_settings, stack_file
from stacks.ttl import EXPIRES_AT_SPEND, EXPIRES_ON

GROUP: Final = "azure-native:resources:ResourceGroup"


class Ground(Protocol):
    """Where deployments stand."""

    def tags(self, settings: Settings) -> Mapping[str, str] | None:
        """Of the deployment's resource group, as Azure has them now; None where there is no such group."""
        ...

    def state(self, deployment: str) -> StackState:
        """Its state, secrets closed; empty where it has none. Raises StateError for one that cannot be read."""
        ...

    def stands(self, settings: Settings) -> bool:
        """Whether something of it may be in Azure."""
        ...

    def is_going_down(self, settings: Settings) -> bool:
        """Whether a teardown of it was begun and has not come to its end."""
        ...


@dataclass(frozen=True)
class SandboxGround:
    """The stand-in of a home. notice: told what a person should know of a state."""

    home: SandboxHome
    notice: Callable[[str], None] = field(repr=False)

    def tags(self, settings: Settings) -> Mapping[str, str] | None:
        """From its store."""
        if not self.home.azure_store.is_file():
            return None
        with closing(Store(self.home.azure_store)) as store:
            found = store.read(lambda transaction: transaction.find(group_id(settings)))
        return None if found is None else cast("Mapping[str, str]", found.inputs.get("tags") or {})

    def state(self, deployment: str) -> StackState:
        """From the state's file."""
        return standing_state(self.home, deployment, self.notice)

    def stands(self, settings: Settings) -> bool:
        """By the state's file."""
        return standing_of(self.home, str(settings.deployment)).maybe_up

    def is_going_down(self, settings: Settings) -> bool:
        """By its journal."""
        return journals_of(self.home).is_going_down(str(settings.deployment))


def group_id(settings: Settings) -> str:
    """ARM id of the deployment's resource group."""
    name = Names(settings.deployment, settings.application_code).of("resource_group")
    return f"/subscriptions/{settings.subscription_id}/resourceGroups/{name}"


def group_urn(deployment: str) -> str:
    """URN of the deployment's resource group, in any state of it (components/resource_group.py)."""
    return f"urn:pulumi:{deployment}::{PULUMI_PROJECT}::complianceflow:components:ResourceGroup${GROUP}::group"


def ephemeral_settings(project: Path) -> tuple[list[Settings], FaultsError | None]:
    """The settings of every deployment of dev and stg that has a stack file, and what is wrong with others' files."""
    found: list[Settings] = []
    faults: list[FaultsError] = []
    for name in known_deployments():
        if name.environment.ephemeral and stack_file(str(name), project).is_file():
            try:
                found.append(load_settings(str(name), project))
            except FaultsError as error:
                faults.append(error)
    return found, FaultsError([it for error in faults for it in error.faults]) if faults else None


def found_of(ground: Ground, settings: Settings) -> Found | None:
    """The deployment as it stands; None where it has no resource group. Raises StateError."""
    tags = ground.tags(settings)
    if tags is None:
        return None
    made, month = None, None
    if not {EXPIRES_ON, EXPIRES_AT_SPEND}.isdisjoint(tags):
        state = ground.state(str(settings.deployment))
        made, month = made_of(state, settings), price_of(state, settings.deployment)
    wanted = settings.ttl is not None or settings.ttl_spend is not None
    return Found(deployment=settings.deployment, tags=tags, made=made, month=month, wanted=wanted)


def made_of(state: StackState, settings: Settings) -> datetime | None:
    """When the group was made that stands now."""
    wanted = group_id(settings).lower()
    return next((it.created for it in state.resources if it.id.lower() == wanted and not it.delete), None)


def price_of(state: StackState, deployment: DeploymentName) -> Money | None:
    """A month of what stands, at declared use; None where the price sheet cannot be used."""
    try:
        return Prices.read().of(str(deployment), resources_of(state, str(deployment))).total.expected
    except FaultsError:
        return None
