"""Bodies of RDF sent by anybody, read into triples.

What is known to hurt a parser is refused before one sees it: document type declarations (entities that grow
without end), nesting, text that is not UTF-8. Nothing is fetched: a context at another address is an error.
Runs in a worker only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value
from xml.parsers.expat import ErrorString, ExpatError, ParserCreate

import pyoxigraph as ox
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError

from kg.errors import RdfError, UnsupportedMedia
from kg.media import GRAPH_FORMATS, JSONLD, RDFXML, Format, by_media_type, listing
from kg.results import RDF_FORMATS

NESTING = 100
"""Brackets, elements, or triple terms within each other."""

MULTIPART = "multipart/form-data"

_TURTLE = re.compile(
    r"""
      (?P<open> <<\(? | [\[({] )
    | (?P<close> \)?>> | [\])}] )
    | <[^<>\s]*+>
    | \"{3}(?:\"{0,2}(?:[^"\\]|\\.))*+\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*+'{3}
    | "(?:[^"\\\r\n]|\\.)*+" | '(?:[^'\\\r\n]|\\.)*+'
    | \#[^\r\n]*+
    | \\.
    """,
    re.VERBOSE | re.DOTALL,
)
_JSON = re.compile(r'(?P<open>[\[{])|(?P<close>[\]}])|"(?:[^"\\]|\\.)*+"', re.DOTALL)
_PLACE = re.compile(r"at line (\d+)(?: between columns | column )?(\d+)?")


def read_body(body: bytes, content_type: str, base: str) -> list[ox.Triple]:
    """Return the triples of a body, or of all parts of a form; RdfError, UnsupportedMedia."""
    media_type, parameters = media_type_of(content_type)
    if media_type != MULTIPART:
        return list(_triples(body, content_type, base))
    found: list[ox.Triple] = []
    for part in parts(body, parameters.get("boundary", "")):
        found += _triples(part.content, part.content_type, base)
    return found


def media_type_of(content_type: str) -> tuple[str, dict[str, str]]:
    """The media type and parameters of a Content-Type field, in lower case but for the values."""
    message = Message()
    message["Content-Type"] = content_type.replace("\r", " ").replace("\n", " ")
    try:
        found = message.get_params([])
    except (TypeError, ValueError, IndexError):  # parameters in pieces (RFC 2231) that do not fit together
        return content_type.partition(";")[0].strip().lower(), {}
    if not content_type.strip() or not found:
        return "", {}
    return found[0][0].strip().lower(), {
        name.lower(): collapse_rfc2231_value(value) for name, value in found[1:]
    }


def is_read(content_type: str) -> bool:
    """Whether a body of this type is read at all; its parts and its text are another matter."""
    media_type, _ = media_type_of(content_type)
    return media_type == MULTIPART or _format(media_type) is not None


def refusal(content_type: str, what: str = "The body") -> UnsupportedMedia:
    """The error for a body of a type that is not read."""
    shown = (
        f"{what} is {content_type.strip()[:60]}" if content_type.strip() else f"{what} has no Content-Type"
    )
    return UnsupportedMedia(
        f"{shown}, which is not read here.", remedy=f"Send one of {listing(GRAPH_FORMATS)}, or {MULTIPART}."
    )


def _format(media_type: str) -> Format | None:
    found = by_media_type(media_type)
    return found if found in GRAPH_FORMATS else None


def _triples(body: bytes, content_type: str, base: str) -> Iterator[ox.Triple]:
    media_type, parameters = media_type_of(content_type)
    format = _format(media_type)
    if format is None:
        raise refusal(content_type)
    charset = parameters.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMedia(f"The body is in {charset[:40]}.", remedy="Send it in UTF-8.")
    text = _text(body)
    if format is RDFXML:
        _check_xml(body)
    else:
        _check_depth(text, _JSON if format is JSONLD else _TURTLE)
    try:
        for quad in ox.parse(body, format=RDF_FORMATS[format.name], base_iri=base, rename_blank_nodes=True):
            if not isinstance(quad.graph_name, ox.DefaultGraph):
                raise RdfError(
                    "The body names a graph of its own.",
                    remedy="Send the triples of one graph; in /graphs its name goes into the address.",
                )
            yield quad.triple
    except (SyntaxError, ValueError, OSError, MemoryError) as error:
        raise _explained(error, format) from error


def _text(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RdfError(
            f"The body is not valid UTF-8: byte {error.start + 1} does not fit.", remedy="Send it in UTF-8."
        ) from None
    if "\x00" in text:
        raise RdfError(f"The body holds a NUL character, number {text.index(chr(0)) + 1}.")
    return text


def _check_depth(text: str, brackets: re.Pattern[str]) -> None:
    depth = 0
    for found in brackets.finditer(text):
        kind = found.lastgroup
        depth += (kind == "open") - (kind == "close")
        if depth > NESTING:
            raise _too_deep(text.count("\n", 0, found.start()) + 1)


def _check_xml(body: bytes) -> None:
    """Refuse what is no XML document, has a document type, or is deep.

    The engine's own reader takes the first part of a document for the whole.
    """
    parser = ParserCreate()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > NESTING:
            raise _too_deep(parser.CurrentLineNumber)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def declaration(*_: object) -> None:
        raise RdfError(
            "The body has a document type declaration, which is not read here.",
            remedy="Write entities out, and send the document without <!DOCTYPE …>.",
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = declaration
    try:
        parser.Parse(body, True)
    except (LookupError, ValueError) as error:
        raise RdfError(f"The body cannot be read as RDF/XML: {error}.", remedy="Send it in UTF-8.") from None
    except ExpatError as error:
        message = f"The body cannot be read as RDF/XML: {ErrorString(error.code)}"
        line, column = error.lineno, error.offset + 1
        raise RdfError(f"{message} (line {line}, column {column}).", line=line, column=column) from None


def _too_deep(line: int) -> RdfError:
    return RdfError(f"The body is nested more than {NESTING} deep (line {line}).", line=line, column=1)


def _explained(error: Exception, format: Format) -> RdfError:
    if isinstance(error, MemoryError) and "buffer" not in str(error):
        raise error
    message = str(error).splitlines()[0][:300]
    if "remote context" in message.lower() or "loading" in message.lower():
        return RdfError(
            "The body needs a context from another address, and nothing is fetched.",
            remedy="Write the context into the document.",
        )
    if isinstance(error, MemoryError):
        return RdfError("The body has a literal or an IRI of more than 16 MiB.")
    found = _PLACE.search(message)
    line = int(found[1]) if found else None
    column = int(found[2]) if found and found[2] else None
    return RdfError(f"The body cannot be read as {format.label}: {message}.", line=line, column=column)


@dataclass
class Part:
    """A part of a form (RFC 7578): the two header fields that count, as they were sent, and what it holds."""

    content_type: str = ""
    disposition: str = ""
    held: bytearray = field(default_factory=bytearray)

    @property
    def content(self) -> bytes:
        """What the part holds."""
        return bytes(self.held)

    def parameter(self, name: str) -> str:
        """``name`` or ``filename`` of the part; empty when it has none."""
        return media_type_of(self.disposition)[1].get(name, "") if self.disposition else ""


def parts(body: bytes, boundary: str) -> list[Part]:
    """The parts of a form (RFC 7578); RdfError when it cannot be taken apart."""
    found: list[Part] = []
    name, value = bytearray(), bytearray()

    def header() -> None:
        known = bytes(name).strip().lower()
        if known == b"content-type":
            found[-1].content_type = bytes(value).decode("latin-1")
        elif known == b"content-disposition":
            found[-1].disposition = bytes(value).decode("utf-8", "replace")
        name.clear()
        value.clear()

    def keep(place: bytearray, data: bytes, start: int, end: int) -> None:
        place.extend(data[start:end])

    ended: list[bool] = []
    try:
        parser = MultipartParser(
            boundary.encode("latin-1", "replace"),
            {
                "on_part_begin": lambda: found.append(Part()),
                "on_header_field": lambda data, start, end: keep(name, data, start, end),
                "on_header_value": lambda data, start, end: keep(value, data, start, end),
                "on_header_end": header,
                "on_part_data": lambda data, start, end: keep(found[-1].held, data, start, end),
                "on_end": lambda: ended.append(True),
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise RdfError(f"The form cannot be taken apart: {str(error)[:200]}.") from error
    if not ended:
        raise RdfError("The form does not end with its boundary, or has none.")
    return found
