"""The gateway's configuration read into Envoy's own messages: a name, type or enum that these do not have raises."""

import copy
import importlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.components.gateway.test_gateway_config import CONFIG, filter_named, manager, routes_of


def strictly_parsed(config: dict[str, Any]) -> Any:
    """The configuration read into Envoy's own messages: a name, type or enum that these do not have raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own, of pydantic
        module = importlib.import_module("envoy_data_plane.envoy.config.bootstrap.v3")
        for url in set(_types(config)):
            package = url.removeprefix("type.googleapis.com/").rpartition(".")[0]
            importlib.import_module(f"envoy_data_plane.{package}")
    return module.Bootstrap.from_dict(config)


def _types(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "@type" in value:
            yield value["@type"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _types(one)


def test_envoy_knows_every_field() -> None:
    """An unknown field keeps Envoy from starting: every replica of the new revision would fail."""
    parsed = strictly_parsed(CONFIG)
    assert parsed.static_resources.listeners[0].address.socket_address.port_value == 8080
    assert len(parsed.static_resources.clusters) == len(CONFIG["static_resources"]["clusters"])


BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a field at the top": lambda config: config.update(listenerz=[]),
    "a field of the manager": lambda config: manager(config).update(normalise_path=True),
    "a field of a filter": lambda config: filter_named(config, "envoy.filters.http.ext_authz").update(fail_open=False),
    "a field of a route": lambda config: routes_of(config)[2]["route"].update(time_out="1s"),
    "an enum's value": lambda config: config["static_resources"]["clusters"][0].update(type="DNS"),
    "a duration": lambda config: config["static_resources"]["clusters"][0].update(connect_timeout="5 seconds"),
    "a type": lambda config: manager(config).update(max_request_headers_kb="many"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_the_strict_reading_sees_a_slip(what: str) -> None:
    """The gate of the test above is fed bad samples, also deep in an extension."""
    broken = copy.deepcopy(CONFIG)
    BROKEN[what](broken)
    with pytest.raises((KeyError, ValueError, TypeError)):
        strictly_parsed(broken)
