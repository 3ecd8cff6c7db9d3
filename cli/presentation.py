"""What a person reads after a run: how each deployment ended, where things are, what was kept, what to type next."""

import textwrap
from itertools import groupby
from typing import Final, cast

from rich.text import Text

from cidr import ACCOUNT
from cli import drift
from cli.documents import CostDocument, Run
from cli.outcomes import Outcomes
from cli.screen import Screen
from cli.wording import READS, counted, duration, name_of

_LABEL_WIDTH: Final = 12
_NAMES_WIDTH: Final = 90
_RESULT_STYLE: Final = {"succeeded": "bold green", "failed": "bold red", "canceled": "bold yellow"}
_TOLD_AT_LENGTH: Final = 2
"""Deployments of one command of which all is told: a regional and its global."""
_AT_LENGTH: Final = frozenset({"services", "databases", "stores", "placeholder", "on azure", "receipt"})
_OF_A_CHECK: Final = frozenset({"error", "log"})
_NOUNS: Final = {"preview": "preview", "up": "up", "refresh": "refresh", "destroy": "down"}


def show(screen: Screen, command: str, outcomes: Outcomes) -> None:
    """Write the summary of all runs of a command, in short where they are many; nothing with --json."""
    for run in outcomes.told:
        screen.result("")
        screen.result(_heading(run, command))
        for label, lines in _sections(run, brief=len(outcomes.plan.names) > _TOLD_AT_LENGTH):
            if command == drift.CHECK and label not in _OF_A_CHECK:
                continue
            for index, line in enumerate(lines):
                screen.result(_labelled(label if index == 0 else "", line))
    following = next_commands(command, outcomes)
    if following:
        screen.result("")
        for index, line in enumerate(following):
            screen.result(_labelled("next" if index == 0 else "", line, style="bold cyan"))


def _heading(run: Run, command: str) -> Text:
    text = Text()
    if command == drift.CHECK and run.result == "succeeded":
        text.append(f"{run.deployment}  ", style="bold")
        return text.append(drift.told(run), style="bold yellow" if drift.drifted(run) else "bold green")
    text.append(run.deployment, style="bold")
    text.append(f"  {_NOUNS[run.operation]} {run.result}", style=_RESULT_STYLE[run.result])
    text.append(f" in {duration(run.seconds)}: {counted(run.changes, planned=run.operation == 'preview')}")
    return text


def _sections(run: Run, *, brief: bool) -> list[tuple[str, list[str]]]:
    """Labels with their lines; a label without lines is left out, and a preview has nothing to tell but its diff.

    brief: without what `outputs` tells of each.
    """
    if run.operation == "preview" and run.result == "succeeded":
        return [("price", _price(run))] if run.cost else []
    sections = [
        ("entry", _entry(run)),
        ("services", _services(run)),
        ("databases", _databases(run)),
        ("stores", _stores(run)),
        ("price", _price(run)),
        ("placeholder", _placeholders(run)),
        ("kept", [f"{kept.name} ({kept.type}): {kept.why}" for kept in run.kept]),
        ("on azure", _azure_time(run)),
        ("receipt", [run.receipt] if run.receipt else []),
        ("error", _errors(run)),
        ("log", [run.log] if run.result != "succeeded" else []),
    ]
    return [(label, lines) for label, lines in sections if lines and not (brief and label in _AT_LENGTH)]


def _price(run: Run) -> list[str]:
    return price_lines(run.cost, planned=run.operation == "preview") if run.cost else []


def price_lines(cost: CostDocument, *, planned: bool) -> list[str]:
    """What a month costs, against what stands (planned) or stood before, against the budget, and what has no price."""
    change = ""
    if cost.difference is not None:
        sign = "" if cost.difference.startswith("-") else "+"
        change = f", {sign}{cost.difference} against {'what stands' if planned else 'before'}"
    lines = [f"{cost.expected} {cost.currency} a month expected ({cost.low} to {cost.high} by use){change}"]
    if cost.budget is not None:
        approved = f"; approved up to {cost.approved} (finance/shortfalls.yaml)" if cost.over and cost.approved else ""
        over = "over budget: " if cost.over else ""
        lines.append(f"{over}{cost.share} % of the budget of {cost.budget}{approved}")
    if cost.expires is not None:
        lines.append(f"{cost.until_then} {cost.currency} from now until it expires at {cost.expires}")
    if cost.unpriced:
        lines.append(f"{cost.unpriced} without a price, in no figure: ./cfctl cost estimate lists them")
    return lines


