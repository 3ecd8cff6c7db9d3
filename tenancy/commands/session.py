"""What commands work on: the server with its databases at the revisions that they are at, and the store of exports."""

from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from azure.identity import ManagedIdentityCredential

from tenancy import model, revisions
from tenancy.data import place
from tenancy.data.keeping import Container, Sources
from tenancy.faults import Fault, RefusedError, WrongInputError
from tenancy.inputs import Inputs
from tenancy.limits import Limits
from tenancy.plan import Plan
from tenancy.server import Server
from tenancy.stores import Store
from tenancy.stores.blob import SCOPE, BlobStore
from tenancy.stores.directory import Directory
from tenancy.stores.vault import SCOPE as VAULT_SCOPE
from tenancy.stores.vault import Vault
from tenancy.work import transaction

STORE: Final = "TENANCY_STORE"
ACTOR: Final = "TENANCY_ACTOR"
BLOBS: Final = "TENANCY_BLOBS"
VAULT: Final = "TENANCY_VAULT"
_NOBODY: Final = "tenancy job"


@dataclass(frozen=True, kw_only=True)
class Session:
    """One run. `say` takes a line for people; `environment`: the job's, of which STORE and ACTOR are read here."""

    inputs: Inputs
    server: Server
    limits: Limits
    say: Callable[[str], None]
    environment: Mapping[str, str] = field(repr=False)

    @property
    def plan(self) -> Plan:
        """The plan of the server."""
        return self.inputs.plan

    @property
    def actor(self) -> str:
        """Who it is that has the job do it: for the audit and for certificates; an id, never a person's name."""
        return self.environment.get(ACTOR, "").strip() or _NOBODY

    def databases(self) -> dict[str, model.Database]:
        """Every database of the plan with its tables, at the revision that it is at.

        Raises RefusedError for one that has no tables yet, or is at a revision that this job does not know.
        """
        found: dict[str, model.Database] = {}
        for database in self.plan.databases:
            where = f"database {database.name}"
            with self.server.connected(database.name) as connection, transaction(connection, where) as work:
                at = work.row("SELECT to_regclass('tenancy.tenants') IS NOT NULL")
                revision = place.read(work).revision if at == (True,) else ""
            if revision not in revisions.IDS:
                what = f"is at revision {revision or '0001, which has no tables'}"
                allowed, step = ", ".join(revisions.IDS[1:]), "migrate it first: ./cfctl db migrate, or bring it up"
                raise RefusedError([Fault(where=where, what=what, allowed=allowed, next_step=step)])
            found[database.name] = revisions.database_at(database.name, revision)
        return found

    @contextmanager
    def store(self) -> Generator[Store]:
        """Where exports are. Raises WrongInputError when nobody said where, StoreError for what is no store."""
        url = self.environment.get(STORE, "").strip()
        if not url:
            allowed = "https://{account}.blob.core.windows.net/{container}/{deployment}, or file:///a/directory"
            step = f"set {STORE} in the variables of the job: ./cfctl up of the deployment does"
            raise WrongInputError([Fault(where=STORE, what="not set", allowed=allowed, next_step=step)])
        if url.startswith("file:"):
            yield Directory.at(url)
            return
        credential = ManagedIdentityCredential(client_id=self.inputs.client_id)

        def token() -> str:
            return credential.get_token(SCOPE).token

        with credential, BlobStore(url, token, self.environment, self.limits) as store:
            yield store

    @contextmanager
    def sources(self) -> Generator[Sources]:
        """What the deployment has beside its databases, as BLOBS and VAULT name it. Raises StoreError for what is none.

        BLOBS: URLs of containers, spaces between them; both may be absent.
        """
        credential = ManagedIdentityCredential(client_id=self.inputs.client_id)

        def token_for(scope: str) -> Callable[[], str]:
            return lambda: credential.get_token(scope).token

        with ExitStack() as stack:
            stack.enter_context(credential)
            containers: dict[str, Container] = {}
            for url in self.environment.get(BLOBS, "").split():
                opened_one = BlobStore(url, token_for(SCOPE), self.environment, self.limits, any_name=True)
                containers[url.rstrip("/").rpartition("/")[2]] = stack.enter_context(opened_one)
            vault = self.environment.get(VAULT, "").strip()
            yield Sources(
                containers=containers,
                vault=stack.enter_context(Vault(vault, token_for(VAULT_SCOPE), self.environment, self.limits))
                if vault
                else None,
            )


@contextmanager
def opened(
    inputs: Inputs, limits: Limits, environment: Mapping[str, str], say: Callable[[str], None]
) -> Generator[Session]:
    """A session, until the end of the block."""
    server = Server(inputs, limits, say)
    try:
        yield Session(inputs=inputs, server=server, limits=limits, say=say, environment=environment)
    finally:
        server.close()
