"""What of the program's resources a price hangs on, made small: the recorded inputs in tests/finance/recorded.

Made from the program, never by hand: `.venv/bin/python -m tests.finance.recording` previews every deployment in a
sandbox of its own and writes the files anew; a slow test says when they are old. The account, which no preview tells,
is recorded from an export: `./cfctl state export account --home DIR | .venv/bin/python -m tests.finance.recording -`.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cidr.yaml_source import REPOSITORY
from finance.estimate import Resource, resources_of_export
from finance.estimate.inputs import Inputs, UnreadableError
from finance.estimate.rows import ROWS
from finance.estimate.rows.reading import Around
from finance.usage import load_usage
from stacks import known_deployments

RECORDED = Path(__file__).with_name("recorded")
# Read by the rows of others, or for where a deployment stands.
NEIGHBOURS = {
    "dataprotection:BackupVault": ("vaultName", "properties"),
    "network:VirtualNetwork": ("virtualNetworkName", "location", "enableDdosProtection"),
    "resources:ResourceGroup": ("location",),
}


def recorded(deployment: str, resources: Iterable[Resource]) -> dict[str, Any]:
    """The resources that are billed, with the inputs that their rows read and how many are alike; the rest counted."""
    known = sorted(resources, key=lambda it: it.urn)
    usage, alike, rest, names = load_usage(deployment), Counter[str](), Counter[str](), dict[str, str]()
    inputs_of = {kind: tuple(it.inputs for it in known if it.kind == kind) for kind in NEIGHBOURS}
    networks = {str(it.raw("virtualNetworkName")): "" for it in inputs_of["network:VirtualNetwork"]}
    networks |= {
        str(it.inputs.raw("remoteVirtualNetwork.id")).rsplit("/", 1)[-1]: "" for it in known if "Peering" in it.kind
    }
    around = Around("", usage, {**networks, **{_own(it): "" for it in known if "Peering" in it.kind}}, inputs_of)
    for it in known:
        if it.kind not in ROWS and it.kind not in NEIGHBOURS:
            rest[it.type] += 1
            continue
        entry = json.dumps({"type": it.type, "inputs": _needed(it, around)}, sort_keys=True)
        alike[entry] += 1
        names.setdefault(entry, it.name)
    return {
        "resources": [{**json.loads(entry), "name": names[entry], "count": alike[entry]} for entry in sorted(alike)],
        "rest": dict(sorted(rest.items())),
    }


def replayed(document: Mapping[str, Any]) -> list[Resource]:
    """The resources that a recorded document stands for."""
    found = [
        Resource.of(f"urn:{it['type']}::{it['name']}-{number}", it["type"], it["inputs"])
        for it in document["resources"]
        for number in range(it["count"])
    ]
    rest = document["rest"]
    return [*found, *(Resource.of(f"urn:{kind}::{n}", kind, {}) for kind in rest for n in range(rest[kind]))]


def load(deployment: str) -> list[Resource]:
    """The recorded resources of a deployment."""
    return replayed(json.loads((RECORDED / f"{deployment}.json").read_text(encoding="utf-8")))


def planned(deployments: Iterable[str], home: Path) -> dict[str, list[Resource]]:
    """What a preview of each plans, in a sandbox at `home` where nothing is up."""
    from cidr import DeploymentName
    from cli.deployed import resources_of
    from cli.money.run_prices import to_price
    from cli.planned import plan
    from sandbox.home import SandboxHome

    names = [DeploymentName.parse(name) for name in deployments]
    states = plan(SandboxHome(home), REPOSITORY, names, print)
    return {str(name): list(to_price(resources_of(state, str(name)))) for name, state in states.items()}


def write(deployment: str, resources: Iterable[Resource]) -> None:
    """Write a file anew."""
    text = json.dumps(recorded(deployment, resources), indent=1, sort_keys=True)
    (RECORDED / f"{deployment}.json").write_text(text + "\n", encoding="utf-8")


def _own(it: Resource) -> str:
    return str(it.inputs.raw("virtualNetworkName"))


def _needed(it: Resource, around: Around) -> dict[str, Any]:
    """The inputs without which the row would give something else, and the location."""
    keys = dict(it.inputs.values)
    if it.kind not in ROWS:
        return {key: keys[key] for key in NEIGHBOURS[it.kind] if key in keys}
    kept = ("location", *NEIGHBOURS.get(it.kind, ()))
    for key in list(keys):
        if key not in kept:
            without = {other: value for other, value in keys.items() if other != key}
            if _quantities(it.kind, without, around) == _quantities(it.kind, keys, around):
                keys = without
    return {key: _pruned(value) for key, value in keys.items()}


def _quantities(kind: str, values: Mapping[str, Any], around: Around) -> object:
    try:
        return list(ROWS[kind](Inputs(values), around))
    except UnreadableError as error:
        return str(error)


def _pruned(value: Any) -> Any:
    """Without what no row reads and what only makes the files long: queries, ids of a subscription, environments."""
    if isinstance(value, dict):
        return {key: _pruned(item) for key, item in value.items() if key not in ("query", "env", "probes", "image")}
    return [_pruned(item) for item in value] if isinstance(value, list) else value


def main() -> None:
    """Record the deployments, or the account from an export on standard input."""
    if sys.argv[1:] == ["-"]:
        write("account", resources_of_export(json.load(sys.stdin), "standard input"))
        return
    with tempfile.TemporaryDirectory() as home:
        for deployment, resources in planned([str(name) for name in known_deployments()], Path(home)).items():
            write(deployment, resources)


if __name__ == "__main__":
    main()
