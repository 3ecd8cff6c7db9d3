"""Which image a service runs: images/images.yaml read, checked and held against the environment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cidr import Environment, Fault, FaultsError
from cidr.validation import told
from cidr.yaml_source import REPOSITORY, KeyPath, label_of, read_yaml
from components.workload import Image

IMAGES_FILE: Final = REPOSITORY / "images" / "images.yaml"

# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
_REPOSITORY = r"^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$"
_DIGEST = r"^sha256:[0-9a-f]{64}$"

_Path = Annotated[str, Field(pattern="^/", description="path that a probe asks", examples=["/health"])]
_Port = Annotated[int, Field(ge=1, le=65_535, description="port the container listens on", examples=[8080])]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Contract(_Row):
    """Where a container listens and tells its health."""

    port: _Port
    liveness_path: _Path
    readiness_path: _Path


class _Placeholder(_Contract):
    """The public image that stands in for a service without one."""

    reference: str = Field(
        min_length=1, description="a public image", examples=["mcr.microsoft.com/k8se/quickstart:latest"]
    )


class _Upstream(_Row):
    """Repositories of an upstream registry, and under which the environment's own registry has them."""

    source: str = Field(
        pattern=r"^[a-z0-9.-]+\.[a-z]+/([a-z0-9._-]+/)*\*$",
        description="registry and repositories upstream, ending in /*",
        examples=["ghcr.io/complianceflow/*"],
    )
    target: str = Field(
        pattern=r"^([a-z0-9._-]+/)+\*$",
        description="repositories of our own, ending in /*",
        examples=["complianceflow/*"],
    )

    def covers(self, repository: str) -> bool:
        """Whether the registry pulls this repository through the rule."""
        return repository.startswith(self.target.removesuffix("*"))


class _Service(_Row):
    """Where a service's image lies, and which one runs."""

    repository: str = Field(pattern=_REPOSITORY, description="repository in the registry", examples=["user"])
    digest: str | None = Field(pattern=_DIGEST, description="sha256 digest of the image, or null", examples=["null"])


class _Job(_Row):
    """Where a job's image lies, and which one runs: never a placeholder."""

    repository: str = Field(pattern=_REPOSITORY, description="repository in the registry", examples=["tenancy"])
    digest: str = Field(pattern=_DIGEST, description="sha256 digest of the image", examples=[f"sha256:{'0' * 64}"])


class _ImagesFile(_Row):
    """Every workload's image."""

    upstream: dict[str, _Upstream] = Field(description="rules by name", min_length=1)
    placeholder: _Placeholder = Field(description="the image of a service without one, in dev")
    contract: _Contract = Field(description="what every service of ours keeps to")
    services: dict[str, _Service] = Field(description="services by name")
    jobs: dict[str, _Job] = Field(description="jobs by name")


@dataclass(frozen=True, kw_only=True)
class CachedRepositories:
    """Repositories that the environment's registry pulls from upstream: both end in /*."""

    name: str
    source: str
    target: str


@dataclass(frozen=True)
class Images:
    """The images of the platform's workloads; built by `load_images` only."""

    file: _ImagesFile
    label: str

    @property
    def upstream(self) -> tuple[CachedRepositories, ...]:
        """What the environment's registry pulls, and from where."""
        rules = self.file.upstream.items()
        return tuple(CachedRepositories(name=name, source=rule.source, target=rule.target) for name, rule in rules)

    def is_placeholder(self, service: str) -> bool:
        """Whether a service has no image of its own yet."""
        return service in self.file.services and self.file.services[service].digest is None

    def of(self, services: Sequence[str], environment: Environment) -> dict[str, Image]:
        """The image that each of these services runs in an environment.

        Raises FaultsError with every service that has no row or, outside dev, no digest.
        """
        if faults := [fault for service in services for fault in self._faults(service, environment)]:
            raise FaultsError(faults)
        return {service: self._image(self.file.services[service]) for service in services}

    def of_job(self, job: str) -> str:
        """`{repository}@{digest}` of a job. Raises FaultsError for one that has no row."""
        if job not in self.file.jobs:
            raise FaultsError([self._no_row("jobs", job, list(self.file.jobs))])
        row = self.file.jobs[job]
        return f"{row.repository}@{row.digest}"

    def _image(self, row: _Service) -> Image:
        if row.digest is None:
            return Image(**self.file.placeholder.model_dump())
        return Image(reference=f"{row.repository}@{row.digest}", **self.file.contract.model_dump())

    def _no_row(self, part: str, name: str, known: Sequence[str]) -> Fault:
        where, step = f"{self.label} {part}.{name}", f"add `{name}:` with repository and digest"
        return Fault(where=where, what=f"{name!r} has no row", allowed=", ".join(known), next_step=step)

    def _faults(self, service: str, environment: Environment) -> list[Fault]:
        where = f"{self.label} services.{service}"
        if service not in self.file.services:
            return [self._no_row("services", service, list(self.file.services))]
        if self.file.services[service].digest is None and environment is not Environment.DEV:
            what, allowed = (
                f"{service} has no image, and {environment} runs no placeholder",
                "a sha256 digest; null in dev",
            )
            step = f"release {service}, then write its digest: `digest: sha256:...`"
            return [Fault(where=f"{where}.digest", what=what, allowed=allowed, next_step=step)]
        return []


def _not_cached(file: _ImagesFile, where: Callable[[KeyPath], str]) -> list[Fault]:
    """A repository that no rule covers could never be pulled."""
    rows = {("services", name): row for name, row in file.services.items()}
    rows |= {("jobs", name): row for name, row in file.jobs.items()}
    targets = ", ".join(rule.target for rule in file.upstream.values())
    return [
        Fault(
            where=where((*path, "repository")),
            what=f"{row.repository!r} is under no rule of `upstream`",
            allowed=f"a repository under {targets}",
            next_step="begin it as a target does, or add a rule under `upstream:`",
        )
        for path, row in rows.items()
        if not any(rule.covers(row.repository) for rule in file.upstream.values())
    ]


@lru_cache(maxsize=4)
def load_images(path: Path = IMAGES_FILE) -> Images:
    """The images at `path`, or the platform's own. Raises FaultsError with every fault of the file."""
    source = read_yaml(path)
    try:
        file = _ImagesFile.model_validate(source.data)
    except ValidationError as error:
        raise FaultsError(told(error, _ImagesFile, source.where)) from None
    if faults := _not_cached(file, source.where):
        raise FaultsError(faults)
    return Images(file, label_of(path))
