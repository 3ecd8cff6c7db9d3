"""A data command that is killed at any step leaves each database as it was or done, and the same command finishes."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tenancy.data.certificate import read_certificate
from tenancy.data.exporting import export
from tenancy.data.manifest import exports
from tenancy.data.seed import seed
from tests.tenancy.bench import JOB
from tests.tenancy.data.killed import Steps, run
from tests.tenancy.data.sides import ACME, DATABASES, Side

_ROOT = Path(__file__).parents[3]
_HELD = {
    "user_service": "SELECT (SELECT count(*) FROM app.users), (SELECT count(*) FROM app.user_roles), "
    "(SELECT count(*) FROM tenancy.tenants WHERE status = 'active')",
    "form_service": "SELECT (SELECT count(*) FROM app.forms), (SELECT count(*) FROM app.form_assignments), "
    "(SELECT count(*) FROM tenancy.tenants WHERE status = 'active')",
}
_WHOLE = {"user_service": (6, 6, 1), "form_service": (5, 3, 1)}
# How far a run gets before it is killed, in parts of all its steps.
_POINTS = pytest.mark.parametrize(
    "points",
    [
        pytest.param((0.4, 0.9), id="twice"),
        pytest.param((0.02, 0.2, 0.35, 0.6, 0.8, 0.97), marks=pytest.mark.slow, id="often"),
    ],
)


@pytest.fixture
def seeded(sides) -> Side:
    side = sides(names=DATABASES)
    seed(side.connect, side.databases)
    return side


def _asked(side: Side, store, command: str, name: str) -> dict[str, Any]:
    there = {"host": side.bench.endpoint.host, "port": side.bench.endpoint.port}
    return {
        "command": command,
        "name": name,
        "tenant": str(ACME),
        "names": DATABASES,
        "store": str(store.root),
        "suffix": side.suffix,
        "server": {**there, "user": JOB, "password": side.bench.token(JOB)},
    }


def _steps(asked: dict[str, Any]) -> int:
    """How many steps the whole command takes; it is carried out."""
    steps = Steps(-1)
    run(asked, steps)
    return steps.taken


def _kill(asked: dict[str, Any], last: int) -> None:
    command = [sys.executable, "-m", "tests.tenancy.data.killed"]
    done = subprocess.run(
        command, input=json.dumps({**asked, "last": last}), text=True, cwd=_ROOT, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def _held(side: Side) -> dict[str, tuple[int, ...]]:
    return {name: side.rows(query, database=name)[0] for name, query in _HELD.items()}


@_POINTS
def test_a_killed_export_is_none_and_the_same_command_makes_it(seeded, sides, store, points) -> None:
    """Without a manifest nothing counts; what the killed runs left behind is in nobody's way."""
    total = _steps(_asked(seeded, store, "export", "counted"))
    for point in points:
        _kill(_asked(seeded, store, "export", "again"), max(1, int(total * point)))
        assert exports(store) == ["counted"]
    assert _steps(_asked(seeded, store, "export", "again")) == total
    target = sides(names=DATABASES)
    _steps(_asked(target, store, "import", "again"))
    assert _held(target) == _WHOLE


@_POINTS
def test_a_killed_import_leaves_whole_databases_and_the_same_command_finishes(seeded, sides, store, points) -> None:
    """Each database is as it was or done, whatever the step; nothing is there twice in the end."""
    export(seeded.connect, seeded.databases, store, name="whole")
    total = _steps(_asked(sides(names=DATABASES), store, "import", "whole"))
    seen = set[bool]()
    for point in points:
        target = sides(names=DATABASES)
        _kill(_asked(target, store, "import", "whole"), max(1, int(total * point)))
        for name, rows in _held(target).items():
            assert rows in {(0, 0, 0), _WHOLE[name]}
            seen.add(rows == _WHOLE[name])
        _steps(_asked(target, store, "import", "whole"))
        assert _held(target) == _WHOLE
    assert seen == {True, False}


@_POINTS
def test_a_killed_erasure_leaves_whole_databases_and_the_same_command_finishes(seeded, sides, store, points) -> None:
    """The certificate is there in the end alone, with the counts of databases that an earlier run erased."""
    export(seeded.connect, seeded.databases, store, name="whole")
    seen = set[bool]()
    total = 0
    for point in (None, *points):
        side = sides(names=DATABASES)
        _steps(_asked(side, store, "import", "whole"))
        asked = _asked(side, store, "erase", "whole")
        if point is None:  # how many steps there are
            total = _steps(asked)
        else:
            _kill(asked, max(1, int(total * point)))
            assert read_certificate(store, ACME) is None
            for name, rows in _held(side).items():
                assert rows in {(0, 0, 0), _WHOLE[name]}
                seen.add(rows == _WHOLE[name])
            _steps(asked)
        assert _held(side) == dict.fromkeys(DATABASES, (0, 0, 0))
        certificate = read_certificate(store, ACME)
        assert certificate
        assert set(certificate.databases) == set(DATABASES)
        assert all(sum(of.before.values()) > 0 == sum(of.after.values()) for of in certificate.databases.values())
        (store.root / f"certificates/{ACME}.json").unlink()
    assert seen == {True, False}
