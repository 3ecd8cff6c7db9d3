"""Links into the Azure portal: the page of a resource is the portal's address, the tenant and the ARM id."""

from pathlib import Path
from urllib.parse import quote

from cidr import FaultsError
from stacks import load_stack

NOTHING_THERE = "the sandbox has no portal: the link leads somewhere once the deployment is on Azure"


def portal_link(arm_id: str, tenant: str = "") -> str:
    """The portal's page of a resource. `tenant`: GUID; empty for the tenant that the reader is signed in to."""
    return f"https://portal.azure.com/#{f'@{tenant}' if tenant else ''}/resource{quote(arm_id, safe='/')}"


def tenant_of(deployment: str, project: Path) -> str:
    """The tenant of a deployment, or of the account, by its stack file; empty where it has none that can be read."""
    try:
        return load_stack(deployment, project).tenant_id
    except FaultsError:
        return ""
