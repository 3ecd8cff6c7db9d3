"""The revision of what this package makes in a database: deployments import it, so this module imports nothing.

A deployment runs the job again when the revision changes: raise it with every change of what the job makes.
"""

SCHEMA_REVISION = "0002"
