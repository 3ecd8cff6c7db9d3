"""Which image a service runs: images/images.yaml read, checked and held against the environment."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cidr import Environment, Fault, FaultsError
from cidr.validation import told
from cidr.yaml_source import REPOSITORY, label_of, read_yaml
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


class _Service(_Row):
    """Where a service's image lies, and which one runs."""

    repository: str = Field(pattern=_REPOSITORY, description="repository in the registry", examples=["user"])
    digest: str | None = Field(pattern=_DIGEST, description="sha256 digest of the image, or null", examples=["null"])


class _ImagesFile(_Row):
    """Every service's image."""

    registry: str = Field(min_length=1, description="upstream registry and its path", examples=["ghcr.io/acme"])
    placeholder: _Placeholder = Field(description="the image of a service without one, in dev")
    contract: _Contract = Field(description="what every service of ours keeps to")
    services: dict[str, _Service] = Field(description="services by name")


@dataclass(frozen=True)
class Images:
    """The images of the platform's services; built by `load_images` only."""

    file: _ImagesFile
    label: str

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

    def _image(self, row: _Service) -> Image:
        if row.digest is None:
            return Image(**self.file.placeholder.model_dump())
        return Image(reference=f"{self.file.registry}/{row.repository}@{row.digest}", **self.file.contract.model_dump())

    def _faults(self, service: str, environment: Environment) -> list[Fault]:
        where = f"{self.label} services.{service}"
        if service not in self.file.services:
            known, step = ", ".join(self.file.services), f"add `{service}:` with repository and digest"
            return [Fault(where=where, what=f"service {service!r} has no row", allowed=known, next_step=step)]
        if self.file.services[service].digest is None and environment is not Environment.DEV:
            what, allowed = (
                f"{service} has no image, and {environment} runs no placeholder",
                "a sha256 digest; null in dev",
            )
            step = f"release {service}, then write its digest: `digest: sha256:...`"
            return [Fault(where=f"{where}.digest", what=what, allowed=allowed, next_step=step)]
        return []


@lru_cache(maxsize=4)
def load_images(path: Path = IMAGES_FILE) -> Images:
    """The images at `path`, or the platform's own. Raises FaultsError with every fault of the file."""
    source = read_yaml(path)
    try:
        return Images(_ImagesFile.model_validate(source.data), label_of(path))
    except ValidationError as error:
        raise FaultsError(told(error, _ImagesFile, source.where)) from None
