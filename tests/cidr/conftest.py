"""A small sound map as text, which the tests spoil one rule at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cidr import AllocationMap, FaultsError, load_map
from cidr.loader import map_of
from cidr.yaml_source import parse_yaml

ELEVEN_FILE = Path(__file__).with_name("eleven.yaml")

SMALL_MAP = """\
platform:
  first: 10.0.0.0/16
  last: 10.4.0.0/16
slots:
  - {name: apps, range: 0.0.1.0/24, purpose: apps, delegation: Microsoft.App/environments}
  - {name: db, range: 0.0.2.0/24, purpose: db, delegation: Microsoft.DBforPostgreSQL/flexibleServers}
  - {name: apim, range: 0.0.5.0/24, purpose: gateway, environments: [prod]}
  - name: management
    range: 0.0.10.0/24
    purpose: people
    subnets:
      - {name: bastion, range: 0.0.10.0/26, purpose: Bastion, subnet_name: AzureBastionSubnet}
      - {name: management, range: 0.0.10.64/26, purpose: machines}
set_aside:
  - {name: standby, first: 0.0.128.0, last: 0.0.255.255, purpose: standby}
blocks:
  - {network: 10.0.0.0/16, status: live, deployment: global-dev}
  - {network: 10.1.0.0/16, status: live, deployment: westeu-dev-1}
  - {network: 10.2.0.0/16, status: held, held_for: westeu-dev-1}
  - {network: 10.3.0.0/16, status: retired, was: eastus-dev-1}
  - {network: 10.4.0.0/16, status: free}
"""


@pytest.fixture(scope="session")
def eleven() -> AllocationMap:
    """The map of the documents, which no later deployment changes."""
    return load_map(ELEVEN_FILE)


@pytest.fixture
def small_map() -> str:
    return SMALL_MAP


@pytest.fixture
def load() -> Callable[[str], AllocationMap]:
    """Loads a map from text."""
    return lambda text: map_of(parse_yaml(text, "map.yaml"))


@pytest.fixture
def faults_of(load) -> Callable[[str], tuple[str, ...]]:
    """The faults of a map given as text, each as it is shown; none when the map is sound."""

    def faults(text: str) -> tuple[str, ...]:
        try:
            load(text)
        except FaultsError as error:
            return tuple(str(fault) for fault in error.faults)
        return ()

    return faults
