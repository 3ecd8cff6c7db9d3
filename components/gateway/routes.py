"""Routes of the API gateway as values, and the rules that a set of them keeps.

A prefix matches whole segments of a path, as Envoy's `path_separated_prefix` does: `/tenants` matches `/tenants` and
`/tenants/42`, never `/tenantsx`. No two rows may match one path, so that the order of rows means nothing.
https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from cidr import Fault, FaultsError, Kind
from cidr.faults import nearest

# What the gateway answers itself; these paths, whole, need no token. Beside them only rows do that say so (`public`).
LIVENESS_PATH: Final = "/health/live"
READINESS_PATH: Final = "/health"
OPEN_PATHS: Final = (LIVENESS_PATH, READINESS_PATH)
# First segments that no route may take: the gateway's own, and what services offer to the platform alone.
RESERVED: Final = ("health", "internal")

MEBIBYTE: Final = 1024 * 1024
# Container Apps ends a request after 240 s: https://learn.microsoft.com/azure/container-apps/ingress-overview#http
LONGEST_REQUEST: Final = 240

_PREFIX: Final = re.compile(r"(/[a-z0-9]+(-[a-z0-9]+)*)+")
_VERSIONED: Final = re.compile(r"/v[1-9][0-9]*/.+")


@dataclass(frozen=True, kw_only=True)
class Route:
    """One row: paths under `prefix` go to `service`.

    `kind`: "global", the service of the environment's global deployment; "regional", that of the deployment which the
    caller's tenant is assigned to: its prefix begins with a version (`/v1/users`). The service gets the path unchanged.
    `timeout_seconds`: for the whole answer; a service that starts from no replica needs its start in it.
    `max_request_bytes`: a longer body is refused (413). `requests_per_second`: of each gateway replica, refused beyond
    (429), and half of it for one tenant; twice as many may come at once. `public`: GET and HEAD need no token; for what
    everybody may read, as the files of the front end, and so never regional: without a token there is no tenant to
    route by.
    """

    prefix: str
    service: str
    kind: Kind
    timeout_seconds: int = 60
    max_request_bytes: int = MEBIBYTE
    requests_per_second: int = 100
    public: bool = False

    def __str__(self) -> str:
        return f"route {self.prefix} -> {self.service}"


def check_routes(routes: Sequence[Route], services: Mapping[Kind, Collection[str]]) -> None:
    """Raise FaultsError with every fault of the rows, each naming its row. `services`: those that answer, by kind."""
    faults = [fault for row in routes for fault in _faults_of_row(row, sorted(services.get(row.kind, ())))]
    faults += [fault for first, second in combinations(routes, 2) for fault in _faults_of_pair(first, second)]
    if not routes:
        faults += _fault("routes", "the gateway has no route", "one row at least", "add a row with prefix and service")
    if faults:
        raise FaultsError(faults)


def _faults_of_row(row: Route, known: Sequence[str]) -> Iterator[Fault]:
    if not _PREFIX.fullmatch(row.prefix):
        allowed = "segments of lower-case letters, digits and single hyphens, each after a slash, none empty"
        yield from _fault(str(row), f"prefix {row.prefix!r} is none", allowed, "write it like /tenants or /v1/users")
    elif row.prefix.split("/")[1] in RESERVED:
        what = f"prefix {row.prefix!r} begins with a segment that no route may take"
        allowed = f"any first segment but {', '.join(RESERVED)}"
        yield from _fault(str(row), what, allowed, "choose another first segment")
    elif row.kind == "regional" and not _VERSIONED.fullmatch(row.prefix):
        what = f"prefix {row.prefix!r} of a regional route has no version"
        yield from _fault(str(row), what, "/v{n}/... with n from 1", f"write prefix='/v1{row.prefix}'")
    if row.public and row.kind == "regional":
        what = "it is public, and only a token tells which deployment it goes to"
        yield from _fault(str(row), what, "public in global routes", "leave out public=True")
    if row.service not in known:
        guess = nearest(row.service, known)
        step = f"write service={guess!r}" if guess else f"write one of them, or add the {row.kind} service first"
        what, allowed = f"no {row.kind} service is called {row.service!r}", ", ".join(known) or "none runs there"
        yield from _fault(str(row), what, allowed, step)
    for name, value, most in (
        ("timeout_seconds", row.timeout_seconds, LONGEST_REQUEST),
        ("max_request_bytes", row.max_request_bytes, 100 * MEBIBYTE),  # each is held in memory until it is whole
        ("requests_per_second", row.requests_per_second, 100_000),
    ):
        if not 1 <= value <= most:
            yield from _fault(str(row), f"{name} {value} is out of range", f"1 to {most}", f"change {name} of that row")


def _faults_of_pair(first: Route, second: Route) -> Iterator[Fault]:
    """`first` stands before `second`."""
    step = f"leave out {second}, or give it a prefix beside {first.prefix!r}"
    allowed = "prefixes of which none contains another"
    if first.prefix == second.prefix:
        yield from _fault(str(second), f"{first} has the same prefix", allowed, step)
    elif contains(first.prefix, second.prefix):
        yield from _fault(str(second), f"{first} shadows it: it takes every path of it first", allowed, step)
    elif contains(second.prefix, first.prefix):
        yield from _fault(str(second), f"its paths overlap those of {first}", allowed, step)


def contains(prefix: str, path: str) -> bool:
    """Whether a path is the prefix or lies under it, segment by segment."""
    return path == prefix or path.startswith(f"{prefix}/")


def _fault(where: str, what: str, allowed: str, next_step: str) -> list[Fault]:
    return [Fault(where=where, what=what, allowed=allowed, next_step=next_step)]
