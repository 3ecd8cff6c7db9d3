"""Images as data: what runs where in which environment, and which file is refused."""

from pathlib import Path

import pytest

from cidr import Environment, FaultsError
from deployments.account_reaper import CFCTL
from deployments.catalogue.options import OPTIONS
from deployments.catalogue.services import SERVICES
from deployments.catalogue.workloads import GATEWAY, TENANCY
from deployments.images import Images, load_images

SOUND = """\
upstream: {ours: {source: registry.example/platform/*, target: platform/*}}
placeholder: {reference: "example.com/hello:1", port: 80, liveness_path: /, readiness_path: /}
contract: {port: 8080, liveness_path: /health/live, readiness_path: /health}
services:
  ready: platform/ready
  bare: platform/bare
jobs:
  work: platform/work
"""
DIGEST = f"sha256:{'a' * 64}"
RELEASE = f"ready: {DIGEST}\nbare: null\nwork: {DIGEST}\n"
DEV, STG, PROD = Environment


def images(root: Path, environment: Environment = DEV, text: str = SOUND, release: str = RELEASE) -> Images:
    """The images of files with these texts."""
    (root / "releases").mkdir(exist_ok=True)
    (root / "images.yaml").write_text(text)
    (root / "releases" / f"{environment}.yaml").write_text(release)
    load_images.cache_clear()
    return load_images(environment, root)


@pytest.mark.parametrize("environment", Environment)
def test_a_service_with_a_digest_runs_it_everywhere(tmp_path: Path, environment: Environment) -> None:
    """By digest, never by tag: what was tested is what runs."""
    image = images(tmp_path, environment).of(["ready"])["ready"]
    assert image.reference == f"platform/ready@{DIGEST}"
    assert (image.port, image.readiness_path) == (8080, "/health")


def test_in_dev_a_service_without_one_runs_the_placeholder(tmp_path: Path) -> None:
    """With the placeholder's own port and paths, else its probes would fail."""
    loaded = images(tmp_path)
    image = loaded.of(["bare"])["bare"]
    assert (image.reference, image.port, image.liveness_path) == ("example.com/hello:1", 80, "/")
    assert loaded.is_placeholder("bare")
    assert not loaded.is_placeholder("ready")


@pytest.mark.parametrize("environment", [STG, PROD])
def test_elsewhere_it_is_refused_with_place_and_next_step(tmp_path: Path, environment: Environment) -> None:
    """Every such service at once, and one without a row too."""
    with pytest.raises(FaultsError) as caught:
        images(tmp_path, environment).of(["bare", "ready", "stranger"])
    bare, stranger = caught.value.faults
    assert bare.where.endswith(f"{environment}.yaml bare")
    assert f"{environment} runs no placeholder" in bare.what
    assert "sha256" in bare.next_step
    assert "'stranger' has no row" in stranger.what


def test_an_environment_has_its_own_digests(tmp_path: Path) -> None:
    """What is tried in one runs in the next only once its file says so."""
    images(tmp_path, DEV)
    later = images(tmp_path, STG, release=RELEASE.replace("a" * 64, "b" * 64))
    assert later.of(["ready"])["ready"].reference.endswith("b" * 64)
    assert load_images(DEV, tmp_path).of(["ready"])["ready"].reference.endswith("a" * 64)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("upstream: {ours: {source: registry.example/platform/*, target: platform/*}}\n", "", "upstream is missing"),
        ("source: registry.example/platform/*", "source: platform", "upstream.ours.source"),
        ("bare: platform/bare", "bare: elsewhere/bare", "'elsewhere/bare' is under no rule of `upstream`"),
        ("port: 8080", "port: 0", "contract.port"),
        ("contract: {port: 8080, ", "contract: {", "contract.port: port is missing"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    """A probe without a port asks nobody; a repository that no rule covers is never pulled."""
    assert old in SOUND
    with pytest.raises(FaultsError, match=told):
        images(tmp_path, text=SOUND.replace(old, new))


@pytest.mark.parametrize(
    ("release", "told"),
    [
        ("ready: latest\n", r"dev\.yaml:1 ready: 'latest'"),
        (f"redy: {DIGEST}\n", r"'redy' is no workload(.|\n)*write `ready`"),
    ],
)
def test_a_release_that_says_something_else_is_refused(tmp_path: Path, release: str, told: str) -> None:
    """A tag in place of a digest would run something else tomorrow."""
    with pytest.raises(FaultsError, match=told):
        images(tmp_path, release=release)


def test_a_job_has_always_an_image_of_its_own(tmp_path: Path) -> None:
    """A placeholder would succeed, and the databases would stay empty."""
    assert images(tmp_path).of_job("work") == f"platform/work@{DIGEST}"
    with pytest.raises(FaultsError, match="the job work has no image"):
        images(tmp_path, release=f"ready: {DIGEST}\nwork: null\n").of_job("work")
    with pytest.raises(FaultsError, match="'play' has no row"):
        images(tmp_path).of_job("play")


@pytest.mark.parametrize("environment", Environment)
def test_the_platforms_own_files_have_every_workload_of_the_catalogue(environment: Environment) -> None:
    """A service without a row could be brought up nowhere."""
    load_images.cache_clear()
    own = load_images(environment)
    options = OPTIONS.values()
    named = [GATEWAY, *(row.name for row in SERVICES), *(row.name for option in options for row in option.services)]
    jobs = [TENANCY, *(row.name for option in options for row in option.jobs)]
    assert set(own.of(named)) == set(named) == set(own.file.services)
    of_account = {CFCTL} if environment is Environment.DEV else set[str]()  # which runs the image of dev
    assert set(own.digests) == {*named, *jobs, *of_account}
    assert own.of_job(TENANCY).startswith("complianceflow/tenancy@sha256:")
