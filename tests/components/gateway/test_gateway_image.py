"""The gateway's image: what it starts, as whom, with what."""

import os
import re
import subprocess
from pathlib import Path

from cidr.yaml_source import REPOSITORY

ENTRYPOINT = REPOSITORY / "images" / "gateway" / "entrypoint.sh"


def _start(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The image's entrypoint with an `envoy` that says what it was given, one argument a line, NUL at the end."""
    double = tmp_path / "envoy"
    double.write_text('#!/bin/sh\nprintf "%s\\0" "$@"\n')
    double.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **variables}
    return subprocess.run([ENTRYPOINT], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_the_entrypoint_gives_envoy_the_configuration_as_it_is(tmp_path: Path) -> None:
    """Nothing in it is for the shell: no substitution, no splitting, no glob, no option."""
    hostile = '{"a": "$(touch made) `touch made` ${HOME} * \' ; touch made"}'
    done = _start(tmp_path, GATEWAY_CONFIG=hostile)
    arguments = done.stdout.split("\0")
    assert arguments[:2] == ["--config-yaml", hostile]
    assert "--disable-hot-restart" in arguments
    assert not (tmp_path / "made").exists()


def test_the_entrypoint_says_what_is_missing(tmp_path: Path) -> None:
    """A container without its variable ends at once, with a line that tells why."""
    done = _start(tmp_path)
    assert done.returncode != 0
    assert "GATEWAY_CONFIG is not set" in done.stderr
    assert not done.stdout


def test_the_image_is_a_pinned_release_and_never_root() -> None:
    """A tag that moves would change what runs without a change here."""
    lines = (ENTRYPOINT.parent / "Dockerfile").read_text().splitlines()
    (source,) = [line for line in lines if line.startswith("FROM ")]
    assert re.fullmatch(r"FROM docker\.io/envoyproxy/envoy:v\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?", source)
    assert "USER 101:101" in lines
    assert 'ENTRYPOINT ["/usr/local/bin/gateway"]' in lines
