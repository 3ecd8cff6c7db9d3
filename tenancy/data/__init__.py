"""Data commands: seed, export, import, erasure, retention, tenants. All run as `{database}_operations`.

Each takes a way to connect to a database by name, the databases with their tables (`revisions.database_at` at the
revision that they are at), and where it keeps files, a store. Nothing here knows of Azure or of the command line.

There is no export of one person. The model says which columns are personal, not whose: a gift's counterparty and the
witness of a case are persons without an id, and rows that lie under a person's rows carry no id either. What such an
export left out, nobody could tell; a service that knows its rows answers a person's request.
"""
