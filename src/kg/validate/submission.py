"""What somebody sends to have it validated, taken apart: data, shapes, and the format of each.

A form (RFC 7578, or urlencoded) has the parts ``data`` and, if it brings shapes of its own, ``shapes``; any
other body is the data. The format is what the field ``data-format`` or ``shapes-format`` says, else what the
Content-Type does, else the ending of the file's name, else what the text looks like. Runs in a worker only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import parse_qsl

import pyoxigraph as ox

from kg.errors import RdfError, UnsupportedMedia
from kg.media import GRAPH_FORMATS, JSONLD, RDFXML, TURTLE, Format, by_extension, by_media_type, by_name
from kg.sparql import is_iri
from kg.store.bodies import MULTIPART, media_type_of, parts, read_body

FORM = "application/x-www-form-urlencoded"

_NAMES = ", ".join(row.name for row in GRAPH_FORMATS)
# Types that say nothing of what is inside: those that senders give when they do not know.
_UNTOLD = ("", "text/plain", "application/octet-stream", "binary/octet-stream", "application/x-turtle")
_PREFIX = re.compile(r"^[ \t]*@?prefix[ \t]+([\w.-]*):[ \t]*<([^<>\s]+)>", re.IGNORECASE | re.MULTILINE)
_MOST_PREFIXES = 200


@dataclass(frozen=True)
class Shapes:
    """Our own shapes as the server sends them: N-Triples of the shapes and of the content, and prefixes."""

    shapes: bytes
    content: bytes
    prefixes: dict[str, str]


@dataclass(frozen=True)
class Job:
    """A request for validation, with all that a worker needs to know; ``most`` results are told in words."""

    body: bytes
    content_type: str
    base: str
    format: str
    most: int | None
    seconds: float
    result: int
    encoding: str
    always: bool


@dataclass(frozen=True)
class Submission:
    """The triples of the data and of the shapes (None: the server's own), and the prefixes of both texts."""

    data: Sequence[ox.Triple]
    shapes: Sequence[ox.Triple] | None
    prefixes: dict[str, str]


@dataclass(frozen=True)
class _Text:
    """One text as it was sent."""

    content: bytes
    content_type: str = ""
    file_name: str = ""


def read_submission(body: bytes, content_type: str, base: str) -> Submission:
    """Read a request for validation; RdfError and UnsupportedMedia say which part is at fault, and where."""
    media_type, parameters = media_type_of(content_type)
    if media_type == MULTIPART:
        found = [
            (
                part.parameter("name"),
                _Text(part.content, part.content_type, part.parameter("filename")),
            )
            for part in parts(body, parameters.get("boundary", ""))
        ]
    elif media_type == FORM:
        found = [(name, _Text(text.encode())) for name, text in _pairs(body)]
    else:
        found = [("data", _Text(body, content_type))]
    data, shapes = _one("data", found), _one("shapes", found)
    if data is None:
        raise RdfError(
            "The request holds no data.", remedy="Put RDF into the part data of a form, or into the body."
        )
    prefixes: dict[str, str] = {}
    triples = _triples("data", data, found, base, prefixes)
    judged_by = _triples("shapes", shapes, found, base, prefixes) if shapes else None
    return Submission(triples, judged_by, prefixes)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise RdfError(
            "The form cannot be taken apart.", remedy=f"Escape it as UTF-8, or send {MULTIPART}."
        ) from None


def _one(name: str, found: Sequence[tuple[str, _Text]]) -> _Text | None:
    """The part of that name which is not empty: a form has a field for a file and one for a text."""
    filled = [text for other, text in found if other == name and text.content.strip()]
    if len(filled) > 1:
        raise RdfError(
            f"The request holds {len(filled)} parts named {name}.",
            remedy="Send a file or a text, not both; join several files into one.",
        )
    return filled[0] if filled else None


def _triples(
    name: str, text: _Text, found: Sequence[tuple[str, _Text]], base: str, prefixes: dict[str, str]
) -> list[ox.Triple]:
    said = _one(f"{name}-format", found)
    format = _format(name, text, said.content.decode("utf-8", "replace").strip() if said else "")
    charset = media_type_of(text.content_type)[1].get("charset", "utf-8")
    whose = f"The text of the {name}"
    try:
        triples = read_body(
            text.content.removeprefix(b"\xef\xbb\xbf"), f'{format.media_type}; charset="{charset}"', base
        )
    except (RdfError, UnsupportedMedia) as error:
        message = error.message.replace("The body", whose, 1)
        remedy = error.remedy or f"Correct the {name} there, or say in {name}-format what they are."
        if "names a graph" in message:
            remedy = "Send the triples of one graph, without its name."
        raise type(error)(message, remedy=remedy, line=error.line, column=error.column) from None
    if any(isinstance(item.object, ox.Triple) for item in triples):
        raise RdfError(
            f"{whose} holds triple terms, which SHACL 1.0 knows nothing of.", remedy="Leave them out."
        )
    if format is TURTLE:
        for prefix, space in _PREFIX.findall(text.content.decode("utf-8", "replace"))[:_MOST_PREFIXES]:
            if is_iri(space):
                prefixes.setdefault(prefix, space)
    return triples


def _format(name: str, text: _Text, said: str) -> Format:
    """The format of a text; UnsupportedMedia when it is none that is read here, RdfError for a wrong name."""
    if said:
        found = by_media_type(said) if "/" in said else _named(said)
        if found not in GRAPH_FORMATS:
            raise RdfError(
                f"There is no format {said[:40]!r} for the {name}.", remedy=f"Name one of {_NAMES}."
            )
        return found
    media_type, _ = media_type_of(text.content_type)
    found = by_media_type(media_type) or {"application/json": JSONLD}.get(media_type)
    if found is None and text.file_name:
        found = by_extension(PurePath(text.file_name).suffix)
    if found is None and media_type in _UNTOLD:
        found = _looks_like(text.content)
    if found not in GRAPH_FORMATS:
        shown = found.label if found else media_type[:60]
        raise UnsupportedMedia(
            f"The {name} come as {shown}, which is not read here.",
            remedy=f"Send Turtle, N-Triples, JSON-LD or RDF/XML, or name one of {_NAMES} in {name}-format.",
        )
    return found


def _named(name: str) -> Format | None:
    try:
        found = by_name(name)
    except KeyError:
        return by_extension(name)
    return found if found in GRAPH_FORMATS else by_extension(name)


def _looks_like(content: bytes) -> Format:
    """A guess that every text gets right that is one of these: N-Triples are Turtle."""
    start = content[:1000].decode("utf-8", "replace").removeprefix("\ufeff").lstrip()
    if re.match(r"\{|\[\s*\{|\[\s*\]\s*\Z", start):
        return JSONLD
    return RDFXML if re.match(r"<\?xml|<!--|<\w+:RDF", start) else TURTLE
