"""The one table of formats, and the choice among them by RFC 9110 section 12.5.1.

A format's ``kind`` says what it holds: ``solutions`` (answers to SELECT and ASK), ``graph`` (triples),
``dataset`` (quads), ``page`` (for people) or ``file`` (for programs that know nothing of RDF). JSON-LD stands
under ``graph``; ``named_graphs`` says that it can hold a dataset too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

Kind = Literal["solutions", "graph", "dataset", "page", "file"]

_UTF8: Mapping[str, str] = {"charset": "utf-8"}


@dataclass(frozen=True)
class Format:
    """One row of the table.

    ``aliases`` are other media types that clients ask this format by; they are chosen only when named in
    full. ``parameters`` are facts about the bytes that a media range may insist on:
    ``text/csv;header=absent`` finds nothing.
    ``iri`` is the format's name in https://www.w3.org/ns/formats/ where it has one.
    """

    name: str
    label: str
    media_type: str
    extension: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    named_graphs: bool = False
    iri: str | None = None

    def __hash__(self) -> int:
        """Of the media type: formats are looked up at every request."""
        return hash(self.media_type)

    @property
    def content_type(self) -> str:
        """The Content-Type to send: text types name their character set, the others define it themselves."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


_FORMAT = "http://www.w3.org/ns/formats/"

JSON = Format(
    "json",
    "JSON",
    "application/sparql-results+json",
    "srj",
    "solutions",
    aliases=("application/json",),
    iri=_FORMAT + "SPARQL_Results_JSON",
)
XML = Format(
    "xml",
    "XML",
    "application/sparql-results+xml",
    "srx",
    "solutions",
    aliases=("application/xml", "text/xml"),
    iri=_FORMAT + "SPARQL_Results_XML",
)
CSV = Format(
    "csv",
    "CSV",
    "text/csv",
    "csv",
    "solutions",
    parameters={**_UTF8, "header": "present"},
    iri=_FORMAT + "SPARQL_Results_CSV",
)
TSV = Format(
    "tsv",
    "TSV",
    "text/tab-separated-values",
    "tsv",
    "solutions",
    parameters=_UTF8,
    iri=_FORMAT + "SPARQL_Results_TSV",
)
TURTLE = Format("ttl", "Turtle", "text/turtle", "ttl", "graph", parameters=_UTF8, iri=_FORMAT + "Turtle")
NTRIPLES = Format("nt", "N-Triples", "application/n-triples", "nt", "graph", iri=_FORMAT + "N-Triples")
JSONLD = Format(
    "jsonld",
    "JSON-LD",
    "application/ld+json",
    "jsonld",
    "graph",
    aliases=("application/json",),
    named_graphs=True,
    iri=_FORMAT + "JSON-LD",
)
RDFXML = Format(
    "rdf",
    "RDF/XML",
    "application/rdf+xml",
    "rdf",
    "graph",
    aliases=("application/xml", "text/xml"),
    iri=_FORMAT + "RDF_XML",
)
TRIG = Format("trig", "TriG", "application/trig", "trig", "dataset", named_graphs=True, iri=_FORMAT + "TriG")
NQUADS = Format(
    "nq", "N-Quads", "application/n-quads", "nq", "dataset", named_graphs=True, iri=_FORMAT + "N-Quads"
)
XLSX = Format(
    "xlsx", "Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", "file"
)
GEOJSON = Format(
    "geojson",
    "GeoJSON",
    "application/geo+json",
    "geojson",
    "file",
    aliases=("application/vnd.geo+json",),
)
GRAPHML = Format("graphml", "GraphML", "application/graphml+xml", "graphml", "file")
HTML = Format(
    "html", "HTML", "text/html", "html", "page", aliases=("application/xhtml+xml",), parameters=_UTF8
)

FORMATS: tuple[Format, ...] = (
    *(JSON, XML, CSV, TSV),
    *(TURTLE, NTRIPLES, JSONLD, RDFXML, TRIG, NQUADS),
    *(XLSX, GEOJSON, GRAPHML),
)
SOLUTION_FORMATS = tuple(row for row in FORMATS if row.kind == "solutions")
GRAPH_FORMATS = tuple(row for row in FORMATS if row.kind == "graph")
RDF_FORMATS = tuple(row for row in FORMATS if row.kind in ("graph", "dataset"))
DATASET_FORMATS = tuple(row for row in FORMATS if row.named_graphs)

_OF_ANSWERS: Mapping[str, tuple[Format, ...]] = {
    "select": (*SOLUTION_FORMATS, HTML, XLSX, GEOJSON),
    "ask": (*SOLUTION_FORMATS, HTML),
    "construct": (*GRAPH_FORMATS, HTML, GRAPHML),
    "describe": (*GRAPH_FORMATS, HTML, GRAPHML),
}

