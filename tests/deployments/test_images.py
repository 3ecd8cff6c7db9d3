"""Images as data: what runs where, and which file is refused."""

from pathlib import Path

import pytest

from cidr import Environment, FaultsError
from deployments.catalogue.services import SERVICES
from deployments.catalogue.workloads import GATEWAY, TENANCY
from deployments.images import Images, load_images

SOUND = """\
upstream: {ours: {source: registry.example/platform/*, target: platform/*}}
placeholder: {reference: "example.com/hello:1", port: 80, liveness_path: /, readiness_path: /}
contract: {port: 8080, liveness_path: /health/live, readiness_path: /health}
services:
  ready: {repository: platform/ready, digest: "sha256:DIGEST"}
  bare: {repository: platform/bare, digest: null}
jobs:
  work: {repository: platform/work, digest: "sha256:DIGEST"}
""".replace("DIGEST", "a" * 64)


def images(tmp_path: Path, text: str = SOUND) -> Images:
    """The images of a file with this text."""
    file = tmp_path / "images.yaml"
    file.write_text(text)
    return load_images(file)


def test_a_service_with_a_digest_runs_it_everywhere(tmp_path: Path) -> None:
    """By digest, never by tag: what was tested is what runs."""
    for environment in Environment:
        image = images(tmp_path).of(["ready"], environment)["ready"]
        assert image.reference == f"platform/ready@sha256:{'a' * 64}"
        assert (image.port, image.readiness_path) == (8080, "/health")


def test_in_dev_a_service_without_one_runs_the_placeholder(tmp_path: Path) -> None:
    """With the placeholder's own port and paths, else its probes would fail."""
    loaded = images(tmp_path)
    image = loaded.of(["bare"], Environment.DEV)["bare"]
    assert (image.reference, image.port, image.liveness_path) == ("example.com/hello:1", 80, "/")
    assert loaded.is_placeholder("bare")
    assert not loaded.is_placeholder("ready")


@pytest.mark.parametrize("environment", [Environment.STG, Environment.PROD])
def test_elsewhere_it_is_refused_with_place_and_next_step(tmp_path: Path, environment: Environment) -> None:
    """Every such service at once, and one without a row too."""
    with pytest.raises(FaultsError) as caught:
        images(tmp_path).of(["bare", "ready", "stranger"], environment)
    bare, stranger = caught.value.faults
    assert bare.where.endswith("images.yaml services.bare.digest")
    assert f"{environment} runs no placeholder" in bare.what
    assert "sha256" in bare.next_step
    assert "'stranger' has no row" in stranger.what


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("sha256:" + "a" * 64, "latest", "services.ready.digest"),
        ("port: 8080", "port: 0", "contract.port"),
        ("upstream: {ours: {source: registry.example/platform/*, target: platform/*}}\n", "", "upstream is missing"),
        ("source: registry.example/platform/*", "source: platform", "upstream.ours.source"),
        ("repository: platform/bare", "repository: elsewhere/bare", "'elsewhere/bare' is under no rule of `upstream`"),
        ("contract: {port: 8080, ", "contract: {", "contract.port: port is missing"),
        ("digest: null}", "digest: null, tag: v1}", "unknown key 'tag'"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    """A tag in place of a digest would run something else tomorrow."""
    assert old in SOUND
    with pytest.raises(FaultsError, match=told):
        images(tmp_path, SOUND.replace(old, new))


def test_the_platforms_own_file_has_a_row_for_every_service_of_the_catalogue() -> None:
    """A service without a row could be brought up nowhere."""
    named = [GATEWAY, *(service.name for service in SERVICES)]
    assert set(load_images().of(named, Environment.DEV)) == set(named) == set(load_images().file.services)
    assert load_images().of_job(TENANCY).startswith("complianceflow/tenancy@sha256:")


def test_a_job_has_always_an_image_of_its_own(tmp_path: Path) -> None:
    """A placeholder would succeed, and the databases would stay empty."""
    without = tmp_path / "without"
    without.mkdir()
    assert images(tmp_path).of_job("work") == f"platform/work@sha256:{'a' * 64}"
    with pytest.raises(FaultsError, match=r"jobs\.work\.digest"):
        images(without, SOUND.replace(f'platform/work, digest: "sha256:{"a" * 64}"', "platform/work, digest: null"))
    with pytest.raises(FaultsError, match="'play' has no row"):
        images(tmp_path).of_job("play")
