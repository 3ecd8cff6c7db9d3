"""The asynchronous session of one tenant, on psycopg or asyncpg: inside it is a `TenantSession`, bound the same way."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from tenancy.sessions.caller import Caller
from tenancy.sessions.sqlalchemy import TenantSession


class AsyncTenantSession(AsyncSession):
    """A session of one caller: `AsyncTenantSession(engine, caller=caller)`; else as SQLAlchemy's own.

    What was loaded stays readable after a commit (`expire_on_commit` is off unless asked for): reading it again would
    be input and output where no `await` stands.
    https://docs.sqlalchemy.org/en/21/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession
    """

    sync_session_class = TenantSession

    def __init__(self, *arguments: Any, caller: Caller, **options: Any) -> None:
        super().__init__(*arguments, **{"expire_on_commit": False, **options}, caller=caller)
        self.__caller = caller

    @property
    def caller(self) -> Caller:
        """Who this session works for, and for which tenant."""
        return self.__caller
