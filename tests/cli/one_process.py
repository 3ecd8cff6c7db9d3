"""Many commands of a copy of the project in one process: the same entrance, one interpreter for all of them."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from tests.cli.conftest import Ended

_RUN = """
import contextlib, io, json, sys
from cli.main import run

ended = []
for arguments in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run(arguments)
    ended.append([int(status), out.getvalue(), err.getvalue()])
json.dump(ended, sys.stdout)
"""


def run_all(cfctl: Any, *commands: Sequence[str]) -> list[Ended]:
    """Each command's end, in their order."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", _RUN],
        cwd=cfctl.home.root.parent,
        env=cfctl.environment,
        input=json.dumps([list(command) for command in commands]),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "Traceback (most recent call last)" not in done.stdout + done.stderr
    return [Ended(*ended) for ended in json.loads(done.stdout)]
