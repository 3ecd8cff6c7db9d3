"""Pulumi's passphrase secrets manager: AES-256-GCM under a key derived from a passphrase.

Format v1: https://github.com/pulumi/pulumi/blob/master/pkg/secrets/passphrase/manager.go (the state, a salt with an
encrypted check word) and sdk/go/common/resource/config/crypt.go (a ciphertext `v1:<nonce>:<text and tag>`, both
base64). The key is PBKDF2-HMAC-SHA256 with 1,000,000 rounds, about a quarter of a second: derived once a process and
salt.
"""

import base64
import binascii
import hashlib
import os
import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.engine.storage.state_errors import SecretsError

_ROUNDS: Final = 1_000_000
_CHECK_WORD: Final = "pulumi"
_USE_ITS_OWN: Final = (
    "give the passphrase that this state was made with (PULUMI_CONFIG_PASSPHRASE, or the file `passphrase` of the home)"
)
_RESTORE: Final = "restore the state from a backup"

_keys: dict[tuple[bytes, bytes], bytes] = {}
_keys_lock = threading.Lock()


def _derive(passphrase: str, salt: bytes) -> bytes:
    """The key of a passphrase and a salt; kept for the process, under a digest instead of the passphrase."""
    name = (hashlib.sha256(passphrase.encode()).digest(), salt)
    with _keys_lock:
        if name not in _keys:
            _keys[name] = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ROUNDS, 32)
        return _keys[name]


def _decode(text: str, part: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SecretsError(f"{part} is no base64", next_step=_RESTORE) from None


class PassphraseSecrets:
    """Encrypts and decrypts the secrets of one stack.

    An unchanged secret keeps its ciphertext: texts are remembered by place (resource and path) and plaintext, both when
    encrypted here and when read from a state. So a save changes only what changed, and equal secrets do not look equal.
    Safe to use from several threads; neither passphrase nor key show in a repr.
    """

    type: Final = "passphrase"

    def __init__(self, key: bytes, salt_state: str) -> None:
        self._cipher = AESGCM(key)
        self._salt_state = salt_state
        self._known: dict[tuple[Hashable, str], str] = {}

    def __repr__(self) -> str:
        return "<PassphraseSecrets>"

    @classmethod
    def create(cls, passphrase: str) -> "PassphraseSecrets":
        """Secrets of a new stack, under a new random salt."""
        salt = os.urandom(8)
        key = _derive(passphrase, salt)
        check = _seal(AESGCM(key), _CHECK_WORD)
        return cls(key, f"v1:{base64.b64encode(salt).decode()}:{check}")

    @classmethod
    def from_state(cls, state: Mapping[str, object], passphrase: str) -> "PassphraseSecrets":
        """The secrets of a saved `{"salt": "v1:<salt>:<check word>"}`; SecretsError for another passphrase."""
        salt_state = state.get("salt")
        parts = salt_state.split(":", 2) if isinstance(salt_state, str) else []
        if len(parts) != 3 or not isinstance(salt_state, str):
            raise SecretsError("the state's salt is malformed", next_step=_RESTORE)
        if parts[0] != "v1":
            raise SecretsError(f"the state's salt has the unknown version {parts[0]!r}; v1 is known")
        key = _derive(passphrase, _decode(parts[1], "the state's salt"))
        try:
            matches = _open(AESGCM(key), parts[2]) == _CHECK_WORD
        except InvalidTag:
            matches = False
        if not matches:
            raise SecretsError("the passphrase is not the one that encrypted this state", next_step=_USE_ITS_OWN)
        return cls(key, salt_state)

    @property
    def state(self) -> dict[str, str]:
        """What a deployment keeps of this manager (`secrets_providers.state`): the salt, no secret."""
        return {"salt": self._salt_state}

    def encrypt(self, plaintext: str, place: Hashable = "") -> str:
        """The ciphertext of `plaintext`: the remembered one of this place, else a new one."""
        known = (place, plaintext)
        text = self._known.get(known)
        if text is None:
            text = self._known.setdefault(known, _seal(self._cipher, plaintext))
        return text

    def decrypt(self, ciphertext: str) -> str:
        """The plaintext; SecretsError if the text is damaged or was encrypted under another key."""
        try:
            return _open(self._cipher, ciphertext)
        except InvalidTag:
            raise SecretsError(
                "a secret was changed or encrypted under another passphrase", next_step=_USE_ITS_OWN
            ) from None

    def remember(self, plaintext: str, ciphertext: str, place: Hashable = "") -> None:
        """Let `encrypt` give `ciphertext`, as it was read, for `plaintext` at `place`."""
        self._known[place, plaintext] = ciphertext


SecretsSource = Callable[[Mapping[str, object] | None], PassphraseSecrets]
"""Gives a stack's secrets: for its saved state, or for a new stack (None)."""


def passphrase_source(read: Callable[[], str]) -> SecretsSource:
    """The secrets of every stack under one passphrase, read when the first is needed.

    New stacks made through one source share a salt, so that a process that makes several derives one key.
    """
    new: list[PassphraseSecrets] = []
    passphrase: list[str] = []

    def phrase() -> str:
        if not passphrase:
            passphrase.append(read())
        return passphrase[0]

    def source(state: Mapping[str, object] | None) -> PassphraseSecrets:
        if state is not None:
            return PassphraseSecrets.from_state(state, phrase())
        if not new:
            new.append(PassphraseSecrets.create(phrase()))
        return PassphraseSecrets.from_state(new[0].state, phrase())

    return source


def _seal(cipher: AESGCM, plaintext: str) -> str:
    nonce = os.urandom(12)
    text = cipher.encrypt(nonce, plaintext.encode(), None)
    return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(text).decode()}"


def _open(cipher: AESGCM, ciphertext: str) -> str:
    version, _, rest = ciphertext.partition(":")
    nonce, colon, text = rest.partition(":")
    if version != "v1" or not colon:
        raise SecretsError("a secret is not in the form v1:<nonce>:<text>", next_step=_RESTORE)
    raw = _decode(nonce, "a secret's nonce")
    if len(raw) != 12:
        raise SecretsError("a secret's nonce is not 12 bytes long", next_step=_RESTORE)
    return cipher.decrypt(raw, _decode(text, "a secret's text"), None).decode()
