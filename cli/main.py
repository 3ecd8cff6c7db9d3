"""The `cfctl` commands. Each one only reads its options here; what it does is imported when it is called, so that
`list`, `doctor` and `--help` pay for nothing else (Pulumi's SDK least of all). `--json` and `--no-color` are read by
`run` already, so that they hold where a command line is refused too; commands name them for `--help`.
"""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_command

from cli.apps import apps_app
from cli.beginning import init_app
from cli.budgeting import budgeting_app
from cli.costing import cost_app
from cli.data_commands import db_app, tenant_app
from cli.deploying import deploying_app
from cli.exit_codes import ExitCode
from cli.expiring import expiring_app
from cli.growing import growing_app
from cli.looking import looking_app
from cli.options import (
    PROJECT,
    AsJson,
    Deployment,
    Deployments,
    Environments,
    Everything,
    Home,
    NoColor,
)
from cli.returning import returning_app
from cli.screen import Screen
from cli.sleeping import sleeping_app
from cli.stating import state_app

if TYPE_CHECKING:
    from sandbox.home import SandboxHome

app = typer.Typer(
    name="cfctl",
    help="Deploys the ComplianceFlow platform, here into a sandbox on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(deploying_app)
app.add_typer(returning_app)
app.add_typer(expiring_app)
app.add_typer(state_app)
app.add_typer(init_app)
app.add_typer(looking_app)
app.add_typer(growing_app)
app.add_typer(db_app)
app.add_typer(tenant_app)
app.add_typer(cost_app)
app.add_typer(budgeting_app)
app.add_typer(apps_app)
app.add_typer(sleeping_app)
_OF_TWO_WORDS = ("state", "init", "deployment", "cidr", "names", "plan", "db", "tenant", "cost", "app", "budget")


@app.command()
def preflight(
    context: typer.Context,
    deployments: Deployments = None,
    env: Environments = None,
    everything: Everything = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Ask Azure and the registries what would stop these deployments there, all of it together; change nothing."""
    from cli import preflight_command
    from cli.orders import Words

    words = Words(tuple(deployments or ()), tuple(env or ()), everything)
    context.exit(preflight_command.preflight(_screen(context), PROJECT, words))


@app.command()
def outputs(
    context: typer.Context,
    deployment: Deployment,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Show secret outputs in clear.")] = False,
) -> None:
    """Show what a deployment exports."""
    from cli import state_commands

    screen = _screen(context)
    context.exit(state_commands.outputs(screen, _home(home), deployment, show_secrets=show_secrets))


@app.command(name="list")
def list_(
    context: typer.Context,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """List every deployment of the platform and what of it is up in this sandbox."""
    from cli import inventory

    context.exit(inventory.show(_screen(context), _home(home), PROJECT))


@app.command()
def doctor(
    context: typer.Context,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Examine this machine: Python, packages, PostgreSQL, disk, state, locks, data."""
    from cli.doctor import doctor as examine
    from cli.doctor_checks import Machine

    context.exit(examine(_screen(context), Machine(PROJECT, _home(home))))


@app.command(name="test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run_tests(context: typer.Context, as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Run the tests; every further argument goes to pytest (./cfctl test -k lock tests/sandbox)."""
    from cli import toolbox

    context.exit(toolbox.test(_screen(context), PROJECT, context.args))


@app.command()
def check(context: typer.Context, as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Check everything static: format, lint, types, import contracts. All run, also after one has failed."""
    from cli import toolbox

    context.exit(toolbox.check(_screen(context), PROJECT))


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: Path | None) -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status (see cli.exit_codes); nothing but SystemExit ever leaves it."""
    # Looked for by hand: they must hold also when the rest of the command line cannot be read.
    ours = list(arguments[: arguments.index("--")]) if "--" in arguments else list(arguments)
    screen = Screen.open(as_json="--json" in ours, no_color="--no-color" in ours)
    command = " ".join(
        [word for word in ours if not word.startswith("-")][: 2 if ours[:1] and ours[0] in _OF_TWO_WORDS else 1]
    )
    try:
        status = get_command(app)(args=list(arguments), prog_name="./cfctl", standalone_mode=False, obj=screen)
    except SystemExit as error:  # typer's, when nobody reads what is written any more (a closed pipe)
        return error.code if isinstance(error.code, int) else ExitCode.FAILED
    except BaseException as error:  # noqa: BLE001 - whatever it is, the user gets a line, not a traceback
        from cli import documents, failures

        failure = failures.failure_of(error, _logs(ours))
        failures.show(screen, failure)
        if not screen.json_written:
            screen.document(documents.document(command, failure.code, failure.faults))
        return failure.code
    return status if isinstance(status, int) else ExitCode.OK


def _logs(arguments: Sequence[str]) -> Path:
    """Where the log of a fault of ours goes: the home of the command line, as far as it can be read."""
    given = [Path(word) for option, word in pairwise(arguments) if option == "--home"]
    return _home(given[-1] if given else None).logs


def main() -> None:
    """Entry point of `python -m cli`."""
    sys.exit(run(sys.argv[1:]))
