"""Data commands in the mode: they work as operations, which binds without a token, and take no key for data."""

import base64
import json

from tenancy.assurance.tokens import VARIABLE
from tests.tenancy.stage import ACME, CONTOSO, PLAN


def test_a_tenant_is_listed_exported_erased_and_imported_in_the_mode(plain, key, tmp_path, capfd) -> None:
    """A teardown exports, a tenant moves and is erased, whatever the mode; no file that is written has the key."""
    signed = {
        "deployment": "westeu-dev-1",
        "zone": "EU",
        "databases": [{**PLAN["databases"][0], "signed_context": True}],
    }
    store = tmp_path / "store"
    secret = base64.b64encode(key.secret).decode()
    given = {VARIABLE: json.dumps({key.id: secret}), "TENANCY_STORE": f"file://{store}"}
    plain.plant(ACME, "HQ", "Branch")
    plain.plant(CONTOSO, "Other")
    try:
        plain.apply(signed, **given)
        for command in (
            ["tenants-list"],
            ["export", "--name=acme", "--tenant=acme"],
            ["erase", "--tenant=acme", "--export=acme"],
        ):
            plain.apply(signed, command=command, **given)
        assert plain.owned() == {CONTOSO: 1}
        for command in (["export", "--name=all"], ["verify", "--name=all"]):
            plain.apply(signed, command=command, **given)
        with plain.superuser() as connection:
            connection.execute("TRUNCATE tenancy.tenants CASCADE")
        plain.apply(signed, command=["import", "--name=all"], **given)
        assert plain.owned() == {CONTOSO: 1}
        said = "".join(capfd.readouterr())
        assert '"tenants":2' in said
        files = [it for it in store.rglob("*") if it.is_file()]
        assert files
        assert not any(secret.encode() in it.read_bytes() for it in files)
        assert secret not in said
        assert not any(b"signing_keys" in it.read_bytes() for it in files)
    finally:
        plain.apply()
