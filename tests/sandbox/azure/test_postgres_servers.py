"""Claims about the server processes: made once, found again after anything, gone when deleted."""

import os
import re
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from pydantic import SecretStr

from cidr import FaultsError
from sandbox.azure.arm_http import ArmHttp
from sandbox.azure.errors import ArmError, NotModelledError
from sandbox.azure.model import Record
from sandbox.azure.postgres import engine
from sandbox.azure.postgres.entra import access_token
from sandbox.azure.postgres.fleet import PostgresFleet
from sandbox.azure.postgres.postmaster import Postmaster
from sandbox.azure.store import Store

GROUP = "/subscriptions/0/resourceGroups/rg-cf-westeu-dev-1/providers/Microsoft.DBforPostgreSQL/flexibleServers/"
ADMIN = "6c1f8c1e-1111-4f0e-9d3c-0d5f6a7b8c9d"
ROOT = Path(__file__).parents[3]


class Sandbox:
    """A fleet with what a test wants to know of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.fleet = PostgresFleet(home)

    def ensure(self, name: str, version: str = "18") -> int:
        """The port of a server that is there."""
        return self.fleet.ensure(GROUP + name, name, version, sku_name="Standard_B1ms").port

    def directory(self, name: str) -> Path:
        """Where its files lie."""
        return self.fleet._records.directory(GROUP + name)

    def postmaster(self, name: str) -> Postmaster:
        """Its process, running or not."""
        return self.fleet._postmaster(self.fleet._found(GROUP + name))

    def pid(self, name: str) -> int:
        """The process that serves it."""
        pid = self.postmaster(name).pid()
        assert pid is not None
        return pid

    def sign_in(self, port: int, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A session of the administrators."""
        password = access_token(self.home, ADMIN).get_secret_value()
        return psycopg.connect(
            host="127.0.0.1", port=port, user="people", password=password, dbname=database, autocommit=True
        )


def running(process: psutil.Process) -> bool:
    """A zombie waits for whoever must reap it, which is not ours to hasten."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill(pid: int) -> None:
    """As kill -9 does, and wait for its end."""
    process = psutil.Process(pid)
    process.kill()
    while running(process):
        time.sleep(0.001)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of this file's own; engines and templates are made once for all files."""
    made = tmp_path_factory.mktemp("home")
    (made / "pg").mkdir()
    for name in ("engines", "templates"):
        shared = tmp_path_factory.getbasetemp() / "postgres" / name
        shared.mkdir(parents=True, exist_ok=True)
        (made / "pg" / name).symlink_to(shared)
    return made


@pytest.fixture(scope="module")
def sandbox(home: Path) -> Iterator[Sandbox]:
    made = Sandbox(home)
    yield made
    for server_id in made.fleet.server_ids():
        made.fleet.delete(server_id)


@pytest.fixture(scope="module")
def server(sandbox: Sandbox) -> str:
    sandbox.ensure("psql-cf-westeu-dev-1")
    sandbox.fleet.add_admin(GROUP + "psql-cf-westeu-dev-1", ADMIN, "people", "Group")
    return "psql-cf-westeu-dev-1"


def test_a_version_that_the_sandbox_lacks_is_refused_by_name(sandbox) -> None:
    """Another version must not be run in its place."""
    with pytest.raises(NotModelledError, match="no PostgreSQL 17: it runs 16, 18"):
        sandbox.ensure("psql-17", "17")
    assert sandbox.fleet.status(GROUP + "psql-17") is None


def test_a_server_is_not_moved_to_another_version(sandbox, server) -> None:
    """Azure upgrades in place; the sandbox cannot and says so instead of keeping quiet."""
    with pytest.raises(NotModelledError, match="replace the server"):
        sandbox.ensure(server, "16")


