"""`cfctl topology` and `cfctl map`: pages for a browser, written under the sandbox's home."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from cidr import Fault, FaultsError, load_map
from cli import documents
from cli.deployed import sources
from cli.exit_codes import ExitCode
from cli.screen import Screen
from sandbox.home import SandboxHome
from topology import Topology, read
from topology.addresses import address_page
from topology.pages import addresses_page, crossings, topology_page


def write_topology(
    screen: Screen, home: SandboxHome, project: Path, deployments: Sequence[str], *, planned: bool
) -> tuple[Path, Topology]:
    """Write the page of deployments and their globals; gives its path. Raises as `sources` does."""
    found = read(sources(home, project, deployments, screen.say, planned=planned))
    names = "-and-".join(deployment.name for deployment in found.deployments)
    is_plan = any(deployment.status == "planned" for deployment in found.deployments)
    return _write(home, f"topology-of-{names}{'-as-planned' if is_plan else ''}.html", topology_page(found)), found


def write_map(home: SandboxHome) -> Path:
    """Write the page of the address map; gives its path."""
    return _write(home, "address-map.html", addresses_page(load_map()))


def topology(
    screen: Screen, home: SandboxHome, project: Path, deployments: Sequence[str], *, planned: bool
) -> ExitCode:
    """Write the topology's page. The document adds `page`, `topology` (see topology.model) and `crossings`."""
    page, found = write_topology(screen, home, project, deployments, planned=planned)
    for deployment in found.deployments:
        networks = ", ".join(f"{it.name} with {len(it.subnets)} subnets" for it in deployment.networks)
        screen.result(
            f"{deployment.name}  {deployment.status}: {networks or 'no network'}, "
            f"{len(deployment.services)} services beside it"
        )
    over = list(crossings(found))
    screen.result(f"{len(found.flows)} allowances, {len(found.half_open)} on one side alone, {len(over)} crossings")
    screen.result(str(page), style="bold cyan")
    screen.document(
        documents.document(
            "topology",
            ExitCode.OK,
            page=str(page),
            topology=asdict(found),
            crossings=[asdict(crossing) for crossing in over],
        )
    )
    return ExitCode.OK


def address_map(screen: Screen, home: SandboxHome) -> ExitCode:
    """Write the address map's page. The document adds `page`, `utilisation`, `blocks` and `subnets`."""
    path, page = write_map(home), address_page(load_map())
    used = page.utilisation
    screen.result(
        f"{used.total} blocks: {used.live} live, {used.reserved} reserved, {used.held} held, "
        f"{used.retired} retired, {used.free} free"
    )
    screen.result(str(path), style="bold cyan")
    screen.document(
        documents.document(
            "map",
            ExitCode.OK,
            page=str(path),
            utilisation={**asdict(used), "total": used.total, "taken": used.taken},
            blocks=[asdict(row) for row in page.rows],
            subnets=[asdict(row) for row in page.slot_rows],
        )
    )
    return ExitCode.OK


def _write(home: SandboxHome, name: str, text: str) -> Path:
    """Write a page; it is whole at any moment. Raises FaultsError when the home cannot be written."""
    directory = home.prepare().root / "pages"
    path = directory / name
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        building = path.with_suffix(".building")
        building.write_text(text, encoding="utf-8")
        building.replace(path)
    except OSError as error:
        fault = Fault(
            where=str(path),
            what=f"the page cannot be written: {error.strerror or error}",
            allowed="a home on a disk that you may write and that has room",
            next_step="make room, or name another home: --home DIR",
        )
        raise FaultsError([fault]) from error
    return path