def _errors(run: Run) -> list[str]:
    """The first line of each error, once more: on the way it may have scrolled off."""
    errors = [message for message in run.messages if message.severity == "error"]
    named = (f"{name_of(error.urn)}: " if error.urn else "" for error in errors)
    return [f"{name}{error.message.strip().splitlines()[0]}" for name, error in zip(named, errors, strict=True)]


def _entry(run: Run) -> list[str]:
    """The one address for everybody outside, of a global deployment."""
    url = run.outputs.get("gatewayUrl")
    if run.operation != "up" or not isinstance(url, str):
        return []
    return [
        f"{url}  {'behind Front Door' if run.deployment.endswith('-prod') else 'for the addresses of its allow list'}"
    ]


def _services(run: Run) -> list[str]:
    width = max(map(len, run.endpoints), default=0)
    return [f"{name:<{width}}  {url}" for name, url in run.endpoints.items()]


def _stores(run: Run) -> list[str]:
    """Where the deployment keeps what is no row of a database; all of it inside the network."""
    if run.operation != "up" or run.result != "succeeded":
        return []
    hubs = run.outputs.get("hubs")
    count = len(cast("list[object]", hubs)) if isinstance(hubs, list) else 0
    rows = (("redisHost", "Redis"), ("blobEndpoint", "blobs"), ("kafkaBootstrap", f"{count} hubs (Kafka)"))
    return [f"{run.outputs[key]}  {what}" for key, what in rows if isinstance(run.outputs.get(key), str)]


def _databases(run: Run) -> list[str]:
    """A line with where each server really answers, and its databases below."""
    lines: list[str] = []
    for at, databases in groupby(run.databases, key=lambda it: f"{it.server}, here PostgreSQL at {it.host}:{it.port}"):
        names = ", ".join(database.name for database in databases)
        lines += [at, *textwrap.wrap(names, _NAMES_WIDTH, initial_indent="  ", subsequent_indent="  ")]
    return [*lines, *([run.isolation] if lines and run.isolation else [])]


def _placeholders(run: Run) -> list[str]:
    services = run.outputs.get("placeholders")
    if run.operation != "up" or not isinstance(services, list) or not services:
        return []
    named = ", ".join(str(name) for name in cast("list[object]", services))
    return textwrap.wrap(f"{named}: no image of its own yet (images/releases/), a public sample runs", _NAMES_WIDTH)


def _azure_time(run: Run) -> list[str]:
    if run.azure_seconds is None or not run.azure_seconds.sum:
        return []
    longest, total = run.azure_seconds.critical_path, run.azure_seconds.sum
    chain = "the longest chain of operations that wait for each other"
    return [f"about {duration(longest)}: {chain} (one after another {duration(total)})"]


def next_commands(command: str, outcomes: Outcomes) -> list[str]:
    """What makes sense now, as typed."""
    runs = outcomes.told
    if not runs:
        return []
    if outcomes.unfinished:
        return [f"./cfctl {command} {' '.join(outcomes.unfinished)}", "./cfctl doctor"]
    # Where each waited for the one before: a regional brings its global along, the last to go up, the first to go down.
    alone = outcomes.plan.is_chain
    chosen = runs if not alone else [runs[0] if command == "down" else runs[-1]]
    names = " ".join(run.deployment for run in chosen)
    look = f"./cfctl outputs {names}" if alone else "./cfctl list"
    following = {
        "up": [look, f"./cfctl preview {names}", *(_ways_down(names) if alone else [])],
        "preview": [f"./cfctl up {names}"] if any(map(_changes, chosen)) else [look],
        "refresh": [f"./cfctl preview {names}"],
        drift.CHECK: drift.next_commands(chosen),
        "down": ["./cfctl list", f"./cfctl up {names}"],
    }
    return following[command]


def _ways_down(name: str) -> list[str]:
    return [] if name == ACCOUNT else [f"./cfctl down {name}"]


def _changes(run: Run) -> bool:
    return any(count for op, count in run.changes.items() if op not in READS and op != "same")


def _labelled(label: str, line: str, style: str = "") -> Text:
    text = Text("  ")
    text.append(f"{label:<{_LABEL_WIDTH}}", style="dim")
    text.append(line, style=style)
    return text
