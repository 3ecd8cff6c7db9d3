"""Access tokens: what a principal of the sandbox shows PostgreSQL instead of a password.

On Azure a token comes from Entra, lives for at most a day and is checked by PostgreSQL
(https://learn.microsoft.com/azure/postgresql/security/security-entra-concepts). Here it follows from the principal's
object id and one key of the sandbox, the same for every server, and does not expire.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from .records import Records

KEY_FILE: Final = "entra.key"


def access_token(home: Path, object_id: str) -> SecretStr:
    """The token of the principal with this object id (a GUID), for every PostgreSQL server of the sandbox at `home`."""
    return SecretStr(_mac(key(home / "pg"), object_id.lower()))


def mark(pg_home: Path, *secret: str) -> str:
    """A value by which a secret is known again without being kept."""
    return _mac(key(pg_home), "\0".join(secret))


def key(pg_home: Path) -> str:
    """The sandbox's key, 32 bytes in hexadecimal; made on first use, readable by the sandbox's owner alone."""
    file = pg_home / KEY_FILE
    if not file.exists():
        with Records(pg_home).locked(KEY_FILE):
            if not file.exists():
                write_private(file.with_suffix(".building"), secrets.token_hex(32))
                file.with_suffix(".building").replace(file)
    return file.read_text(encoding="ascii").strip()


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read, from the first byte on."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        target.write(text)


def _mac(key_hex: str, message: str) -> str:
    return hmac.new(bytes.fromhex(key_hex), message.encode(), hashlib.sha256).hexdigest()
