"""What the operating system holds a worker to: memory, files, sockets, time, and the life of its parent.

All of it is Linux; elsewhere each call does nothing and says so. A limit that this kernel refuses is no
reason not to work, since the process that can be killed is the wall.
"""

import ctypes
import errno
import os
import platform
import signal
import struct
import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource

LINUX = sys.platform == "linux"

STACK = 112 * 1024 * 1024
"""Bytes of C stack: engines recurse over the text. Linux keeps at least 128 MiB clear below a main stack."""

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2

# By machine: the audit number of its architecture, and the numbers of socket, connect, bind, listen, execve,
# execveat, ptrace and io_uring_setup.
_CALLS = {
    "x86_64": (0xC000003E, (41, 42, 49, 50, 59, 322, 101, 425)),
    "aarch64": (0xC00000B7, (198, 203, 200, 201, 221, 281, 117, 425)),
}
_X32 = 0x40000000


def deepen_stack() -> None:
    """Let the main thread's stack grow further than the usual 8 MiB."""
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_STACK)
        wanted = STACK if hard == resource.RLIM_INFINITY else min(STACK, hard)
        resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))


def no_core() -> None:
    """Leave no core file behind."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def no_new_files() -> None:
    """Open nothing any more, neither file nor socket; what is open stays usable."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def many_files() -> None:
    """Use as many descriptors as this user may."""
    if not LINUX:
        return
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def limit_memory(more: int) -> None:
    """Take at most ``more`` bytes of address space on top of what is in use now."""
    if not LINUX:
        return
    with suppress(OSError, ValueError):
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - as early and plain as can be
            pages = int(file.read().split()[0])
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + more, hard))


def unlimit_memory() -> None:
    """Undo ``limit_memory``."""
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def limit_time(seconds: float) -> None:
    """End this process if it is still busy then, whether or not anybody else notices; 0 lifts the limit."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = int(used.ru_utime + used.ru_stime + seconds * 2) + 2 if seconds else hard
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def pause_time() -> None:
    """Lift the limit until the next, but not the one on the use of the processor."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def resident() -> int:
    """The most memory this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1024 if LINUX else 1)


def die_with_parent(parent: int = 0) -> None:
    """Be killed when the parent ends, however it ends, and at once if it has ended already; 0: no longer."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL if parent else 0)
    if parent and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent has ended, so that they can be waited for."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def no_sockets() -> bool:
    """Deny new sockets, other programs and tracing, to this process and all it forks; False: not possible."""
    arch, calls = _CALLS.get(platform.machine(), (0, ()))
    if not LINUX or not calls or not _prctl(_PR_SET_NO_NEW_PRIVS, 1):
        return False
    deny = 0x00050000 | errno.EACCES  # SECCOMP_RET_ERRNO
    allow = 0x7FFF0000  # SECCOMP_RET_ALLOW
    load, equal, atleast, answer = 0x20, 0x15, 0x35, 0x06
    rules = [
        (load, 0, 0, 4),  # the architecture of the call, in struct seccomp_data
        (equal, 1, 0, arch),
        (answer, 0, 0, deny),
        (load, 0, 0, 0),  # its number
        (atleast, 0, 1, _X32),
        (answer, 0, 0, deny),
    ]
    for number in calls:
        rules += [(equal, 0, 1, number), (answer, 0, 0, deny)]
    rules.append((answer, 0, 0, allow))
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *rule) for rule in rules))
    # struct sock_fprog: the number of rules, and where they are.
    head = ctypes.create_string_buffer(struct.pack("@HP", len(rules), ctypes.addressof(program)))
    return _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(head))


def _prctl(option: int, *values: int) -> bool:
    if not LINUX:
        return False
    try:
        call = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return False
    padded = [*values, 0, 0, 0, 0][:4]
    return bool(call(option, *(ctypes.c_ulong(value) for value in padded)) == 0)


def clock_of(pid: int) -> int:
    """Open the clock of a process: a descriptor for ``read_clock``, or -1."""
    try:
        return os.open(f"/proc/{pid}/schedstat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1


def read_clock(clock: int) -> float:
    """Seconds of the processor that a process has used; 0 when nobody knows."""
    try:
        return int(os.pread(clock, 64, 0).split()[0]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def renice(pid: int, nice: int) -> None:
    """Let a process stand back behind others."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, nice)
