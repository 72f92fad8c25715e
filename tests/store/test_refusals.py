"""What another server's refusals become: the right class, and words that harm nobody."""

import pytest

from kg.errors import (
    Busy,
    KgError,
    NotAcceptable,
    NotFound,
    QueryError,
    RdfError,
    RemoteError,
    Timeout,
    TooLarge,
    UnsupportedMedia,
)
from kg.media import CSV
from kg.store.refusals import refusal, words

WORDS: dict[str, tuple[bytes, str, str]] = {
    "plain": (b"error at 1:36: expected }", "text/plain", "error at 1:36: expected }"),
    "lines and controls": (b"a\r\nb\tc\x00\x1b[31md\x7f\xc2\x85e", "text/plain", "a b c [31md e"),
    "other directions of writing": ("a\u202eb\u2028c".encode(), "text/plain", "a b c"),
    "markup": (
        b"bad <script>alert(1)</script> & <u:x>",
        "text/plain",
        "bad \u2039script\u203aalert(1)\u2039/script\u203a & \u2039u:x\u203a",
    ),
    "a page": (b"<html><body>Oops</body></html>", "text/html", ""),
    "a page that is called plain": (b" <!doctype html><p>Oops", "text/plain", ""),
    "JSON of QLever": (b'{"exception": "no such thing", "query": "x"}', "application/json", "no such thing"),
    "JSON of Neptune": (b'{"detailedMessage": "bad", "code": "x"}', "application/json", "bad"),
    "a problem": (b'{"title": "Bad", "detail": "so it is"}', "application/problem+json", "so it is"),
    "JSON without words": (b'{"a": 1, "message": 5}', "application/json", ""),
    "JSON that is none": (b'{"message": "cut', "application/json", ""),
    "JSON without an end": (b"[" * 9000, "application/json", ""),
    "a trace": (b"Bad query\n\tat org.x.Y(Y.java:3)\n\tat org.x.Z", "text/plain", "Bad query"),
    "no text": (b"\xff\xfe", "text/plain", "\ufffd\ufffd"),
    "nothing": (b"", "", ""),
}


@pytest.mark.parametrize(("body", "media_type", "expected"), WORDS.values(), ids=WORDS.keys())
def test_words_are_one_harmless_line(body: bytes, media_type: str, expected: str) -> None:
    assert words(body, media_type) == expected


def test_words_are_few() -> None:
    found = words(b"long " * 1000, "text/plain")
    assert len(found) == 300 and found.endswith("…")


CLASSES = {
    400: QueryError,
    401: RemoteError,
    403: RemoteError,
    404: NotFound,
    406: NotAcceptable,
    408: Timeout,
    413: TooLarge,
    415: UnsupportedMedia,
    429: Busy,
    500: RemoteError,
    502: RemoteError,
    503: Busy,
    504: Timeout,
    206: RemoteError,
    301: RemoteError,
    418: RemoteError,
}


@pytest.mark.parametrize(("status", "error"), CLASSES.items())
def test_a_status_becomes_the_error_that_fits(status: int, error: type[KgError]) -> None:
    found = refusal(status, "words of the store", "", QueryError, CSV)
    assert type(found) is error
    assert ("words of the store" in found.detail) == (status == 400), "others may tell of its inner life"


PLACES = {
    "error at 2:9: expected": (2, 9),
    "Parser error at line 2 between columns 7 and 15: x": (2, 7),
    "Parse error: Line 1, column 10: Unresolved prefixed name": (1, 10),
    'Encountered " "}" "} "" at line 1, column 25.': (1, 25),
    "Invalid SPARQL query: line 3": (None, None),
    "at 12:30 o'clock": (12, 30),
    "": (None, None),
}


@pytest.mark.parametrize(("said", "place"), PLACES.items())
def test_the_place_of_a_fault_is_read_where_it_is_told(
    said: str, place: tuple[int | None, int | None]
) -> None:
    found = refusal(400, said, "", RdfError, None)
    assert isinstance(found, RdfError)
    assert (found.line, found.column) == place
