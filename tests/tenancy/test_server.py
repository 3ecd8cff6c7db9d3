"""Claims about the way into the server: patience that ends, one job at once, and no secret in any line."""

import os
import subprocess
import sys
import threading
from dataclasses import replace

import certifi
import pytest

from tests.tenancy.bench import JOB, SHORT, object_id, plan, principal

# How the way in behaves does not depend on the server's version.
pytestmark = pytest.mark.parametrize("bench", ["18"], indirect=True)
PLAN = plan(user_service=[principal("user")])


def test_the_process_does_the_whole_job_and_shows_no_secret(bench) -> None:
    """As the platform starts it: environment in, lines out, exit 0; then nothing to do."""
    environment = {**os.environ, **bench.environment(PLAN)}
    command = [sys.executable, "-m", "tenancy", "apply"]
    runs = [subprocess.run(command, capture_output=True, text=True, check=False, env=environment) for _ in range(2)]
    for run, outcome in zip(runs, ("changed", "unchanged"), strict=True):
        assert (run.returncode, run.stderr) == (0, "")
        assert f"total outcome={outcome}" in run.stdout
        for secret in (bench.token(JOB), bench.token("user"), "secret-header"):
            assert secret not in run.stdout


def test_a_server_that_restarts_is_waited_for(bench, capsys) -> None:
    """A retry line, then the job goes on."""
    bench.fleet.stop(bench.server_id)
    starter = threading.Timer(0.3, bench.fleet.start, [bench.server_id])
    starter.start()
    run = bench.apply(capsys, PLAN, replace(SHORT, connect_deadline=20.0))
    starter.join()
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("retry after=0.1s because=psql-tenancy.postgres.database.azure.com database postgres: ")


def test_a_server_that_stays_away_ends_the_job(bench, capsys) -> None:
    """After the deadline: exit 1, the reason on one line."""
    run = bench.apply(capsys, PLAN, PGPORT="1")
    assert run.code == 1
    assert run.err.startswith("fault psql-tenancy.postgres.database.azure.com database postgres: no connection as ")
    assert run.err.count("\n") == 1
    assert "PGUSER" in run.err


def test_an_identity_without_token_is_wrong_input(bench, capsys) -> None:
    """The client id of no identity of the job: exit 2, and azure-identity's own lines do not get between."""
    run = bench.apply(capsys, PLAN, AZURE_CLIENT_ID=object_id("stranger"))
    assert run.code == 2
    assert run.err.startswith(f"fault AZURE_CLIENT_ID: no token for identity {object_id('stranger')}: ")
    assert run.err.count("\n") == 1


def test_a_token_of_another_than_the_administrator_is_refused(bench, capsys) -> None:
    """PGUSER and AZURE_CLIENT_ID must be of one identity."""
    run = bench.apply(capsys, PLAN, PGUSER="people")
    assert run.code == 1
    assert "password authentication failed" in run.err
    assert bench.token(JOB) not in run.out + run.err


def test_a_server_that_cannot_prove_its_name_gets_no_token(bench, capsys) -> None:
    """The stand-in's server has no TLS: with the image's settings the job refuses it, and never goes on in clear."""
    run = bench.apply(capsys, PLAN, PGSSLMODE="verify-full", PGSSLROOTCERT=certifi.where())
    assert run.code == 1
    assert "server does not support SSL, but SSL was required" in run.err


def test_two_jobs_exclude_each_other(bench, capsys) -> None:
    """The second waits, and says who works when it gives up; once the first is gone it goes on."""
    with bench.sign_in(JOB, "postgres") as first:
        first.execute("SELECT pg_advisory_lock(x'74656E61'::int, x'6E637930'::int)")
        run = bench.apply(capsys, PLAN)
        assert run.code == 1
        assert f"another tenancy job works here: {JOB} (since " in run.err
        assert "held the lock for 0.3 s" in run.err
        threading.Timer(0.2, first.close).start()
        assert bench.apply(capsys, PLAN, replace(SHORT, lock=10.0)).code == 0


def test_a_session_in_the_way_ends_one_database_not_the_job(bench, capsys) -> None:
    """A statement waits for a lock for a limited time; the fault names the database."""
    assert bench.apply(capsys, PLAN).code == 0
    wanted = plan(user_service=[principal("form")], form_service=[principal("form")])
    with bench.sign_in(JOB, "user_service") as holder:
        holder.execute("BEGIN; LOCK TABLE tenancy.revision")
        run = bench.apply(capsys, wanted, replace(SHORT, row_lock=1))
        assert run.code == 1
        assert (
            "fault database user_service: PostgreSQL refused: canceling statement due to lock timeout [55P03]"
            in run.err
        )
        assert "outcome=changed" in run.line("database=form_service")
        holder.execute("ROLLBACK")
    assert bench.apply(capsys, wanted).code == 0


def test_a_network_that_breaks_in_between_is_told_without_a_traceback(bench, capsys, monkeypatch) -> None:
    """The server ends the session of a database under work."""
    from tenancy import databases

    real = databases._revision

    def cut(work, database, owner) -> None:
        with bench.superuser() as connection:
            pid = work.connection.info.backend_pid
            connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        real(work, database, owner)

    monkeypatch.setattr(databases, "_revision", cut)
    run = bench.apply(capsys, PLAN)
    assert run.code == 1
    assert "fault database user_service: PostgreSQL refused: " in run.err
    monkeypatch.undo()
    assert bench.apply(capsys, PLAN).code == 0


def test_the_lock_ends_with_the_job(bench, capsys) -> None:
    """Whatever the job ended with: the next one need not wait."""
    assert bench.apply(capsys, plan(case_service=[])).code == 1
    assert bench.apply(capsys, PLAN, replace(SHORT, lock=5.0)).code == 0
    with bench.superuser() as connection:
        sessions = (
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tenancy' AND pg_sleep(0.1) IS NOT NULL"
        )
        assert connection.execute(sessions).fetchone() == (0,)
