"""The gate: what the catalogs say after the job, held against the plan. Any line that it finds makes the job fail.

It asks PostgreSQL what each principal can do in effect (has_..._privilege, pg_has_role, through whatever it is granted)
rather than what was written, so that it also finds what somebody else gave. It changes nothing.
"""

from tenancy.gate.database import check_database
from tenancy.gate.places import AZURES
from tenancy.gate.server import below_floor, check_server

__all__ = ["AZURES", "below_floor", "check_database", "check_server"]
