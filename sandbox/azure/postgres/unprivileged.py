"""Runs a program as somebody other than root, because PostgreSQL refuses root.

A script of its own (`python -I -S unprivileged.py [--daemon LOG] [--own DIR]... -- PROGRAM ARGUMENT...`), so that
namespaces and identities change in a short-lived process and never in the caller's.

Not root: the program runs as the caller. Root: in a user namespace in which the caller's uid has another number, so
that files stay the caller's and no foreign directory is opened up; where namespaces are refused (Docker's default
seccomp profile), as another uid that keeps one capability, to pass directories closed to others, such as /root.
`--own` gives a directory to whoever the program will be. `--daemon` detaches it from the caller, appends its output
to LOG and prints its pid.
"""

import argparse
import ctypes
import os
import pwd
import sys
from typing import Final

CLONE_NEWUSER: Final = 0x10000000  # linux/sched.h
PR_SET_SECUREBITS: Final = 28  # linux/prctl.h
PR_CAP_AMBIENT: Final = 47
PR_CAP_AMBIENT_RAISE: Final = 2
SECBIT_NO_SETUID_FIXUP: Final = 4  # linux/securebits.h
CAP_DAC_OVERRIDE: Final = 1  # linux/capability.h
CAPABILITY_VERSION_3: Final = 0x20080522


def somebody() -> tuple[int, int]:
    """Uid and gid of a user that is not root and has an entry in the user database, which initdb asks for."""
    users = [user for user in pwd.getpwall() if user.pw_uid != 0]
    users.sort(key=lambda user: user.pw_name != "nobody")
    return (users[0].pw_uid, users[0].pw_gid) if users else (65534, 65534)


def enter_namespace(uid: int, gid: int) -> bool:
    """Become uid and gid in a new user namespace that holds root alone; False when the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        return False
    # Each file takes one write; groups must be given up before a gid map may be written (user_namespaces(7)).
    for file, text in (("setgroups", "deny"), ("uid_map", f"{uid} 0 1"), ("gid_map", f"{gid} 0 1")):
        with open(f"/proc/self/{file}", "w", encoding="ascii") as target:  # noqa: PTH123
            target.write(text)
    return True


def namespaces_work() -> bool:
    """Whether `enter_namespace` works here, tried in a child."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if enter_namespace(*somebody()) else 1)
        except OSError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def drop_to(uid: int, gid: int) -> None:
    """Become uid and gid, on Linux keeping the right to pass directories that are closed to others."""
    if sys.platform != "linux":
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        return
    libc = ctypes.CDLL(None, use_errno=True)

    def done(result: int, what: str) -> None:
        if result != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{what}: {os.strerror(number)}")

    # Capabilities outlive the change of uid, and access(2), which PostgreSQL asks about its own program, counts them.
    done(libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0), "keeping capabilities")
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    one = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    # Effective, permitted, inheritable; then their upper halves.
    capabilities = (ctypes.c_uint32 * 6)(one, one, one, 0, 0, 0)
    done(libc.capset(header, capabilities), "keeping CAP_DAC_OVERRIDE")
    done(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0), "handing on CAP_DAC_OVERRIDE")


def give(directory: str, uid: int, gid: int) -> None:
    """Make a directory and all in it belong to uid, unless it does already."""
    if os.stat(directory).st_uid == uid:  # noqa: PTH116
        return
    for parent, _, files in os.walk(directory):
        os.chown(parent, uid, gid)
        for file in files:
            os.chown(os.path.join(parent, file), uid, gid, follow_symlinks=False)  # noqa: PTH118


def become_unprivileged(own: list[str]) -> None:
    """As the module says."""
    if os.geteuid() != 0:
        return
    uid, gid = somebody()
    namespace = sys.platform == "linux" and namespaces_work()
    for directory in own:
        give(directory, *((0, 0) if namespace else (uid, gid)))
    if namespace:
        enter_namespace(uid, gid)
    else:
        drop_to(uid, gid)


def detach(log: str) -> None:
    """Go on in a child with a session of its own; the parent prints the child's pid and ends."""
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    child = os.fork()
    if child != 0:
        print(child)  # noqa: T201
        sys.stdout.flush()
        os._exit(0)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(nothing)
    os.close(output)


def main() -> None:
    """Read the arguments, change identity, become the program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--daemon", metavar="LOG")
    parser.add_argument("--own", metavar="DIR", action="append", default=[])
    parser.add_argument("program", nargs="+")
    arguments = parser.parse_args()
    try:
        if arguments.daemon is not None:
            detach(arguments.daemon)
        become_unprivileged(arguments.own)
        os.execv(arguments.program[0], arguments.program)  # noqa: S606
    except OSError as error:
        sys.exit(f"cannot run {arguments.program[0]} as somebody other than root: {error}")


if __name__ == "__main__":
    main()
