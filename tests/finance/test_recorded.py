"""The recorded inputs are those of the program as it is."""

import json
from pathlib import Path

import pytest

from stacks import known_deployments
from tests.finance.recording import RECORDED, planned, recorded


@pytest.mark.slow
@pytest.mark.parametrize("environment", ["dev", "stg", "prod"])
def test_what_was_recorded_is_what_the_program_plans(environment: str, tmp_path: Path) -> None:
    """Else the fit test holds an old platform against its budgets. Anew: python -m tests.finance.recording."""
    names = [str(name) for name in known_deployments() if str(name.environment) == environment]
    for deployment, resources in planned(names, tmp_path / "home").items():
        text = (RECORDED / f"{deployment}.json").read_text(encoding="utf-8")
        assert recorded(deployment, resources) == json.loads(text)
