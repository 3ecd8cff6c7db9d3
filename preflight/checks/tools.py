"""What has to be on this machine."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from cidr import Fault
from preflight.asking import Answer
from preflight.model import ANY, Check, Fine, Subject, Verdict

LOWEST_CLI: Final = (3, 260, 0)
"""The CLI that the program and its SDK were tried with; an older one knows less of the protocol than the SDK."""
_INSTALL: Final = "https://www.pulumi.com/docs/install/"


def _cli(subject: Subject, _: Mapping[str, Answer]) -> Iterator[Verdict]:
    lowest = ".".join(map(str, LOWEST_CLI))
    allowed = f"pulumi {lowest} or later on PATH"
    if subject.cli is None:
        yield Fault(
            where="PATH",
            what="the Pulumi CLI is not there: nothing else deploys to Azure",
            allowed=allowed,
            next_step=f"install it as {_INSTALL} says, then run the same command again",
        )
        return
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", subject.cli.version)
    if found is None:
        what = f"{subject.cli.path} does not tell its version ({subject.cli.version or 'no answer'})"
        yield Fault(where=subject.cli.path, what=what, allowed=allowed, next_step=f"install it anew: {_INSTALL}")
    elif tuple(map(int, found.groups())) < LOWEST_CLI:
        yield Fault(
            where=subject.cli.path,
            what=f"pulumi {found[0]} is older than {lowest}, with which the SDK was tried",
            allowed=allowed,
            next_step=f"install a newer one as {_INSTALL} says, then run the same command again",
        )
    else:
        yield Fine(f"pulumi {found[0]} at {subject.cli.path}")


TOOLS: Final = (Check(name="Pulumi CLI", asks=lambda _: {}, judge=_cli, commands=ANY),)
