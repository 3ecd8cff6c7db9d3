"""How sample rows are written down: by table, each under a key of its own from which its id follows.

The same key gives the same id in every run and every deployment, so that rows of one database can name those of another
(a declaration its user), and a second run finds that everything is there.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_DNS, "seed.complianceflow.example")


@dataclass(frozen=True)
class Id:
    """The id of the row `key` of a table: `users` of the same database, or `user_service.users`."""

    table: str
    key: str


Json = Mapping[str, "Json"] | list["Json"] | str | int | bool | None
Value = Id | UUID | date | datetime | Json
Row = Mapping[str, Value]
# table → key → row. Rows stand after those of the same table that they name.
Tables = Mapping[str, Mapping[str, Row]]


@dataclass(frozen=True, kw_only=True)
class SampleTenant:
    """A tenant of the samples. country: ISO 3166-1 alpha-2. currency: ISO 4217. domain: of its addresses for mail.

    region, environment: of the deployment that serves it.
    """

    slug: str
    name: str
    zone: str
    country: str
    currency: str
    locale: str
    domain: str
    region: str
    environment: str = "dev"

    @property
    def deployment(self) -> str:
        """The deployment that serves it: the first of its region."""
        return f"{self.region}-{self.environment}-1"

    @property
    def id(self) -> UUID:
        """The same in every deployment."""
        return uuid.uuid5(_NAMESPACE, self.slug)


def id_of(owner: str, database: str, named: Id) -> UUID:
    """The id of a row of a tenant (its slug), or of a table that belongs to none (owner "shared")."""
    table = named.table if "." in named.table else f"{database}.{named.table}"
    return uuid.uuid5(_NAMESPACE, f"{owner}/{table}/{named.key}")
