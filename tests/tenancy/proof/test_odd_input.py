"""Claims about odd tenant ids: a UUID binds, as PostgreSQL reads one; everything else raises, and nothing is seen."""

import re
import uuid

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg import sql

from tests.tenancy.proof.ground import Ground, standing_on
from tests.tenancy.proof.sample_rows import ACME, CONTOSO

# https://www.postgresql.org/docs/current/datatype-uuid.html: braces around it, hyphens after any four digits.
UUID = re.compile(r"(\{)?[0-9a-fA-F]{4}(-?[0-9a-fA-F]{4}){7}(?(1)\})")


@st.composite
def near_uuids(draw: st.DrawFn) -> str:
    """A tenant's id, written otherwise or spoilt a little."""
    text = str(draw(st.sampled_from([ACME, CONTOSO, uuid.UUID(int=0)])))
    spoil = draw(st.sampled_from(["", "upper", "braces", "bare", "cut", "more", "inside", "quote", "list"]))
    at = draw(st.integers(0, len(text)))
    return {
        "": text,
        "upper": text.upper(),
        "braces": f"{{{text}}}",
        "bare": text.replace("-", ""),
        "cut": text[:at],
        "more": f"{text}{draw(st.characters(codec='utf-8', exclude_characters=chr(0)))}",
        "inside": f"{text[:at]}{draw(st.sampled_from(' %_;-{}'))}{text[at:]}",
        "quote": f"{text}' OR tenant_id IS NOT NULL --",
        "list": f"{ACME},{CONTOSO}",
    }[spoil]


@pytest.fixture(scope="module")
def ground(places) -> Ground:
    """One transaction for all examples: each of them is taken back by itself."""
    with standing_on(places("18")["user_service"]) as standing:
        yield standing


@settings(
    max_examples=150,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.one_of(near_uuids(), st.text(st.characters(codec="utf-8", exclude_characters=chr(0)), max_size=60)))
def test_only_a_uuid_binds_and_it_binds_that_tenant(ground, text) -> None:
    """Whatever is set: the helper gives exactly that UUID, or raises and no row is seen or written."""
    table = sql.Identifier("app", ground.place.model.of_tenants[0].name)
    statements = (
        sql.SQL("SELECT DISTINCT tenant_id FROM {}").format(table),
        sql.SQL("UPDATE {} SET updated_at = now() RETURNING tenant_id").format(table),
    )
    helper = ground.attempt("SELECT tenancy.current_tenant_id()", tenant=text)
    if UUID.fullmatch(text):
        tenant = uuid.UUID(text.strip("{}").replace("-", ""))
        assert helper.rows == [(tenant,)]
        for statement in statements:
            with ground.taken_back():
                seen = {row[0] for row in ground.attempt(statement, tenant=text).rows}
            assert seen == ({tenant} if tenant in {ACME, CONTOSO} else set())
        return
    assert helper.state == ("28000" if not text else "22P02")
    for statement in statements:
        outcome = ground.attempt(statement, tenant=text)
        assert (outcome.state, outcome.rows) == (helper.state, ())
        assert str(CONTOSO) not in outcome.message or str(CONTOSO) in text


def test_a_text_with_a_null_byte_never_reaches_the_server(ground) -> None:
    """PostgreSQL has no such text, and the driver says so."""
    with pytest.raises(Exception, match="NUL"), ground.taken_back():
        ground.connection.execute("SELECT set_config('app.tenant_id', %s, true)", [f"{ACME}\x00"])
