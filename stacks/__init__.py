"""WHICH: the settings of each deployment, from one stack file each, and the order of deployments.

`load_settings("westeu-dev-1")` is the way in, `load_account()` for the account, `load_stack` for either; the functions
that end in `_from` take what pulumi.Config gives. Imports no Pulumi.
"""

from stacks.account import AccountSettings, account_settings_from, load_account, load_stack, stack_settings_from
from stacks.load import load_settings, settings_from, stack_file
from stacks.order import down_order, known_deployments, up_order
from stacks.settings import Budget, EntraGroup, Postgres, Settings

__all__ = [
    "AccountSettings",
    "Budget",
    "EntraGroup",
    "Postgres",
    "Settings",
    "account_settings_from",
    "down_order",
    "known_deployments",
    "load_account",
    "load_settings",
    "load_stack",
    "settings_from",
    "stack_file",
    "stack_settings_from",
    "up_order",
]
