"""The patches of the SDK: the same registrations, much sooner; and the SDK as it is wherever they do not fit."""

import asyncio
import time
from collections.abc import Iterator

import pulumi
import pulumi_random
import pytest
from pulumi.runtime import resource as runtime_resource
from pulumi.runtime import stack as runtime_stack
from pulumi_azure_native import resources

from deployments import sdk_patches
from deployments.program import deploy
from stacks import load_settings
from tests.components.recording import Recording, dumped, record
from tests.deployments.conftest import REFERENCES


@pytest.fixture(autouse=True)
def unpatched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test begins with the SDK as it is, and the session goes on with the patches."""
    monkeypatch.delenv(sdk_patches.SWITCH, raising=False)
    sdk_patches.remove()
    yield
    monkeypatch.undo()
    sdk_patches.apply()


def recorded() -> Recording:
    """A whole deployment."""
    return record(lambda: deploy(load_settings("westeu-dev-1")).export(), stack="westeu-dev-1", references=REFERENCES)


def test_the_registrations_are_the_same_with_and_without() -> None:
    """Inputs, aliases, dependencies, options, hooks: every request as it goes over the wire; and the outputs."""
    stock = recorded()
    assert sdk_patches.apply()
    patched = recorded()
    assert any(one.request.aliases for one in stock.registrations)
    assert dumped(stock) == dumped(patched)
    assert stock.outputs == patched.outputs


def test_aliases_of_every_form_come_out_the_same() -> None:
    """Those that say more than a name or type take the SDK's own way."""

    def program() -> None:
        parent = pulumi.ComponentResource("test:index:Parent", "parent")
        forms = [
            pulumi.Alias(name="earlier"),
            pulumi.Alias(type_="azure-native:resources/v1:ResourceGroup"),
            pulumi.Alias(name="both", type_="azure-native:resources/v2:ResourceGroup"),
            pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE),
            pulumi.Alias(name="with-parent", parent=parent),
            pulumi.Alias(stack="other", project="elsewhere"),
            "urn:pulumi:stack::project::azure-native:resources:ResourceGroup::by-urn",
            pulumi.Output.from_input("urn:pulumi:stack::project::azure-native:resources:ResourceGroup::by-output"),
        ]
        for index, form in enumerate(forms):
            resources.ResourceGroup(f"group-{index}", opts=pulumi.ResourceOptions(parent=parent, aliases=[form]))
            pulumi_random.RandomId(f"id-{index}", byte_length=1, opts=pulumi.ResourceOptions(aliases=[form]))

    stock = record(program)
    assert sdk_patches.apply()
    assert dumped(record(program)) == dumped(stock)


@pytest.mark.parametrize("patched", [True, False])
def test_a_failed_registration_and_a_failed_output_are_raised_either_way(patched: bool) -> None:
    """Errors must not be lost in a quicker wait."""
    if patched:
        assert sdk_patches.apply()

    def fails_in_an_output() -> None:
        pulumi.Output.from_input(1).apply(lambda _: 1 / 0)

    def fails_in_an_input() -> None:
        resources.ResourceGroup("bad", location=pulumi.Output.from_input(1).apply(lambda _: str(1 / 0)))

    for program in (fails_in_an_output, fails_in_an_input):
        with pytest.raises(ZeroDivisionError):
            record(program)


def test_a_late_failure_is_seen_while_an_early_output_still_waits() -> None:
    """A slow resource must not hide another one's error until it is done."""
    assert sdk_patches.apply()

    async def slow() -> int:
        await asyncio.sleep(30)
        return 1

    async def soon_bad() -> int:
        await asyncio.sleep(0.1)
        return 1

    def late_failure(_: int) -> int:
        # made while the first outputs are already being waited for
        pulumi.Output.from_input(2).apply(lambda _: 1 / 0)
        return 1

    def program() -> None:
        pulumi.Output.from_input(slow())
        pulumi.Output.from_input(soon_bad()).apply(late_failure)

    begun = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        record(program)
    assert time.monotonic() - begun < 10


def test_the_switch_leaves_the_sdk_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a comparison, or when a patch is under suspicion."""
    stock = (runtime_resource.prepare_aliases, runtime_stack.wait_for_rpcs)
    monkeypatch.setenv(sdk_patches.SWITCH, "off")
    assert not sdk_patches.apply()
    assert (runtime_resource.prepare_aliases, runtime_stack.wait_for_rpcs) == stock


def test_an_unknown_version_leaves_the_sdk_as_it_is_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new SDK may have other private functions, or be fast by itself."""
    monkeypatch.setattr(sdk_patches, "installed_version", lambda _name: "3.999.0")
    _refused(monkeypatch, "its version 3.999.0 is not one of 3.272.0")


def test_a_changed_private_function_leaves_the_sdk_as_it_is_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version alone does not tell what somebody else has patched."""

    async def prepare_aliases(resource: object, something_else: object) -> None:
        """Not the function that the patch was written for."""

    monkeypatch.setattr(runtime_resource, "prepare_aliases", prepare_aliases)
    _refused(monkeypatch, "pulumi.runtime.resource.prepare_aliases is not the function it was")


def test_a_private_name_that_is_gone_leaves_the_sdk_as_it_is_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a patch would be worse than none."""
    monkeypatch.delattr("pulumi.runtime.settings._get_rpc_manager")
    _refused(monkeypatch, "pulumi.runtime.settings._get_rpc_manager is gone")


def _refused(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    stock = runtime_stack.wait_for_rpcs
    assert not sdk_patches.apply()
    assert runtime_stack.wait_for_rpcs is stock
    (warning,) = warnings
    assert told in warning
