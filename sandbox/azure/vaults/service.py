"""Key Vault's own API on the loopback: Get Secrets, Set Secret, Backup Secret, Restore Secret.

Every vault of the sandbox answers here, told apart by the Host header. A backup is sealed with a key of the sandbox, as
Azure's is with one of its own, and opened in a vault of the same subscription alone (Azure asks for the
same geography too, which is not looked at here); a vault with a secret of that name, deleted or not, does not take it.
https://learn.microsoft.com/rest/api/keyvault/secrets/operation-groups and
https://learn.microsoft.com/azure/key-vault/general/backup
"""

import base64
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from cryptography.fernet import Fernet, InvalidToken
from pydantic import SecretStr

from sandbox.azure import arm_writes
from sandbox.azure.bodies import Body
from sandbox.azure.catalog.role_definitions import ROLES, holds_role
from sandbox.azure.errors import ArmError, NotModelledError
from sandbox.azure.loopback import Answer, LoopbackServer, Request
from sandbox.azure.model import Record
from sandbox.azure.postgres.entra import key, mark
from sandbox.azure.store import Store

SUFFIX: Final = ".vault.azure.net"
AUDIENCE: Final = "https://vault.azure.net"
_VAULT: Final = "keyvault:Vault"
_SECRET: Final = "keyvault:Secret"  # noqa: S105 - a type
_OFFICERS: Final = (ROLES["Key Vault Secrets Officer"], ROLES["Key Vault Administrator"])
_VERSION: Final = re.compile(r"7\.\d(-preview\.\d)?|20\d\d-\d\d-\d\d")
_ONE: Final = re.compile(r"/secrets/([A-Za-z0-9-]{1,127})(/backup)?/?")
_MOST_LISTED: Final = 25


def vault_token(home: Path, object_id: str) -> SecretStr:
    """The token of the principal with this object id, for every vault of the sandbox at `home`."""
    return SecretStr(f"{object_id.lower()}.{mark(home / 'pg', AUDIENCE, object_id.lower())}")


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """One request, taken apart. `name`: of a secret, empty where none is named."""

    vault: Record
    name: str
    query: Mapping[str, str]
    body: Body


