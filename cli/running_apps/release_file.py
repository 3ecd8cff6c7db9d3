"""The digest of a workload in images/releases/: read, and written in its place with all else left as it is."""

import os
import re
from dataclasses import dataclass
from typing import Final

from cidr import Environment, Fault, FaultsError
from deployments.images import IMAGES, load_images

_REFERENCE: Final = re.compile(r"(?:(?P<repository>[^@]+)@)?(?P<digest>sha256:[0-9a-f]{64})")


@dataclass(frozen=True)
class ReleaseFile:
    """The line of one service in its environment's file; what the program reads there is what runs."""

    environment: Environment
    service: str

    def read(self) -> str | None:
        """The digest; None for the placeholder. Raises FaultsError for a file that is wrong."""
        load_images.cache_clear()
        return load_images(self.environment).digests.get(self.service)

    def write(self, digest: str | None) -> None:
        """Write it; the file is whole at every moment. Raises FaultsError where the service has no line of its own."""
        path = IMAGES / "releases" / f"{self.environment}.yaml"
        before = path.read_text(encoding="utf-8")
        line = re.compile(rf"^(?P<head>{re.escape(self.service)}:[ \t]*)[^\s#]+", re.MULTILINE)
        after, number = line.subn(rf"\g<head>{digest or 'null'}", before)
        if number != 1:
            fault = Fault(
                where=f"images/releases/{self.environment}.yaml",
                what=f"{self.service} has {number} lines of its own",
                allowed=f"one line `{self.service}: sha256:…`, or `{self.service}: null`",
                next_step="write it, then the same command again",
            )
            raise FaultsError([fault])
        if after != before:
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            draft.write_text(after, encoding="utf-8")
            draft.replace(path)
        load_images.cache_clear()

    def digest_in(self, reference: str) -> str:
        """The digest of `--image`: `sha256:…`, alone or behind the service's repository. Raises FaultsError."""
        repository = load_images(self.environment).file.services[self.service]
        found = _REFERENCE.fullmatch(reference.strip())
        given = (found["repository"] or repository) if found else ""
        if found and (given == repository or given.endswith(f"/{repository}")):
            return found["digest"]
        what = f"{reference!r} is no image of {self.service}"
        if found is None and ":" in reference.rpartition("/")[2]:
            what += ": a tag can move, a digest cannot"
        fault = Fault(
            where="--image",
            what=what,
            allowed=f"sha256: and 64 hexadecimal digits, alone or as {repository}@sha256:…",
            next_step="give the digest that the build's push told",
        )
        raise FaultsError([fault])