_BY_NAME = {row.name: row for row in (*FORMATS, HTML)}
_OTHER_NAMES = {"turtle": "ttl", "ntriples": "nt", "rdfxml": "rdf", "json-ld": "jsonld", "nquads": "nq"}
_OTHER_EXTENSIONS = {"owl": RDFXML, "xml": RDFXML, "json": JSONLD}


def by_name(name: str) -> Format:
    """Return the row of that name (``ttl``, ``csv``, …, in any case); KeyError when there is none."""
    key = name.strip().lower()
    return _BY_NAME[_OTHER_NAMES.get(key, key)]


def of_answer(form: str) -> tuple[Format, ...]:
    """Return the formats for the answer to a query of that form (``select``, …), in order of preference."""
    return _OF_ANSWERS[form]


def by_extension(suffix: str) -> Format | None:
    """Return the RDF format of files with this ending (``.ttl`` or ``ttl``), None when it is not read."""
    key = suffix.lower().removeprefix(".")
    found = next((row for row in RDF_FORMATS if row.extension == key), None)
    return found or _OTHER_EXTENSIONS.get(key)


def by_media_type(media_type: str) -> Format | None:
    """Return the RDF format of a body of this type, None when it is not read."""
    return next((row for row in RDF_FORMATS if row.media_type == media_type.lower()), None)


def listing(offers: Iterable[Format]) -> str:
    """Name the media types on offer, for the text of a 406."""
    return ", ".join(row.media_type for row in offers)


@dataclass(frozen=True)
class _Range:
    main: str
    sub: str
    parameters: Mapping[str, str]
    quality: float

    def specificity(self, media_type: str, known: Mapping[str, str]) -> int | None:
        """How closely it fits: None not at all, 0 ``*/*``, 1 ``text/*``, 2 named, 3+ with parameters."""
        main, _, sub = media_type.partition("/")
        if self.main == "*":
            closeness = 0
        elif self.main != main:
            return None
        elif self.sub == "*":
            closeness = 1
        elif self.sub == sub:
            closeness = 2
        else:
            return None
        # A parameter we know must agree; one that means nothing to us (a JSON-LD profile) is a wish.
        wanted = [(name, value) for name, value in self.parameters.items() if name in known]
        if any(known[name] != value.lower() for name, value in wanted):
            return None
        return closeness + len(wanted)


def _split(text: str, separator: str) -> list[str]:
    """Split at a separator that does not stand inside a quoted string."""
    parts, current, quoted, escaped = [], "", False, False
    for char in text:
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            parts.append(current)
            current = ""
            continue
        current += char
    return [*parts, current]


def _quality(text: str) -> float | None:
    """Read a weight (RFC 9110 section 12.4.2), more generously: any decimal number from 0 to 1."""
    if not text or not all(char in "0123456789." for char in text):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value <= 1 else None


def _ranges(accept: str) -> list[_Range]:
    """Read the field value; elements that are not media ranges are left out."""
    found = []
    for element in _split(accept, ","):
        head, *tail = (part.strip() for part in _split(element, ";"))
        main, slash, sub = head.lower().partition("/")
        if main == "*" and not slash:
            sub = "*"  # some old Java clients send a lone star
        if not main or not sub or (main == "*" and sub != "*") or " " in head:
            continue
        quality: float | None = 1.0
        parameters = {}
        for part in tail:
            name, _, value = part.partition("=")
            if name.strip().lower() == "q":
                quality = _quality(value.strip())
                break  # what follows the weight is an extension of the old RFC 7231, no parameter of the type
            if name:
                parameters[name.strip().lower()] = value.strip().strip('"')
        if quality is not None:
            found.append(_Range(main, sub, parameters, quality))
    return found


def negotiate(accept: str | None, offers: Iterable[Format]) -> Format | None:
    """Choose among ``offers`` (ours in order of preference) what the Accept field asks for; None means 406.

    No field, or an empty one, takes the first offer. For each offer the closest media range gives the weight;
    the highest weight wins, then the closest range, then our order. An alias that wins becomes the
    ``media_type`` of the returned format, so that the answer bears a type the client said it takes.
    """
    return _negotiated(accept, tuple(offers))


@lru_cache(maxsize=512)
def _negotiated(accept: str | None, offers: tuple[Format, ...]) -> Format | None:
    if accept is None or not accept.strip():
        return offers[0] if offers else None
    ranges = _ranges(accept)
    best: tuple[float, int] = (0.0, -1)
    chosen: Format | None = None
    for offer in offers:
        for media_type in (offer.media_type, *offer.aliases):
            fits = [
                (closeness, item.quality)
                for item in ranges
                if (closeness := item.specificity(media_type, offer.parameters)) is not None
                and (media_type == offer.media_type or closeness >= 2)
            ]
            if not fits:
                continue
            closeness, quality = max(fits)
            if quality > 0 and (quality, closeness) > best:
                best = (quality, closeness)
                chosen = offer if media_type == offer.media_type else replace(offer, media_type=media_type)
    return chosen
