"""Jobs that really run: what an execution is given, how it ends, and that it ends with who started it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cidr.yaml_source import REPOSITORY
from sandbox.azure.errors import ArmError, NotModelledError
from sandbox.azure.jobs import console, guard
from sandbox.azure.jobs.programs import PROGRAMS, program_of
from sandbox.azure.jobs.replica import GUARD
from sandbox.azure.jobs.runner import JobRunner
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, container
from tests.sandbox.azure.jobs.grounds import IMAGE, STAY, TELL, Grounds, log_of, until

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"


def told(execution: console.Execution) -> Any:
    """What TELL told."""
    return json.loads(next(line for line in log_of(execution).splitlines() if line.startswith("{")))


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for is dead all the same."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_an_execution_runs_the_image_with_the_templates_environment_and_no_other(
    real: Grounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the developer's shell has set must not make a job work that would fail on Azure."""
    monkeypatch.setenv("LEFT_OVER", "of the shell")
    ended = real.run(real.job(TELL, container={"env": [{"name": "A", "value": "1"}, {"name": "EMPTY"}]}))
    assert ended.status == "Succeeded"
    assert told(ended)["argv"] == ["by", "itself"]
    assert told(ended)["environment"] == {
        "A": "1",
        "EMPTY": "",
        "CONTAINER_APP_JOB_NAME": "told",
        "CONTAINER_APP_JOB_EXECUTION_NAME": ended.name,
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
    }


def test_the_arguments_of_the_template_replace_the_images_own(real: Grounds) -> None:
    """As `args` do on Azure: they stand in the place of the Dockerfile's CMD."""
    assert told(real.run(real.job(TELL, container={"args": ["check"]})))["argv"] == ["check"]


def test_a_start_may_bring_its_own_template_whole(real: Grounds) -> None:
    """Nothing of the job's own is merged in: https://learn.microsoft.com/azure/container-apps/jobs."""
    job = real.job(TELL, container={"env": [{"name": "A", "value": "1"}]})
    given = {"name": "main", "image": IMAGE, "args": ["once"], "env": [{"name": "B", "value": "2"}]}
    ended = real.run(job, {"containers": [given]})
    assert told(ended)["argv"] == ["once"]
    assert told(ended)["environment"]["B"] == "2"
    assert "A" not in told(ended)["environment"]
    assert ended.template == {"containers": [given]}


@pytest.mark.parametrize(
    "body",
    [
        {"containers": []},
        {"containers": [container(image=IMAGE), container(image=IMAGE)]},
        {"containers": [{"name": "main", "image": IMAGE, "command": ["sh"]}]},
        {"initContainers": [container(image=IMAGE)]},
    ],
)
def test_a_start_that_the_sandbox_cannot_follow_is_refused(real: Grounds, body: dict[str, Any]) -> None:
    """Running something else than asked would be a faked success."""
    job = real.job(TELL)
    with pytest.raises(NotModelledError, match="the sandbox starts jobs with one container"):
        real.runner.start(job.id, body)
    assert console.executions(real.home, GROUP, "told") == []


def test_a_container_without_an_image_is_refused(real: Grounds) -> None:
    """Azure merges nothing in, so it has none."""
    with pytest.raises(ArmError, match="ContainerAppImageRequired"):
        real.runner.start(real.job(TELL).id, {"containers": [{"name": "main"}]})


def test_secrets_reach_the_container_and_nothing_else(real: Grounds) -> None:
    """By reference to the vault or of the job's own; neither is kept of the execution or shown of the job."""
    vault, identity = real.cloud.vault(), real.cloud.identity()
    real.cloud.create(
        "keyvault:Secret",
        "s",
        resourceGroupName=GROUP,
        vaultName="kv-test",
        secretName="s",
        properties={"value": "in-the-vault"},
    )
    real.cloud.create(
        "authorization:RoleAssignment",
        "ra",
        scope=vault.id,
        principalId=identity.outputs["principalId"],
        principalType="ServicePrincipal",
        roleDefinitionId=f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_USER}",
    )
    uri = "https://kv-test.vault.azure.net/secrets/s"
    job = real.job(
        "import os; assert (os.environ['V'], os.environ['O']) == ('in-the-vault', 'of-its-own')",
        identity={"type": "UserAssigned", "userAssignedIdentities": [identity.id]},
        configuration={
            "secrets": [
                {"name": "v", "keyVaultUrl": uri, "identity": identity.id},
                {"name": "o", "value": "of-its-own"},
            ]
        },
        container={"env": [{"name": "V", "secretRef": "v"}, {"name": "O", "secretRef": "o"}]},
    )
    ended = real.run(job)
    assert ended.status == "Succeeded", log_of(ended)
    shown = json.dumps([real.runner.execution(job.id, ended.name), job.outputs, real.cloud.provider.arm.read(job.id)])
    for text in (shown, log_of(ended), ended.log.with_suffix(".json").read_text()):
        assert "in-the-vault" not in text
        assert "of-its-own" not in text


@pytest.mark.parametrize(("limit", "tries"), [(0, 1), (2, 3)])
def test_a_container_that_fails_is_tried_again_as_often_as_the_job_says(real: Grounds, limit: int, tries: int) -> None:
    """Then the execution has failed, and its log has every try."""
    ended = real.run(real.job("print('out of luck'); raise SystemExit(3)", configuration={"replicaRetryLimit": limit}))
    assert ended.status == "Failed"
    assert log_of(ended).count("out of luck") == tries
    assert log_of(ended).count("[sandbox] ended with code 3") == tries


