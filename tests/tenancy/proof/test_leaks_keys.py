"""Leaks 8 to 11: keys that tell of another tenant's rows, or reach them."""

import uuid
from collections.abc import Iterator

from psycopg import sql
from psycopg.types.json import Jsonb

from tenancy.model import Reference, Table
from tests.tenancy.proof.ground import Ground
from tests.tenancy.proof.operations import REFUSED, targets
from tests.tenancy.proof.sample_rows import ACME, CONTOSO, Row, bind, insert, row_of

NO_SUCH_KEY = "23503"
TAKEN = "23505"


def references(ground: Ground) -> Iterator[tuple[Table, Reference]]:
    """Every reference between two tables of tenants."""
    for table in ground.place.model.of_tenants:
        for reference in table.references:
            if ground.place.model.by_name[reference.table].is_tenants:
                yield table, reference


def fresh(ground: Ground, table: Table, tenant: uuid.UUID) -> Row:
    """Another row of a tenant, with values that none has yet."""
    keys = {name: rows.get(tenant, rows.get(ACME, {})) for name, rows in ground.place.rows.items()}
    row = row_of(table, tenant, 7, keys)
    for reference in (it for it in table.references if it.table == table.name):
        row.update(dict(zip(reference.columns, map(keys[table.name].get, reference.to), strict=True)))
    return row


def test_leak_08_a_reference_to_anothers_row_fails_as_one_to_none(ground) -> None:
    """The pair of probes: B's row, and a row that nobody has. Both are the same refusal."""
    tried = 0
    for table, reference in references(ground):
        if "INSERT" not in table.rights:
            continue
        row, theirs = fresh(ground, table, ACME), ground.of(reference.table, CONTOSO)
        assert ground.see(
            sql.SQL("SELECT count(*) FROM {} WHERE id = %s").format(sql.Identifier("app", reference.table)),
            [theirs["id"]],
        ) == [(1,)]
        for values in (map(theirs.get, reference.to), (uuid.uuid4() if to == "id" else "?" for to in reference.to)):
            probe = {**row, **dict(zip(reference.columns, values, strict=True))}
            assert ground.in_vain(insert(table.schema, table.name, probe), probe).state == NO_SUCH_KEY, table.name
            tried += 1
    assert tried


def test_leak_09_no_action_of_a_reference_reaches_another_tenant(ground) -> None:
    """A row of B that refers to a row of A cannot even be planted, by anybody: so there is nothing to cascade to."""
    tried = 0
    for table, reference in references(ground):
        row, parent = fresh(ground, table, CONTOSO), ground.of(reference.table, ACME)
        planted = {**row, **dict(zip(reference.columns, map(parent.get, reference.to), strict=True))}
        with ground.taken_back():
            bind(ground.connection, CONTOSO)
            outcome = ground.attempt(insert(table.schema, table.name, planted), planted, tenant=CONTOSO, role="azuresu")
        assert outcome.state == NO_SUCH_KEY, (table.name, reference)
        tried += 1
    assert tried


def test_leak_10_what_another_tenant_has_is_free(ground) -> None:
    """B's unique values and B's very id, taken by A: accepted, and ON CONFLICT DO NOTHING says "one row"."""
    tried = 0
    for table in (it for it in ground.place.model.of_tenants if "INSERT" in it.rights):
        theirs = ground.of(table.name, CONTOSO)
        for columns in (("id",), *table.unique):
            named = {column for it in table.references for column in it.columns}
            if set(columns) & named or any(named.issuperset(unique) for unique in table.unique):
                continue  # A's own rows must be named there (leak 8), and each of them is named once already
            probe = {**fresh(ground, table, ACME), **{column: theirs[column] for column in columns}}
            for rest in ("", "ON CONFLICT DO NOTHING"):
                outcome = ground.in_vain(insert(table.schema, table.name, probe, rest), probe)
                assert (outcome.state, outcome.count) == ("", 1), (table.name, columns, outcome.message)
            tried += 1
    assert tried


def test_leak_10_what_the_tenant_has_itself_is_taken(ground) -> None:
    """The other half of the pair: uniqueness holds inside a tenant."""
    for table in (it for it in ground.place.model.of_tenants if "INSERT" in it.rights):
        for columns in (("id",), *table.unique):
            mine = ground.of(table.name, ACME)
            probe = {**fresh(ground, table, ACME), **{column: mine[column] for column in columns}}
            assert ground.in_vain(insert(table.schema, table.name, probe), probe).state == TAKEN, (table.name, columns)


def test_leak_11_an_upsert_cannot_read_what_it_collides_with(ground) -> None:
    """Once, many times over one prepared statement, and many rows at once (the shape of CVE-2026-120154)."""
    for target in targets(ground.place):
        if not {"INSERT", "UPDATE", "SELECT"} <= target.rights:
            continue
        rest = target.sql("ON CONFLICT (tenant_id, id) DO UPDATE SET {c} = excluded.{c} RETURNING *")
        statement = sql.Composed([insert(target.schema, target.name, target.theirs), rest])
        with ground.taken_back():
            for _ in range(8):
                outcome = ground.attempt(statement, target.theirs)
                assert (outcome.state, outcome.rows) == (REFUSED, ()), target.name
            many = target.sql(
                "INSERT INTO {t} SELECT (jsonb_populate_record(NULL::{t}, %s)).* FROM generate_series(1, 8) "
                "ON CONFLICT (tenant_id, id) DO UPDATE SET {c} = excluded.{c} RETURNING *"
            )
            theirs = ground.see(target.sql("SELECT to_jsonb(t) FROM {t} t WHERE tenant_id = %s"), [CONTOSO])[0][0]
            outcome = ground.attempt(many, [Jsonb(theirs)])
            assert (outcome.state, outcome.rows) == (REFUSED, ()), target.name
