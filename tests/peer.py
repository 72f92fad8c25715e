"""The one place that starts another SPARQL server for tests: Oxigraph's own, as a process, on a free port."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kg.store import Access

PROGRAM = Path(sys.executable).with_name("oxigraph")
STARTING = 30
"""Seconds that it may take until it answers."""


@dataclass(frozen=True)
class Peer:
    """A server that answers, by its addresses; ``environ`` is what has our server use it as its store."""

    root: str
    process: subprocess.Popen[bytes]

    @property
    def query(self) -> str:
        return f"{self.root}/query"

    @property
    def access(self) -> Access:
        return Access(update=f"{self.root}/update", graphs=f"{self.root}/store")

    @property
    def environ(self) -> dict[str, str]:
        return {
            "KG_STORE": self.query,
            "KG_STORE_UPDATE": f"{self.root}/update",
            "KG_STORE_GRAPHS": f"{self.root}/store",
        }

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def oxigraph(*options: str, port: int | None = None) -> Iterator[Peer]:
    """Start an empty server in memory, and end it afterwards."""
    for _ in range(3):  # somebody may take the port meanwhile
        number = port or free_port()
        process = subprocess.Popen(
            [str(PROGRAM), "serve", "--bind", f"127.0.0.1:{number}", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if _answers(process, number):
            break
    else:
        raise RuntimeError("No server came up.")
    peer = Peer(f"http://127.0.0.1:{number}", process)
    try:
        yield peer
    finally:
        peer.kill()


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + STARTING
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return process.poll() is None
    process.kill()
    process.wait()
    return False
