"""`python -m cidr` writes allocations.schema.json anew, after a change of the models in cidr/schema.py."""

from cidr.schema import SCHEMA_FILE, schema_text

SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
