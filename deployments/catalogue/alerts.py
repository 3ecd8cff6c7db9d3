"""The alerts of the platform: what is watched, from which value on, how bad that is, and where it holds.

One row adds one: `app_alerts` has those on the services, `data_alerts` those on what keeps data. A budget tells by
itself (components/watching/budget.py). A rule on a metric watches what its row calls one of `Target`; a rule on logs is
paid for by how often it is asked, so what is not urgent is asked every 15 minutes or once a day.
"""

from collections.abc import Collection
from typing import Final

from cidr import Environment, Kind
from components.watching.alert_rules import Rule
from deployments.catalogue.app_alerts import APP_ALERTS
from deployments.catalogue.data_alerts import DATA_ALERTS

ALERTS: Final = APP_ALERTS + DATA_ALERTS


def alerts_of(kind: Kind, environment: Environment, without: Collection[str] = ()) -> tuple[Rule, ...]:
    """The rules of a kind of deployment in an environment, in the order of the tables.

    `without`: those of `Target` that the deployment has none of.
    """
    rows = (row for row in ALERTS if kind in row.kinds and environment in row.environments)
    return tuple(row.rule for row in rows if row.about not in without)
