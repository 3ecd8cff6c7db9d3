"""Runs executions of jobs: each try a process of its own, with the container's environment and what Azure adds to it.

What a container has that this has not: a file system and a network of its own, limits of CPU and memory. A replica that
takes longer than `replicaTimeout` has failed, and a failed one is tried again up to `replicaRetryLimit` times, at once
(unverified: whether Azure counts a timeout as a try).
https://learn.microsoft.com/azure/container-apps/jobs#advanced-job-configuration
"""

import os
import secrets
import string
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from sandbox.azure import arm_ids
from sandbox.azure.blobs.service import BlobService
from sandbox.azure.bodies import Body
from sandbox.azure.errors import ArmError, NotModelledError
from sandbox.azure.model import Record
from sandbox.azure.postgres.records import LOOPBACK, Records
from sandbox.azure.store import Store
from sandbox.azure.vaults.service import VaultService

from . import console
from .console import Execution
from .identity_endpoint import IdentityEndpoint
from .programs import PROGRAMS, Programs, program_of
from .replica import Replica
from .template import Reached, ReachedEndpoint, Run, run_of, template_of

# What python's official images set: https://github.com/docker-library/python/blob/master/Dockerfile-linux.template
_IMAGE: Final = {"LANG": "C.UTF-8"}
# On Azure: to pull the image, run what prepares some databases, and tell; an estimate.
AZURE_SECONDS: Final = 60.0
_LETTERS: Final = string.ascii_lowercase + string.digits


