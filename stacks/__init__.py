"""WHICH: the settings of each deployment, from one stack file each, and the order of deployments.

`load_settings("westeu-dev-1")` is the way in, `load_account()` for the account, `load_stack` for either; the functions
that end in `_from` take what pulumi.Config gives. Imports no Pulumi.
"""

from stacks.account import AccountSettings, account_settings_from, load_account, load_stack, stack_settings_from
from stacks.agreement import check_agreement
from stacks.files import stack_file
from stacks.load import load_settings, settings_from
from stacks.order import down_order, known_deployments, needs_of, precedes, up_order
from stacks.settings import Budget, EntraGroup, Postgres, Settings

__all__ = [
    "AccountSettings",
    "Budget",
    "EntraGroup",
    "Postgres",
    "Settings",
    "account_settings_from",
    "check_agreement",
    "down_order",
    "known_deployments",
    "load_account",
    "load_settings",
    "load_stack",
    "needs_of",
    "precedes",
    "settings_from",
    "stack_file",
    "stack_settings_from",
    "up_order",
]
