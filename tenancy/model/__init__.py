"""What a database holds, as data: tables, columns, references. No SQL and no server: `ddl` makes the one of the other.

A table says only what its service knows. Whatever makes it safe follows from its scope: the tenant in front of every
key, row-level security, rights column by column, the audit trigger. So it cannot be forgotten, and cannot be left out.
"""

from tenancy.model.columns import Column, Default, Type
from tenancy.model.database import Database, ModelError
from tenancy.model.tables import Reference, Right, Scope, Table

__all__ = ["Column", "Database", "Default", "ModelError", "Reference", "Right", "Scope", "Table", "Type"]
