"""`up`, `preview` and `refresh` of the account, which is no deployment: what is refused before anything is begun.

And what a deployment needs of the account: its exports go to the account's storage, which a new sandbox has not yet.
"""

import time
from pathlib import Path

from cidr import ACCOUNT, Fault, FaultsError
from cli.failures import RefusedError
from cli.options import EngineName
from cli.orders import Order
from cli.screen import Screen
from deployments.account_state import state_plan
from sandbox.azure.store import Store
from sandbox.home import SandboxHome
from stacks import AccountSettings, load_account


def admit(home: SandboxHome, project: Path, order: Order) -> None:
    """Return where the order can be carried out.

    Raises RefusedError for a teardown, always, and where `cfctl init` has not been; FaultsError for deployments named
    beside the account, for its settings, and for an engine that cannot do it.
    """
    if order.command == "down":
        raise RefusedError(_never_down())
    beside = [name for name in order.deployments if name != ACCOUNT]
    if beside:
        raise FaultsError([_by_itself(order.command, beside)])
    settings = load_account(project)
    if order.engine is EngineName.CLI and len(settings.subscriptions) > 1:
        raise FaultsError([_one_subscription(settings)])
    if missing := _missing(home, settings):
        raise RefusedError(_not_begun(missing))


def begin(screen: Screen, home: SandboxHome, project: Path) -> None:
    """Make in a sandbox what every deployment relies on, where it is not there: as `./cfctl init sandbox` does.

    On Azure a person does it, once (docs/guides/on-azure.md). Raises FaultsError for the account's settings.
    """
    settings = load_account(project)
    if _missing(home, settings) is None:
        return
    from cli.init_azure import begin_sandbox  # noqa: PLC0415 - the first run of a home alone needs it

    began = time.monotonic()
    made = begin_sandbox(home, state_plan(settings))
    took = f"{time.monotonic() - began:.1f} s"
    screen.say(f"a new sandbox: the account's storage and vault made first, {made} resources in {took} (./cfctl init)")


def _missing(home: SandboxHome, settings: AccountSettings) -> str | None:
    """The first that this sandbox lacks of what the account takes over, for people."""
    plan = state_plan(settings)
    wanted = {plan.account_id: f"storage account {plan.account}"}
    wanted |= {it.id: f"network watcher of {it.location} in {it.subscription_id}" for it in plan.watchers}
    if not home.azure_store.is_file():
        return wanted[plan.account_id]
    store = Store(home.azure_store)
    try:
        return store.read(lambda tx: next((name for arm_id, name in wanted.items() if tx.find(arm_id) is None), None))
    finally:
        store.close()


def _never_down() -> Fault:
    return Fault(
        where=ACCOUNT,
        what="the account is never taken down: the state of every deployment lies in it, and the keys of their secrets",
        allowed="deployments of dev and stg",
        next_step="./cfctl list shows what is up",
    )


def _by_itself(command: str, beside: list[str]) -> Fault:
    return Fault(
        where=ACCOUNT,
        what=f"{', '.join(beside)} stands beside the account, which is no deployment",
        allowed="the account by itself",
        next_step=f"./cfctl {command} {ACCOUNT}, then ./cfctl {command} {' '.join(beside)}",
    )


def _one_subscription(settings: AccountSettings) -> Fault:
    return Fault(
        where="--engine cli",
        what=f"the CLI attaches every provider of a program to one stand-in, which then has one subscription of the "
        f"account's {len(settings.subscriptions)}",
        allowed="the sandbox's own engine, or an account with one subscription",
        next_step=f"./cfctl up {ACCOUNT}",
    )


def _not_begun(missing: str) -> Fault:
    return Fault(
        where=ACCOUNT,
        what=f"there is no {missing} that the account could take over",
        allowed="what `init` makes before there is a state",
        next_step="./cfctl init sandbox",
    )