class JobRunner:
    """The jobs of one sandbox, while the `with` block lasts; with its end every execution under way is stopped.

    home: the sandbox's directory. programs: what can be run, by the last part of an image's repository.
    """

    def __init__(self, home: Path, store: Store, programs: Programs = PROGRAMS) -> None:
        self._home = home
        self._store = store
        self._programs = programs
        self._identities = IdentityEndpoint(home)
        self._blobs = BlobService(home, store)
        self._vaults = VaultService(home, store)
        self._lock = threading.Lock()
        self._under_way: dict[str, tuple[Replica, threading.Thread]] = {}
        self._closed = False

    def __enter__(self) -> Self:
        self._identities.__enter__()
        self._blobs.__enter__()
        self._vaults.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closed = True
            under_way = list(self._under_way.values())
        for replica, _thread in under_way:
            replica.stop()
        for _replica, thread in under_way:
            thread.join()
        self._vaults.__exit__()
        self._blobs.__exit__()
        self._identities.__exit__()

    def start(self, job_id: str, body: Body) -> Body:
        """Begin an execution; what ARM answers: its id and name. Raises ArmError, NotModelledError."""
        now = time.time()
        job = self._job(job_id)
        template = template_of(job, body)
        name = f"{job.name}-{''.join(secrets.choice(_LETTERS) for _ in range(7))}"
        directory = console.directory_of(self._home, arm_ids.resource_group(job.arm_id), job.name)
        execution = Execution(
            name=name,
            status=console.RUNNING,
            started=datetime.fromtimestamp(now, UTC),
            ended=None,
            log=directory / f"{name}.log",
            job_id=job.arm_id,
            template=template,
        )
        with self._store.transaction() as tx:
            tx.log(
                token=job.token,
                arm_id=job.arm_id,
                kind="start",
                started_at=now,
                ready_at=now + AZURE_SECONDS,
                seconds=AZURE_SECONDS,
            )
        replica, begun = Replica(), threading.Event()
        thread = threading.Thread(target=self._perform, args=(execution, replica, begun))
        with self._lock:
            if self._closed:
                raise ArmError(503, "ServiceUnavailable", "The sandbox is closing.")
            self._under_way[name] = (replica, thread)
        thread.start()
        begun.wait()  # from here on it can be asked for
        return {"id": _id(execution), "name": name}

    def executions(self, job_id: str) -> list[Body]:
        """The executions of a job as ARM shows them, the latest first; not those of a job of its name before it."""
        return [_shown(it) for it in reversed(self._kept(self._job(job_id)))]

    def execution(self, job_id: str, name: str) -> Body:
        """One execution as ARM shows it. Raises ArmError when there is none."""
        return _shown(self._found(job_id, name))

    def stop(self, job_id: str, name: str) -> None:
        """End an execution; one that has ended stays as it is. Raises ArmError when there is none."""
        self._found(job_id, name)
        with self._lock:
            found = self._under_way.get(name)
        if found is not None:
            replica, thread = found
            replica.stop()
            thread.join()

    def _perform(self, execution: Execution, replica: Replica, begun: threading.Event) -> None:
        """Run an execution to its end and keep what became of it."""
        try:
            with console.written(execution.log) as output:
                console.keep(execution)
                begun.set()
                try:
                    status = self._run(execution, replica, output)
                except (ArmError, NotModelledError, OSError) as error:
                    _say(output, str(error))
                    status = console.FAILED
                console.keep(replace(execution, status=status, ended=datetime.now(UTC)))
        finally:
            begun.set()
            with self._lock:
                del self._under_way[execution.name]

    def _run(self, execution: Execution, replica: Replica, output: int) -> str:
        """Try until it succeeds, is stopped or has had its tries; the status that it ends with."""
        job = self._job(execution.job_id)
        run = self._store.read(lambda tx: run_of(job, execution.template, tx))
        program = program_of(run.image, self._programs)
        command = program.command(run.arguments)
        with self._identities.granted(run.identities) as asks:
            environment = self._environment(job, execution, run, asks, output)
            for attempt in range(1, run.tries + 1):
                _say(output, f"try {attempt} of {run.tries}: python {' '.join(command[1:])}")
                code = replica.run(
                    command,
                    environment=environment,
                    directory=program.directory,
                    output=output,
                    timeout=run.timeout or None,
                )
                if replica.stopped:
                    _say(output, "stopped")
                    return "Stopped"
                if code == 0:
                    return "Succeeded"
                _say(output, f"took longer than {run.timeout:g} s" if code is None else f"ended with code {code}")
        return console.FAILED

    def _environment(
        self, job: Record, execution: Execution, run: Run, asks: Mapping[str, str], output: int
    ) -> Mapping[str, str]:
        """What the image sets, the template over it, and what the platform adds."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            **_IMAGE,
            **run.environment,
            **(asks if run.identities else {}),
            **self._address(run.server, output),
            **_leads("BLOB_HOSTADDR", run.blobs, self._blobs.address, output),
            **_leads("VAULT_HOSTADDR", run.vault, self._vaults.address, output),
            "CONTAINER_APP_JOB_NAME": job.name,
            "CONTAINER_APP_JOB_EXECUTION_NAME": execution.name,
        }

    def _address(self, reached: Reached | None, output: int) -> Mapping[str, str]:
        """What libpq makes of the name of the server: the network's answer, here with another port and without TLS."""
        if reached is None:
            return {}
        server = Records(self._home.resolve() / "pg").find(reached.server_id) if reached.server_id else None
        if server is None:
            _say(output, reached.reason or f"{reached.host} does not resolve: no real server stands behind it")
            return {"PGHOSTADDR": reached.host}  # no address: libpq refuses it, and asks no real name server
        return {"PGHOSTADDR": LOOPBACK, "PGPORT": str(server.port), "PGSSLMODE": "disable"}

    def _job(self, job_id: str) -> Record:
        job = self._store.read(lambda tx: tx.find(job_id))
        if job is None:
            raise ArmError(404, "ResourceNotFound", f"The job '{job_id}' was not found.")
        return job

    def _kept(self, job: Record) -> list[Execution]:
        found = console.executions(self._home, arm_ids.resource_group(job.arm_id), job.name)
        return [
            it
            for it in found
            if arm_ids.key(it.job_id) == arm_ids.key(job.arm_id) and it.started.timestamp() >= job.created_at
        ]

    def _found(self, job_id: str, name: str) -> Execution:
        job = self._job(job_id)
        found = next((it for it in self._kept(job) if it.name.lower() == name.lower()), None)
        if found is None:
            raise ArmError(404, "JobExecutionNotFound", f"Execution '{name}' of job '{job.name}' was not found.")
        return found


def _leads(variable: str, reached: ReachedEndpoint | None, address: str, output: int) -> Mapping[str, str]:
    """Where the names of storage accounts or vaults lead, without TLS; `tenancy.stores` reads it."""
    if reached is None:
        return {}
    if reached.reason:
        _say(output, reached.reason)
        return {variable: reached.host}  # no address: refused there, and no real name server is asked
    return {variable: address}


def _say(output: int, text: str) -> None:
    os.write(output, f"[sandbox] {text}\n".encode())


def _id(execution: Execution) -> str:
    return f"{execution.job_id}/executions/{execution.name}"


def _shown(execution: Execution) -> Body:
    properties: Body = {
        "status": execution.status,
        "startTime": execution.started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "template": execution.template,
    }
    if execution.ended is not None:
        properties["endTime"] = execution.ended.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "id": _id(execution),
        "name": execution.name,
        "type": "Microsoft.App/jobs/executions",
        "properties": properties,
    }
