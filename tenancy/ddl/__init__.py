"""The SQL of a database, made from its model: what every database has, tables, who may do what, steps of revisions.

Statements are text, one each, in order; nothing here talks to a server. All run as the database's owner role.
"""

from tenancy.ddl import foundation
from tenancy.ddl.names import duplicates
from tenancy.ddl.rights import Grant, wanted_on_functions, wanted_on_tables
from tenancy.ddl.tables import create_index, create_table, policies

__all__ = [
    "Grant",
    "create_index",
    "create_table",
    "duplicates",
    "foundation",
    "policies",
    "wanted_on_functions",
    "wanted_on_tables",
]
