"""The program's process: what it is told, what becomes of what it prints, and every way in which it can end."""

import dataclasses
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from sandbox.engine.model.errors import ProgramError
from sandbox.engine.program.process import ProgramProcess, Project, start
from tests.sandbox.engine.stage import PROJECT, STACK, Stage

PREAMBLE = """
import os, sys, time, pulumi
class Thing(pulumi.CustomResource):
    serial: pulumi.Output[int]
    def __init__(self, name, props, opts=None):
        super().__init__("toy:index:Thing", name, {**props, "serial": None}, opts)
"""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def program(stage: Stage, text: str) -> None:
    (stage.project_directory / "__main__.py").write_text(PREAMBLE + text, encoding="utf-8")


def test_a_program_of_several_modules_runs_in_the_project_directory(stage: Stage) -> None:
    (stage.project_directory / "helper.py").write_text("NAME = 'helped'\n", encoding="utf-8")
    program(stage, "import helper\nThing(helper.NAME, {'cwd': os.getcwd(), 'argv': sys.argv[1:]})\n")
    assert stage.up().result == "succeeded"
    assert stage.state("helped").inputs["cwd"] == str(stage.project_directory)
    assert stage.state("helped").source_position == "project:///__main__.py#8"


def test_the_program_finds_no_module_of_this_project(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """`secrets`, `state` and others of the engine's own names must stay what the program means by them."""
    monkeypatch.delenv("PYTHONPATH", raising=False)  # `./cfctl test` has the project on it
    program(
        stage,
        "import secrets\n"
        "assert hasattr(secrets, 'token_hex'), secrets\n"
        "assert 'sandbox' not in sys.modules\n"
        "import importlib.util\n"
        "pulumi.export('found', importlib.util.find_spec('sandbox') is not None)\n",
    )
    assert stage.up().outputs == {"found": False}


def test_a_program_given_as_a_file_finds_its_neighbours(stage: Stage, tmp_path: Path) -> None:
    (stage.project_directory / "neighbour.py").write_text("X = 1\n", encoding="utf-8")
    program(stage, "import neighbour\npulumi.export('x', neighbour.X)\n")
    main = stage.project_directory / "__main__.py"
    stage.engine._project = Project(PROJECT, stage.project_directory, main, sys.executable)
    assert stage.up().outputs == {"x": 1}


def test_what_the_program_prints_is_told_line_by_line(stage: Stage) -> None:
    program(
        stage,
        "print('one'); print('two', file=sys.stderr); sys.stdout.write('no newline')\n"
        "pulumi.log.info('info'); pulumi.log.warn('warning'); pulumi.log.debug('debug')\n",
    )
    assert stage.up().result == "succeeded"
    assert sorted(stage.messages("info")) == ["info", "no newline", "one"]
    assert stage.messages("info#err") == ["two"]
    assert stage.messages("warning") == ["warning"]


def test_the_last_words_of_a_dying_program_are_not_lost(stage: Stage) -> None:
    program(stage, "print('x' * 100000); print('last'); sys.stdout.flush(); os.kill(os.getpid(), 9)\n")
    result = stage.up()
    assert stage.messages("info") == ["x" * 100000, "last"]
    assert result.errors == ("the program was ended by signal 9",)


def test_an_exception_shows_the_programs_own_frames_and_no_others(stage: Stage) -> None:
    (stage.project_directory / "helper.py").write_text("def f():\n    raise ValueError('wrong')\n", encoding="utf-8")
    program(stage, "import helper\nThing('a', {})\nhelper.f()\n")
    result = stage.up()
    assert result.result == "failed"
    (error,) = result.errors
    main = stage.project_directory / "__main__.py"
    assert error.startswith("the program failed with an exception:\nTraceback (most recent call last):\n")
    assert f'File "{main}", line 9' in error
    assert "helper.py" in error
    assert error.endswith("ValueError: wrong")
    for foreign in ("program_host", "runpy", "asyncio", "site-packages/pulumi/runtime"):
        assert foreign not in error
    assert stage.things() == ["a"], "what was registered before stays"


def test_an_exception_in_an_apply_fails_the_program(stage: Stage) -> None:
    program(stage, "Thing('a', {}).serial.apply(lambda n: 1 / 0)\n")
    result = stage.up()
    assert result.result == "failed"
    assert "ZeroDivisionError" in result.errors[0]


def test_a_run_error_is_told_without_a_traceback(stage: Stage) -> None:
    program(stage, "raise pulumi.RunError('the settings are wrong')\n")
    assert stage.up().errors == ("the settings are wrong",)


def test_an_error_that_the_program_only_logs_does_not_fail_the_run(stage: Stage) -> None:
    """As in the CLI."""
    program(stage, "pulumi.log.error('just saying')\n")
    result = stage.up()
    assert (result.result, result.errors) == ("succeeded", ("just saying",))


@pytest.mark.parametrize(
    ("ending", "result", "error"),
    [
        ("sys.exit(0)", "succeeded", ""),
        ("sys.exit(3)", "failed", "the program ended with exit code 3"),
        ("sys.exit('bad luck')", "failed", "the program ended with exit code 1"),
        ("os._exit(0)", "failed", "the program ended before it had told the engine that it was done"),
        ("os._exit(5)", "failed", "the program ended with exit code 5"),
        ("os.kill(os.getpid(), 15)", "failed", "the program was ended by signal 15"),
    ],
)
def test_however_a_program_ends_only_a_finished_one_deletes(stage: Stage, ending: str, result: str, error: str) -> None:
    program(stage, "Thing('a', {})\n")
    stage.up()
    program(stage, f"{ending}\n")
    ended = stage.up()
    assert ended.result == result
    assert ended.errors == ((error,) if error else ())
    assert stage.things() == ([] if result == "succeeded" else ["a"])


def test_a_program_with_a_syntax_error_says_where(stage: Stage) -> None:
    program(stage, "def broken(:\n")
    result = stage.up()
    assert result.result == "failed"
    assert "SyntaxError" in result.errors[0]
    assert "__main__.py" in result.errors[0]


def test_a_provider_error_is_told_once_and_the_program_ends_quietly(stage: Stage) -> None:
    program(stage, "a = Thing('a', {'fail': 'create'})\nThing('b', {'x': a.serial})\npulumi.export('x', a.serial)\n")
    result = stage.up()
    assert result.errors == ("toy:index:Thing (a): a was told to fail on create",)
    assert stage.messages("error", "info#err") == ["a was told to fail on create"]


def test_configuration_reaches_the_program_but_no_command_line_or_environment(stage: Stage) -> None:
    program(
        stage,
        "c = pulumi.Config()\n"
        "pulumi.export('plain', c.require('plain'))\n"
        "pulumi.export('secret', c.require_secret('secret'))\n"
        "pulumi.export('nested', c.require_object('nested')['a'])\n"
        "pulumi.export('where', pulumi.get_organization() + '/' + pulumi.get_project() + '/' + pulumi.get_stack())\n"
        "here = '/proc/self/'\n"
        "pulumi.export('leaked', 'hunter2' in open(here + 'cmdline').read() + open(here + 'environ').read())\n"
        "pulumi.export('given', os.environ['GIVEN'])\n",
    )
    config = {f"{PROJECT}:plain": "p", f"{PROJECT}:secret": "hunter2", f"{PROJECT}:nested": '{"a": 1}'}
    result = stage.up(
        config=config, secret_keys=frozenset({f"{PROJECT}:secret"}), environment={"GIVEN": "yes"}, organization="acme"
    )
    outputs = {**result.outputs, "secret": result.outputs["secret"].value}
    assert outputs == {
        "plain": "p",
        "secret": "hunter2",
        "nested": 1,
        "where": f"acme/{PROJECT}/{STACK}",
        "leaked": False,
        "given": "yes",
    }


def test_the_passphrase_of_the_state_is_not_in_the_programs_environment(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "hunter2")
    program(stage, "pulumi.export('leaked', 'PULUMI_CONFIG_PASSPHRASE' in os.environ)\n")
    assert stage.up().outputs == {"leaked": False}


def test_a_program_that_waits_for_itself_is_stopped_with_a_reason(stage: Stage) -> None:
    """A component waits for a resource that waits for a child of that component: the SDK hangs without any call."""
    program(
        stage,
        "class Box(pulumi.ComponentResource):\n"
        "    def __init__(self, name, x):\n"
        "        super().__init__('toy:index:Box', name)\n"
        "        self.child = Thing('child', {'x': x}, pulumi.ResourceOptions(parent=self))\n"
        "        self.register_outputs({'id': self.child.id})\n"
        "import asyncio\n"
        "future = asyncio.get_event_loop().create_future()\n"
        "box = Box('box', pulumi.Output.from_input(future))\n"
        "outer = Thing('outer', {}, pulumi.ResourceOptions(depends_on=[box]))\n"
        "outer.id.apply(future.set_result)\n",
    )
    began = time.monotonic()
    result = stage.up(stalled_after=1.5)
    assert result.result == "failed"
    assert "waits for something that never comes" in result.errors[0]
    assert "::box" in result.errors[0]
    assert time.monotonic() - began < 20


def test_a_program_that_computes_is_not_taken_for_a_stalled_one(stage: Stage) -> None:
    program(stage, "end = time.time() + 3\nwhile time.time() < end: pass\nThing('a', {})\n")
    assert stage.up(stalled_after=1.0).result == "succeeded"


def test_cancel_ends_a_program_that_does_nothing(stage: Stage) -> None:
    program(stage, "print('waiting', flush=True)\ntime.sleep(100)\n")

    def cancel() -> None:
        while "waiting" not in stage.messages("info"):
            time.sleep(0.05)
        stage.engine.cancel()
        stage.engine.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    began = time.monotonic()
    result = stage.up()
    thread.join()
    assert result.result == "canceled"
    assert time.monotonic() - began < 30


def test_nothing_that_the_program_started_outlives_a_canceled_run(stage: Stage) -> None:
    program(
        stage,
        "import subprocess\nchild = subprocess.Popen(['sleep', '1000'])\n"
        "print(child.pid, flush=True)\ntime.sleep(100)\n",
    )

    def cancel() -> None:
        while not stage.messages("info"):
            time.sleep(0.05)
        stage.engine.cancel()
        stage.engine.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    stage.up()
    thread.join()
    pid = int(stage.messages("info")[0])
    deadline = time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"


def test_a_process_can_be_started_before_there_is_anything_to_run(stage: Stage) -> None:
    """Its output is kept until somebody listens; its session is its own, so that Ctrl-C does not reach it."""
    program(stage, "print('hello')\nThing('a', {})\n")
    early = start(stage.engine._project, {"GIVEN": "1"})
    assert os.getsid(early.pid) != os.getsid(0)
    time.sleep(0.3)
    result = stage.engine.up(STACK, stage.options, program=early)
    assert result.result == "succeeded"
    assert result.program_cpu_seconds > 0
    assert stage.messages("info") == ["hello"]


def test_a_started_process_ends_with_its_starter(stage: Stage) -> None:
    early = start(stage.engine._project, {})
    assert early._process.stdin is not None
    early._process.stdin.close()
    assert early.finish(10)
    assert early.exit_code == 1


def test_a_running_program_ends_with_its_starter(stage: Stage) -> None:
    """The kernel closes the pipe of an engine that was killed; a program left behind would wait for ever."""
    program(stage, "print('here', flush=True)\ntime.sleep(100)\n")
    early = start(stage.engine._project, {})
    run = threading.Thread(target=lambda: stage.engine.up(STACK, stage.options, program=early))
    run.start()
    while not stage.messages("info"):
        time.sleep(0.05)
    assert early._process.stdin is not None
    early._process.stdin.close()
    assert early.finish(10)
    assert early.exit_code == -signal.SIGKILL
    run.join()


def test_a_python_that_is_not_there_is_told(stage: Stage) -> None:
    project = dataclasses.replace(stage.engine._project, python="/nowhere/python")
    with pytest.raises(ProgramError, match="/nowhere/python"):
        ProgramProcess(project, {})
    stage.engine._project = project
    result = stage.up()
    assert result.result == "failed"
    assert "/nowhere/python" in result.errors[0]


def test_an_async_program_runs_to_its_end(stage: Stage) -> None:
    program(
        stage,
        "import asyncio\n"
        "async def main():\n"
        "    await asyncio.sleep(0.01)\n"
        "    return {'serial': Thing('a', {}).serial}\n"
        "pulumi.run(main)\n",
    )
    assert stage.up().outputs == {"serial": 1}


def test_preview_gives_the_program_unknowns(stage: Stage) -> None:
    program(
        stage,
        "a = Thing('a', {})\n"
        "a.serial.apply(lambda n: print('known', n))\n"
        "pulumi.export('dry', pulumi.runtime.is_dry_run())\n"
        "Thing('b', {'x': a.serial.apply(lambda n: n + 1)})\n",
    )
    assert stage.preview().outputs == {"dry": True}
    assert stage.messages("info") == []
    assert stage.up().result == "succeeded"
    assert stage.messages("info") == ["known 1"]
    assert stage.state("b").inputs["x"] == 2


def test_sigint_to_the_engines_group_leaves_the_program_alone(stage: Stage) -> None:
    process = start(stage.engine._project, {})
    assert os.getpgid(process.pid) == process.pid
    process.stop()
    assert process.finish(10)
    assert process.exit_code == -signal.SIGKILL


def test_invokes_and_stack_references_answer_the_program(stage: Stage) -> None:
    program(stage, "pulumi.export('plain', 1)\npulumi.export('hidden', pulumi.Output.secret('s'))\n")
    stage.engine.up("other", stage.options)
    program(
        stage,
        f"ref = pulumi.StackReference('organization/{PROJECT}/other')\n"
        "pulumi.export('plain', ref.require_output('plain'))\n"
        "pulumi.export('hidden', ref.require_output('hidden'))\n"
        "pulumi.export('look', pulumi.runtime.invoke('toy:index:look', {'x': 1}).value['echo'])\n",
    )
    result = stage.up()
    assert result.result == "succeeded", result.errors
    assert json.loads(json.dumps({**result.outputs, "hidden": result.outputs["hidden"].value})) == {
        "plain": 1,
        "hidden": "s",
        "look": {"x": 1},
    }
    program(stage, f"pulumi.StackReference('organization/{PROJECT}/nothing')\n")
    assert "no stack" in stage.up().errors[0]
