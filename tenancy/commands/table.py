"""Every command of the job, one row each."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tenancy.commands import data, people, schema
from tenancy.commands.report import Result
from tenancy.commands.session import Session


def _none(_: ArgumentParser) -> None:
    """No options."""


@dataclass(frozen=True)
class Command:
    """What is done, in a line for `--help`, and the options that it takes."""

    run: Callable[[Session, Namespace], Result]
    options: Callable[[ArgumentParser], None] = _none

    @property
    def about(self) -> str:
        """The line."""
        return (self.run.__doc__ or "").partition("\n")[0].rstrip(".")


COMMANDS: Final[Mapping[str, Command]] = {
    "apply": Command(schema.apply),
    "migrate": Command(schema.migrate_to, schema.migrate_options),
    "gate": Command(schema.check),
    "seed": Command(data.seed),
    "tenants-list": Command(people.list_),
    "tenants-add": Command(people.add, people.add_options),
    "export": Command(data.export, data.export_options),
    "verify": Command(data.verify, data.verify_options),
    "import": Command(data.import_, data.import_options),
    "waiting": Command(data.waiting, data.waiting_options),
    "give-up": Command(data.give_up, data.give_up_options),
    "let-go": Command(data.let_go, data.let_go_options),
    "erase": Command(data.erase, data.erase_options),
    "retention": Command(data.retain),
}
