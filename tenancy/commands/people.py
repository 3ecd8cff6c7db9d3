"""Commands on tenants: who is here, and who is let in."""

import re
import uuid
from argparse import ArgumentParser, Namespace
from typing import Any, Final

from tenancy.commands.report import Result
from tenancy.commands.session import Session
from tenancy.data import tenants
from tenancy.faults import Fault, RefusedError, WrongInputError

_SLUG: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# The id of a tenant that is added without one: the same slug is the same tenant, in every database and every time.
_TENANTS: Final = uuid.UUID("5b1f3f52-6f0c-5d0e-9a5e-3c1b9b7f6a10")


def list_(session: Session, _: Namespace) -> Result:
    """Every tenant of the server, in how many databases, with how many rows."""
    databases = session.databases()
    rows: dict[uuid.UUID, dict[str, Any]] = {}
    for presence in tenants.presences(session.server.connected, databases):
        tenant = presence.tenant
        first = {"id": tenant.id, "slug": tenant.slug, "name": tenant.name, "zone": tenant.zone}
        row = rows.setdefault(tenant.id, {**first, "status": tenant.status, "databases": 0, "rows": 0})
        row["databases"] += 1
        row["rows"] += sum(presence.rows.values())
        if row["status"] != tenant.status:
            row["status"] = "differs"
    told = sorted(rows.values(), key=lambda row: str(row["slug"]))
    return Result(status="listed", said={"tenants": len(told), "databases": len(databases)}, rows=told)


def add_options(parser: ArgumentParser) -> None:
    """The options of `add`."""
    parser.add_argument("--slug", required=True, help="lower-case letters, digits and -")
    parser.add_argument("--name", required=True, help="of the organization")
    parser.add_argument("--zone", help="residency zone; the deployment's without it")
    parser.add_argument("--id", help="UUID, where the registry has given one")


def add(session: Session, options: Namespace) -> Result:
    """Let a tenant into every database of the server; again, it does nothing."""
    zone = options.zone or session.plan.zone
    if zone is None:
        allowed, step = "EU, US, UK or APAC", "give --zone: a global deployment takes the tenants of each"
        raise WrongInputError([Fault(where="--zone", what="not given", allowed=allowed, next_step=step)])
    if not _SLUG.fullmatch(options.slug):
        what, allowed = f"{options.slug!r} is no slug", "lower-case letters, digits and -, 63 at most"
        raise WrongInputError(
            [Fault(where="--slug", what=what, allowed=allowed, next_step="write it so, as `acme-corp`")]
        )
    newcomer = tenants.Newcomer(id=_id(options), slug=options.slug, name=options.name, zone=zone)
    with session.server.alone():
        try:
            new = tenants.add(session.server.connected, session.databases(), newcomer, session.actor)
        except RefusedError as error:
            raise RefusedError(_refused(session, newcomer, error)) from None
    said = {"id": newcomer.id, "slug": newcomer.slug, "zone": zone, "databases": len(session.plan.databases)}
    return Result(status="added" if new else "was there", said={**said, "new_in": len(new)})


def _refused(session: Session, newcomer: tenants.Newcomer, error: RefusedError) -> list[Fault]:
    """What the databases say, each refusal once: all of them have the same rule, and it is theirs, not this job's."""
    allowed = f"tenants of zone {session.plan.zone}" if session.plan.zone else "tenants of each zone"
    if session.plan.dedicated_tenant:
        allowed = f"tenant {session.plan.dedicated_tenant} of zone {session.plan.zone} alone: the deployment is its own"
    step = "add it to a deployment that takes it (./cfctl list), or correct --tenant, --id and --zone"
    words = dict.fromkeys(fault.what.partition(" [")[0] for fault in error.faults)
    return [Fault(where=f"tenant {newcomer.slug}", what=what, allowed=allowed, next_step=step) for what in words]


def _id(options: Namespace) -> uuid.UUID:
    if not options.id:
        return uuid.uuid5(_TENANTS, options.slug)
    try:
        return uuid.UUID(options.id)
    except ValueError:
        what, step = f"{options.id!r} is no UUID", "give the tenant's id, or leave --id out"
        raise WrongInputError([Fault(where="--id", what=what, allowed="a UUID", next_step=step)]) from None
