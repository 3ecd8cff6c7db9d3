"""The mode of one database brought to its plan: what `apply` calls once tables and rights are there."""

from collections.abc import Collection

from tenancy.assurance import ddl, keys
from tenancy.assurance.tokens import VARIABLE, SigningKey
from tenancy.faults import Fault, RefusedError
from tenancy.work import Work


def converge(work: Work, database: str, *, signed: bool, known: Collection[SigningKey]) -> None:
    """Switch the signed context on or off in the database that `work` is connected to, and bring its keys.

    database: its name in the plan. Raises RefusedError for a mode without keys, in which no tenant could be entered.
    """
    if signed and not known:
        fault = Fault(
            where=work.where,
            what=f"signed_context is on and {VARIABLE} has no key",
            allowed="at least one key, which whoever issues tokens has too",
            next_step=f"give the job the secret {VARIABLE}, or switch signed_context off; then start the job again",
        )
        raise RefusedError([fault])
    ddl.converge(work, database, signed=signed)
    if signed:
        keys.converge(work, known)
