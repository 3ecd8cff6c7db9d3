"""Tokens for Blob Storage: what a principal of the sandbox shows it, and who that was.

Entra's are JSON Web Tokens that name the principal; here it is the object id with a seal of the sandbox's own key.
https://learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory
"""

import hmac
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from sandbox.azure.postgres.entra import mark

_AUDIENCE: Final = "https://storage.azure.com"


def storage_token(home: Path, object_id: str) -> SecretStr:
    """The token of the principal with this object id, for every storage account of the sandbox at `home`."""
    return SecretStr(f"{object_id.lower()}.{_seal(home, object_id)}")


def principal_of(home: Path, token: str) -> str | None:
    """The object id of who shows a token; None for one that this sandbox has not made."""
    object_id, _, seal = token.partition(".")
    return object_id if hmac.compare_digest(_seal(home, object_id).encode(), seal.encode()) else None


def _seal(home: Path, object_id: str) -> str:
    return mark(home / "pg", _AUDIENCE, object_id.lower())
