"""Columns: the types that stay fast and safe under row-level security, and the few defaults that they may have."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Type(StrEnum):
    """A type of PostgreSQL whose comparison is leakproof, so that an index on it is used under row-level security.

    Not among them, on purpose: enum and numeric (their operators are not leakproof: 12 and 50 times slower under
    policies; use text with `choices`, and bigint in the smallest unit of a currency). JSON is kept, never searched.
    https://www.postgresql.org/docs/current/rules-privileges.html
    """

    UUID = "uuid"
    TEXT = "text"
    INTEGER = "integer"
    BIGINT = "bigint"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamptz"
    JSON = "jsonb"


NOT_INDEXED: Final = frozenset({Type.JSON})


class Default(StrEnum):
    """What PostgreSQL puts into a column that an insert leaves out."""

    NOW = "now()"
    NEW_ID = "tenancy.new_id()"
    TENANT = "tenancy.current_tenant_id()"
    ACTOR = "tenancy.current_actor_id()"
    TRUE = "true"
    FALSE = "false"
    ZERO = "0"
    ONE = "1"
    EMPTY_OBJECT = "'{}'::jsonb"
    EMPTY_LIST = "'[]'::jsonb"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table.

    choices: the words that a text may be. default: a Default, or one of the choices. personal: names a person or says
    something of one, so that it is blacked out in audit rows when the person's tenant is erased. fixed: never changes
    once written: applications have no right to update it. lower: a text kept in lower case (addresses for mail), which
    makes a plain index find it. about: one line for the reader of the generated page.
    """

    name: str
    type: Type
    nullable: bool = False
    default: Default | str | None = None
    choices: tuple[str, ...] = ()
    personal: bool = False
    fixed: bool = False
    lower: bool = False
    about: str = ""
