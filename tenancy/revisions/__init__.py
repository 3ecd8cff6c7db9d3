"""The revisions of the databases, in order: the one place where tables are written down.

What a database holds at a revision is the fold of all steps up to it; there is no second list of tables anywhere.
0001 has no steps: roles, schemas and rights, which the job makes anew from its data each time (`databases`).
"""

from tenancy.model import Database
from tenancy.revisions import r0002
from tenancy.revisions.fold import fold
from tenancy.revisions.operations import Operation
from tenancy.revisions.revision import Revision

REVISIONS: tuple[Revision, ...] = (
    Revision(id="0001", about="roles, schemas and their rights"),
    r0002.REVISION,
)
IDS: tuple[str, ...] = tuple(revision.id for revision in REVISIONS)
NEWEST: str = IDS[-1]


def database_at(name: str, revision: str = NEWEST) -> Database:
    """The tables of a database at a revision; those of a name that no revision knows are none.

    Raises KeyError for a revision that is none of IDS.
    """
    return fold(Database(name), steps(name, None, revision))


def steps(name: str, above: str | None, up_to: str) -> tuple[Operation, ...]:
    """The steps of a database after revision `above` (None: from nothing) up to `up_to`, in order."""
    first = 0 if above is None else place(above) + 1
    return tuple(
        step for revision in REVISIONS[first : place(up_to) + 1] for step in (*revision.common, *revision.of(name))
    )


def place(revision: str) -> int:
    """Where a revision stands in the order. Raises KeyError."""
    if revision not in IDS:
        raise KeyError(revision)
    return IDS.index(revision)


def has_foundation(revision: str) -> bool:
    """Whether every database has the functions and tables of `ddl.foundation` at a revision."""
    return place(revision) >= place(r0002.REVISION.id)


def database_names() -> tuple[str, ...]:
    """Every database that a revision gives tables, in the order in which they are written down."""
    return tuple(dict.fromkeys(name for revision in REVISIONS for name in revision.steps))
