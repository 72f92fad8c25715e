"""The names of all things as the store has them, for search and reconciliation; made again when data change.

Only what is in the store counts, so the index is right for any dataset. It is read by queries of our own and
put together beside the event loop.
"""

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from kg import vocab
from kg.errors import Busy, NotFound, ResultTooLarge
from kg.media import CSV
from kg.search.index import (
    ABSTRACT,
    ALTERNATIVE,
    DESCRIPTION,
    IDENTIFIER,
    LABEL,
    LEFT_OUT,
    Entry,
    Index,
    Source,
    Thing,
    build,
)
from kg.search.words import fold
from kg.sparql import Operation, write_iri
from kg.web.growth import clear, grow
from kg.web.site import Site, TooLong, rank_of

_SKOS = "http://www.w3.org/2004/02/skos/core#"
_OWL = "http://www.w3.org/2002/07/owl#"
_FOAF = "http://xmlns.com/foaf/0.1/"
_SCHEMA = "https://schema.org/"
_PROV = "http://www.w3.org/ns/prov#"
_ORG = "http://www.w3.org/ns/org#"

# Properties that texts come from: what they are, and which of those that mean the same goes first.
_FIELDS = {
    vocab.SKOS_PREF_LABEL: (LABEL, 0),
    vocab.RDFS_LABEL: (LABEL, 1),
    vocab.DCTERMS_TITLE: (LABEL, 2),
    _FOAF + "name": (LABEL, 3),
    _SCHEMA + "name": (LABEL, 4),
    "http://schema.org/name": (LABEL, 4),
    _SKOS + "altLabel": (ALTERNATIVE, 0),
    _SKOS + "hiddenLabel": (ALTERNATIVE, 1),
    vocab.DCTERMS_DESCRIPTION: (DESCRIPTION, 0),
    vocab.DCTERMS + "abstract": (ABSTRACT, 0),
    vocab.DCTERMS_IDENTIFIER: (IDENTIFIER, 0),
    _SKOS + "notation": (IDENTIFIER, 0),
    vocab.CONN + "symbol": (IDENTIFIER, 0),
    _SKOS + "exactMatch": (IDENTIFIER, 1),
}
_SUPPORTING = (
    _SKOS + "Concept",
    _SKOS + "ConceptScheme",
    _OWL + "Class",
    _OWL + "ObjectProperty",
    _OWL + "DatatypeProperty",
    _OWL + "AnnotationProperty",
    _OWL + "Ontology",
    vocab.RDF + "Property",
    vocab.RDFS + "Class",
    vocab.RDFS + "Datatype",
    vocab.PASSAGE_CLASS,
    vocab.CONN + "Engagement",
    _ORG + "Membership",
)
_RECORDS = (vocab.DOCUMENT_CLASS, vocab.CONN + "Output", _FOAF + "Document")
_MACHINERY = (
    vocab.CURRENT_STATEMENT,
    vocab.RDF + "Statement",
    _PROV + "Entity",
    _PROV + "Activity",
    vocab.SSSOM + "Mapping",
    vocab.SSSOM + "MappingSet",
    vocab.SH + "PrefixDeclaration",
    vocab.SH + "NodeShape",
    vocab.SH + "PropertyShape",
    vocab.SH + "SPARQLExecutable",
    vocab.SH + "SPARQLSelectExecutable",
    vocab.SD_GRAPH,
    vocab.VOID_NS + "Dataset",
    vocab.VOID_NS + "Linkset",
    vocab.DCAT_DATASET,
    "http://www.w3.org/ns/dcat#Catalog",
    "http://www.w3.org/ns/dcat#Distribution",
    "http://www.w3.org/ns/dcat#DataService",
)
TIERS = dict.fromkeys(_RECORDS, 1) | dict.fromkeys(_SUPPORTING, 2) | dict.fromkeys(_MACHINERY, LEFT_OUT)
"""How much classes weigh, for ``build``: records of sources less than what they are about, and so on."""

