"""Every check of the gate inside a database, a row each, by what they look at; `isolation` asks them all."""

from typing import Final

from tenancy.gate.checks.code import FUNCTIONS, TRIGGERS
from tenancy.gate.checks.keys import INDEXES, REFERENCES
from tenancy.gate.checks.rights import BY_DEFAULT, RIGHTS
from tenancy.gate.checks.row import Check, Family
from tenancy.gate.checks.surroundings import SURROUNDINGS, TENANTS
from tenancy.gate.checks.tables import COLUMNS, POLICIES, TABLES

FAMILIES: Final = (
    TABLES,
    POLICIES,
    COLUMNS,
    INDEXES,
    REFERENCES,
    RIGHTS,
    BY_DEFAULT,
    FUNCTIONS,
    TRIGGERS,
    SURROUNDINGS,
    TENANTS,
)

__all__ = ["FAMILIES", "Check", "Family"]
