"""A project whose stack files are this repository's but for what a test sets."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from cidr.yaml_source import REPOSITORY

KEY = "complianceflow:settings"


def project(root: Path, changes: Mapping[str, Mapping[str, Any]] | None = None) -> Path:
    """`root` with the stack files; `changes`: deployment -> dotted key -> value."""
    if not (root / "stacks").is_dir():
        left_out = shutil.ignore_patterns("*.py", "__pycache__")
        shutil.copytree(REPOSITORY / "stacks", root / "stacks", ignore=left_out)
    for deployment, values in (changes or {}).items():
        file = root / "stacks" / f"Pulumi.{deployment}.yaml"
        content = yaml.safe_load(file.read_text())
        for key, value in values.items():
            *parts, last = key.split(".")
            here = content["config"][KEY]
            for part in parts:
                here = here.setdefault(part, {})
            here[last] = value
        file.write_text(yaml.safe_dump(content))
    return root


def peers(*names: str) -> dict[str, Any]:
    """The change that makes these a deployment's peers."""
    return {"options.peers": list(names)}
