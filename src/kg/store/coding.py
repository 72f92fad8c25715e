"""Content codings of answers (RFC 9110 section 8.4.1): gzip, Brotli and Zstandard, piece by piece."""

import zlib
from collections.abc import Callable, Mapping
from typing import Protocol

import brotli  # type: ignore[import-untyped]
import zstandard


class Coder(Protocol):
    """Takes bytes, gives fewer; ``end`` gives what is left."""

    def add(self, data: bytes) -> bytes:
        """Return the coded bytes that are ready."""

    def end(self) -> bytes:
        """Return the rest."""


class _Gzip:
    def __init__(self) -> None:
        self._coder = zlib.compressobj(6, zlib.DEFLATED, 31)

    def add(self, data: bytes) -> bytes:
        return self._coder.compress(data)

    def end(self) -> bytes:
        return self._coder.flush()


class _Brotli:
    def __init__(self) -> None:
        self._coder = brotli.Compressor(quality=4)

    def add(self, data: bytes) -> bytes:
        return bytes(self._coder.process(data))

    def end(self) -> bytes:
        return bytes(self._coder.finish())


class _Zstandard:
    def __init__(self) -> None:
        self._coder = zstandard.ZstdCompressor(level=3).compressobj()

    def add(self, data: bytes) -> bytes:
        return self._coder.compress(data)

    def end(self) -> bytes:
        return self._coder.flush()


class _Identity:
    def add(self, data: bytes) -> bytes:
        return data

    def end(self) -> bytes:
        return b""


IDENTITY = "identity"

# In our order of preference.
CODINGS: Mapping[str, Callable[[], Coder]] = {
    "zstd": _Zstandard,
    "br": _Brotli,
    "gzip": _Gzip,
    IDENTITY: _Identity,
}

WORTHWHILE = 1000
"""Bytes; what is shorter is not coded."""


def encode(data: bytes, coding: str) -> bytes:
    """Return all of some bytes in a coding."""
    coder = CODINGS[coding]()
    return coder.add(data) + coder.end()
