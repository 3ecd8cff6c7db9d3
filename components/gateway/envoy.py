"""The few forms that Envoy's configuration repeats everywhere, as mappings in protobuf's JSON.

https://www.envoyproxy.io/docs/envoy/latest/api-v3/api
"""

from collections.abc import Mapping
from typing import Any


def typed(message: str, **fields: Any) -> dict[str, Any]:
    """A `google.protobuf.Any` of an extension's message, by its full name."""
    return {"@type": f"type.googleapis.com/{message}", **fields}


def extension(name: str, message: str, **fields: Any) -> dict[str, Any]:
    """A named extension with its configuration."""
    return {"name": name, "typed_config": typed(message, **fields)}


def appended(headers: Mapping[str, str], action: str) -> list[dict[str, Any]]:
    """Header mutations that set each header. `action`: a value of HeaderAppendAction."""
    return [
        {"append": {"header": {"key": key, "value": value}, "append_action": action}} for key, value in headers.items()
    ]
