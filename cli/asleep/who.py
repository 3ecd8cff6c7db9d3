"""Which deployments of a home are asleep: as the stand-in's store has it, in a few milliseconds."""

from contextlib import closing

from cidr import FaultsError
from components.conventions import parse_name
from sandbox.azure import arm_ids
from sandbox.azure.store import Store
from sandbox.home import SandboxHome

_APP = "app:ContainerApp"


def asleep_in(home: SandboxHome) -> frozenset[str]:
    """Those of which a service is stopped; none where the store cannot be read, which `doctor` and every run tell."""
    if not home.azure_store.is_file():
        return frozenset()
    try:
        with closing(Store(home.azure_store)) as store:
            apps = store.read(lambda transaction: transaction.of_type(_APP))
    except FaultsError:
        return frozenset()
    groups = {arm_ids.resource_group(it.arm_id) for it in apps if it.outputs.get("runningStatus") == "Stopped"}
    return frozenset(name for group in groups if (name := _deployment_of(group)))


def _deployment_of(group: str) -> str:
    try:
        return str(parse_name(group, "resource_group").deployment)
    except FaultsError:
        return ""