def test_a_later_try_that_succeeds_is_a_success(real: Grounds) -> None:
    """What a retry is for."""
    flag = real.home / "flag"
    program = f"import pathlib; f = pathlib.Path({str(flag)!r}); t = f.exists(); f.touch(); raise SystemExit(not t)"
    ended = real.run(real.job(program, configuration={"replicaRetryLimit": 5}))
    assert ended.status == "Succeeded"
    assert log_of(ended).count("[sandbox] try ") == 2


def test_a_container_that_takes_too_long_is_ended_and_has_failed(real: Grounds) -> None:
    """The timeout is the job's, in seconds."""
    ended = real.run(real.job(STAY, configuration={"replicaTimeout": 1}))
    assert ended.status == "Failed"
    assert "[sandbox] took longer than 1 s" in log_of(ended)


def test_an_image_that_this_machine_cannot_run_fails_and_says_so(real: Grounds) -> None:
    """A placeholder that "succeeded" would open the database gate."""
    ended = real.run(real.job(TELL, container={"image": "mcr.microsoft.com/k8se/quickstart-jobs:latest"}))
    assert ended.status == "Failed"
    assert "[sandbox] the sandbox cannot run image mcr.microsoft.com/k8se/quickstart-jobs:latest" in log_of(ended)


@pytest.mark.parametrize(
    "image", ["acr.azurecr.io/x/tenancy:latest", "acr.azurecr.io/not-tenancy@sha256:" + "0" * 64, "tenancy@sha256:0"]
)
def test_only_a_digest_of_a_known_repository_is_run(image: str) -> None:
    """A tag may be anything tomorrow."""
    with pytest.raises(NotModelledError, match="cannot run image"):
        program_of(image, PROGRAMS)
    assert program_of("acr.azurecr.io/cf/tenancy@sha256:" + "a" * 64, PROGRAMS).module == "tenancy"


@pytest.mark.parametrize("repository", PROGRAMS)
def test_what_is_run_is_what_the_images_dockerfile_says(repository: str) -> None:
    """Else a job could work here and start something else there."""
    lines = (REPOSITORY / "images" / repository / "Dockerfile").read_text(encoding="utf-8").splitlines()
    said = {line.partition(" ")[0]: line.partition(" ")[2] for line in lines}
    ours = ["python", *PROGRAMS[repository].command(None)[1:]]
    assert json.loads(said["ENTRYPOINT"]) + json.loads(said["CMD"]) == ours


def test_an_execution_can_be_stopped_with_all_that_it_started(real: Grounds) -> None:
    """Also what the container itself started, and what does not listen to the request to end."""
    deaf = "import signal,time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    program = f"""if True:
        import os, subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", {deaf!r}])
        print(os.getpid(), child.pid, flush=True)
        child.wait()
    """
    job = real.job(program)
    name = real.runner.start(job.id, {})["name"]
    until(lambda: "deaf" in log_of(real.kept(job, name)))
    assert real.runner.execution(job.id, name)["properties"]["status"] == "Running"
    pids = [int(pid) for line in log_of(real.kept(job, name)).splitlines() if line[0].isdigit() for pid in line.split()]
    assert all(map(alive, pids))
    real.runner.stop(job.id, name)
    assert real.kept(job, name).status == "Stopped"
    until(lambda: not any(map(alive, pids)))
    real.runner.stop(job.id, name)  # what has ended stays as it is
    assert real.kept(job, name).status == "Stopped"


def test_closing_the_sandbox_stops_what_runs_in_it(real: Grounds) -> None:
    """A job must not write to databases that the next command is about to change."""
    job = real.job(STAY)
    with JobRunner(real.home, real.cloud.store, real.programs) as runner:
        name = runner.start(job.id, {})["name"]
        until(lambda: "ready" in log_of(real.kept(job, name)))
    assert real.kept(job, name).status == "Stopped"
    with pytest.raises(ArmError, match="ServiceUnavailable"):
        runner.start(job.id, {})


CALLER = """
import subprocess, sys, time
kept = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, start_new_session=True)
time.sleep(600)
"""
TELL_PID = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"


def test_a_program_dies_with_a_killed_caller(tmp_path: Path) -> None:
    """SIGKILL lets nobody tidy up: the guard sees the pipe close."""
    command = [sys.executable, "-c", CALLER, sys.executable, "-I", "-S", str(GUARD), sys.executable, "-c", TELL_PID]
    with (tmp_path / "out").open("wb") as out:
        caller = subprocess.Popen(command, stdout=out)
    until(lambda: (tmp_path / "out").read_text().endswith("\n"))
    pid = int((tmp_path / "out").read_text())
    assert alive(pid)
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    until(lambda: not alive(pid), guard.GRACE)


def test_what_could_not_be_started_has_failed_with_its_reason(real: Grounds) -> None:
    """Anything else would leave an execution that runs for ever."""
    job = real.job(TELL)
    real.module.unlink()
    real.module.parent.rmdir()
    ended = real.run(job)
    assert ended.status == "Failed"
    assert "No such file or directory" in log_of(ended)


def test_an_execution_counts_in_the_time_on_azure(real: Grounds) -> None:
    """The summary says how long a run would take there; the job is part of its longest chain."""
    job = real.job(TELL)
    real.run(job)
    last = real.cloud.store.operations()[-1]
    assert (last.kind, last.arm_id) == ("start", job.id)
    assert last.azure_seconds > 0
