"""`python -m cli` is `cfctl`."""

import gc
import os

os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # else it writes of every closed channel to the terminal
gc.set_threshold(50_000)  # with Python's own 700 a good part of importing goes into looking for garbage among classes

from cli.main import main  # noqa: E402

main()
