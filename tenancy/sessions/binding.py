"""The statement that a transaction begins with: tenant and actor bound for this transaction alone, in one round trip.

The third argument of set_config is `true`: the setting ends with the transaction, so that the next one on the same
connection (of a pool, of PgBouncer) finds nothing. This module is the only one that sets `app.*`; `lint` holds that.
https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SET
"""

from collections.abc import Mapping
from typing import Final, LiteralString

from tenancy.sessions.caller import Caller

# Parameters as psycopg names them; SQLAlchemy's `text` has :name, which `sqlalchemy` makes of these.
PLAIN: Final[LiteralString] = (
    "SELECT set_config('app.tenant_id', %(tenant_id)s, true), set_config('app.actor_id', %(actor_id)s, true), "
    "set_config('app.actor_name', %(actor_name)s, true)"
)
# In high-assurance mode the database takes tenant and actor out of the token itself, and says whose it was.
SIGNED: Final[LiteralString] = "SELECT tenancy.enter(%(context)s)::text"


class BindingError(Exception):
    """A session cannot be bound as it was asked to be; nothing was read or written."""


def statement(caller: Caller) -> LiteralString:
    """What binds a transaction to this caller."""
    return SIGNED if caller.context else PLAIN


def values(caller: Caller) -> Mapping[str, str]:
    """The parameters of `statement`; never part of the text, so that neither logs nor other sessions show them."""
    if caller.context:
        return {"context": caller.context}
    return {"tenant_id": str(caller.tenant_id), "actor_id": caller.actor_id, "actor_name": caller.actor_name}


def require(caller: Caller, answer: object) -> None:
    """Raise BindingError when the database entered another tenant than the caller's."""
    if caller.context and str(answer) != str(caller.tenant_id):
        raise BindingError("the signed context is another tenant's than the verified token's")