class VaultService:
    """The service of the sandbox at `home`, while the `with` block lasts."""

    def __init__(self, home: Path, store: Store) -> None:
        self._home, self._store = home, store
        self._server = LoopbackServer(self._respond)

    @property
    def address(self) -> str:
        """Host and port."""
        return urlsplit(self._server.url).netloc

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    def _respond(self, request: Request) -> Answer:
        try:
            return Answer(status=200, body=self._answer(request))
        except ArmError as error:
            return Answer(status=error.status, body={"error": {"code": error.code, "message": error.message}})
        except NotModelledError as error:
            return Answer(status=501, body={"error": {"code": "NotModelledBySandbox", "message": str(error)}})

    def _answer(self, request: Request) -> Body:
        url = urlsplit(request.target)
        query = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        if not _VERSION.fullmatch(query.get("api-version", "")):
            raise ArmError(400, "BadParameter", "The api-version query parameter is missing or not supported.")
        one = _ONE.fullmatch(url.path)
        name = one[1] if one else ""
        kind = url.path.rstrip("/") if not one or url.path == "/secrets/restore" else "/backup" if one[2] else "/one"
        operation = _OPERATIONS.get((request.method, kind))
        if operation is None:
            raise NotModelledError(f"the sandbox has few of the operations on vaults, not {request.method} {url.path}")
        body: Body = json.loads(request.content) if request.content else {}
        return operation(self, _Asked(vault=self._admit(request), name=name, query=query, body=body))

    def _admit(self, request: Request) -> Record:
        """The vault, where the request may have its secrets."""
        host = request.headers.get("host", "").partition(":")[0].lower()
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        object_id = token.partition(".")[0]
        known = hmac.compare_digest(vault_token(self._home, object_id).get_secret_value().encode(), token.encode())
        if scheme.lower() != "bearer" or not known:
            raise ArmError(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.")

        def found(tx: Any) -> Record | None:
            vault = next((it for it in tx.of_type(_VAULT) if it.name.lower() == host.removesuffix(SUFFIX)), None)
            if vault and not any(holds_role(tx, object_id, role, vault.arm_id) for role in _OFFICERS):
                raise ArmError(403, "Forbidden", "Caller is not authorized to perform action on resource.")
            return vault

        vault = self._store.read(found)
        if vault is None:
            raise ArmError(404, "VaultNotFound", f"The vault {host} was not found.")
        return vault

    def listed(self, asked: _Asked) -> Body:
        """A page of names and tags: https://learn.microsoft.com/rest/api/keyvault/secrets/get-secrets/get-secrets."""
        most = min(int(asked.query.get("maxresults") or _MOST_LISTED), _MOST_LISTED)
        begin = int(asked.query.get("$skiptoken") or 0)
        records = sorted(self._secrets(asked.vault), key=lambda it: it.name)
        base = f"https://{asked.vault.name.lower()}{SUFFIX}/secrets"
        shown = [{"id": f"{base}/{it.name}", "tags": it.inputs.get("tags")} for it in records[begin : begin + most]]
        following = f"{base}?api-version={asked.query['api-version']}&maxresults={most}&$skiptoken={begin + most}"
        return {"value": shown, "nextLink": following if len(records) > begin + most else None}

    def set(self, asked: _Asked) -> Body:
        """A new version of a secret, as a person sets one."""
        body = {"properties": {"value": str(asked.body.get("value", ""))}, "tags": asked.body.get("tags") or {}}
        self._put(asked.vault, asked.name, body)
        return {"id": f"https://{asked.vault.name.lower()}{SUFFIX}/secrets/{asked.name}"}

    def sealed(self, asked: _Asked) -> Body:
        """A secret that only a vault of this subscription opens."""
        secret = self._store.read(lambda tx: tx.find(f"{asked.vault.arm_id}/secrets/{asked.name}"))
        if secret is None:
            raise ArmError(404, "SecretNotFound", f"A secret with (name/id) {asked.name} was not found in this vault.")
        content = {
            "name": secret.name,
            "value": secret.hidden.get("value"),
            "tags": secret.inputs.get("tags") or {},
            "subscription": asked.vault.subscription.lower(),
        }
        return {"value": self._seal.encrypt(json.dumps(content).encode()).decode()}

    def restored(self, asked: _Asked) -> Body:
        """A sealed secret, in another vault."""
        try:
            content: Body = json.loads(self._seal.decrypt(str(asked.body.get("value", "")).encode()))
        except InvalidToken:
            raise ArmError(400, "BadParameter", "The property 'value' is not a secret backup.") from None
        if content["subscription"] != asked.vault.subscription.lower():
            raise ArmError(400, "BadParameter", "The backup is of another subscription than this vault's.")
        name = str(content["name"])
        if self._store.read(lambda tx: tx.find(f"{asked.vault.arm_id}/secrets/{name}")) is not None:
            raise ArmError(409, "Conflict", f"The secret '{name}' already exists.")
        self._put(asked.vault, name, {"properties": {"value": content["value"]}, "tags": content["tags"]})
        return {"id": f"https://{asked.vault.name.lower()}{SUFFIX}/secrets/{name}"}

    @property
    def _seal(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(bytes.fromhex(key(self._home / "pg"))))

    def _secrets(self, vault: Record) -> list[Record]:
        return self._store.read(lambda tx: tx.children(vault.arm_id, _SECRET))

    def _put(self, vault: Record, name: str, body: Body) -> None:
        arm_writes.put(self._store, f"{vault.arm_id}/secrets/{name}", body)


_OPERATIONS: Final[Mapping[tuple[str, str], Callable[[VaultService, _Asked], Body]]] = {
    ("GET", "/secrets"): VaultService.listed,
    ("PUT", "/one"): VaultService.set,
    ("POST", "/backup"): VaultService.sealed,
    ("POST", "/secrets/restore"): VaultService.restored,
}
