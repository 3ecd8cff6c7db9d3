"""Whether no query can cross tenants in a database: its catalogs against its model, every breach with its cure.

The families of `checks` are asked one after the other, in the transaction that the caller has begun; all that they read
is open to everybody, but for the rows of `tenancy.tenants` and `tenancy.deployment`. Nothing is changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tenancy.faults import Fault
from tenancy.gate.checks import FAMILIES, Check
from tenancy.gate.contract import Contract
from tenancy.work import Work


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One breach. `key`: the check that found it."""

    key: str
    fault: Fault


def findings(work: Work, contract: Contract) -> Iterator[Finding]:
    """Every breach of the contract in the database that `work` is connected to."""
    with work.connection.transaction(force_rollback=True):
        # PostgreSQL then writes every name with its schema, so that expressions read the same in every session.
        work.connection.execute("SET LOCAL search_path = pg_catalog")
        present = {str(name) for (name,) in work.rows("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'")}
        for family in (it for it in FAMILIES if present.issuperset(it.needs)):
            by_key = {check.key: check for check in family.checks}
            for key, breach in work.connection.execute(family.question, contract.parameters).fetchall():
                yield Finding(key=key, fault=_fault(contract.database, by_key[key], breach))


def _fault(database: str, check: Check, breach: dict[str, Any]) -> Fault:
    words = {name: ", ".join(value) if isinstance(value, list) else str(value) for name, value in breach.items()}
    return Fault(
        where=f"database {database}: {words['object']}",
        what=check.what.format_map(words),
        allowed=check.allowed.format_map(words),
        next_step=check.fix.format_map(words),
    )
