"""Where settings stand: a file a deployment, one key in it."""

from pathlib import Path
from typing import Final

from cidr.yaml_source import REPOSITORY

KEY: Final = "complianceflow:settings"  # one object, because Pulumi cannot list keys: only so are unknown ones seen


def stack_file(deployment: str, root: Path | None = None) -> Path:
    """Where the settings of a deployment stand; the file need not exist."""
    return (root or REPOSITORY) / "stacks" / f"Pulumi.{deployment}.yaml"
