"""Messages between the server and its workers: a letter, a length, and that many bytes."""

import socket
import struct
from collections.abc import Iterator

JOB = b"J"
"""To a worker: what to do."""
HEAD, DATA, END, FAULT = b"H", b"D", b"E", b"X"
"""From a worker: how the bytes are coded; bytes; the end, all is well; an error instead of an end."""

_HEADER = struct.Struct("!cI")


def frame(kind: bytes, data: bytes = b"") -> bytes:
    """Return one message."""
    return _HEADER.pack(kind, len(data)) + data


def receive(channel: socket.socket) -> tuple[bytes, bytes] | None:
    """Wait for one message; None when the other side has gone."""
    head = _exactly(channel, _HEADER.size)
    if head is None:
        return None
    kind, length = _HEADER.unpack(head)
    data = _exactly(channel, length)
    return None if data is None else (kind, data)


def _exactly(channel: socket.socket, length: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < length:
        part = channel.recv(min(length - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)


class Splitter:
    """Cuts what arrives in pieces of any length into messages."""

    def __init__(self) -> None:
        """Begin between two messages."""
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the messages that are complete now."""
        self._rest += data
        begin = 0
        while len(self._rest) - begin >= _HEADER.size:
            kind, length = _HEADER.unpack_from(self._rest, begin)
            end = begin + _HEADER.size + length
            if len(self._rest) < end:
                break
            yield kind, bytes(self._rest[begin + _HEADER.size : end])
            begin = end
        del self._rest[:begin]
