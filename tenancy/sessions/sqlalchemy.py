"""SQLAlchemy sessions of one tenant for life: whatever a service does in them is that tenant's.

Bound when a transaction begins on a connection, not when something is executed: so flush, lazy load, get, a raw
connection and what comes after a commit are bound too.
https://docs.sqlalchemy.org/en/21/orm/events.html#sqlalchemy.orm.SessionEvents.after_begin
"""

import re
from typing import Any, Final

from sqlalchemy import Connection, TextClause, event, text
from sqlalchemy.orm import Session, SessionTransaction

from tenancy.sessions import binding
from tenancy.sessions.binding import BindingError
from tenancy.sessions.caller import Caller


class TenantSession(Session):
    """A session of one caller: `TenantSession(engine, caller=caller)`; else as SQLAlchemy's own.

    The caller never changes: what was loaded for one tenant could be handed out, without any SQL, to another. Raises
    BindingError for an engine that commits each statement by itself, where a binding would end before it is used.
    """

    def __init__(self, *arguments: Any, caller: Caller, **options: Any) -> None:
        if options.get("twophase"):
            raise BindingError("a tenant's session has no two-phase transactions: they outlive their connection")
        super().__init__(*arguments, **options)
        self.__caller = caller

    @property
    def caller(self) -> Caller:
        """Who this session works for, and for which tenant."""
        return self.__caller


def _bound(statement: str) -> TextClause:
    return text(re.sub(r"%\((\w+)\)s", r":\1", statement))


_STATEMENTS: Final = {statement: _bound(statement) for statement in (binding.PLAIN, binding.SIGNED)}


@event.listens_for(TenantSession, "after_begin")
def _bind(session: TenantSession, transaction: SessionTransaction, connection: Connection) -> None:
    """Not at savepoints: the binding stands already, and rolling back to one leaves it as it was."""
    if transaction.nested:
        return
    driver = connection.connection.dbapi_connection
    if driver is None or connection.dialect.detect_autocommit_setting(driver):
        raise BindingError("a tenant's session needs transactions: take AUTOCOMMIT off the engine or the connection")
    caller = session.caller
    bound = connection.execute(_STATEMENTS[binding.statement(caller)], binding.values(caller))
    binding.require(caller, bound.scalar())
