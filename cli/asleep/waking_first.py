"""What sleeps is woken before it is changed or taken down: neither can be done to half of it."""

from collections.abc import Callable

from cli.asleep.computer import ArmComputer
from cli.asleep.who import asleep_in
from cli.databases.hosts import JobHost, open_host
from lifecycle.nights.sleeping import is_asleep, started
from sandbox.home import SandboxHome
from stacks import Settings


def wake_first(home: SandboxHome, settings: Settings, say: Callable[[str], None], *, going_down: bool) -> None:
    """Wake a deployment of the sandbox that is asleep, and say so. Raises StepError where it cannot be woken.

    going_down: its databases are all that is wanted of it, for the export.
    """
    if str(settings.deployment) not in asleep_in(home):
        return
    with open_host(home, settings, ()) as host:
        wake(host, say, going_down=going_down)


def wake(host: JobHost, say: Callable[[str], None], *, going_down: bool) -> None:
    """The same of a deployment anywhere; one that is awake is left as it is, without a word."""
    computer = ArmComputer(host)
    if not is_asleep(computer.things()):
        return
    say("it is asleep: waking it first" + (", its databases alone" if going_down else ""))
    started(computer, "server")
    if not going_down:
        started(computer, "service")
