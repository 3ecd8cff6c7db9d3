"""The settings of a sound stack file, which the tests spoil one rule at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cidr import FaultsError
from stacks import load_settings, stack_file

STACK = """\
config:
  complianceflow:settings:
    application_code: cf
    subscription_id: 00000000-0000-0000-0000-0000000000d1
    tenant_id: 00000000-0000-0000-0000-0000000000a1
    owner: DevOps
    cost_center: Platform
    budget: {amount: 200, currency: USD, contact_emails: [platform@example.com]}
    entra_admin_group: {name: admins, object_id: 00000000-0000-0000-0000-0000000000e1}
    postgres:
      sku_name: Standard_B1ms
      tier: Burstable
      storage_gb: 32
      version: "18"
      backup_retention_days: 7
      geo_redundant_backup: false
      high_availability: false
    redis: {sku_name: Balanced_B0, high_availability: false}
    event_hubs: {capacity: 1, maximum_capacity: 1}
    storage: {replication: LRS, soft_delete_days: 7}
    log_retention_days: 30
    purge_protection: false
"""


@pytest.fixture
def stack_text() -> str:
    return STACK


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one sound stack file, that of westeu-dev-1."""
    (tmp_path / "stacks").mkdir()
    stack_file("westeu-dev-1", tmp_path).write_text(STACK, encoding="utf-8")
    return tmp_path


@pytest.fixture
def faults_of(root: Path) -> Callable[[str], tuple[str, ...]]:
    """The faults of a stack file of westeu-dev-1 given as text, as shown, without the folder they lie in."""

    def faults(text: str) -> tuple[str, ...]:
        stack_file("westeu-dev-1", root).write_text(text, encoding="utf-8")
        try:
            load_settings("westeu-dev-1", root)
        except FaultsError as error:
            return tuple(str(fault).replace(f"{root}/", "") for fault in error.faults)
        return ()

    return faults
