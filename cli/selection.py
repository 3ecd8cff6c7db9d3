"""Which deployments a command line means: names, patterns, `--env`, `--all`, `--all-ephemeral`.

All but names mean deployments that have a stack file; a name may be any of the map, as ever.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from cidr import ACCOUNT, Environment, Fault, FaultsError
from cidr.faults import nearest
from cli.orders import Words, is_pattern
from stacks import known_deployments, stack_file, up_order


def selected(words: Words, command: str, project: Path) -> tuple[str, ...]:
    """The names that are meant, each once. Raises FaultsError with all that means nothing."""
    there = [name for name in known_deployments() if stack_file(str(name), project).is_file()]
    with_file = [str(name) for name in there]
    found = list(with_file) if words.everything else []
    found += [str(name) for name in there if words.ephemeral and name.environment.ephemeral]
    faults: list[Fault] = []
    for environment in words.environments:
        if environment in list(Environment):
            found += (str(name) for name in there if name.environment == environment)
        else:
            faults.append(_no_environment(environment))
    for word in words.deployments:
        if is_pattern(word):
            matching = [name for name in with_file if fnmatchcase(name, word)]
            found += matching
            faults += [] if matching else [_no_match(command, word, with_file)]
        else:
            found.append(word)
            faults += [] if word == ACCOUNT else _faults_of(word)
    if faults:
        raise FaultsError(faults)
    if not found:
        raise FaultsError([_nothing(words, command)])
    return tuple(dict.fromkeys(found))


def _faults_of(word: str) -> tuple[Fault, ...]:
    try:
        up_order([word])
    except FaultsError as error:
        return error.faults
    return ()


def _no_match(command: str, pattern: str, known: Sequence[str]) -> Fault:
    near = nearest(pattern.strip("*"), known)
    return Fault(
        where="DEPLOYMENT",
        what=f"no deployment with a stack file matches {pattern!r}",
        allowed=", ".join(known) or "none has a stack file",
        next_step=f"./cfctl {command} {near}" if near else "./cfctl list shows every deployment",
    )


def _no_environment(given: str) -> Fault:
    near = nearest(given, list(Environment))
    return Fault(
        where="--env",
        what=f"{given!r} is no environment",
        allowed=", ".join(Environment),
        next_step=f"write --env {near}" if near else "write one of these",
    )


def _nothing(words: Words, command: str) -> Fault:
    asked = bool(words.environments or words.everything or words.ephemeral)
    return Fault(
        where="command line",
        what="no deployment that is meant has a stack file" if asked else "no deployment is named",
        allowed="names (westeu-dev-1), quoted patterns ('westeu-*'), --env dev, --all, --all-ephemeral",
        next_step="./cfctl list shows every deployment" if asked else f"./cfctl {command} westeu-dev-1",
    )
