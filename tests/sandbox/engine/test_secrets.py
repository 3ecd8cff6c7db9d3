"""The passphrase manager: Pulumi's own format, nothing in clear, and ciphertexts that stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.storage.secrets import PassphraseSecrets, passphrase_source
from sandbox.engine.storage.state_errors import SecretsError
from tests.sandbox.engine.states import PASSPHRASE, SALT, open_secrets, patient

# Encrypted by the Pulumi CLI 3.260 (`pulumi config set --secret`) under this salt and the passphrase "password".
CLI_SALT = {"salt": "v1:FxVoqhY50C0=:v1:WjOMfdxdVRPqm9Np:YEkbYpQdQUMLSBJCrtMqIiyZRoR+aA=="}
CLI_CIPHERTEXT = "v1:q/mTHiI/C07OA+JG:GP8nIkuTebmKxMoWnAJRU1jmQeBQ8w=="


def test_opens_the_known_state_of_pulumis_own_test() -> None:
    """The vector of pkg/secrets/passphrase/manager_test.go: same key derivation, same cipher, same check word."""
    assert PassphraseSecrets.from_state(SALT, PASSPHRASE).state == SALT


def test_decrypts_what_the_cli_encrypted() -> None:
    assert PassphraseSecrets.from_state(CLI_SALT, PASSPHRASE).decrypt(CLI_CIPHERTEXT) == "abc123"


def test_a_wrong_passphrase_is_refused_and_named_as_such() -> None:
    with pytest.raises(SecretsError, match="not the one that encrypted") as refused:
        PassphraseSecrets.from_state(SALT, "password123")
    assert "password123" not in str(refused.value)
    assert "PULUMI_CONFIG_PASSPHRASE" in str(refused.value)


@pytest.mark.parametrize(
    "salt",
    [
        "fozI5u6B030=:v1:F+6ZduL:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==",
        "v2:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==",
        "v1:%%%:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==",
        "v1:fozI5u6B030=:v1:F+6Z:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==",
        "v1:fozI5u6B030=:",
        "",
        7,
        None,
    ],
)
def test_a_malformed_salt_is_refused(salt: object) -> None:
    """The second is the broken state of Pulumi's own test; none may end in an error of the base64 or AES library."""
    with pytest.raises(SecretsError):
        PassphraseSecrets.from_state({"salt": salt}, PASSPHRASE)


def test_a_new_salt_each_time_and_its_state_opens_again() -> None:
    first, second = PassphraseSecrets.create("one"), PassphraseSecrets.create("one")
    assert first.state != second.state
    text = first.encrypt("value")
    assert PassphraseSecrets.from_state(first.state, "one").decrypt(text) == "value"
    with pytest.raises(SecretsError):
        second.decrypt(text)


@given(st.text(), st.text(max_size=4))
@patient
def test_what_was_encrypted_is_decrypted(plaintext: str, place: str) -> None:
    secrets = open_secrets()
    text = secrets.encrypt(plaintext, place)
    assert text.startswith("v1:")
    assert secrets.decrypt(text) == plaintext


def test_an_unchanged_secret_keeps_its_ciphertext_and_equal_secrets_look_different() -> None:
    secrets = open_secrets()
    text = secrets.encrypt("same", "here")
    assert secrets.encrypt("same", "here") == text
    assert secrets.encrypt("same", "there") != text
    later = open_secrets()
    later.remember("same", text, "here")
    assert later.encrypt("same", "here") == text


@given(st.text(max_size=40))
@patient
def test_no_text_that_is_no_ciphertext_gets_through(text: str) -> None:
    """Whatever stands where a ciphertext should, the answer is a SecretsError and never another exception."""
    with pytest.raises(SecretsError):
        open_secrets().decrypt(text)


def test_a_changed_ciphertext_is_refused() -> None:
    secrets = open_secrets()
    head, _, body = secrets.encrypt("value").rpartition(":")
    changed = ("B" if body[0] == "A" else "A") + body[1:]
    with pytest.raises(SecretsError):
        secrets.decrypt(f"{head}:{changed}")


def test_nothing_secret_shows() -> None:
    secrets = PassphraseSecrets.create("the passphrase")
    secrets.encrypt("the value")
    for text in (repr(secrets), str(secrets), str(secrets.state)):
        assert "the passphrase" not in text
        assert "the value" not in text


def test_the_passphrase_is_read_once_and_only_when_needed() -> None:
    """Reading it may prompt a person or read a file that is not there yet."""
    read: list[str] = []

    def ask() -> str:
        read.append("asked")
        return PASSPHRASE

    source = passphrase_source(ask)
    assert read == []
    assert source(SALT).state == SALT
    assert source(None).state == source(None).state != SALT
    assert read == ["asked"]
