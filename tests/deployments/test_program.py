"""The program itself, run as the Pulumi CLI runs it: from the name of the stack and its configuration."""

import json
import runpy
from dataclasses import replace

import pulumi
import pytest

from cidr import Environment
from cidr.yaml_source import REPOSITORY, read_yaml
from deployments import blueprint
from deployments.images import load_images
from stacks import stack_file
from tests.components.recording import Recording, dumped, record
from tests.deployments.conftest import REFERENCES

KEY = "complianceflow:settings"


def settings_of(stack: str) -> dict[str, object]:
    """The settings as Pulumi reads them from the stack file."""
    return read_yaml(stack_file(stack)).data["config"][KEY]


def run(stack: str, settings: object, into: Recording | None = None) -> Recording:
    """The program with these settings under its one key."""
    return record(
        lambda: runpy.run_path(str(REPOSITORY / "__main__.py"), run_name="__main__") and None,
        stack=stack,
        references=REFERENCES,
        config={} if settings is None else {KEY: json.dumps(settings)},
        into=into,
    )


def test_the_program_declares_the_deployment_that_its_stack_names(westeu_dev_1: Recording) -> None:
    """The stack file alone makes it; no wrapper adds meaning."""
    assert dumped(run("westeu-dev-1", settings_of("westeu-dev-1"))) == dumped(westeu_dev_1)


def test_the_program_is_short_and_declares_nothing_itself() -> None:
    """What it does is read in one glance."""
    lines = (REPOSITORY / "__main__.py").read_text().splitlines()
    assert len(lines) <= 60
    assert not any("azure_native" in line for line in lines)


@pytest.mark.parametrize(
    ("stack", "change", "told"),
    [
        ("westeu-dev-1", {"budget": None, "owner": ""}, ["budget", "owner"]),
        ("westeu-dev-1", {"colour": "blue"}, ["unknown key 'colour'"]),
        ("moon-dev-1", {}, ["unknown region 'moon'"]),
        ("westeu-test-1", {}, ["unknown environment 'test'"]),
        ("westeu-dev-7", {}, ["'westeu-dev-7' is not in the map"]),
    ],
)
def test_input_that_cannot_be_taken_is_told_whole_and_nothing_is_declared(
    stack: str, change: dict[str, object], told: list[str]
) -> None:
    """As an error of the run, which the CLI shows without a traceback."""
    settings = {key: value for key, value in {**settings_of("westeu-dev-1"), **change}.items() if value is not None}
    recording = Recording()
    with pytest.raises(pulumi.RunError) as caught:
        run(stack, settings, into=recording)
    assert all(text in str(caught.value) for text in told), str(caught.value)
    assert list(recording.custom()) == []


@pytest.mark.parametrize("settings", [None, [], "text", 3])
def test_a_stack_without_settings_is_told_what_is_missing(settings: object) -> None:
    """Not a crash on the first missing key."""
    with pytest.raises(pulumi.RunError, match=r"subscription_id is missing|is no mapping"):
        run("westeu-dev-1", settings)


def test_a_service_without_an_image_stops_stg_before_anything_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that fails half way has its declared resources made all the same."""
    released = load_images(Environment.STG)
    digests = {**released.digests, "tenant-registry": None}
    monkeypatch.setattr(blueprint, "load_images", lambda _: replace(released, digests=digests))
    recording = Recording()
    with pytest.raises(pulumi.RunError, match="tenant-registry has no image, and stg runs no placeholder"):
        run("global-stg", settings_of("global-stg"), into=recording)
    assert list(recording.custom()) == []


def test_stg_runs_the_digests_of_its_release_from_its_own_registry() -> None:
    """No placeholder, and at least one replica."""
    recording = run("global-stg", settings_of("global-stg"))
    assert recording.outputs["placeholders"] == []
    (container,) = recording["tenant-registry-app"].inputs["template"]["containers"]
    digest = load_images(Environment.STG).digests["tenant-registry"]
    assert container["image"] == f"acrcfglobalstg.azurecr.io/complianceflow/tenant-registry@{digest}"
    assert recording["tenant-registry-app"].inputs["template"]["scale"]["minReplicas"] == 1


def test_a_regional_deployment_in_another_subscription_reaches_global_by_a_provider_of_its_own() -> None:
    """A dedicated customer may bring one; what lies in the global group is made in the global subscription."""
    other = "00000000-0000-0000-0000-0000000000d9"
    recording = run("westeu-dev-1", {**settings_of("westeu-dev-1"), "subscription_id": other})
    assert recording["azure"].inputs["subscriptionId"] == other
    assert "::azure-of-global::" in recording["to-global-back"].request.provider
    assert "::azure-of-global::" in recording["global-apps-link"].request.provider
    assert "::azure::" in recording["to-global-out"].request.provider
