"""The two ways into `Settings`: the stack file (for cfctl) and a plain mapping (for the program's pulumi.Config)."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from cidr import ACCOUNT, DeploymentName, Fault, FaultsError, load_map
from cidr.faults import nearest
from cidr.validation import told
from cidr.yaml_source import KeyPath, read_yaml, shown
from stacks.files import KEY, stack_file
from stacks.fitting import unfitting
from stacks.parity import parity_faults
from stacks.settings import Settings, StackValues

# What Pulumi itself writes into a stack file: https://www.pulumi.com/docs/iac/concepts/projects/stack-settings-file/
PULUMI_KEYS: Final = ("config", "encryptedkey", "encryptionsalt", "environment", "secretsprovider")


def load_settings(deployment: str, root: Path | None = None) -> Settings:
    """The settings in stacks/Pulumi.<deployment>.yaml below `root` (default: this repository).

    Raises FaultsError with every fault of name and file, each with its line.
    """
    name_faults, name = _deployment(deployment)
    file = stack_file(deployment, root)
    if name is None or not file.is_file():
        raise FaultsError(name_faults or [_no_file(deployment, file)])
    raw, where, faults = raw_settings(file)
    return _settings(name, raw, where, [*name_faults, *faults])


def raw_settings(file: Path) -> tuple[dict[str, object], Callable[[KeyPath], str], list[Fault]]:
    """What stands under `complianceflow:settings` of a stack file, the place of each of its keys, faults around it.

    Raises FaultsError where there is no mapping under that key.
    """
    source = read_yaml(file)
    faults: list[Fault] = []
    for path, known in (((), PULUMI_KEYS), (("config",), (KEY,))):
        faults += _strangers(source.where, _mapping(source.data, path), path, known)
    raw = _mapping(source.data, ("config", KEY))
    if raw is None:
        what = f"{KEY} is missing" if KEY not in (_mapping(source.data, ("config",)) or {}) else f"{KEY} is no mapping"
        place = source.where(("config", KEY))
        faults.append(Fault(where=place, what=what, allowed="one mapping", next_step=f"add `{KEY}:` under `config:`"))
        raise FaultsError(faults)
    return raw, lambda path: source.where(("config", KEY, *path)), faults


def settings_from(deployment: str, raw: Mapping[str, object]) -> Settings:
    """The settings of a deployment from the mapping under `complianceflow:settings`.

    Raises FaultsError with every fault, each with its key path.
    """
    faults, name = _deployment(deployment)
    return _settings(name, raw, lambda path: f"stacks/Pulumi.{deployment}.yaml {KEY}.{shown(path)}", faults)


def _settings(
    name: DeploymentName | None, raw: Mapping[str, object], where: Callable[[KeyPath], str], faults: list[Fault]
) -> Settings:
    try:
        values = StackValues.model_validate(raw)
    except ValidationError as error:
        raise FaultsError([*faults, *told(error, StackValues, where)]) from None
    if name is not None:
        faults += unfitting(name, values, where)
        faults += [fault.at(where(tuple(key.split(".")))) for key, fault in parity_faults(name.environment, values)]
    if name is None or faults:
        raise FaultsError(faults)
    return Settings(deployment=name, **dict(values))


def _deployment(text: str) -> tuple[list[Fault], DeploymentName | None]:
    try:
        name = DeploymentName.parse(text)
    except FaultsError as error:
        return list(error.faults), None
    allocation_map = load_map()
    return ([] if name in allocation_map.owned else [allocation_map.unknown(name)]), name


def _mapping(data: Mapping[str, object], path: tuple[str, ...]) -> dict[str, object] | None:
    here: object = data
    for part in path:
        here = here.get(part) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else None


def _strangers(
    where: Callable[[KeyPath], str], mapping: dict[str, object] | None, path: KeyPath, known: tuple[str, ...]
) -> list[Fault]:
    return [
        Fault(
            where=where((*path, key)),
            what=f"unknown key {key!r}",
            allowed=", ".join(known),
            next_step=f"write `{guess}` instead" if (guess := nearest(key, known)) else f"take `{key}` out",
        )
        for key in mapping or {}
        if key not in known
    ]


def _no_file(deployment: str, file: Path) -> Fault:
    files = (path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in file.parent.glob("Pulumi.*.yaml"))
    there = sorted(name for name in files if name != ACCOUNT)
    return Fault(
        where=f"stacks/{file.name}",
        what=f"{deployment} has no stack file",
        allowed=", ".join(there) or "none is there",
        next_step=f"write stacks/{file.name}, beginning with a copy of another",
    )
