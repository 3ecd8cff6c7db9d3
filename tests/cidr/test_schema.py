"""The schema file that editors use says what the models say."""

import json

from cidr.loader import MAP_FILE
from cidr.schema import SCHEMA_FILE, schema_text


def test_the_schema_file_is_the_models() -> None:
    """Generated, so it cannot tell an editor another story than the loader tells."""
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "the models changed: run `python -m cidr`"


def test_the_map_names_its_schema() -> None:
    """So that an editor finds it without settings."""
    first = MAP_FILE.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA_FILE.name}"


def test_every_mapping_refuses_unknown_keys_and_every_key_is_described() -> None:
    """An editor's hint is the description; a misspelt key is red while it is typed."""
    schema = json.loads(schema_text())
    for model in (schema, *schema["$defs"].values()):
        if model.get("type") != "object":
            continue
        assert model["additionalProperties"] is False
        for name, field in model["properties"].items():
            assert name == "status" or "description" in field, (model["title"], name)
