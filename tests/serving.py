"""The one place that starts a server for tests: ``kg serve`` as a process of its own, on a free port."""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ANNOUNCEMENT = re.compile(r"answers at (http://127\.0\.0\.1:\d+)/ ")
STARTING = 60
"""Seconds that a server may take until it announces itself."""
ENDING = 10
"""Seconds that it may take to end when told to."""


@dataclass(frozen=True)
class Server:
    """A server that answers: where, as which process, and the token that writing needs."""

    root: str
    process: subprocess.Popen[bytes]
    token: str
    errors: Path

    def log(self) -> str:
        """What it has written to stderr until now."""
        return self.errors.read_text(encoding="utf-8", errors="replace")


@contextmanager
def running(**environ: str) -> Iterator[Server]:
    """Start a server with these variables and none of the caller's KG_ ones, and end it afterwards.

    It listens on a free port of 127.0.0.1 and takes a random token, unless the variables say otherwise.
    RuntimeError, with what it wrote, when it does not announce itself.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KG_")}
    own = {"KG_HOST": "127.0.0.1", "KG_PORT": "0", "KG_TOKEN": secrets.token_urlsafe(24), **environ}
    with tempfile.TemporaryDirectory(prefix="kg-serving-") as folder:
        output, errors = Path(folder) / "stdout", Path(folder) / "stderr"
        with output.open("wb") as stdout, errors.open("wb") as stderr:  # files: a pipe could fill and block
            process = subprocess.Popen(
                [sys.executable, "-m", "kg.cli", "serve"],
                env={**clean, **own},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )
        try:
            yield Server(_announced(process, output, errors), process, own["KG_TOKEN"], errors)
        finally:
            _end(process)


def _announced(process: subprocess.Popen[bytes], output: Path, errors: Path) -> str:
    """Wait for the line that a server prints once it answers; return the address in it, without the slash."""
    deadline = time.monotonic() + STARTING
    while True:
        ended = process.poll()  # before reading: what a dead process wrote is all there
        said = output.read_text(encoding="utf-8", errors="replace")
        if found := ANNOUNCEMENT.search(said):
            return found.group(1)
        if ended is not None or time.monotonic() > deadline:
            break
        time.sleep(0.02)
    how = f"did not start within {STARTING} s" if ended is None else f"ended with {ended}"
    raise RuntimeError(f"The server {how}.\nstdout: {said}\nstderr: {errors.read_text('utf-8', 'replace')}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(ENDING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def endpoint(turtle: str = "") -> Iterator[str]:
    """Start another vendor's SPARQL server (Oxigraph) that holds these triples; the address for queries."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("oxigraph")
    process = subprocess.Popen(
        [program, "serve", "--bind", f"127.0.0.1:{port}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    root = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + STARTING
        while not _filled(root, turtle):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the other server did not start")
            time.sleep(0.02)
        yield f"{root}/query"
    finally:
        _end(process)


def _filled(root: str, turtle: str) -> bool:
    """Make the triples all that the default graph holds; False while nobody listens."""
    try:
        answer = httpx.put(
            f"{root}/store?default", content=turtle.encode(), headers={"Content-Type": "text/turtle"}
        )
    except httpx.ConnectError:
        return False
    answer.raise_for_status()
    return True
