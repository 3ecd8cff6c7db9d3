"""What both halves of the gate say the same way."""

from typing import Final

from tenancy.faults import Fault

# Azure's own databases, which nobody else can change.
AZURES: Final = ("azure_maintenance", "azure_sys")
_NEXT: Final = "ask who granted it to take it back (\\drg, \\l and \\dn+ in psql show it), then start the job again"


def unplanned(where: str, what: str, allowed: str) -> Fault:
    """A fault in what somebody has or was given beside the plan."""
    return Fault(where=where, what=what, allowed=allowed, next_step=_NEXT)
