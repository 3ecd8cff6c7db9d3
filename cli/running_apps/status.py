"""`cfctl app status`: which image each service of a deployment serves, how it is, and where a rollback would lead."""

from contextlib import AbstractContextManager
from dataclasses import asdict

from cli import documents
from cli.exit_codes import ExitCode
from cli.running_apps.places import Apps
from cli.screen import Screen
from cli.tables import plain_table, show_table
from lifecycle.releases.revisions import Stand, short


def status(screen: Screen, opened: AbstractContextManager[Apps], service: str | None) -> ExitCode:
    """Write a line a service, and of one service a line a revision.

    The document adds `deployment` and `services`: [{service, serving, digest, health, file, previous, held,
    revisions}], `file` the digest that the program reads, `held` whether a release was cut off while the traffic was
    elsewhere.
    """
    with opened as apps:
        deployment = str(apps.deployment)
        names = [apps.known(service)] if service else apps.services
        stands = {name: apps.of(name).look() for name in names}
        files = {name: apps.file(name).read() for name in names}
    columns = ("service", "serves", "revision", "traffic", "health", "rollback to", "")
    table = plain_table(columns, right=("traffic",))
    for name, stand in stands.items():
        serving, before = stand.serving, stand.previous
        table.add_row(
            name,
            short(serving.digest),
            serving.name,
            f"{serving.weight} %" if serving.weight else "",
            serving.fitness,
            short(before.digest) if before else "",
            _remark(stand, files[name]),
        )
    show_table(screen, table)
    if service:
        _show_revisions(screen, stands[service])
    screen.document(
        documents.document(
            "app status",
            ExitCode.OK,
            deployment=deployment,
            services=[_row(name, stand, files[name]) for name, stand in stands.items()],
        )
    )
    return ExitCode.OK


def _row(name: str, stand: Stand, file: str | None) -> dict[str, object]:
    serving, before = stand.serving, stand.previous
    return {
        "service": name,
        "serving": serving.name,
        "digest": serving.digest,
        "health": serving.fitness,
        "file": file,
        "previous": before.digest if before else None,
        "held": stand.held,
        "revisions": [asdict(it) for it in stand.revisions],
    }


def _remark(stand: Stand, file: str | None) -> str:
    if stand.held:
        return f"held: {stand.latest} is {stand.newest.fitness}"
    return f"the release file says {short(file)}: up brings it" if file != stand.serving.digest else ""


def _show_revisions(screen: Screen, stand: Stand) -> None:
    table = plain_table(("revision", "image", "active", "traffic", "health", "flaw"), right=("traffic",))
    for it in reversed(stand.revisions):
        active, traffic = "yes" if it.active else "", f"{it.weight} %" if it.weight else ""
        table.add_row(it.name, short(it.digest), active, traffic, it.fitness, it.flaw)
    screen.result("")
    show_table(screen, table)
