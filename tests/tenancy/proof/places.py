"""Servers for the proof: every database of a deployment made by the job itself, then filled with two tenants' rows."""

from pathlib import Path
from types import SimpleNamespace
from typing import Final

import pytest

from tenancy.revisions import REVISIONS, database_at
from tests.tenancy.bench import DATABASES, Bench, plan, principal
from tests.tenancy.proof.ground import Place
from tests.tenancy.proof.sample_rows import fill

VERSIONS: Final = ("18", "16")
# Every database that a revision knows: the eight of a region and the three of a global deployment.
NAMES: Final = tuple(sorted({name for revision in REVISIONS for name in revision.steps}))


def make(factory: pytest.TempPathFactory, version: str, *names: str) -> dict[str, Place]:
    """A server with these databases, brought to the plan, with rows of two tenants in every table."""
    bench = Bench(_home(factory), version)
    for name in names:
        if name not in DATABASES:
            bench.fleet.create_database(bench.server_id, name)
    wanted = plan(**{name: [principal(_service(name)), principal("publisher", "publisher")] for name in names})
    assert bench.apply(_Uncaptured(), {**wanted, "deployment": "westeu-dev-1", "zone": "EU"}).code == 0
    return {name: _filled(bench, name) for name in names}


class _Uncaptured:
    """In the place of capsys, which a fixture of the session cannot have."""

    def readouterr(self) -> SimpleNamespace:
        return SimpleNamespace(out="", err="")


def _filled(bench: Bench, name: str) -> Place:
    model = database_at(name)
    with bench.superuser(name) as connection, connection.transaction():
        return Place(bench, model, fill(connection, model))


def _service(database: str) -> str:
    return database.removesuffix("_service").replace("_", "-")


def _home(factory: pytest.TempPathFactory) -> Path:
    """A home of its own; engines and templates are made once for all of a process."""
    made = factory.mktemp("proof")
    (made / "pg").mkdir()
    for name in ("engines", "templates"):
        shared = factory.getbasetemp() / "postgres" / name
        shared.mkdir(parents=True, exist_ok=True)
        (made / "pg" / name).symlink_to(shared)
    return made
