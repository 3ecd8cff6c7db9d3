"""Claims about tokens: the caller is who Entra says, and nobody else can say it."""

import base64
import contextlib
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenancy.sessions.caller import LONGEST, Caller
from tenancy.sessions.signing_keys import KeysUnavailableError
from tenancy.sessions.tokens import TokenError
from tests.tenancy.sessions.entra import AUDIENCE, DIRECTORY, KEYS, Entra, claims, jwk, signed, token
from tests.tenancy.stage import ACME


def test_a_caller_is_read_from_a_verified_token() -> None:
    """Tenant, actor and what the roles bring with them."""
    entra = Entra()
    verifier = entra.verifier()
    caller = verifier.caller(token(ACME, "edit", "Something.Else"))
    assert (caller.tenant_id, caller.actor_id) == (ACME, "00000000-0000-4000-8000-0000000000e1")
    assert caller.actor_name == "Acme administrator"
    assert caller.permissions == {"read", "edit"}
    assert verifier.caller(token(ACME, "admin")).permissions == {"read", "edit", "admin"}
    assert verifier.caller(token(roles=None)).permissions == frozenset()
    assert verifier.caller(token(roles="admin")).permissions == frozenset()
    assert verifier.caller(token(name=None)).actor_name == "00000000-0000-4000-8000-0000000000c1"
    assert verifier.caller(token(name="A\nB\x00" + "x" * 500)).actor_name == "A B " + "x" * (LONGEST - 4)
    assert entra.asked == 1
    assert "administrator" not in repr(caller)


TIMES = ("exp", "nbf", "iat")
# Times are seconds from the moment at which the token is made.
WRONG: dict[str, dict[str, Any]] = {
    "the token has expired": {"exp": -120},
    "the token is not valid yet": {"nbf": 120},
    "the token is for another audience": {"aud": "00000000-0000-4000-8000-0000000000a9"},
    "the token is of another issuer": {"iss": f"https://login.microsoftonline.com/{ACME}/v2.0"},
    "or of another directory": {"tid": str(ACME)},
    "the token is not of version 2": {"ver": "1.0"},
    "the token has no tenant_id": {"tenant_id": None},
    "is none of a tenant's caller": {"tenant_id": "acme"},
}


def timed(**changed: Any) -> str:
    """A token whose times are counted from now."""
    now = int(time.time())
    return token(**{name: now + value if name in TIMES else value for name, value in changed.items()})


@pytest.mark.parametrize(("reason", "changed"), WRONG.items())
def test_a_token_that_is_not_ours_is_refused_by_its_reason(reason, changed) -> None:
    """Signed by Entra's own key, each of them."""
    with pytest.raises(TokenError, match=reason):
        Entra().verifier().caller(timed(**changed))


@pytest.mark.parametrize("name", ["exp", "nbf", "iat", "iss", "aud", "tid", "oid", "azp", "ver", "tenant_id"])
def test_no_claim_may_be_missing(name) -> None:
    """Without azp it could be an ID token, which has the same audience."""
    with pytest.raises(TokenError):
        Entra().verifier().caller(token(**{name: None}))


@pytest.mark.parametrize("value", ["", "00000000-0000-0000-0000-000000000000", 7, None, [str(ACME)], f"{ACME}'; --"])
def test_no_other_tenant_claim_is_taken(value) -> None:
    """A tenant is the one UUID of a text; nothing falls back to another claim."""
    with pytest.raises(TokenError):
        Entra().verifier().caller(token(tenant_id=value))


def test_two_clocks_may_differ_by_a_minute_and_no_more() -> None:
    """Entra's and ours."""
    verifier = Entra().verifier()
    assert verifier.caller(timed(exp=-20))
    assert verifier.caller(timed(nbf=20, iat=20))


def _unsigned(body: dict[str, Any], header: dict[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, body))
    return f"{'.'.join(parts)}."


