"""Hooks and transforms: functions of the program that the engine calls back, through the SDK's own callback server."""

import textwrap
from pathlib import Path

import grpc
import pytest

from sandbox.engine.operations import RunResult
from tests.sandbox.engine.stage import STACK, Stage

PREAMBLE = """
import asyncio, os, pulumi
class Thing(pulumi.CustomResource):
    serial: pulumi.Output[int]
    def __init__(self, name, props, opts=None):
        super().__init__("toy:index:Thing", name, {**props, "serial": None}, opts)
def note(text):
    with open("notes", "a") as notes:
        print(text, file=notes)
"""


class Hooked(Stage):
    """A stage whose program begins with PREAMBLE; what hooks note down is in `notes`."""

    def write(self, body: str) -> None:
        main = self.project_directory / "__main__.py"
        main.write_text(PREAMBLE + textwrap.dedent(body), encoding="utf-8")

    def run(self, body: str) -> RunResult:
        self.write(body)
        return self.up()

    @property
    def notes(self) -> list[str]:
        path = self.project_directory / "notes"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@pytest.fixture
def stage(tmp_path: Path) -> Hooked:
    return Hooked(tmp_path)


HOOKS = """
def hook(name, **kw):
    def run(args):
        inputs = args.new_inputs or args.old_inputs or {}
        note(f"{name} {args.name} {inputs.get('text')} {bool(args.id)} {sorted(args.new_outputs or {}) != []}")
    return pulumi.ResourceHook(name, run, opts=pulumi.ResourceHookOptions(**kw))
binding = pulumi.ResourceHookBinding(
    before_create=[hook("before_create")], after_create=[hook("after_create")],
    before_update=[hook("before_update")], after_update=[hook("after_update")],
    before_delete=[hook("before_delete")], after_delete=[hook("after_delete")])
"""


def test_hooks_run_before_and_after_each_kind_of_step(stage: Hooked) -> None:
    stage.run(HOOKS + "Thing('a', {'text': 'x'}, pulumi.ResourceOptions(hooks=binding))")
    stage.run(HOOKS + "Thing('a', {'text': 'y'}, pulumi.ResourceOptions(hooks=binding))")
    stage.run(HOOKS + "Thing('a', {'text': 'y'}, pulumi.ResourceOptions(hooks=binding))")
    stage.run(HOOKS)
    assert stage.notes == [
        "before_create a x False False",
        "after_create a x True True",
        "before_update a y True False",
        "after_update a y True True",
        "before_delete a y True False",
        "after_delete a y True False",
    ]


def test_hooks_stay_out_of_previews_unless_they_ask_to_run(stage: Hooked) -> None:
    stage.write(
        HOOKS
        + "Thing('a', {'text': 'x'}, pulumi.ResourceOptions(hooks=binding))\n"
        + "dry = pulumi.ResourceHookBinding(before_create=[hook('dry', on_dry_run=True)])\n"
        + "Thing('b', {'text': 'x'}, pulumi.ResourceOptions(hooks=dry))\n"
    )
    assert stage.preview().result == "succeeded"
    assert stage.notes == ["dry b x False False"]


def test_a_failed_before_hook_fails_the_step_and_the_next_up_runs_it_again(stage: Hooked) -> None:
    """An async one too: others go on meanwhile, and the resource is not made."""
    program = """
    async def gate(args):
        await asyncio.sleep(0.01)
        note("gate")
        if not os.path.exists("open"):
            raise Exception("the gate is closed")
    hooks = pulumi.ResourceHookBinding(before_create=[gate])
    g = Thing("gate", {}, pulumi.ResourceOptions(hooks=hooks))
    Thing("behind", {}, pulumi.ResourceOptions(depends_on=[g]))
    """
    result = stage.run(program)
    assert result.result == "failed"
    assert len(result.errors) == 1
    assert result.errors[0].startswith("toy:index:Thing (gate): before hook")
    assert "the gate is closed" in result.errors[0]
    assert stage.things() == []
    assert stage.backend.load(STACK).pending_operations == []
    (stage.project_directory / "open").touch()
    assert stage.run(program).result == "succeeded"
    assert stage.things() == ["gate", "behind"]
    assert stage.notes == ["gate", "gate"]


def test_a_failed_after_hook_fails_the_run_but_what_was_done_stays(stage: Hooked) -> None:
    program = """
    def late(args):
        raise Exception("too late")
    Thing("a", {}, pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(after_create=[late])))
    """
    result = stage.run(program)
    assert result.result == "failed"
    assert "after hook" in result.errors[0]
    assert stage.things() == ["a"]
    assert stage.run(program).changes == {"same": 2}


