"""The key of signed tenant contexts: as the job reads it, in a vault, nowhere in clear."""

import json
from uuid import UUID

import pulumi

from components.data.signing_key import SigningKey, SigningKeyArgs
from components.place import Place
from tenancy.assurance.tokens import VARIABLE, read_keys
from tests.components.recording import Recording, dumped, record

MARK = "4dabf18193072939515e22adb298388d"  # by which a value on the wire is known to be a secret
DRAWN = "Zx9" * 21 + "Q"  # what the recorder draws


def recorded(place: Place) -> Recording:
    """A key as it is registered, with all that it gives out."""

    def program() -> None:
        key = SigningKey("key", SigningKeyArgs(place=place, vault_name="kv-x", secret_name="signing"))  # noqa: S106
        pulumi.export("id", key.key_id)
        pulumi.export("uri", key.secret_uri)

    return record(program)


def test_the_job_reads_what_lies_in_the_vault(place: Place) -> None:
    """By the job's own reader: one key with a block of the hash, whose id is the one that is given out."""
    recording = recorded(place)
    (key,) = read_keys({VARIABLE: recording["key-secret"].inputs["properties"]["value"]["value"]})
    assert key.id == recording.outputs["id"]
    assert key.secret == DRAWN.encode()
    assert key.token(UUID(int=1), "actor", "", seconds=60).startswith(f"{key.id}.")


def test_the_key_is_a_secret_on_the_wire_and_in_nothing_else(place: Place) -> None:
    """What is marked so goes into the state encrypted; id and address tell nothing of it, and are to be read."""
    recording = recorded(place)
    secret = recording["key-secret"].inputs
    assert secret["vaultName"] == "kv-x"
    assert MARK in secret["properties"]["value"]
    clear = json.dumps(recording.outputs) + dumped(recording).replace(json.dumps(secret["properties"]["value"]), "")
    assert MARK not in json.dumps(recording.outputs)
    assert DRAWN not in clear
    assert recording["key-drawn"].type == "random:index/randomPassword:RandomPassword"  # its id in the state is `none`


def test_another_key_has_another_id_and_another_secret(place: Place) -> None:
    """Databases refuse a new key under an old id, and a vault a name that was deleted a while ago."""
    recording = recorded(place)
    assert recording["key-secret"].inputs["secretName"] == f"signing-{recording.outputs['id']}"
    assert len(recording.outputs["id"]) == 12
