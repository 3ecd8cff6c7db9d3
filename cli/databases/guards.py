"""What must be typed, and what is refused, before data of a persistent deployment is changed."""

import sys
from dataclasses import dataclass, replace

from cidr import DeploymentName, Fault
from cli.failures import RefusedError
from cli.screen import Screen


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What a person gave on the command line: --yes, and --confirm with the deployment's name."""

    yes: bool = False
    confirm: str = ""


def require_consent(screen: Screen, name: DeploymentName, what: str, consent: Consent) -> None:
    """Return where the person means it: --yes in dev and stg, --confirm NAME anywhere, or the name typed.

    what: what is about to be done, for people. Raises RefusedError.
    """
    if consent.confirm == str(name):
        return
    refusal = Fault(
        where=str(name),
        what=f"{what} asks for confirmation, and nobody is at the terminal",
        allowed=f"{name} typed as it stands, --confirm {name}" + (", or --yes" if name.environment.ephemeral else ""),
        next_step=f"the same command with {'--yes' if name.environment.ephemeral else f'--confirm {name}'}",
    )
    if consent.confirm:
        raise RefusedError(replace(refusal, where="--confirm", what=f"{consent.confirm!r} is not {name}"))
    if consent.yes and name.environment.ephemeral:
        return
    if consent.yes:
        raise RefusedError(
            replace(refusal, where="--yes", what=f"{name} is production: --yes is not enough for {what}")
        )
    if not sys.stdin.isatty():
        raise RefusedError(refusal)
    screen.say(f"{name}: {what}", style="bold yellow")
    screen.err.print(f"Type {name} to go on: ", style="bold", end="")
    if sys.stdin.readline().strip() != str(name):
        raise RefusedError(replace(refusal, what="not confirmed, nothing was changed"))


def require_ephemeral(name: DeploymentName, what: str) -> None:
    """Raise RefusedError for what is never done in production."""
    if name.environment.ephemeral:
        return
    raise RefusedError(
        Fault(
            where=str(name),
            what=f"{name} is production: {what}",
            allowed="deployments of dev and stg",
            next_step=f"./cfctl tenant add {name} lets a tenant in",
        )
    )
