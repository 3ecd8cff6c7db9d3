"""ARM resource ids: parts, parents, and path templates that turn property values into ids and back.

Ids are compared without case (https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules):
`key` is the lower-case form that the store uses.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

_PARAMETER = re.compile(r"\{(\w+)\}")
# Parameters that stand for a whole id rather than one segment of a path.
_PATHS = frozenset({"scope", "resourceUri"})


def key(arm_id: str) -> str:
    """`arm_id` as the store compares it: lower case, one leading slash, none at the end."""
    return "/" + arm_id.strip("/").lower()


def parent(arm_id: str) -> str:
    """The id that holds this one: the outer resource, the scope of an extension, the group or the subscription."""
    head, separator, tail = arm_id.rstrip("/").rpartition("/providers/")
    if not separator:
        return arm_id.rsplit("/", 2)[0]
    segments = tail.split("/")
    return head if len(segments) <= 3 else "/".join([head, "providers", *segments[:-2]])


def is_collection(path: str) -> bool:
    """True for the path of all resources of a type below another (`.../jobs/tenancy/executions`), which is no id."""
    _, separator, tail = path.rstrip("/").rpartition("/providers/")
    return bool(separator) and len(tail.split("/")) % 2 == 0


def name(arm_id: str) -> str:
    """The last segment."""
    return arm_id.rstrip("/").rpartition("/")[2]


def ancestors(arm_id: str) -> Iterator[str]:
    """Every id above this one, nearest first, up to the subscription."""
    while arm_id.count("/") > 2:
        arm_id = parent(arm_id)
        yield arm_id


def subscription(arm_id: str) -> str:
    """The subscription's GUID, "" when the id has none."""
    segments = arm_id.strip("/").split("/")
    return segments[1] if len(segments) > 1 and segments[0].lower() == "subscriptions" else ""


def resource_group(arm_id: str) -> str:
    """The resource group's name, "" for what lies in none."""
    segments = arm_id.strip("/").split("/")
    return segments[3] if len(segments) > 3 and segments[2].lower() == "resourcegroups" else ""


def namespace(path: str) -> str:
    """The resource provider's namespace: `Microsoft.Network`."""
    _, separator, tail = path.rpartition("/providers/")
    return tail.split("/")[0] if separator else "Microsoft.Resources"


def arm_type(path: str) -> str:
    """The type's full name from a path template or an id: `Microsoft.Network/virtualNetworks/subnets`."""
    _, separator, tail = path.rpartition("/providers/")
    if not separator:
        return "Microsoft.Resources/resourceGroups"
    segments = tail.split("/")
    return "/".join([segments[0], *segments[1::2]])


def parameters(template: str) -> tuple[str, ...]:
    """The parameters of a path template without the subscription, in their order."""
    return tuple(found for found in _PARAMETER.findall(template) if found != "subscriptionId")


def fill(template: str, values: Mapping[str, Any], subscription_id: str) -> str:
    """The id that a path template gives for these property values; a missing value raises KeyError."""

    def value(match: re.Match[str]) -> str:
        if match[1] == "subscriptionId":
            return subscription_id
        text = str(values[match[1]])
        return text.strip("/") if match[1] in _PATHS else text

    return _PARAMETER.sub(value, template)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(template)
    groups = [
        re.escape(part) if index % 2 == 0 else f"(?P<{part}>{'.+' if part in _PATHS else '[^/]+'})"
        for index, part in enumerate(parts)
    ]
    return re.compile("".join(groups), re.IGNORECASE)


def match(template: str, arm_id: str) -> dict[str, str] | None:
    """The property values in `arm_id` by a path template, None when it is of another type."""
    found = _pattern(template).fullmatch(arm_id.rstrip("/"))
    if found is None:
        return None
    values = found.groupdict()
    values.pop("subscriptionId", None)
    # The provider keeps a scope as the program wrote it in most cases: with its leading slash.
    return {name: f"/{value.strip('/')}" if name in _PATHS else value for name, value in values.items()}
