"""Commands on what the databases hold: exports and imports, erasure, retention, what a new deployment begins with."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import datetime
from typing import Any

from tenancy.commands.report import Result
from tenancy.commands.session import Session
from tenancy.data import erasing, exporting, importing, moving, retention, tenants, verifying
from tenancy.data import seed as seeding
from tenancy.data import waiting as stored
from tenancy.data.manifest import Manifest


def seed(session: Session, _: Namespace) -> Result:
    """Put the sample tenants into every database; again, it adds what is missing."""
    with session.server.alone():
        added = seeding.seed(session.server.connected, session.databases())
    rows = [
        {"database": name, "tables": len(counts), "rows": sum(counts.values())}
        for name, counts in added.items()
        if counts
    ]
    number = sum(sum(counts.values()) for counts in added.values())
    return Result(status="seeded" if number else "was there", said={"rows": number}, rows=rows)


def export_options(parser: ArgumentParser) -> None:
    """The options of `export`."""
    parser.add_argument("--name", required=True, help="of the export: lower-case letters, digits and -")
    parser.add_argument("--tenant", help="slug or id; everything without it")


def export(session: Session, options: Namespace) -> Result:
    """Write every row with blobs and secrets beside them, or those of one tenant, into the store, with a manifest."""
    databases = session.databases()
    chosen = None if options.tenant is None else {tenants.find(session.server.connected, databases, options.tenant)}
    with session.store() as store, session.sources() as sources:
        beside = sources if chosen is None else None
        manifest = exporting.export(
            session.server.connected, databases, store, name=options.name, tenants=chosen, beside=beside
        )
    return Result(status="exported", said=_told(manifest), rows=_rows(manifest))


def verify_options(parser: ArgumentParser) -> None:
    """The options of `verify`."""
    parser.add_argument("--name", required=True, help="of the export")


def verify(session: Session, options: Namespace) -> Result:
    """Read an export back from the store, every byte against its manifest; the databases are not asked."""
    with session.store() as store:
        manifest = verifying.verify(store, options.name)
    return Result(status="verified", said=_told(manifest), rows=_rows(manifest))


def import_options(parser: ArgumentParser) -> None:
    """The options of `import_`."""
    parser.add_argument("--name", required=True, help="of the export")
    parser.add_argument("--sha256", help="of its manifest, where it is known: another export is refused")


def import_(session: Session, options: Namespace) -> Result:
    """Take an export over, verified first and compared row by row afterwards."""
    with session.server.alone(), session.store() as store, session.sources() as sources:
        done = importing.import_(
            session.server.connected,
            session.databases(),
            store,
            name=options.name,
            actor=session.actor,
            expected=options.sha256,
            beside=sources,
        )
    rows = [{**row, "outcome": done.outcomes[str(row["database"])]} for row in _rows(done.manifest)]
    return Result(status="imported", said=_told(done.manifest), rows=rows)


def waiting_options(parser: ArgumentParser) -> None:
    """The options of `waiting`."""
    parser.add_argument("--before", type=_time, help="ISO 8601, when the server was made: later exports are its own")


def waiting(session: Session, options: Namespace) -> Result:
    """Tell the whole export that these databases have not taken over and nobody has given up."""
    deployment = session.plan.deployment or ""
    with session.store() as store:
        manifest = stored.waiting(session.server.connected, store, deployment=deployment, before=options.before)
    if manifest is None:
        return Result(status="none", said={})
    return Result(status="waiting", said={**_told(manifest), "ended": manifest.ended.isoformat()}, rows=_rows(manifest))


def give_up_options(parser: ArgumentParser) -> None:
    """The options of `give_up`."""
    parser.add_argument("--reason", required=True, help="why, without anybody's name: it is kept")


def give_up(session: Session, options: Namespace) -> Result:
    """Mark in the store that nobody wants back what was exported until now; nothing is deleted."""
    with session.store() as store:
        marker = stored.give_up(store, actor=session.actor, reason=options.reason)
    return Result(status="given up", said={"at": marker.at.isoformat()})


def let_go_options(parser: ArgumentParser) -> None:
    """The options of `let_go`."""
    parser.add_argument("--name", required=True, help="of the export that the other deployment has imported")
    parser.add_argument("--tenant", required=True, help="slug or id")


def let_go(session: Session, options: Namespace) -> Result:
    """After another deployment has taken a tenant over: suspend it here, where nothing was written since."""
    databases = session.databases()
    tenant = tenants.find(session.server.connected, databases, options.tenant)
    with session.server.alone(), session.store() as store:
        changed = moving.let_go(
            session.server.connected, databases, store, name=options.name, tenant=tenant, actor=session.actor
        )
    rows = [{"database": name, "status": "suspended"} for name in changed]
    return Result(status="suspended", said={"tenant": tenant}, rows=rows)


def erase_options(parser: ArgumentParser) -> None:
    """The options of `erase`."""
    parser.add_argument("--tenant", required=True, help="slug or id")
    why = parser.add_mutually_exclusive_group(required=True)
    why.add_argument("--export", default="", help="name of the export made before, which is verified")
    why.add_argument("--without-export", default="", metavar="REASON", help="why there is none")


def erase(session: Session, options: Namespace) -> Result:
    """Erase a tenant from every database, prove that no row is left, and write the certificate."""
    databases = session.databases()
    with session.server.alone(), session.store() as store:
        asked = erasing.Asked(
            tenant=tenants.find(session.server.connected, databases, options.tenant),
            actor=session.actor,
            export=options.export,
            without_export=options.without_export,
        )
        certificate = erasing.erase(session.server.connected, databases, store, asked)
    rows = [
        {
            "database": name,
            "before": sum(it.before.values()),
            "after": sum(it.after.values()),
            "audit_rows_redacted": it.redacted,
        }
        for name, it in certificate.databases.items()
    ]
    said = {"tenant": certificate.tenant, "certificate": f"certificates/{certificate.tenant}.json"}
    return Result(status="erased", said={**said, "sha256": certificate.sha256}, rows=rows)


def retain(session: Session, _: Namespace) -> Result:
    """Delete what is older than it is to be kept."""
    with session.server.alone():
        deleted = retention.retain(session.server.connected, session.databases(), retention.Kept())
    numbers = [(name, table, number) for name, counts in deleted.items() for table, number in counts.items()]
    rows = [{"database": name, "table": table, "deleted": number} for name, table, number in numbers]
    return Result(status="done", said={"deleted": sum(number for *_, number in numbers)}, rows=rows)


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} is no time with its zone, such as 2026-11-22T08:00:00Z")
    return found


def _told(manifest: Manifest) -> dict[str, Any]:
    return {
        "export": manifest.name,
        "of": manifest.deployment,
        "sha256": manifest.sha256,
        "rows": manifest.rows,
        "bytes": sum(part.bytes for part in manifest.parts),
        "tenants": [tenant.slug for tenant in manifest.tenants],
        "blobs": manifest.kept.blobs if manifest.kept else 0,
        "secrets": list(manifest.kept.secrets) if manifest.kept else [],
    }


def _rows(manifest: Manifest) -> list[dict[str, Any]]:
    return [
        {
            "database": name,
            "revision": info.revision,
            "tables": len(info.tables),
            "rows": sum(table.rows for table in info.tables.values()),
            "waiting": info.waiting,
        }
        for name, info in manifest.databases.items()
    ]
