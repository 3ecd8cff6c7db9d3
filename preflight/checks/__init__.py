"""The rows, in the order in which they are told: who asks, where, what is offered and free, the images, the state."""

from typing import Final

from preflight.checks.images import IMAGES
from preflight.checks.names import DELETED, NAMES
from preflight.checks.neighbours import NEIGHBOURS
from preflight.checks.offers import OFFERS
from preflight.checks.quotas import QUOTAS
from preflight.checks.state import STATE
from preflight.checks.subscription import SUBSCRIPTION
from preflight.checks.tools import TOOLS
from preflight.model import Check

CHECKS: Final[tuple[Check, ...]] = (
    *TOOLS,
    *SUBSCRIPTION,
    *OFFERS,
    *QUOTAS,
    *NAMES,
    *DELETED,
    *NEIGHBOURS,
    *IMAGES,
    *STATE,
)