def test_a_hook_that_says_so_only_warns(stage: Hooked) -> None:
    result = stage.run("""
    def bad(args):
        raise Exception("never mind")
    hook = pulumi.ResourceHook("bad", bad, opts=pulumi.ResourceHookOptions(ignore_errors=True))
    Thing("a", {}, pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook])))
    """)
    assert result.result == "succeeded"
    assert any("never mind" in message for message in stage.messages("warning"))


def test_an_error_hook_has_a_step_tried_again(stage: Hooked) -> None:
    """It is told the failures so far, newest first."""
    attempts: list[str] = []

    def before(operation: str, name: str, context: grpc.ServicerContext) -> None:
        if operation == "create":
            attempts.append(name)
            if len(attempts) < 3:
                context.abort(grpc.StatusCode.INTERNAL, f"try {len(attempts)}")

    stage.provider._before = before
    result = stage.run("""
    def again(args):
        note(f"{args.failed_operation} {args.errors}")
        return len(args.errors) < 5
    hook = pulumi.ErrorHook("again", again)
    Thing("a", {}, pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(on_error=[hook])))
    """)
    assert result.result == "succeeded"
    assert attempts == ["a", "a", "a"]
    assert stage.notes == ["create ['try 1']", "create ['try 2', 'try 1']"]
    assert result.errors == ()


def test_an_error_hook_can_leave_it_at_that(stage: Hooked) -> None:
    result = stage.run("""
    hook = pulumi.ErrorHook("no", lambda args: False)
    Thing("a", {"fail": "create"}, pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(on_error=[hook])))
    """)
    assert result.errors == ("toy:index:Thing (a): a was told to fail on create",)


def test_hooks_of_a_component_run_around_it(stage: Hooked) -> None:
    stage.run("""
    class Box(pulumi.ComponentResource):
        def __init__(self, name, opts):
            super().__init__("toy:index:Box", name, None, opts)
            Thing("inner", {}, pulumi.ResourceOptions(parent=self))
            self.register_outputs({"x": 1})
    hooks = pulumi.ResourceHookBinding(
        before_create=[lambda args: note("before")], after_create=[lambda args: note(f"after {args.new_outputs}")])
    Box("box", pulumi.ResourceOptions(hooks=hooks))
    """)
    assert stage.notes == ["before", "after {'x': 1.0}"]


def test_delete_hooks_need_the_program(stage: Hooked) -> None:
    stage.run(HOOKS + "Thing('a', {'text': 'x'}, pulumi.ResourceOptions(hooks=binding))")
    result = stage.destroy()
    assert result.result == "failed"
    assert "only be deleted by a program" in result.errors[0]
    assert stage.things() == ["a"]


def test_transforms_change_inputs_and_options_own_first_then_parents_then_the_stacks(stage: Hooked) -> None:
    result = stage.run("""
    def adding(text):
        def transform(args):
            return pulumi.ResourceTransformResult({**args.props, "text": args.props.get("text", "") + text}, args.opts)
        return transform
    def protecting(args):
        if args.type_ == "toy:index:Thing":
            return pulumi.ResourceTransformResult(
                args.props, pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True)))
    class Box(pulumi.ComponentResource):
        def __init__(self, name, opts):
            super().__init__("toy:index:Box", name, None, opts)
            first = Thing("inner", {"text": "0"}, pulumi.ResourceOptions(parent=self, transforms=[adding("1")]))
            Thing("after", {"of": first.serial}, pulumi.ResourceOptions(parent=self))
            self.register_outputs({})
    pulumi.runtime.register_resource_transform(protecting)
    Box("box", pulumi.ResourceOptions(transforms=[adding("2")]))
    """)
    assert result.result == "succeeded"
    state = stage.state("inner")
    assert state.inputs["text"] == "012"
    assert state.protect
    after = stage.state("after")
    assert after.inputs["text"] == "2"
    assert after.dependencies == [state.urn]


def test_a_transform_that_fails_fails_the_registration(stage: Hooked) -> None:
    result = stage.run("""
    def bad(args):
        raise Exception("bad transform")
    Thing("a", {}, pulumi.ResourceOptions(transforms=[bad]))
    """)
    assert result.result == "failed"
    assert any("bad transform" in error for error in result.errors)
    assert stage.things() == []


def test_invoke_transforms_change_arguments(stage: Hooked) -> None:
    result = stage.run("""
    def transform(args):
        return pulumi.InvokeTransformResult({**args.args, "more": 1}, args.opts)
    pulumi.runtime.register_invoke_transform(transform)
    answer = pulumi.runtime.invoke("toy:index:look", {"x": 1}).value
    pulumi.export("answer", answer["echo"])
    """)
    assert result.outputs == {"answer": {"x": 1, "more": 1}}
