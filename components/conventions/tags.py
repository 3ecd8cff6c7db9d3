"""Tags: the same nine on every resource that can carry them."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, cast

from cidr import ACCOUNT, DeploymentName, Fault, FaultsError, Region
from cidr.yaml_source import read_yaml

TAGS_FILE: Final = Path(__file__).with_name("tags.yaml")
APPLICATION: Final = "ComplianceFlow"
LONGEST_VALUE: Final = 256
SOURCE: Final = "https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations"


def tags_for(
    deployment: DeploymentName, *, owner: str, cost_center: str, application: str = APPLICATION
) -> dict[str, str]:
    """The tags of a deployment's resources, as ARM takes them; a fresh dict each time.

    A global deployment has Region westeu and Instance "global". Raises FaultsError for values that Azure does not
    take (empty, over 256 characters: `SOURCE`), all at once.
    """
    of_deployment = {
        "deployment": str(deployment),
        "environment": str(deployment.environment),
        "region": str(deployment.region),
        "instance": "global" if deployment.instance is None else str(deployment.instance),
        "ephemeral": "true" if deployment.environment.ephemeral else "false",
    }
    return _tags(of_deployment, {"owner": owner, "cost_center": cost_center, "application": application})


def account_tags(region: Region, *, owner: str, cost_center: str, application: str = APPLICATION) -> dict[str, str]:
    """The tags of what the account holds: of no deployment and of no environment's costs; raises as `tags_for`."""
    of_account = {
        "deployment": ACCOUNT,
        "environment": ACCOUNT,
        "region": str(region),
        "instance": ACCOUNT,
        "ephemeral": "false",
    }
    return _tags(of_account, {"owner": owner, "cost_center": cost_center, "application": application})


def _tags(place: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    faults = [
        Fault(
            where=f"tag value {name}",
            what=f"{name} has {len(value)} characters" if value.strip() else f"{name} is empty",
            allowed=f"1 to {LONGEST_VALUE} characters",
            next_step=f"write a shorter {name}" if value.strip() else f"name the {name.replace('_', ' ')}",
        )
        for name, value in given.items()
        if not value.strip() or len(value) > LONGEST_VALUE
    ]
    if faults:
        raise FaultsError(faults)
    parts = {**place, **given}
    # filled by the table's own braces: str.format would also read braces inside the values
    return {name: re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], text) for name, text in _table().items()}


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    return cast("dict[str, str]", read_yaml(TAGS_FILE).data)
