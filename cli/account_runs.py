"""`up`, `preview` and `refresh` of the account, which is no deployment: what is refused before anything is begun."""

from pathlib import Path

from cidr import ACCOUNT, Fault, FaultsError
from cli.failures import RefusedError
from cli.options import EngineName
from cli.orders import Order
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
    if not _is_begun(home, settings):
        raise RefusedError(_not_begun(settings))


def _is_begun(home: SandboxHome, settings: AccountSettings) -> bool:
    """Whether this sandbox has what the account takes over."""
    if not home.azure_store.is_file():
        return False
    store = Store(home.azure_store)
    try:
        return store.read(lambda tx: tx.find(state_plan(settings).account_id)) is not None
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


def _not_begun(settings: AccountSettings) -> Fault:
    plan = state_plan(settings)
    return Fault(
        where=ACCOUNT,
        what=f"there is no storage account {plan.account} that the account could take over",
        allowed="what `init` makes before there is a state",
        next_step="./cfctl init sandbox",
    )
