"""What Azure refuses of a container's health probes.

https://learn.microsoft.com/azure/container-apps/health-probes#restrictions
"""

from typing import Final

from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Write

from .common import UNVERIFIED_CODE, refuse, rule
from .container_bodies import containers

_PROBES: Final = "https://learn.microsoft.com/azure/container-apps/health-probes#restrictions"
INVALID: Final = "ContainerAppProbeInvalid"
_TYPES: Final = ("Liveness", "Readiness", "Startup")
_WAYS: Final = ("httpGet", "tcpSocket")
_LIMITS: Final = (
    ("initialDelaySeconds", 0, 60),
    ("periodSeconds", 1, 240),
    ("timeoutSeconds", 1, 240),
    ("failureThreshold", 1, 10),
    ("successThreshold", 1, 10),
)


@rule(INVALID, UNVERIFIED_CODE + ": " + _PROBES)
def probes_ask_something(write: Write) -> None:
    """A probe is of a known type, one of each, and asks one port in one way."""
    for item in containers(write.body):
        probes = objects_at(item, "probes")
        types = [str(probe.get("type")) for probe in probes]
        for probe in probes:
            who = f"The {probe.get('type')} probe of container {item.get('name')}"
            refuse(
                probe.get("type") not in _TYPES or types.count(str(probe.get("type"))) > 1,
                400,
                INVALID,
                f"{who} is none of {', '.join(_TYPES)}, or not the only one of its type.",
            )
            ports = _ports(probe)
            refuse(
                len(ports) != 1 or not all(isinstance(port, int | float) and 1 <= port <= 65535 for port in ports),
                400,
                INVALID,
                f"{who} must have httpGet or tcpSocket, one of the two, with a port from 1 to 65535.",
            )


def _ports(probe: Body) -> list[object]:
    return [at(probe, f"{way}.port") for way in _WAYS if probe.get(way) is not None]


@rule(INVALID, UNVERIFIED_CODE + ": " + _PROBES)
def numbers_are_in_limits(write: Write) -> None:
    """Azure takes less than Kubernetes does."""
    for item in containers(write.body):
        for probe in objects_at(item, "probes"):
            for name, least, most in _LIMITS:
                value = probe.get(name)
                refuse(
                    value is not None and not least <= int(value) <= most,
                    400,
                    INVALID,
                    f"{name} {value} of the {probe.get('type')} probe of container {item.get('name')} is outside "
                    f"{least} to {most}.",
                )


RULES: Final = (probes_ask_something, numbers_are_in_limits)
