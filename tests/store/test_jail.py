"""What the operating system holds a worker to. Each case runs in a process of its own."""

from __future__ import annotations

import os
import platform
import resource
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from asking import state

from kg.store import jail

SEALABLE = platform.machine() in ("x86_64", "aarch64")

BEGINNING = """
import ctypes, errno, os, platform, resource, signal, socket, subprocess, sys, time
from kg.store import jail

libc = ctypes.CDLL(None, use_errno=True)
PTRACE = 117 if platform.machine() == "aarch64" else 101

def call(*numbers):
    if libc.syscall(*numbers) == -1:
        raise OSError(ctypes.get_errno(), "refused")

def say(name, work):
    try:
        work()
    except OSError as error:
        print(name, errno.errorcode[error.errno], flush=True)
    except MemoryError:
        print(name, "MemoryError", flush=True)
    else:
        print(name, "done", flush=True)

def burn(seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass

"""


def play(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in another process, to its end."""
    return subprocess.run(
        [sys.executable, "-c", BEGINNING + textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def said(script: str) -> dict[str, str]:
    """What a script that must end well has said, by its name."""
    result = play(script)
    assert (result.returncode, result.stderr) == (0, "")
    return dict(line.split(" ", 1) for line in result.stdout.splitlines())


# ---- sockets

FORBIDDEN = """
    before = socket.socket()
    before.bind(("127.0.0.1", 0))
    before.listen()
    print("sealed", jail.no_sockets())
    say("TCP", socket.socket)
    say("TCP6", lambda: socket.socket(socket.AF_INET6))
    say("UDP", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    say("local", lambda: socket.socket(socket.AF_UNIX))
    say("connect", lambda: before.connect(("127.0.0.1", 9)))
    say("bind", lambda: before.bind(("127.0.0.1", 0)))
    say("listen", before.listen)
    say("program", lambda: os.execv("/bin/sh", ["sh", "-c", "exit 3"]))
    say("io_uring", lambda: call(425, 1, 0))
    say("tracing", lambda: call(PTRACE, 16, os.getppid(), 0, 0))
"""


def test_no_socket_can_be_made_and_no_program_started_once_sealed() -> None:
    if SEALABLE:
        found = said(FORBIDDEN)
        assert found.pop("sealed") == "True"
        assert found == dict.fromkeys(found, "EACCES")
        assert len(found) == 10
    else:
        assert "sealed False\nTCP done" in play(FORBIDDEN).stdout


def test_sealing_is_for_all_that_is_forked_and_cannot_be_undone() -> None:
    found = said(
        """
        jail.no_sockets()
        jail.no_sockets()
        if os.fork() == 0:
            say("child", socket.socket)
            if os.fork() == 0:
                say("grandchild", socket.socket)
                os._exit(0)
            os.wait()
            os._exit(0)
        os.wait()
        say("self", socket.socket)
        """
    )
    assert found == dict.fromkeys(("child", "grandchild", "self"), "EACCES" if SEALABLE else "done")


def test_what_is_open_can_be_used_and_files_can_be_opened_once_sealed(tmp_path: os.PathLike[str]) -> None:
    found = said(
        f"""
        one, other = socket.socketpair()
        jail.no_sockets()
        say("send", lambda: one.sendall(b"x"))
        say("receive", lambda: other.recv(1))
        say("pass", lambda: socket.send_fds(one, [b"x"], [0]))
        say("take", lambda: socket.recv_fds(other, 1, 1))
        say("read", lambda: open("/proc/self/status").close())
        say("write", lambda: open({str(tmp_path)!r} + "/x", "w").close())
        say("pipe", os.pipe)
        """
    )
    assert found == dict.fromkeys(found, "done")


# ---- memory


def test_memory_ends_at_the_limit_and_the_limit_can_be_lifted() -> None:
    found = said(
        """
        kept = bytearray(50_000_000)
        jail.limit_memory(100_000_000)
        say("little", lambda: bytearray(20_000_000))
        say("much", lambda: bytearray(150_000_000))
        say("little-again", lambda: bytearray(20_000_000))
        if os.fork() == 0:
            say("child", lambda: bytearray(150_000_000))
            os._exit(0)
        os.wait()
        jail.unlimit_memory()
        say("lifted", lambda: bytearray(150_000_000))
        """
    )
    assert found == {
        "little": "done",
        "much": "MemoryError",
        "little-again": "done",
        "child": "MemoryError",
        "lifted": "done",
    }


def test_the_engine_dies_at_the_limit_and_says_why() -> None:
    result = play(
        """
        import pyoxigraph as ox
        jail.no_core()
        store = ox.Store()
        jail.limit_memory(60_000_000)
        doubled = " ".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(30))
        list(store.query("SELECT (STRLEN(?s30) AS ?n) { BIND('0123456789' AS ?s0) " + doubled + " }"))
        """
    )
    assert result.returncode in (-signal.SIGABRT, -signal.SIGSEGV) or "MemoryError" in result.stderr
    assert (
        "memory allocation of" in result.stderr
        or "capacity overflow" in result.stderr
        or "MemoryError" in result.stderr
    )


def test_the_most_memory_that_was_ever_used_is_known() -> None:
    found = said(
        """
        if os.fork():  # a program that was just begun counts what its parent had
            os.wait()
            os._exit(0)
        before = jail.resident()
        kept = bytearray(60_000_000)
        for at in range(0, len(kept), 4096):
            kept[at] = 1
        during = jail.resident()
        del kept
        print("before", before)
        print("more", during - before)
        print("after", jail.resident() - during)
        """
    )
    assert 5_000_000 < int(found["before"]) < 200_000_000
    assert 50_000_000 < int(found["more"]) < 80_000_000
    assert 0 <= int(found["after"]) < 5_000_000


# ---- files


def test_nothing_can_be_opened_when_there_are_to_be_no_new_files(tmp_path: os.PathLike[str]) -> None:
    found = said(
        f"""
        one, other = socket.socketpair()
        file = open({str(tmp_path)!r} + "/x", "w+")
        jail.no_new_files()
        say("open", lambda: open("/proc/self/status"))
        say("socket", socket.socket)
        say("pipe", os.pipe)
        say("use", lambda: (one.sendall(b"x"), other.recv(1), file.write("x"), file.flush()))
        """
    )
    assert found == {**dict.fromkeys(("open", "socket", "pipe"), "EMFILE"), "use": "done"}


def test_as_many_files_as_this_user_may_open() -> None:
    found = said(
        """
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
        jail.many_files()
        print("same", resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard))
        """
    )
    assert found == {"same": "True"}


def test_no_core_file_is_left() -> None:
    assert said("jail.no_core(); print('core', resource.getrlimit(resource.RLIMIT_CORE))") == {
        "core": "(0, 0)"
    }


# ---- time


def test_a_process_that_is_busy_at_its_time_limit_ends() -> None:
    begun = time.monotonic()
    result = play("jail.limit_time(0.2); print('on', flush=True); burn()")
    assert (result.returncode, result.stdout) == (-signal.SIGALRM, "on\n")
    assert time.monotonic() - begun < 10


def test_a_process_that_waits_at_its_time_limit_ends() -> None:
    assert play("jail.limit_time(0.2); time.sleep(20)").returncode == -signal.SIGALRM


def test_a_process_that_is_done_in_time_goes_on() -> None:
    found = said(
        """
        for _ in range(3):
            jail.limit_time(0.2)
            burn(0.02)
            jail.limit_time(0)
        burn(0.25)
        print("end", resource.getrlimit(resource.RLIMIT_CPU)[0] == resource.getrlimit(resource.RLIMIT_CPU)[1])
        """
    )
    assert found == {"end": "True"}


def test_a_pause_lifts_the_clock_and_not_the_limit_on_work() -> None:
    found = said(
        """
        jail.limit_time(0.2)
        jail.pause_time()
        burn(0.25)
        print("on", resource.getrlimit(resource.RLIMIT_CPU)[0] < 10)
        """
    )
    assert found == {"on": "True"}


def test_the_time_of_the_processor_is_limited_too() -> None:
    found = said("jail.limit_time(10); print('limit', resource.getrlimit(resource.RLIMIT_CPU)[0])")
    assert 22 <= int(found["limit"]) <= 23


# ---- stack

DEEP = """
    import pyoxigraph as ox
    jail.no_core()
    DEEPEN
    text = "SELECT (" + "ABS(" * 3000 + "1" + ")" * 3000 + " AS ?x) {}"
    print("answer", [str(row[0].value) for row in ox.Store().query(text)])
