"""Whether an answer of another server is what was asked for, and whole, as far as its head and ends tell.

Some servers stop an answer half way and end it cleanly, or with a sentence of prose; the framing of HTTP is
whole then, and what it frames is not. No answer is parsed here: only its two ends are looked at.
"""

from collections.abc import Mapping

from kg.errors import RemoteError, Timeout
from kg.media import Format
from kg.store.bodies import media_type_of

REACH = 256
"""Bytes of an end that are looked at."""

_BEGIN: Mapping[str, tuple[bytes, ...]] = {
    "json": (b"{",),
    "xml": (b"<",),
    "rdf": (b"<",),
    "jsonld": (b"{", b"["),
}
_END: Mapping[str, tuple[bytes, ...]] = {
    "json": (b"}",),
    "xml": (b"sparql>",),
    "rdf": (b"RDF>", b"/>"),
    "jsonld": (b"}", b"]"),
    "nt": (b".",),
    "nq": (b".",),
    "ttl": (b".",),
    "trig": (b".", b"}"),
}
_ROWS = ("csv", "tsv")
_TRUTH = (b"true", b"false")  # what servers send for ASK in formats for rows


def check_head(fields: Mapping[str, str], format: Format) -> None:
    """Judge the header fields of an answer; RemoteError, or Timeout when they tell of a part only."""
    media_type, parameters = media_type_of(fields.get("content-type", ""))
    if media_type not in (format.media_type, *format.aliases):
        raise odd(format)
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise RemoteError("The store sent an answer that is not in UTF-8.")
    if fields.get("content-encoding", "identity").lower() != "identity":
        raise RemoteError("The store sent an answer in a coding that was not asked for.")
    if "content-length" not in fields and "chunked" not in fields.get("transfer-encoding", "").lower():
        raise RemoteError("The store does not say where its answer ends, so it may be cut.")
    if "x-sql-state" in fields or "x-sparql-maxrows" in fields:  # Virtuoso says so of a part of an answer
        raise Timeout(
            "The store gave a part of the answer only, at a limit of its own.",
            remedy="Ask for less at once: fewer patterns, a narrower FILTER, a LIMIT.",
        )


def check_begin(first: bytes, format: Format) -> None:
    """Judge the first bytes of an answer; RemoteError."""
    found = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    if found and not found.startswith(_BEGIN.get(format.name, (b"",))):
        raise odd(format)


def check_end(last: bytes, format: Format) -> None:
    """Judge the last bytes of an answer, REACH of them or all; RemoteError."""
    found = last.rstrip()
    if format.name in _ROWS:
        sound = last.endswith(b"\n") or found.lower() in _TRUTH
    elif format.name in _BEGIN:
        sound = found.endswith(_END[format.name])
    else:  # there may be no triples, and a comment or a prefix on the last line
        line = found.rpartition(b"\n")[2].lstrip().upper()
        sound = not found or line.startswith((b"#", b"PREFIX", b"BASE")) or found.endswith(_END[format.name])
    if not sound:
        raise RemoteError("The answer of the store does not end as it should.")


def odd(format: Format) -> RemoteError:
    """The error for an answer that is of another kind."""
    return RemoteError(f"The store sent something else than {format.label}.")