# Names of places and of living things are common words inside other names.
_DUMB = frozenset(
    vocab.CONN + name
    for name in ("Place", "Taxon", "Target", "Meeting", "Resolution", "Decision", "SiteNetwork")
)
_PLACE = vocab.CONN + "Place"
_LEAD = vocab.CONN + "leadOrganisation"
_DATED = ("date", "gYearMonth", "gYear", "dateTime")
_FRESH = 600.0
"""Seconds that an index is kept when the data may change behind our back."""
_TRIES = 3
_MOST = 300_000_000
"""Bytes of a table that an index is made from."""


def speaks(types: Sequence[str]) -> bool:
    """Whether names of things of these classes stand for the things inside other names."""
    return _DUMB.isdisjoint(types)


async def index_of(site: Site) -> Index:
    """Return the index of what the store holds now; Busy when that changes all the time, ResultTooLarge."""

    async def make() -> Index:
        for other in (site.shelves, site.ties):  # they hold on to the index before
            other.drop()
        clear()
        return await _read(site)

    return await site.index.get(site.state(_FRESH), make)


async def _read(site: Site) -> Index:
    listed = " ".join(f"({write_iri(iri)})" for iri in _FIELDS)
    dated = ", ".join(write_iri(vocab.XSD + name) for name in _DATED)
    named = site.anywhere("?s ?p ?o")
    placed = site.anywhere(f"?o a {write_iri(_PLACE)}", "placeGraph")
    queries = (
        f"SELECT ?s ?p (STR(?o) AS ?text) (LANG(?o) AS ?language) WHERE {{ VALUES (?p) {{ {listed} }} "
        f"{named} FILTER(!isBlank(?s) && !isBlank(?o)) }}",
        f"SELECT ?s ?o WHERE {{ {site.anywhere('?s a ?o')} FILTER(isIRI(?s) && isIRI(?o)) }}",
        f"SELECT ?s ?o WHERE {{ {site.anywhere(f'?s {write_iri(vocab.RDFS_SUBCLASS_OF)} ?o')} "
        "FILTER(isIRI(?s) && isIRI(?o)) }",
        f"SELECT ?s (COUNT(*) AS ?n) WHERE {{ {named} FILTER(isIRI(?s)) }} GROUP BY ?s",
        f"SELECT ?o (COUNT(*) AS ?n) WHERE {{ {named} FILTER(isIRI(?o)) }} GROUP BY ?o",
        f"SELECT DISTINCT ?s ?year WHERE {{ {named} FILTER(DATATYPE(?o) IN ({dated})) "
        "BIND(SUBSTR(STR(?o), 1, 4) AS ?year) }",
        f"SELECT DISTINCT ?s ?o WHERE {{ {placed} {named} }}",
        f"SELECT DISTINCT ?s ?o WHERE {{ {site.anywhere(f'?s {write_iri(_LEAD)} ?o')} }}",
    )
    return await grow(_built, *await tables(site, queries))


async def tables(site: Site, queries: Sequence[str]) -> list[bytes]:
    """Return the answers to SELECT queries as CSV, all of one state of the data; Busy, ResultTooLarge."""
    for _ in range(_TRIES):
        before = site.store.version
        try:
            answers = [await site.answer(Operation.parse(query), CSV, most=_MOST) for query in queries]
        except TooLong:
            raise ResultTooLarge(
                "There are more names here than can be searched.", remedy="Ask at /sparql."
            ) from None
        if site.store.version == before:
            return answers
    raise Busy("The data change while they are read for searching.", remedy="Ask again in a while.")


def _built(*tables: bytes) -> Index:
    texts, *others = tables
    types, broader, said, pointed, years, places, leads = (
        [(row[0], row[1]) for row in rows_of(one)] for one in others
    )
    types.sort(key=lambda row: not row[1].startswith(vocab.CONN))  # our own classes are told first
    uses = ((iri, int(count)) for iri, count in (*said, *pointed))
    return build(Source(_entries(texts), types, broader, uses, years, places, leads), TIERS, speaks)


