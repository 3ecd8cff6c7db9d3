"""WHICH: the settings of each deployment, from one stack file each, and the order of deployments.

`load_settings("westeu-dev-1")` is the way in; `settings_from` takes what pulumi.Config gives. Imports no Pulumi.
"""

from stacks.load import load_settings, settings_from, stack_file
from stacks.order import down_order, known_deployments, up_order
from stacks.settings import Budget, EntraGroup, Postgres, Settings

__all__ = [
    "Budget",
    "EntraGroup",
    "Postgres",
    "Settings",
    "down_order",
    "known_deployments",
    "load_settings",
    "settings_from",
    "stack_file",
    "up_order",
]
