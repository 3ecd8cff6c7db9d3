"""psql opens as the service's own identity: read-only and of one tenant, so that what one sees is what it sees."""

import json
import os
from pathlib import Path

import pytest

from cidr import FaultsError
from cli.databases.psql import psql
from cli.exit_codes import ExitCode
from sandbox.azure.postgres.records import Records, Server
from sandbox.home import SandboxHome
from tests.cli.databases.pretend import Pretend, Seen, result

TENANT = "1301f6f9-1685-5ed1-a3ce-31c9b7704808"
TELL = """#!/bin/sh
{ env | grep ^PG; echo "ARGS $*"; } > "$0.told"
exit 3
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SandboxHome:
    """A home with the record of a server, and a psql that tells what it was given."""
    program = tmp_path / "bin" / "psql"
    program.parent.mkdir()
    program.write_text(TELL)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PGHOST", "elsewhere.example.com")
    made = SandboxHome(tmp_path / "home").prepare()
    server_id = Pretend().host().server_id.lower()
    record = Server(server_id=server_id, name="psql-cf-westeu-dev-1", version=18, sku_name="x", port=21999)
    records = Records(made.postgres)
    records.directory(server_id).mkdir(parents=True)
    records.put(record)
    return made


def told(home: SandboxHome) -> dict[str, str]:
    """What psql was given."""
    lines = (home.root.parent / "bin" / "psql.told").read_text().splitlines()
    return dict(line.split("=", 1) if "=" in line else line.split(" ", 1) for line in lines)


def test_it_is_the_application_read_only_and_bound_to_the_tenant(home: SandboxHome) -> None:
    """Never the job's identity, which bypasses; the status is psql's own."""
    azure = Pretend(told=[[f"row {json.dumps({'slug': 'acme', 'id': TENANT})}", result()]])
    seen = Seen()
    status = psql(seen.screen(), home, azure.host(), "user_service", "acme", "SELECT 1", write=False)
    given = told(home)
    assert status == 3
    assert (given["PGUSER"], given["PGDATABASE"], given["PGPORT"]) == ("id-user", "user_service", "21999")
    assert given["PGHOST"] == "127.0.0.1", "nothing of the caller's own variables"
    assert given["PGOPTIONS"] == f"-c default_transaction_read_only=on -c app.tenant_id={TENANT}"
    assert given["ARGS"] == "-X -c SELECT 1"
    assert given["PGPASSWORD"] not in given["ARGS"] + seen.words


def test_without_a_tenant_none_is_bound_and_writing_is_asked_for(home: SandboxHome) -> None:
    """The first database where none is named; an id needs nobody to look it up."""
    azure = Pretend()
    psql(Seen().screen(), home, azure.host(), "", "", "", write=True)
    assert told(home)["PGOPTIONS"] == "-c default_transaction_read_only=off"
    psql(Seen().screen(), home, azure.host(), "", TENANT, "", write=False)
    assert told(home)["PGOPTIONS"].endswith(f"app.tenant_id={TENANT}")
    assert azure.started == []


@pytest.mark.parametrize(
    ("database", "tenant", "words"),
    [
        ("users", "", r"(?s)no database 'users'.*\./cfctl db psql westeu-dev-1 user_service"),
        ("user_service", "nobody", r"(?s)no tenant 'nobody'.*acme"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(home: SandboxHome, database: str, tenant: str, words: str) -> None:
    """And no psql is opened."""
    azure = Pretend(told=[[f"row {json.dumps({'slug': 'acme', 'id': TENANT})}", result()]])
    with pytest.raises(FaultsError, match=words):
        psql(Seen().screen(), home, azure.host(), database, tenant, "", write=False)
    assert not (home.root.parent / "bin" / "psql.told").exists()


def test_where_psql_is_not_installed_it_is_said(home: SandboxHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install."""
    monkeypatch.setenv("PATH", str(home.root))
    with pytest.raises(FaultsError, match=r"(?s)psql is not installed.*postgresql-client"):
        psql(Seen().screen(), home, Pretend().host(), "", "", "", write=False)


def test_on_azure_it_says_how_a_person_gets_in(home: SandboxHome) -> None:
    """From inside the network, with a token of the person's own; nothing is opened."""
    seen = Seen()
    status = psql(seen.screen(), home, Pretend().host(place="azure"), "user_service", "", "", write=False)
    assert status == ExitCode.OK
    for words in (
        "psql-cf-westeu-dev-1.postgres.database.azure.com",
        "complianceflow-dev-database-admins",
        "az account get-access-token --resource-type oss-rdbms",
        "dbname=user_service",
    ):
        assert words in seen.words
    assert not (home.root.parent / "bin" / "psql.told").exists()
