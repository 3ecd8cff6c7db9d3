"""The record of a stack's last move from a place, a file of the home, and what it says to a run in that place."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cidr import Fault
from cli.failures import RefusedError
from lifecycle.state_moving import MoveRecord
from sandbox.engine.storage.files import write_atomically
from sandbox.home import SandboxHome
from sandbox.inventory import stacks_of


def moves_of(home: SandboxHome) -> Path:
    """Where a home has the records of moves, and what they keep of places that keep no history."""
    return home.root / "moves"


@dataclass(frozen=True)
class MoveRecords:
    """`lifecycle.state_moving.Records` of a source: `moves/DEPLOYMENT/{digest of it}.json`. It holds no secret."""

    home: SandboxHome
    deployment: str
    source: str

    @property
    def _path(self) -> Path:
        name = hashlib.sha256(self.source.encode()).hexdigest()[:12]
        return moves_of(self.home) / self.deployment / f"{name}.json"

    def read(self) -> MoveRecord | None:
        """The record; None where there is none that is whole."""
        try:
            return MoveRecord(**json.loads(self._path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, record: MoveRecord) -> None:
        """Keep it, whole or not at all."""
        write_atomically(self._path, json.dumps(asdict(record), indent=2).encode())


def refuse_moved(home: SandboxHome, deployment: str) -> None:
    """RefusedError where the deployment's state was moved from this home: an `up` would make everything once more."""
    here = f"sandbox:{home.root}"
    record = MoveRecords(home, deployment, here).read()
    if record is None or not record.kept or deployment in stacks_of(home):
        return
    raise RefusedError(
        Fault(
            where=deployment,
            what=f"the state of {deployment} was moved to {record.target}: this home does not know what stands",
            allowed="a deployment whose state lies here",
            next_step=f"./cfctl state move {deployment} --from '{record.target}' --to '{here}' brings it back",
        )
    )
