"""`python -m tenancy COMMAND`: 0 when it is done, 1 when it is refused or the server differs, 2 for wrong input.

What is done goes to standard output, a line a step, and ends with `result {json}`; faults go to standard error, a line
each, and are in the result too (`tenancy.commands`).
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from tenancy.commands import report
from tenancy.faults import Fault, JobError, WrongInputError
from tenancy.inputs import REQUIRED, read_inputs
from tenancy.limits import Limits


class _Parser(argparse.ArgumentParser):
    """A command line that cannot be read is told as every other fault."""

    def error(self, message: str) -> NoReturn:
        """Raise WrongInputError."""
        step = f"{self.prog} --help shows what it takes"
        raise WrongInputError([Fault(where="arguments", what=message, allowed=self.format_usage(), next_step=step)])


def main(arguments: Sequence[str], environment: Mapping[str, str], limits: Limits) -> int:
    """Run a command; gives the exit code."""
    command = arguments[0] if arguments else ""
    try:
        inputs = None if _asks_for_help(arguments) else read_inputs(environment)
        from tenancy.commands import session, table  # noqa: PLC0415 - wrong input is told without Azure's SDK's second

        parser = _Parser(prog="python -m tenancy", description=f"Reads {', '.join(REQUIRED)}.")
        commands = parser.add_subparsers(dest="command", required=True)
        for name, row in table.COMMANDS.items():
            row.options(commands.add_parser(name, help=row.about))
        options = parser.parse_args(arguments)
        if inputs is None:
            return 0
        with session.opened(inputs, limits, environment, report.say) as opened:
            result = table.COMMANDS[options.command].run(opened, options)
    except JobError as error:
        report.fail(command, error.exit_code, error.faults)
        return error.exit_code
    report.tell(command, result)
    return 0


def _asks_for_help(arguments: Sequence[str]) -> bool:
    return not {"-h", "--help"}.isdisjoint(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, Limits()))
