"""What `cfctl doctor` finds in the sandbox home: states that cannot be read, runs that did not end, servers."""

from collections.abc import Iterator
from pathlib import Path

from cidr import FaultsError
from cli.doctor_checks import Check, Machine
from sandbox.azure.postgres.records import LOOPBACK, Records, port_is_free
from sandbox.engine.storage.layout import Layout
from sandbox.engine.storage.lock import holders_of
from sandbox.inventory import layout_of, stacks_of, standing_of


def stacks(machine: Machine) -> Iterator[Check]:
    """Every state file can be read, and no run was left half done."""
    names = stacks_of(machine.home)
    if not names:
        yield Check("state", "ok", "nothing was ever up in this home")
    for name in names:
        standing = standing_of(machine.home, name)
        if standing.status == "damaged":
            yield Check("state", "fail", standing.detail, f"./cfctl outputs {name} (it names the newest whole backup)")
        elif standing.status == "interrupted":
            what = f"{standing.pending} operations are pending" if standing.pending else "its journal is waiting"
            yield Check(
                "state", "warn", f"{name}: a run did not end, {what}", f"./cfctl up {name} (it finishes the run)"
            )
        else:
            yield Check("state", "ok", f"{name}: {standing.status}, {standing.resources} resources")


def locks(machine: Machine) -> Iterator[Check]:
    """Locks of runs: living ones are told, dead ones go with the next run."""
    layout: Layout = layout_of(machine.home)
    found = [(path.name, holder) for path in _lock_directories(layout) for holder in holders_of(path)]
    if not found:
        yield Check("locks", "ok", "no deployment is locked")
    for name, holder in found:
        if holder.gone:
            yield Check(
                "locks",
                "warn",
                f"{name}: process {holder.pid} is dead and left its lock",
                f"./cfctl up {name} (it takes the lock over)",
            )
        elif holder.here:
            yield Check("locks", "ok", f"{name}: held by {holder}")
        else:
            yield Check("locks", "warn", f"{name}: held by {holder}", f"if it is dead: rm '{holder.path}'")


def _lock_directories(layout: Layout) -> list[Path]:
    parent = layout.locks("any").parent
    return sorted(path for path in parent.glob("*") if path.is_dir())


def servers(machine: Machine) -> Iterator[Check]:
    """PostgreSQL servers of this home, and whether each runs."""
    try:
        found = Records(machine.home.postgres).all()
    except FaultsError as error:
        yield from (Check("servers", "fail", f"{fault.where} {fault.what}", fault.next_step) for fault in error.faults)
        return
    if not found:
        yield Check("servers", "ok", "no PostgreSQL server in this home")
    for server in found:
        running = not port_is_free(server.port)
        at = f"{server.name} (PostgreSQL {server.version}) at {LOOPBACK}:{server.port}"
        if running or server.state == "Stopped":
            yield Check("servers", "ok", f"{at}: {'running' if running else 'stopped'}")
        else:
            yield Check("servers", "warn", f"{at}: not running", "./cfctl up of its deployment starts it again")
