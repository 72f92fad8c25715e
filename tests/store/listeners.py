"""Other endpoints that misbehave: listeners on loopback that say whatever a test wants."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Say = Callable[[socket.socket], None]


class Wire:
    """A listener on loopback that says to each caller what a test wants; ``heard`` is what it was sent."""

    def __init__(self, say: Say) -> None:
        self.heard: list[bytes] = []
        self._say = say
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):
            caller.settimeout(5)
            heard = b""
            while not (found := re.search(rb"\r\n\r\n", heard)):
                heard += caller.recv(65536) or b"\r\n\r\n"
            length = re.search(rb"content-length: ([0-9]+)", heard.lower())
            while length and len(heard) < found.end() + int(length[1]):
                heard += caller.recv(65536)
            self.heard.append(heard)
            self._say(caller)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def wire(said: bytes | Say) -> Iterator[Wire]:
    found = Wire(said if callable(said) else lambda caller: caller.sendall(said))
    try:
        yield found
    finally:
        found.close()
