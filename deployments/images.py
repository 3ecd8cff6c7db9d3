"""Which image a workload runs in an environment: images/images.yaml and its release file, read and checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from cidr import Environment, Fault, FaultsError
from cidr.faults import nearest
from cidr.validation import told
from cidr.yaml_source import REPOSITORY, KeyPath, label_of, read_yaml
from components.apps.workload import Image

IMAGES: Final = REPOSITORY / "images"
FILE: Final = "images.yaml"

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


_Repository = Annotated[
    str, Field(pattern=_REPOSITORY, description="repository in the registry", examples=["complianceflow/user"])
]
_Digest = Annotated[
    str, Field(pattern=_DIGEST, description="sha256 digest of an image", examples=[f"sha256:{'0' * 64}"])
]


class _ImagesFile(_Row):
    """Where every workload's image lies."""

    upstream: dict[str, _Upstream] = Field(description="rules by name", min_length=1)
    placeholder: _Placeholder = Field(description="the image of a service without one, in dev")
    contract: _Contract = Field(description="what every service of ours keeps to")
    services: dict[str, _Repository] = Field(description="repository of each service")
    jobs: dict[str, _Repository] = Field(description="repository of each job")


class _Release(RootModel[dict[str, _Digest | None]]):
    """What runs in one environment: the digest of each workload, or null."""


@dataclass(frozen=True, kw_only=True)
class CachedRepositories:
    """Repositories that the environment's registry pulls from upstream: both end in /*."""

    name: str
    source: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Images:
    """The images of the platform's workloads in one environment; built by `load_images` only.

    `digests`: by workload; `where`: the file that they stand in.
    """

    environment: Environment
    file: _ImagesFile
    digests: Mapping[str, str | None]
    where: str

    @property
    def upstream(self) -> tuple[CachedRepositories, ...]:
        """What the environment's registry pulls, and from where."""
        rules = self.file.upstream.items()
        return tuple(CachedRepositories(name=name, source=rule.source, target=rule.target) for name, rule in rules)

    def is_placeholder(self, service: str) -> bool:
        """Whether a service has no image of its own yet."""
        return self.digests.get(service) is None

    def of(self, services: Sequence[str]) -> dict[str, Image]:
        """The image that each of these services runs.

        Raises FaultsError with every service that has no row or, outside dev, no digest.
        """
        if faults := [fault for service in services for fault in self._faults(service)]:
            raise FaultsError(faults)
        return {service: self._image(service) for service in services}

    def of_job(self, job: str) -> str:
        """`{repository}@{digest}` of a job. Raises FaultsError for one that has no row or no digest."""
        if job not in self.file.jobs:
            raise FaultsError([_no_row(job, list(self.file.jobs))])
        digest = self.digests.get(job)
        if digest is None:
            what = f"the job {job} has no image: a placeholder would succeed and leave its work undone"
            raise FaultsError([self._no_digest(job, what, "a sha256 digest")])
        return f"{self.file.jobs[job]}@{digest}"

    def _image(self, service: str) -> Image:
        digest = self.digests.get(service)
        if digest is None:
            return Image(**self.file.placeholder.model_dump())
        return Image(reference=f"{self.file.services[service]}@{digest}", **self.file.contract.model_dump())

    def _faults(self, service: str) -> list[Fault]:
        if service not in self.file.services:
            return [_no_row(service, list(self.file.services))]
        if self.is_placeholder(service) and self.environment is not Environment.DEV:
            what = f"{service} has no image, and {self.environment} runs no placeholder"
            return [self._no_digest(service, what, "a sha256 digest; null in dev")]
        return []

    def _no_digest(self, workload: str, what: str, allowed: str) -> Fault:
        step = f"release {workload}, then write its digest: `{workload}: sha256:...`"
        return Fault(where=f"{self.where} {workload}", what=what, allowed=allowed, next_step=step)


def _no_row(name: str, known: Sequence[str]) -> Fault:
    where, step = f"{label_of(IMAGES / FILE)} {name}", f"add `{name}:` with its repository"
    return Fault(where=where, what=f"{name!r} has no row", allowed=", ".join(known), next_step=step)


def _not_cached(file: _ImagesFile, where: Callable[[KeyPath], str]) -> list[Fault]:
    """A repository that no rule covers could never be pulled."""
    rows = {("services", name): row for name, row in file.services.items()}
    rows |= {("jobs", name): row for name, row in file.jobs.items()}
    targets = ", ".join(rule.target for rule in file.upstream.values())
    return [
        Fault(
            where=where(path),
            what=f"{repository!r} is under no rule of `upstream`",
            allowed=f"a repository under {targets}",
            next_step="begin it as a target does, or add a rule under `upstream:`",
        )
        for path, repository in rows.items()
        if not any(rule.covers(repository) for rule in file.upstream.values())
    ]


def _strangers(file: _ImagesFile, digests: Mapping[str, str | None], where: Callable[[KeyPath], str]) -> list[Fault]:
    """A digest of what is no workload would never run."""
    known = [*file.services, *file.jobs]
    return [
        Fault(
            where=where((name,)),
            what=f"{name!r} is no workload",
            allowed=", ".join(known),
            next_step=f"write `{nearest(name, known) or known[0]}`, or add its repository to images.yaml",
        )
        for name in digests
        if name not in known
    ]


@lru_cache(maxsize=8)
def load_images(environment: Environment, root: Path = IMAGES) -> Images:
    """The images of an environment below `root`, the platform's own by default.

    Raises FaultsError with every fault of images.yaml, or of the environment's file in releases/.
    """
    file, where = _read(root / FILE, _ImagesFile)
    if faults := _not_cached(file, where):
        raise FaultsError(faults)
    path = root / "releases" / f"{environment}.yaml"
    release, where = _read(path, _Release)
    if faults := _strangers(file, release.root, where):
        raise FaultsError(faults)
    return Images(environment=environment, file=file, digests=release.root, where=label_of(path))


_Model = TypeVar("_Model", bound=BaseModel)


def _read(path: Path, model: type[_Model]) -> tuple[_Model, Callable[[KeyPath], str]]:
    source = read_yaml(path)
    try:
        return model.model_validate(source.data), source.where
    except ValidationError as error:
        raise FaultsError(told(error, model, source.where)) from None