def test_the_header_of_a_token_chooses_nothing() -> None:
    """No algorithm, the public key for a secret, another key under its id, a key of its own, an extension."""
    verifier = Entra().verifier()
    secret = KEYS["key-1"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    said = _unsigned(claims(), {"alg": "HS256", "kid": "key-1"})
    mac = hmac.new(secret, said[:-1].encode(), hashlib.sha256).digest()
    own = jwk("stranger")
    forged = {
        "none": _unsigned(claims(), {"alg": "none", "kid": "key-1"}),
        "hmac": said + base64.urlsafe_b64encode(mac).rstrip(b"=").decode(),
        "stranger": signed(claims(), "stranger", kid="key-1"),
        "its own key": signed(claims(), "stranger", kid="key-1", jwk=own, jku="https://example.com/keys"),
        "no key": jwt.encode(claims(), KEYS["key-1"], algorithm="RS256"),
        "another hash": jwt.encode(claims(), KEYS["key-1"], algorithm="RS512", headers={"kid": "key-1"}),
        "extension": signed(claims(), crit=["exp"], exp=1),
    }
    for name, text in forged.items():
        with pytest.raises(TokenError):
            pytest.fail(f"{name}: {verifier.caller(text)}")
    with pytest.raises(TokenError, match="unknown key"):
        verifier.caller(signed(claims(), "stranger"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_change_of_a_token_is_taken(data) -> None:
    """Each character matters but for spare bits of base64; whatever the text is, the refusal is a TokenError."""
    right = token()
    verifier = Entra().verifier()
    place = data.draw(st.integers(0, len(right) - 2))
    text = data.draw(
        st.one_of(
            st.builds(lambda new: right[:place] + new + right[place + 1 :], st.characters(exclude_categories=["Cs"])),
            st.just(right[:place]),
            st.text(max_size=60),
            st.builds(lambda *parts: ".".join(parts), *[st.text("abcXYZ019-_=", max_size=30)] * 3),
        )
    )
    with contextlib.suppress(TokenError):
        assert verifier.caller(text) == verifier.caller(right)


@settings(max_examples=100, deadline=None)
@given(
    body=st.dictionaries(
        st.sampled_from(["tenant_id", "oid", "roles", "name", "exp", "nbf", "aud", "tid", "azp", "ver", "iss"]),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text())),
    )
)
def test_any_claims_give_a_caller_or_a_token_error(body) -> None:
    """Also those that Entra would never sign: a caller has a tenant of the token and words that can be printed."""
    changed = {**claims(), **body}
    text = jwt.PyJWS().encode(json.dumps(changed).encode(), KEYS["key-1"], "RS256", {"kid": "key-1"})
    with contextlib.suppress(TokenError):
        caller = Entra().verifier().caller(text)
        assert str(caller.tenant_id) == changed["tenant_id"].lower()
        assert caller.actor_name.isprintable()
        assert (changed["aud"], changed["tid"]) == (AUDIENCE, DIRECTORY)


def test_a_new_key_is_found_and_unknown_ones_ask_at_most_once_in_five_minutes() -> None:
    """Entra changes its keys whenever it likes; a kid is anybody's to invent."""
    entra = Entra()
    verifier = entra.verifier()
    verifier.caller(token())
    entra.published = ["key-1", "key-2"]
    for _ in range(20):
        with pytest.raises(TokenError, match="unknown key"):
            verifier.caller(signed(claims(), "key-2"))
    assert entra.asked == 1
    entra.now = 301
    assert verifier.caller(signed(claims(), "key-2")).tenant_id == ACME
    assert verifier.caller(token()).tenant_id == ACME
    assert entra.asked == 2
    entra.published = ["key-2"]
    entra.now += 24 * 3600 + 1
    with pytest.raises(TokenError, match="unknown key"):
        verifier.caller(token())
    assert entra.asked == 3


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (200, b"<html>"), (200, b"[]"), (200, b'{"keys": []}'), (302, b""), (200, b" " * 2_000_000)],
)
def test_while_entra_gives_no_keys_those_of_yesterday_are_used(status, body) -> None:
    """Without any the answer is not that the token is wrong: nobody knows. Then it is asked again after seconds."""
    entra = Entra(status=status, body=body)
    verifier = entra.verifier()
    for _ in range(2):
        with pytest.raises(KeysUnavailableError):
            verifier.caller(token())
    assert entra.asked == 1
    entra.status, entra.body, entra.now = 200, None, 6
    verifier.caller(token())
    entra.status, entra.body, entra.now = status, body, 6 + 25 * 3600
    assert verifier.caller(token()).tenant_id == ACME
    assert entra.asked == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"tenant_id": str(ACME)},
        {"tenant_id": type(ACME)(int=0)},
        {"actor_id": " "},
        {"actor_id": "a\nb"},
        {"actor_name": "\x00"},
        {"actor_name": "x" * 257},
        {"actor_id": "\ud800"},
    ],
)
def test_a_caller_that_no_token_gives_cannot_be_made(changed) -> None:
    """By whatever else builds one."""
    with pytest.raises(ValueError, match=r"tenant_id|actor"):
        Caller(**{"tenant_id": ACME, "actor_id": "a", **changed})
