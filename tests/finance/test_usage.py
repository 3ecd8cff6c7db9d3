"""Declared use: every driver in every file, rising, and nothing that no row reads."""

import re
from pathlib import Path

import pytest

from cidr import ACCOUNT, FaultsError
from finance.estimate import rows
from finance.usage import DRIVERS, load_usage
from finance.usage.loading import HERE
from stacks import known_deployments


def written(tmp_path: Path, old: str, new: str) -> Path:
    """A directory with dev's file changed."""
    text = (HERE / "dev.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "dev.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("deployment", [*map(str, known_deployments()), ACCOUNT])
def test_every_deployment_has_its_use_declared(deployment: str) -> None:
    """Low is never above expected, expected never above high."""
    usage = load_usage(deployment)
    for driver in DRIVERS:
        low, expected, high = usage.of(driver)
        assert 0 <= low <= expected <= high


def test_every_driver_is_read_by_a_row() -> None:
    """A driver that nothing reads would be declared for nothing."""
    sources = Path(rows.__file__).parent.glob("*.py")
    read = {
        word for source in sources for word in re.findall(r'usage\.of\("([a-z0-9-]+)"\)', source.read_text("utf-8"))
    }
    assert read == set(DRIVERS)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('  mails: {low: "0", expected: "20", high: "200"}\n', "", "mails is not declared for global"),
        ('logs-gb: {low: "1", expected: "4"', 'logs-gb: {low: "5", expected: "4"', "it must rise"),
        (
            'app-active-share: {low: "0.01", expected: "0.05", high: "0.15"}',
            'app-active-share: {low: "0.01", expected: "0.05", high: "1.5"}',
            "more than all",
        ),
        ("  logs-gb:", "  log-gb:", "log-gb is no driver"),
        ("global:", "globl:", "nothing is declared for global"),
        ('logs-gb: {low: "1"', "logs-gb: {low: 1", "1 is no exact amount"),
        ('logs-gb: {low: "1"', 'logs-gb: {low: "-1"', "'-1' is no exact amount"),
    ],
)
def test_use_that_cannot_be_meant_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    """Each gate is fed a bad sample, and the line is told."""
    with pytest.raises(FaultsError) as raised:
        load_usage("global-dev", written(tmp_path, old, new))
    assert any(said in fault.what and "dev.yaml:" in fault.where for fault in raised.value.faults)
