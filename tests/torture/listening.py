"""A listener that nobody may ever reach, files that nobody may ever read, and texts that aim at them."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from wire import Answer

SECRET = "the-secret-that-no-answer-holds"

REPLY = (
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/again\r\nContent-Type: text/turtle\r\n"
    b"Content-Length: 28\r\nConnection: close\r\n\r\n<urn:s> <urn:p> <urn:sprung> ."
)


class Trap:
    """Listens on every address of loopback, IPv6 too where there is one; notes whoever comes."""

    def __init__(self) -> None:
        self.caught: list[str] = []
        self._sockets = [self._open("127.0.0.1", 0, socket.AF_INET)]
        self.port: int = self._sockets[0].getsockname()[1]
        with contextlib.suppress(OSError):
            self._sockets.append(self._open("::1", self.port, socket.AF_INET6))
        for listener in self._sockets:
            threading.Thread(target=self._wait, args=(listener,), daemon=True).start()

    @staticmethod
    def _open(host: str, port: int, family: socket.AddressFamily) -> socket.socket:
        return socket.create_server((host, port), family=family)

    def _wait(self, listener: socket.socket) -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            with wire, contextlib.suppress(OSError):
                wire.settimeout(1)
                self.caught.append("somebody came")
                self.caught[-1] = wire.recv(2000).decode("latin-1") or "somebody came and said nothing"
                wire.sendall(REPLY % self.port)

    def close(self) -> None:
        for listener in self._sockets:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()


@contextlib.contextmanager
def trap() -> Iterator[Trap]:
    """Set a trap for the length of a block."""
    it = Trap()
    try:
        yield it
    finally:
        it.close()


class Files:
    """A file of triples with a secret in it, and a pipe that notes whoever opens it to read."""

    def __init__(self, folder: Path) -> None:
        self.secret = folder / "secret.ttl"
        self.secret.write_text(f'<urn:file> <urn:says> "{SECRET}" .\n', encoding="utf-8")
        self.pipe = folder / "pipe.ttl"
        os.mkfifo(self.pipe)

    def pipe_has_reader(self) -> bool:
        """Whether some process holds the pipe open, or waits to."""
        try:
            os.close(os.open(self.pipe, os.O_WRONLY | os.O_NONBLOCK))
        except OSError as error:
            assert error.errno == errno.ENXIO
            return False
        return True


def aimed(text: str, snare: Trap, address: str = "http://127.0.0.1:PORT/x") -> str:
    """Write the address of the listener into a text: SPOT is an IRI with its brackets, ADDRESS without."""
    address = address.replace("PORT", str(snare.port))
    return text.replace("SPOT", "<ADDRESS>").replace("ADDRESS", address)


def clean(answer: Answer) -> Answer:
    """Check that an answer holds nothing of a file or of another server."""
    assert SECRET not in answer.text
    assert "urn:sprung" not in answer.text
    assert "root:" not in answer.text
    return answer
