"""What production asks for before it is taken down: one deployment by its name, a reason, and the name typed again."""

from collections.abc import Sequence

from cidr import DeploymentName, Fault, FaultsError
from cli.databases.guards import Consent, require_consent
from cli.failures import RefusedError
from cli.orders import Order
from cli.screen import Screen

OPTION = "--break-glass"


def admit(screen: Screen, order: Order, names: Sequence[DeploymentName]) -> None:
    """Return where these may be taken down: dev and stg always, one of prod where its glass was broken.

    Raises RefusedError for production without a reason or its name typed, or beside others; FaultsError for a glass
    that nobody needs broken, and for one with --without-export: what is lost of production is lost.
    """
    persistent = [name for name in names if not name.environment.ephemeral]
    if not persistent:
        if order.break_glass:
            what = f"{_listed(names)} may be taken down without it"
            raise FaultsError(
                [Fault(where=OPTION, what=what, allowed="deployments of prod", next_step=f"leave {OPTION} out")]
            )
        return
    if not order.break_glass.strip():
        raise RefusedError(_refused(persistent, names))
    if len(names) > 1:
        raise RefusedError(
            Fault(
                where=OPTION,
                what=f"{_listed(names)} are {len(names)}: the glass is broken for one deployment at a time",
                allowed="one deployment of prod, by its name",
                next_step=f'./cfctl down {persistent[0]} {OPTION} "{order.break_glass}"',
            )
        )
    if order.reason:
        raise FaultsError(
            [
                Fault(
                    where="--without-export",
                    what="the data of production is never given up",
                    allowed=f"{OPTION} alone: its data is exported and verified first",
                    next_step=f'./cfctl down {persistent[0]} {OPTION} "{order.break_glass}"',
                )
            ]
        )
    require_consent(screen, persistent[0], "taking production down", Consent(yes=order.yes, confirm=order.confirm))


def _refused(persistent: Sequence[DeploymentName], names: Sequence[DeploymentName]) -> Fault:
    others = [str(name) for name in names if name not in persistent]
    return Fault(
        where=_listed(persistent),
        what=f"{_listed(persistent)} {'is' if len(persistent) == 1 else 'are'} production: never taken down like this",
        allowed=f'deployments of dev and stg; one of prod with {OPTION} "REASON" and its name typed',
        next_step=f"./cfctl down {' '.join(others)}"
        if others
        else f"./cfctl preview {persistent[0]} shows how it stands",
    )


def _listed(names: Sequence[object]) -> str:
    words = [str(name) for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
