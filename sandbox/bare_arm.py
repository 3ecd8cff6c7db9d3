"""The stand-in's Resource Manager alone, over HTTP: for what is made before there is a program, and jobs after it."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from pydantic import SecretStr

from sandbox.azure.arm_http import ArmHttp
from sandbox.azure.invokes import client_token
from sandbox.azure.jobs.runner import JobRunner
from sandbox.azure.postgres.fleet import PostgresFleet
from sandbox.azure.store import Store
from sandbox.home import SandboxHome


@contextmanager
def open_arm(home: SandboxHome, subscriptions: Mapping[str, str]) -> Generator[tuple[str, SecretStr]]:
    """Its address and the token that it takes, while the block lasts. `subscriptions`: their tenants, by id.

    An execution that is under way at its end is stopped. Raises FaultsError when the home or its store cannot be used.
    """
    store = Store(home.prepare().azure_store)
    try:
        for subscription, tenant in subscriptions.items():
            store.add_subscription(subscription, tenant)
        token = SecretStr(client_token(store))
        jobs = JobRunner(home.root, store)
        with jobs, ArmHttp(store, PostgresFleet(home.root), token, jobs) as arm:
            yield arm.url, token
    finally:
        store.close()
