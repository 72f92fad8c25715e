"""Bodies of requests: their limits, their encodings, and forms."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from kg.errors import KgError, QueryError, TooLarge, UnsupportedMedia
from kg.settings import Settings
from kg.web import body


class Sender:
    """Sends the parts of a body, and counts those that were taken."""

    def __init__(self, *parts: bytes, leaves: bool = False) -> None:
        self.parts = parts
        self.taken = 0
        self.leaves = leaves

    async def receive(self) -> dict[str, Any]:
        if self.leaves and self.taken == len(self.parts):
            return {"type": "http.disconnect"}
        self.taken += 1
        more = self.taken < len(self.parts) or self.leaves
        return {"type": "http.request", "body": self.parts[self.taken - 1], "more_body": more}


def asked(sender: Sender, *fields: tuple[str, str]) -> Request:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in fields]
    return Request({"type": "http", "method": "POST", "headers": headers}, sender.receive)


def read(sender: Sender, most: int, *fields: tuple[str, str]) -> bytes:
    return asyncio.run(body.read(asked(sender, *fields), most, "KG_BODY_LIMIT"))


# ---- limits -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [(b"",), (b"abcdef",), (b"ab", b"", b"cdef"), (b"a",) * 10])
def test_a_body_up_to_the_limit_is_read_whole(parts: tuple[bytes, ...]) -> None:
    whole = b"".join(parts)
    assert read(Sender(*parts), 10) == whole
    assert read(Sender(*parts), 10, ("content-length", str(len(whole)))) == whole


# The parts of the body, Content-Length where it is given, and how many parts are taken.
LONG: dict[str, tuple[tuple[bytes, ...], str | None, int]] = {
    "declared": ((b"a" * 11,), "11", 0),
    "declared, never sent": ((b"",), "99999999999999999999", 0),
    "at once": ((b"a" * 11,), None, 1),
    "in parts": ((b"aaaa",) * 5, None, 3),
    "longer than declared": ((b"aaaa",) * 5, "10", 3),
    "without end": ((b"a",) * 100_000, None, 11),
}


@pytest.mark.parametrize(("parts", "declared", "taken"), LONG.values(), ids=LONG.keys())
def test_a_body_beyond_the_limit_is_refused(
    parts: tuple[bytes, ...], declared: str | None, taken: int
) -> None:
    sender = Sender(*parts)
    with pytest.raises(TooLarge) as caught:
        read(sender, 10, *([("content-length", declared)] if declared else []))
    assert (caught.value.status, caught.value.code) == (413, "too-large")
    assert caught.value.detail == "The body is longer than 10 bytes (KG_BODY_LIMIT). Send less at once."
    assert sender.taken == taken


@pytest.mark.parametrize("declared", ["", "many", "-1", "²", "1e3"])
def test_a_length_that_is_none_is_not_relied_on(declared: str) -> None:
    assert read(Sender(b"abc"), 10, ("content-length", declared)) == b"abc"


def test_a_client_that_leaves_in_the_middle() -> None:
    with pytest.raises(ClientDisconnect):
        read(Sender(b"abc", leaves=True), 10)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br", "zstd", "deflate", "gzip, identity", "nonsense"])
def test_a_coded_body_is_refused_before_it_is_read(coding: str) -> None:
    sender = Sender(b"\x1f\x8b")
    with pytest.raises(UnsupportedMedia) as caught:
        read(sender, 10, ("content-encoding", coding))
    assert (caught.value.status, caught.value.detail) == (
        415,
        "The body is compressed. Send it without Content-Encoding.",
    )
    assert sender.taken == 0


@pytest.mark.parametrize("coding", ["identity", "Identity ", ""])
def test_a_body_that_is_not_coded_may_say_so(coding: str) -> None:
    assert read(Sender(b"abc"), 10, ("content-encoding", coding)) == b"abc"


# ---- texts ------------------------------------------------------------------------------------------------


def test_utf_8() -> None:
    assert body.utf8("Größe 😀 \x00".encode(), "The query") == "Größe 😀 \x00"


# Bytes, and the number of the one that does not fit.
BROKEN: dict[str, tuple[bytes, int]] = {
    "a lone byte": (b"a\xff", 2),
    "Latin-1": ("Größe".encode("latin-1"), 3),
    "cut": ("é".encode()[:1], 1),
    "too long a form": (b"\xc0\xaf", 1),
    "a surrogate": (b"ab\xed\xa0\x80", 3),
    "beyond Unicode": (b"\xf4\x90\x80\x80", 1),
    "UTF-16": ("ASK".encode("utf-16-le") + b"\xff", 7),
}


@pytest.mark.parametrize(("data", "number"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_not_utf_8_is_named(data: bytes, number: int) -> None:
    with pytest.raises(QueryError) as caught:
        body.utf8(data, "The query")
    assert caught.value.detail == (
        f"The query is not valid UTF-8: byte {number} does not fit. Send it in UTF-8."
    )


# ---- forms ------------------------------------------------------------------------------------------------

FORMS: dict[str, tuple[bytes, list[tuple[str, str]]]] = {
    "nothing": (b"", []),
    "one": (b"query=ASK+%7B%7D", [("query", "ASK {}")]),
    "several of one name": (b"a=1&b=2&a=3", [("a", "1"), ("b", "2"), ("a", "3")]),
    "without a value": (b"default", [("default", "")]),
    "with an empty value": (b"default=&a=", [("default", ""), ("a", "")]),
    "nothing between": (b"&&a=1&&", [("a", "1")]),
    "an equals sign in a value": (b"a=b=c", [("a", "b=c")]),
    "a semicolon parts nothing": (b"a=1;b=2", [("a", "1;b=2")]),
    "plus and percent": (b"a=1%2B1+%25", [("a", "1+1 %")]),
    "a percent sign that escapes nothing": (b"a=100%&b=%zz", [("a", "100%"), ("b", "%zz")]),
    "UTF-8": ("a=é&b=%C3%A9&%C3%A9=c".encode(), [("a", "é"), ("b", "é"), ("é", "c")]),
    "line ends": (b"a=1%0D%0A2", [("a", "1\r\n2")]),
}


@pytest.mark.parametrize(("data", "pairs"), FORMS.values(), ids=FORMS.keys())
def test_forms(data: bytes, pairs: list[tuple[str, str]]) -> None:
    assert body.pairs(data) == pairs


@pytest.mark.parametrize("data", [b"a=%FF", b"a=%C3%28", b"a=%ED%A0%80", b"%ff=a", b"a=1&b=%c3"])
def test_escapes_that_are_not_utf_8(data: bytes) -> None:
    with pytest.raises(QueryError) as caught:
        body.pairs(data)
    assert caught.value.detail == (
        "The percent escapes of the request do not spell valid UTF-8. "
        "Encode the text as UTF-8 before escaping it."
    )


def test_a_form_that_is_not_utf_8() -> None:
    with pytest.raises(QueryError, match="The request is not valid UTF-8: byte 3 does not fit"):
        body.pairs(b"a=\xff")


def test_a_form_may_name_many_graphs() -> None:
    assert len(body.pairs(b"&".join(b"default-graph-uri=u:%d" % number for number in range(1000)))) == 1000


def test_a_form_of_too_many_parameters_is_refused() -> None:
    with pytest.raises(QueryError) as caught:
        body.pairs(b"a&" * 100_000)
    assert caught.value.detail == "The request has too many parameters. Send fewer."


# A setting's bytes of body and query, and what a form may have.
FORM_LIMITS: Sequence[tuple[int, int, tuple[int, str]]] = [
    (32_000_000, 1_000_000, (3_065_536, "KG_QUERY_LENGTH")),
    (2_000_000, 1_000_000, (2_000_000, "KG_BODY_LIMIT")),
    (100, 100, (100, "KG_BODY_LIMIT")),
]


@pytest.mark.parametrize(("body_limit", "query_length", "limit"), FORM_LIMITS)
def test_a_form_has_room_for_an_escaped_query(
    body_limit: int, query_length: int, limit: tuple[int, str]
) -> None:
    assert body.form_limit(Settings(body_limit=body_limit, query_length=query_length)) == limit


# ---- media types ------------------------------------------------------------------------------------------

TYPES: dict[str, tuple[str | None, tuple[str, str]]] = {
    "none": (None, ("", "")),
    "empty": ("", ("", "")),
    "plain": ("application/sparql-query", ("application/sparql-query", "")),
    "capitals": ("Application/SPARQL-Query", ("application/sparql-query", "")),
    "a character set": ("text/turtle; charset=UTF-8", ("text/turtle", "utf-8")),
    "a quoted character set": ('text/turtle ; Charset="utf-8"', ("text/turtle", "utf-8")),
    "others": ("text/turtle; version=1.2; charset=latin1 ;x=y", ("text/turtle", "latin1")),
    "nonsense": (";;=;charset", ("", "")),
}


@pytest.mark.parametrize(("field", "found"), TYPES.values(), ids=TYPES.keys())
def test_media_types(field: str | None, found: tuple[str, str]) -> None:
    fields = [("content-type", field)] if field is not None else []
    assert body.content_type(asked(Sender(b""), *fields)) == found


@pytest.mark.parametrize("charset", ["", "utf-8", "utf8", "us-ascii"])
def test_character_sets_that_are_read(charset: str) -> None:
    body.require_utf8(charset)


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "x" * 5000])
def test_character_sets_that_are_not(charset: str) -> None:
    with pytest.raises(KgError) as caught:
        body.require_utf8(charset)
    assert caught.value.status == 415
    assert caught.value.detail == f"The body is in {charset[:40]}. Send it in UTF-8."