def _entries(table: bytes) -> Iterator[Entry]:
    for iri, predicate, text, language in rows_of(table):
        field, rank = _FIELDS[predicate]
        yield Entry(iri, field, text, sys.intern(language.lower()), rank)


def rows_of(table: bytes) -> Iterator[list[str]]:
    """Yield the rows of a table in CSV, without its header."""
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(table), "utf-8", newline=""))
    next(rows, None)
    return rows


# ---- names in answers
# ------------------------------------------------------------------------------------------


class Namer:
    """Names for one reader: in the languages that are wanted, best first, where the data have them."""

    def __init__(self, index: Index, languages: Sequence[str]) -> None:
        """Take the index and the languages, as tags in lower case."""
        self._index = index
        self.languages = tuple(languages)
        self._ranks: dict[str, int] = {}

    def rank(self, language: str) -> int:
        """How far down the list of languages one stands; lower is better."""
        if language not in self._ranks:
            self._ranks[language] = rank_of(language, self.languages)
        return self._ranks[language]

    def name(self, iri: str) -> str:
        """Return the name of a thing or class, else the last part of its IRI."""
        number = self._index.number.get(iri)
        if number is not None:
            return self._index.things[number].label(self.rank).text
        return local_name(iri)


def local_name(iri: str) -> str:
    """Return the last part of an IRI."""
    return iri.rstrip("/#").rpartition("#")[2].rpartition("/")[2] or iri


def expand(site: Site, text: str) -> str:
    """Return a prefixed name as an IRI, and anything else as it is."""
    prefix, colon, rest = text.partition(":")
    return site.prefixes[prefix] + rest if colon and prefix in site.prefixes else text


def find_thing(site: Site, index: Index, text: str) -> Thing:
    """Return the thing that an identifier means: an IRI, a prefixed name, or the part after our own ``id/``.

    NotFound when there is none in the index.
    """
    text = text.strip()
    for iri in (text, expand(site, text), vocab.ID + text):
        if iri in index.number:
            return index.things[index.number[iri]]
    raise NotFound(f"There is no entity {text[:200]!r}.", remedy="Give an identifier as /reconcile gives it.")


def known_type(site: Site, index: Index, text: str) -> str | None:
    """Return the class that is meant by an IRI, a prefixed name, the name of a class or its label; or None.

    Only classes that things in the index have are known.
    """

    def names(iri: str) -> Iterable[str]:
        number = index.number.get(iri)
        return () if number is None else (name.text for name in index.things[number].names)

    return meant(site, text, index.types, names)


def meant(
    site: Site, text: str, known: Mapping[str, object], names: Callable[[str], Iterable[str]]
) -> str | None:
    """Return the known term that a text means, by IRI, prefixed name, name of our own or label; or None."""
    text = text.strip()
    for iri in (text, expand(site, text), vocab.CONN + text, vocab.ID + text):
        if iri in known:
            return iri
    wanted = fold(text)
    return next((iri for iri in sorted(known) if wanted in map(fold, (local_name(iri), *names(iri)))), None)


def shown_types(site: Site, index: Index, most: int = 30) -> str:
    """Name the classes that things have, those of most things first, for the text of an error."""
    ordered = sorted(index.types, key=lambda iri: (-index.types[iri].bit_count(), iri))
    return ", ".join(short(site, iri) for iri in ordered[:most])


def short(site: Site, iri: str) -> str:
    """Return an IRI as a prefixed name where there is a prefix for it."""
    for prefix, space in site.prefixes.items():
        if iri.startswith(space) and iri[len(space) :].isidentifier():
            return f"{prefix}:{iri[len(space) :]}"
    return iri
