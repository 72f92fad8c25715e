"""Content codings: what goes in comes out, piece by piece, and shorter meanwhile."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Mapping

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from kg.store.coding import CODINGS, IDENTITY, WORTHWHILE, encode

DECODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "identity": bytes,
}
TEXT = b"".join(b"http://example.org/%d\r\n" % number for number in range(20_000))
NOISE = bytes(number * number % 251 for number in range(5_000))

CONTENTS = {"nothing": b"", "one byte": b"x", "short": b"abc" * 10, "text": TEXT, "noise": NOISE}


def test_codings_are_in_our_order_of_preference_and_end_with_none() -> None:
    assert list(CODINGS) == ["zstd", "br", "gzip", IDENTITY] == list(DECODERS)
    assert 100 <= WORTHWHILE <= 10_000


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
@pytest.mark.parametrize("coding", CODINGS)
def test_what_is_coded_can_be_decoded(coding: str, content: bytes) -> None:
    assert DECODERS[coding](encode(content, coding)) == content


@pytest.mark.parametrize("length", [1, 999, 65_536])
@pytest.mark.parametrize("coding", CODINGS)
def test_pieces_of_any_length_make_one_coded_whole(coding: str, length: int) -> None:
    content = TEXT if length > 1 else TEXT[:3_000]
    coder = CODINGS[coding]()
    pieces = [coder.add(content[at : at + length]) for at in range(0, len(content), length)]
    assert DECODERS[coding](b"".join([*pieces, coder.end()])) == content


CODED = [name for name in CODINGS if name != IDENTITY]


@pytest.mark.parametrize("coding", CODED)
def test_text_gets_much_shorter(coding: str) -> None:
    assert len(encode(TEXT, coding)) < len(TEXT) / 4


@pytest.mark.parametrize("coding", CODED)
def test_coded_bytes_come_out_on_the_way(coding: str) -> None:
    coder, source = CODINGS[coding](), random.Random(1)
    on_the_way = [len(coder.add(source.randbytes(64_000).hex().encode())) for _ in range(40)]
    assert sum(on_the_way[:20]) > 100_000
    assert sum(on_the_way[20:]) > 100_000


@pytest.mark.parametrize("coding", CODINGS)
def test_two_coders_share_nothing(coding: str) -> None:
    one, two = CODINGS[coding](), CODINGS[coding]()
    first = one.add(b"first " * 1000)
    second = two.add(b"second " * 1000)
    assert DECODERS[coding](first + one.end()) == b"first " * 1000
    assert DECODERS[coding](second + two.end()) == b"second " * 1000


def test_the_same_bytes_are_coded_in_the_same_way() -> None:
    for coding in CODINGS:
        assert encode(TEXT, coding) == encode(TEXT, coding), coding
