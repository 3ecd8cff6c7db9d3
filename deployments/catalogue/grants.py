"""Which role a workload has on what: what follows from a service's row, and how a row asks for more.

A target is a word: `registry`, `insights`, `vault`, `storage`, `exports` (the container of the account), `redis` is no
role (it has access policies of its own), `hub:NAME`, `container:NAME`, `secret:NAME`. The wiring turns it into a scope;
roles are on exactly that, never above.
"""

from dataclasses import dataclass

from components.conventions.roles import Role


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A built-in role on a target, and why the workload needs it."""

    role: Role
    on: str
    why: str


# Every workload: its image comes from the environment's registry, what it measures goes to Application Insights.
FOR_EVERYONE = (
    Grant(role=Role.ACR_PULL, on="registry", why="pulls its image"),
    Grant(role=Role.MONITORING_METRICS_PUBLISHER, on="insights", why="sends what it measures, without a key"),
)

# The tenancy job: what it exports outlives the deployment.
FOR_TENANCY = (
    Grant(role=Role.STORAGE_BLOB_DATA_CONTRIBUTOR, on="exports", why="keeps exports and the certificates of erasures"),
    Grant(role=Role.KEY_VAULT_SECRETS_OFFICER, on="vault", why="carries over secrets that no program makes, sealed"),
)


def sends(hub: str) -> Grant:
    """What a sender needs."""
    return Grant(role=Role.EVENT_HUBS_DATA_SENDER, on=f"hub:{hub}", why=f"sends to {hub}")


def receives(hub: str) -> Grant:
    """What a consumer needs beside the dead letters."""
    return Grant(role=Role.EVENT_HUBS_DATA_RECEIVER, on=f"hub:{hub}", why=f"consumes {hub}")


def keeps(container: str) -> Grant:
    """What a workload that reads and writes blobs needs."""
    return Grant(
        role=Role.STORAGE_BLOB_DATA_CONTRIBUTOR, on=f"container:{container}", why=f"keeps its blobs in {container}"
    )


def reads_secret(secret: str) -> Grant:
    """What an app with a Key Vault reference needs."""
    return Grant(role=Role.KEY_VAULT_SECRETS_USER, on=f"secret:{secret}", why=f"reads the secret {secret}")
