"""Which parts of the azure-native SDK a program will import, so that its process can begin with them while it waits."""

import re
from pathlib import Path
from typing import Final

_ROOMS: Final = ("components", "deployments")
_FROM: Final = re.compile(r"^from (pulumi_azure_native) import ([\w, ]+)$", re.MULTILINE)


def sdk_modules(project: Path) -> tuple[str, ...]:
    """Modules named in `from pulumi_azure_native import ...` of the program's rooms, sorted. Only text is read."""
    found: set[str] = set()
    for room in _ROOMS:
        for file in sorted((project / room).rglob("*.py")):
            for package, names in _FROM.findall(file.read_text(encoding="utf-8")):
                found.update(f"{package}.{name.split()[0]}" for name in names.split(",") if name.strip())
    return tuple(sorted(found))
