"""A ledger of its own for each test, and the import into it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cidr import FaultsError
from tests.finance.actuals.exports import Imports


@pytest.fixture
def imports(tmp_path: Path) -> Imports:
    return Imports(tmp_path / "ledger")


@pytest.fixture
def refused(imports: Imports) -> Callable[..., str]:
    """Everything that an import is refused for, as one text; fails where it is not, or where it changed something."""

    def found(*paths: Path) -> str:
        before = imports.rows("count(*), sum(BilledCost)")
        with pytest.raises(FaultsError) as caught:
            imports(*paths)
        assert imports.rows("count(*), sum(BilledCost)") == before
        assert not (imports.directory / "staged").exists()
        return str(caught.value)

    return found
