"""`python -m tenancy apply`: 0 when the server is as the plan says, 1 when it refuses or differs, 2 for wrong input.

What was done goes to standard output, a line a database; faults go to standard error, a line each.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from tenancy.faults import JobError
from tenancy.inputs import REQUIRED, read_inputs
from tenancy.limits import Limits


def main(arguments: Sequence[str], environment: Mapping[str, str], limits: Limits) -> int:
    """Run the command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tenancy", description=f"Reads {', '.join(REQUIRED)}.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("apply", help="bring the server's databases, roles and rights to the plan, and check them")
    parser.parse_args(arguments)
    try:
        inputs = read_inputs(environment)
        from tenancy.job import Job  # noqa: PLC0415 - wrong input is told without the second that Azure's SDK takes

        Job(inputs, limits, _say).run()
    except JobError as error:
        for fault in error.faults:
            print(f"fault {fault}", file=sys.stderr, flush=True)  # noqa: T201
        return error.exit_code
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, Limits()))