def test_a_server_listens_on_the_loopback_alone(sandbox, server) -> None:
    """A database of a laptop is nobody else's business."""
    listening = {
        found.laddr.ip
        for found in psutil.Process(sandbox.pid(server)).net_connections("inet")
        if found.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_the_server_process_has_none_of_roots_powers(sandbox, server) -> None:
    """PostgreSQL refuses root. As another user it may keep the right to pass closed directories, and no other."""
    pass_directories = 1 << 1  # CAP_DAC_OVERRIDE
    status = Path(f"/proc/{sandbox.pid(server)}/status").read_text(encoding="ascii")
    found = re.search(r"^CapEff:\s+(\w+)$", status, re.MULTILINE)
    assert found is not None
    is_root = psutil.Process(sandbox.pid(server)).uids().real == 0
    assert int(found[1], 16) in ({0} if is_root else {0, pass_directories})


def test_ensure_of_a_running_server_starts_nothing(sandbox, server, monkeypatch) -> None:
    """It is called at every write of the resource: it must cost no process."""
    port, pid = sandbox.ensure(server), sandbox.pid(server)
    monkeypatch.setattr(subprocess, "Popen", None)
    assert sandbox.ensure(server) == port
    assert sandbox.pid(server) == pid


def test_ids_are_compared_without_case(sandbox, server) -> None:
    """ARM does: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules."""
    assert sandbox.fleet.status((GROUP + server).upper()) == "Ready"


def test_two_processes_that_ensure_the_same_server_get_one_server(tmp_path) -> None:
    """Two runs may start at the same moment on a home that is empty: one makes everything, the other waits."""
    sandbox = Sandbox(tmp_path / "empty")
    leftover = sandbox.home / "pg" / "templates" / "18-0.building"
    (leftover / "base").mkdir(parents=True)
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from sandbox.azure.postgres.fleet import PostgresFleet
        fleet = PostgresFleet(Path(sys.argv[1]))
        print(fleet.ensure(sys.argv[2], "twice", "18", sku_name="Standard_B1ms").port)
    """)
    command = [sys.executable, "-c", script, str(sandbox.home), GROUP + "twice"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    ports = {run.communicate(timeout=60)[0].strip() for run in runs}
    data = sandbox.directory("twice") / "data"
    found = [
        process for process in psutil.process_iter(["cmdline", "ppid"]) if str(data) in (process.info["cmdline"] or [])
    ]
    # A child of a server shows its command line too, until it gives itself a title.
    serving = [process for process in found if process.info["ppid"] not in {other.pid for other in found}]
    assert [run.returncode for run in runs] == [0, 0]
    assert len(ports) == 1
    assert len(serving) == 1
    assert not leftover.exists()
    sandbox.fleet.delete(GROUP + "twice")


def test_a_server_outlives_the_process_that_started_it(sandbox) -> None:
    """`./cfctl up` ends, the databases stay."""
    script = (
        "import sys; from pathlib import Path; from sandbox.azure.postgres.fleet import PostgresFleet; "
        "PostgresFleet(Path(sys.argv[1])).ensure(sys.argv[2], 'left', '18', sku_name='Standard_B1ms')"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    subprocess.run(
        [sys.executable, "-c", script, str(sandbox.home), GROUP + "left"], check=True, timeout=60, env=environment
    )
    assert psutil.Process(sandbox.pid("left")).ppid() != os.getpid()
    sandbox.fleet.delete(GROUP + "left")


def test_what_was_committed_survives_the_kill_of_the_server(sandbox, server) -> None:
    """Seed data must not hang on luck: durability is as on Azure. The port stays, since outputs hold it."""
    port = sandbox.ensure(server)
    with sandbox.sign_in(port) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    kill(sandbox.pid(server))
    assert sandbox.ensure(server) == port
    with sandbox.sign_in(port) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
        connection.execute("DROP TABLE kept")


def test_a_pid_file_that_names_another_program_is_seen_through(sandbox, server) -> None:
    """After a reboot the number in postmaster.pid belongs to anybody; PostgreSQL itself would refuse to start."""
    port = sandbox.ensure(server)
    sandbox.postmaster(server).stop()
    stale = f"{os.getpid()}\n{sandbox.directory(server) / 'data'}\n1\n{port}\n/tmp\n127.0.0.1\n0 0\nready\n"
    (sandbox.directory(server) / "data" / "postmaster.pid").write_text(stale, encoding="ascii")
    assert sandbox.ensure(server) == port
    assert sandbox.pid(server) != os.getpid()


def test_every_operation_brings_a_killed_server_back_first(sandbox, server) -> None:
    """A write after a reboot may come before any ensure."""
    kill(sandbox.pid(server))
    sandbox.fleet.create_database(GROUP + server, "after_kill")
    sandbox.fleet.drop_database(GROUP + server, "after_kill")


def test_a_swept_socket_directory_is_made_again(sandbox, server) -> None:
    """Systems clean /tmp; the stand-in reaches its server by that socket."""
    port = sandbox.ensure(server)
    for file in sandbox.postmaster(server).sockets.iterdir():
        file.unlink()
    assert sandbox.ensure(server) == port
    sandbox.fleet.create_database(GROUP + server, "after_sweep")
    sandbox.fleet.drop_database(GROUP + server, "after_sweep")


def test_a_port_that_a_foreign_program_took_is_given_up(sandbox, server) -> None:
    """The program cannot be asked to leave; the new port is kept from then on."""
    port = sandbox.ensure(server)
    sandbox.postmaster(server).stop()
    with socket.socket() as foreign:
        foreign.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        foreign.bind(("127.0.0.1", port))
        foreign.listen()
        other = sandbox.ensure(server)
    assert other != port
    assert sandbox.ensure(server) == other
    sandbox.sign_in(other).close()


def test_a_deep_home_works(sandbox, server, tmp_path) -> None:
    """A Unix socket's path has at most 107 bytes; a home has as many as it likes."""
    deep = Sandbox(tmp_path / ("deep" * 20) / ("deeper" * 20))
    (deep.home / "pg").mkdir(parents=True)
    for made in ("engines", "templates"):
        (deep.home / "pg" / made).symlink_to((sandbox.home / "pg" / made).resolve())
    try:
        port = deep.ensure(server)
        deep.fleet.add_admin(GROUP + server, ADMIN, "people", "Group")
        deep.sign_in(port).close()
        assert port != sandbox.ensure(server)
    finally:
        deep.fleet.delete(GROUP + server)


def test_where_namespaces_are_refused_the_server_runs_as_another_user(tmp_path, monkeypatch) -> None:
    """Docker's default profile refuses user namespaces to root; a home closed to others must work there too."""
    if os.geteuid() != 0:
        pytest.skip("needs root: another user runs PostgreSQL as itself")
    launcher = tmp_path / "launcher.py"
    launcher.write_text(
        f"import sys; sys.path.insert(0, {str(engine.LAUNCHER.parent)!r})\n"
        "import unprivileged; unprivileged.namespaces_work = lambda: False; unprivileged.main()\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(engine, "LAUNCHER", launcher)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    sandbox = Sandbox(closed / "home")
    try:
        port = sandbox.ensure("psql-fallback")
        sandbox.fleet.add_admin(GROUP + "psql-fallback", ADMIN, "people", "Group")
        sandbox.sign_in(port).close()
        assert psutil.Process(sandbox.pid("psql-fallback")).uids().real != 0
    finally:
        sandbox.fleet.delete(GROUP + "psql-fallback")


def test_a_second_server_is_copied_from_the_template(sandbox, server, monkeypatch) -> None:
    """One initdb runs for each version; a second server needs only its own start."""
    started: list[tuple[object, ...]] = []
    launch = engine.launch

    def recorded(*arguments: object, **options: str) -> "subprocess.CompletedProcess[str]":
        started.append(arguments)
        return launch(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("sandbox.azure.postgres.data_directory.launch", recorded)
    sandbox.ensure("psql-second")
    assert started == []
    assert sandbox.ensure("psql-second") != sandbox.ensure(server)
    sandbox.fleet.delete(GROUP + "psql-second")


def test_a_stopped_server_stays_stopped_until_it_is_started(sandbox, server) -> None:
    """Stop is a decision of ARM: a later `up` must not undo it behind the user's back."""
    port = sandbox.ensure(server)
    sandbox.fleet.stop(GROUP + server)
    assert sandbox.fleet.status(GROUP + server) == "Stopped"
    assert sandbox.ensure(server) == port
    with pytest.raises(psycopg.OperationalError, match="refused"):
        sandbox.sign_in(port)
    for refused in (sandbox.fleet.stop, sandbox.fleet.restart):
        with pytest.raises(ArmError, match=r"ServerIsNotReady.*Current Server State = Stopped"):
            refused(GROUP + server)
    with pytest.raises(ArmError, match="ServerIsNotReady"):
        sandbox.fleet.create_database(GROUP + server, "never")
    sandbox.fleet.start(GROUP + server)
    with pytest.raises(ArmError, match="ServerIsNotStopped"):
        sandbox.fleet.start(GROUP + server)
    sandbox.sign_in(port).close()


def test_a_deleted_server_leaves_no_process_no_data_and_no_socket(sandbox) -> None:
    """And deleting it again is no error."""
    sandbox.ensure("psql-gone")
    sockets = sandbox.postmaster("psql-gone").sockets
    family = [psutil.Process(sandbox.pid("psql-gone"))]
    family += family[0].children(recursive=True)
    sandbox.fleet.delete(GROUP + "psql-gone")
    sandbox.fleet.delete(GROUP + "psql-gone")
    assert not any(running(process) for process in family)
    assert not sockets.exists()
    assert not sandbox.directory("psql-gone").exists()
    assert (GROUP + "psql-gone").lower() not in sandbox.fleet.server_ids()


@pytest.mark.parametrize("damaged", ["global/pg_control", "PG_VERSION"])
def test_a_damaged_data_directory_is_named_with_what_to_do(sandbox, server, damaged) -> None:
    """Nothing is repaired silently: the data may be somebody's; the message names place, cause and next step."""
    sandbox.postmaster(server).stop()
    data = sandbox.directory(server) / "data"
    whole = (data / damaged).read_bytes()
    (data / damaged).write_bytes(b"\0" * 8192)
    with pytest.raises(FaultsError) as raised:
        sandbox.ensure(server)
    fault = raised.value.faults[0]
    assert fault.where == str(data)
    assert "does not start" in fault.what
    assert "FATAL" in fault.what
    assert f"rm -r {data.parent}" in fault.next_step
    (data / damaged).write_bytes(whole)
    sandbox.ensure(server)


def test_a_damaged_record_is_named(sandbox, server) -> None:
    """The record holds the port and the parameters; a broken one is not guessed at."""
    record = sandbox.directory(server) / "server.json"
    whole = record.read_text(encoding="utf-8")
    for broken in (whole[:20], '{"surprise": 1}'):
        record.write_text(broken, encoding="utf-8")
        with pytest.raises(FaultsError, match=re.escape(str(record))):
            sandbox.ensure(server)
    record.write_text(whole, encoding="utf-8")
    sandbox.ensure(server)


def test_a_server_half_made_by_a_killed_command_is_made_anew(sandbox) -> None:
    """A kill at any moment: the same command again finishes."""
    directory = sandbox.directory("psql-half")
    (directory / "data").mkdir(parents=True)
    (directory / "data" / "PG_VERSION").write_text("18\n", encoding="ascii")
    (directory / "data.building").mkdir()
    sandbox.ensure("psql-half")
    sandbox.fleet.create_database(GROUP + "psql-half", "whole")
    sandbox.fleet.delete(GROUP + "psql-half")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.3, 0.6, 0.9, 1.2, 1.5, 2.0])
def test_the_same_command_again_finishes_after_a_kill_at_any_moment(tmp_path, seconds) -> None:
    """Also while a template is built or a server comes up: its children go on for a while without their command."""
    sandbox = Sandbox(tmp_path)
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from sandbox.azure.postgres.fleet import PostgresFleet
        fleet = PostgresFleet(Path(sys.argv[1]))
        fleet.ensure(sys.argv[2], "killed", "18", sku_name="Standard_B1ms")
        fleet.set_configuration(sys.argv[2], "max_connections", "60")
        fleet.restart(sys.argv[2])
        fleet.create_database(sys.argv[2], "made")
    """)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    run = subprocess.Popen([sys.executable, "-c", script, str(tmp_path), GROUP + "killed"], env=environment)
    time.sleep(seconds)
    run.kill()
    run.wait()
    try:
        sandbox.ensure("killed")
        sandbox.fleet.add_admin(GROUP + "killed", ADMIN, "people", "Group")
        sandbox.fleet.set_configuration(GROUP + "killed", "max_connections", "60")
        sandbox.fleet.restart(GROUP + "killed")
        sandbox.fleet.create_database(GROUP + "killed", "made")
        with sandbox.sign_in(sandbox.ensure("killed"), "made") as connection:
            assert connection.execute("SHOW max_connections").fetchone() == ("60",)
    finally:
        sandbox.fleet.delete(GROUP + "killed")


def test_an_unknown_compute_size_is_refused_before_anything_is_made(sandbox) -> None:
    """Its connection limit would be a guess."""
    with pytest.raises(NotModelledError, match="Standard_Z9"):
        sandbox.fleet.ensure(GROUP + "psql-z", "psql-z", "18", sku_name="Standard_Z9")
    assert not sandbox.directory("psql-z").exists()


def test_an_action_on_a_server_that_is_not_there_is_not_found(sandbox) -> None:
    """ARM's 404; taking something away from it is no error, since it is gone with the server."""
    with pytest.raises(ArmError, match="ResourceNotFound"):
        sandbox.fleet.restart(GROUP + "nowhere")
    sandbox.fleet.drop_database(GROUP + "nowhere", "x")
    sandbox.fleet.remove_admin(GROUP + "nowhere", ADMIN)
    sandbox.fleet.set_configuration(GROUP + "nowhere", "statement_timeout", None)


def test_arm_restarts_the_real_server(sandbox, server, tmp_path) -> None:
    """What the program does after setting shared_preload_libraries: POST, poll, and another server process runs."""
    store = Store(tmp_path / "azure.db")
    body = {"id": GROUP + server, "name": server}
    with store.transaction() as transaction:
        transaction.put(
            Record(
                token="dbforpostgresql:Server",  # noqa: S106 - a type's token
                arm_id=GROUP + server,
                parent=GROUP.rpartition("/providers/")[0].lower(),
                name=server,
                subscription="0",
                location="westeurope",
                unique_key="",
                inputs={},
                outputs=body,
                hidden={},
                created_at=0.0,
                ready_at=0.0,
            )
        )
    sandbox.ensure(server)
    before = sandbox.pid(server)
    query, authorization = "?api-version=2025-08-01", "Bearer t"
    with ArmHttp(store, sandbox.fleet, SecretStr("t")) as arm:
        accepted = arm.answer("POST", f"{GROUP}{server}/restart{query}", authorization, b"")
        assert accepted.status == 202
    store.close()
    assert sandbox.pid(server) != before
