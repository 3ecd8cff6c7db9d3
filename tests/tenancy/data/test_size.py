"""A tenant of 100,000 rows: exported, imported and erased in the memory that a small one takes."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import pytest

from tenancy.data.seed import seed
from tests.tenancy.bench import JOB
from tests.tenancy.data.sides import ACME, Side

_ROOT: Final = Path(__file__).parents[3]
_ROWS: Final = 100_000
# Runs a command as `killed` does, to its end; tells the most memory that it had, in KiB. Not getrusage: its figure
# begins with that of the process that started this one. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
_CHILD: Final = (
    "import json, pathlib, sys; from tests.tenancy.data.killed import Steps, run; "
    "run(json.load(sys.stdin), Steps(-1)); "
    "print(pathlib.Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
)
_USERS: Final = (
    "INSERT INTO app.users (organization_id, email, display_name, job_title) "
    "SELECT o.id, 'bulk' || n || '@example.com', 'Person ' || n, repeat(md5(n::text), 4) "
    "FROM app.organizations o, generate_series(1, %s) n WHERE o.name = 'Acme Corp'"
)


def _measured(side: Side, store: Any, command: str, name: str) -> tuple[float, int]:
    """Seconds, and KiB at most."""
    there = {"host": side.bench.endpoint.host, "port": side.bench.endpoint.port}
    asked = {
        "command": command,
        "name": name,
        "tenant": str(ACME),
        "names": side.names,
        "store": str(store.root),
        "suffix": side.suffix,
        "server": {**there, "user": JOB, "password": side.bench.token(JOB)},
    }
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _CHILD], input=json.dumps(asked), text=True, cwd=_ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began, int(done.stdout)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(sides, store) -> None:
    """100,000 users and as many audit rows, against a tenant of a few: less than 24 MiB more, whatever is done."""
    small, large, empty, other = sides(), sides(), sides(), sides()
    seed(small.connect, small.databases)
    seed(large.connect, large.databases)
    with large.service(ACME) as work:
        work.execute("SET LOCAL statement_timeout = 0")
        work.execute(_USERS, [_ROWS])
    for side, target, name in ((small, other, "small"), (large, empty, "large")):
        figures = {
            "export": _measured(side, store, "export", name),
            "import": _measured(target, store, "import", name),
            "erase": _measured(side, store, "erase", name),
        }
        told = (f"{command} {seconds:.1f} s {kib >> 10} MiB" for command, (seconds, kib) in figures.items())
        sys.stderr.write(f"{name}: {', '.join(told)}\n")
        (store.root / f"certificates/{ACME}.json").unlink()
        if name == "small":
            most = {command: kib for command, (_, kib) in figures.items()}
        else:
            assert all(kib - most[command] < 24 * 1024 for command, (_, kib) in figures.items())
    assert empty.rows("SELECT count(*) FROM app.users") == [(_ROWS + 6,)]
    assert large.rows("SELECT count(*) FROM app.users") == [(0,)]