"""


def test_a_deeper_stack_holds_texts_that_overflow_the_usual_one() -> None:
    shallow = "resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, resource.RLIM_INFINITY))"
    if resource.getrlimit(resource.RLIMIT_STACK)[1] != resource.RLIM_INFINITY:
        shallow = "pass"
    assert play(DEEP.replace("DEEPEN", shallow)).returncode in (-signal.SIGSEGV, -signal.SIGABRT)
    assert said(DEEP.replace("DEEPEN", "jail.deepen_stack()")) == {"answer": "['1']"}


# ---- families


def test_a_child_dies_with_its_parent() -> None:
    result = play(
        """
        child = os.fork()
        if child == 0:
            os.close(1)
            os.close(2)
            jail.die_with_parent(os.getppid())
            time.sleep(20)
        time.sleep(0.3)
        print(child, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    assert result.returncode == -signal.SIGKILL
    child = int(result.stdout)
    for _ in range(200):
        if state(child) in "XZ":
            break
        time.sleep(0.01)
    assert state(child) in "XZ"


def test_orphans_can_be_adopted_and_waited_for() -> None:
    found = said(
        """
        jail.adopt_orphans()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            grandchild = os.fork()
            if grandchild:
                os.write(writing, str(grandchild).encode())
                os._exit(0)
            time.sleep(0.2)
            os._exit(7)
        grandchild = int(os.read(reading, 100))
        ends = dict(os.wait() for _ in range(2))
        print("ends", os.waitstatus_to_exitcode(ends[child]), os.waitstatus_to_exitcode(ends[grandchild]))
        """
    )
    assert found == {"ends": "0 7"}


# ---- other processes


@pytest.fixture
def other() -> subprocess.Popen[bytes]:
    """Another process that burns."""
    return subprocess.Popen([sys.executable, "-c", "while True: pass"])


def test_a_process_stands_back_and_its_clock_can_be_read(other: subprocess.Popen[bytes]) -> None:
    with other:
        clock = jail.clock_of(other.pid)
        try:
            jail.renice(other.pid, 10)
            assert os.getpriority(os.PRIO_PROCESS, other.pid) == 10
            first = jail.read_clock(clock)
            for _ in range(200):
                time.sleep(0.05)
                if jail.read_clock(clock) > first + 0.05:
                    break
            assert first + 0.05 < jail.read_clock(clock) < 30
        finally:
            other.kill()
            other.wait()
            assert jail.read_clock(clock) == 0.0
            os.close(clock)
        jail.renice(other.pid, 10)
        assert jail.clock_of(other.pid) == -1
        assert jail.read_clock(-1) == 0.0


def test_a_child_that_comes_too_late_dies_at_once() -> None:
    found = said(
        """
        child = os.fork()
        if child == 0:
            jail.die_with_parent(os.getppid() + 1)  # as it is when the parent has ended meanwhile
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("signal", -os.waitstatus_to_exitcode(status))
        """
    )
    assert found == {"signal": "9"}
