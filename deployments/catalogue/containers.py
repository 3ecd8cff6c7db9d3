"""The containers of each kind of deployment, and how long each keeps what: one row is one container.

Originals (what a customer gave) never go by a rule; what the platform can make again does. Dead letters stay 14 days
for a person to read and replay. The audit trail is kept seven years, and where deployments stay nobody can change it
meanwhile; in one that comes and goes it is kept as long as that stands.
"""

from collections.abc import Mapping
from typing import Final

from components.data.blob_containers import Container
from deployments.catalogue.services import Kind

SEVEN_YEARS: Final = 7 * 365 + 2  # two of seven years may be leap years
DEAD_LETTER_DAYS: Final = 14

_AUDIT: Final = Container(
    name="audit",
    cool_after=30,
    archive_after=90,
    delete_after=SEVEN_YEARS,
    versions_for=SEVEN_YEARS,
    immutable_for=SEVEN_YEARS,
)
_DEAD_LETTERS: Final = Container(name="dead-letters", delete_after=DEAD_LETTER_DAYS, versions_for=DEAD_LETTER_DAYS)

CONTAINERS: Final[Mapping[Kind, tuple[Container, ...]]] = {
    "global": (
        # what is on its way to a region: the region's copy is the original
        Container(name="ingest", delete_after=30, versions_for=7),
        _AUDIT,
        _DEAD_LETTERS,
    ),
    "regional": (
        Container(name="documents", cool_after=90, archive_after=3 * 365, versions_for=90, originals=True),
        Container(name="media", cool_after=30, archive_after=365, versions_for=90, originals=True),
        Container(name="exports", delete_after=30, versions_for=7),
        Container(name="reports", cool_after=30, archive_after=365, versions_for=30),
        _AUDIT,
        _DEAD_LETTERS,
    ),
}
