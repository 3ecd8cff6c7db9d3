"""The engine on fleets of growing size: its share of the CPU, what the SDK patches save, 3,222 resources.

.venv/bin/python benchmarks/engine.py
"""

from harness import fleet, machine, row

SIZE = 500
LARGE = 3_222  # the size at which Pulumi published its own journaling figures


def main() -> None:
    """Print the figures."""
    machine()
    with fleet() as patched:
        up = patched.run("up", SIZE)
        row(f"up {SIZE}: CPU of the engine / CPU of the program", up.engine / up.program, 1 / 3)
        row(f"up {SIZE}: CPU of the stand-in / CPU of the program", up.providers / up.program)
        row(f"up {SIZE}: wall", up.wall, unit=" s")
        again = patched.run("up", SIZE)
        row(f"up {SIZE} again: resources changed", sum(n for op, n in again.changes.items() if op != "same"), 0)
        row(f"up {SIZE} again: wall / first up", again.wall / up.wall)
        changed = patched.run("up", SIZE, tag="2")
        row(f"up {SIZE}, every resource updated: wall / first up", changed.wall / up.wall)
        gone = patched.run("destroy", SIZE)
        row(f"destroy {SIZE}: wall / first up", gone.wall / up.wall)
    with fleet() as stock:
        slow = stock.run("up", SIZE, patches=False)
        row(f"up {SIZE}: SDK patched / stock, CPU of the program", up.program / slow.program)
        row(f"up {SIZE}: SDK patched / stock, wall", up.wall / slow.wall, 0.3)
    with fleet() as large:
        up = large.run("up", LARGE)
        row(f"up {LARGE}: wall", up.wall, 60, " s")
        row(f"up {LARGE}: CPU of the engine / CPU of the program", up.engine / up.program)


if __name__ == "__main__":
    main()
