"""The things of the store and the ties between them, read once for each version of the data.

Things are those that people look for, with records of sources, and what stands between several of them:
engagements, memberships. Passages are none: they are who says so. What is only derived is no tie.
"""

import csv
import io
from collections.abc import Collection, Iterator, Sequence

from kg import vocab
from kg.errors import ResultTooLarge
from kg.media import CSV
from kg.search.index import Index
from kg.sparql import Operation, write_iri
from kg.ties import Tie, Ties
from kg.web.growth import grow
from kg.web.html import shorten
from kg.web.lookup import index_of
from kg.web.site import Site, TooLong

_BETWEEN = (vocab.CONN + "Engagement", "http://www.w3.org/ns/org#Membership")
_NO_THINGS = (vocab.GEO + "Geometry", "http://xmlns.com/foaf/0.1/Image")
BACKGROUND = tuple(vocab.CONN + name for name in ("Place", "Taxon", "Document"))
"""Kinds that tie nearly everything to everything, so that they are only shown when asked for."""
_NONE = (vocab.RDF_TYPE, vocab.RDF_SUBJECT, vocab.RDF_OBJECT)
_FRESH = 600.0
_MOST = 60_000_000
"""Bytes of a table that ties are made from."""


async def ties_of(site: Site) -> Ties:
    """Return the ties between what the store holds now; ResultTooLarge, and the errors of the index."""
    index = await index_of(site)

    async def make() -> Ties:
        none = ", ".join(map(write_iri, _NONE))
        query = (
            f"SELECT ?s ?p ?o ?g WHERE {{ {site.cited('?s ?p ?o')} "
            f"FILTER(isIRI(?s) && isIRI(?o) && ?p NOT IN ({none})) }}"
        )
        try:
            table = await site.answer(Operation.parse(query), CSV, most=_MOST)
        except TooLong:
            raise ResultTooLarge(
                "There is more here than can be seen as a network.", remedy="Ask at /sparql."
            ) from None
        return await grow(_built, index, table)

    return await site.ties.get(site.state(_FRESH), make)


def _built(index: Index, table: bytes) -> Ties:
    return Ties.of(_kinds(index), _stated(table))


def _kinds(index: Index) -> dict[str, str]:
    """Things with the narrowest of their classes, our own before others."""
    found = {}
    for thing in index.things:
        if thing.types:
            kind = min(
                thing.types,
                key=lambda iri: (not iri.startswith(vocab.CONN), index.types[iri].bit_count(), iri),
            )
            if kind in _BETWEEN or (thing.tier < 2 and kind not in _NO_THINGS):
                found[thing.iri] = kind
    return found


def _stated(table: bytes) -> Iterator[tuple[str, str, str, str]]:
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(table), "utf-8", newline=""))
    next(rows, None)
    for start, relation, end, source in rows:
        if source != vocab.DERIVED:
            yield start, relation, end, source


# ---- the same in SPARQL
# ------------------------------------------------------------------------------------------


class Asking:
    """Writes queries for what a picture shows, each row with a source that says so."""

    def __init__(self, site: Site) -> None:
        """Take the site, for its prefixes and its way to see the data."""
        self._site = site

    def exactly(self, ties: Sequence[Tie]) -> str:
        """These ties."""
        rows = "".join(f"\n    ({' '.join(map(self._name, tie[:3]))})" for tie in ties)
        return self._query(f"  VALUES (?from ?relation ?to) {{{rows}\n  }}\n", "")

    def between(self, things: Collection[str], relations: Collection[str]) -> str:
        """What ties these things to each other, by these relations or, if there are none, all."""
        named = [self._name(thing) for thing in sorted(things)]
        given = f"  VALUES ?from {{ {' '.join(named)} }}\n"
        return self._query(given, f"  FILTER(?to IN ({', '.join(named)}))\n" + self._by(relations))

    def of_kinds(self, kinds: Collection[str], relations: Collection[str]) -> str:
        """What ties things of these kinds to each other."""
        named = ", ".join(self._name(kind) for kind in sorted(kinds))
        typed = "".join(
            f"  {self._site.anywhere(f'?{end} a ?{end}Kind', f'{end}Graph')} "
            f"FILTER(?{end}Kind IN ({named}))\n"
            for end in ("from", "to")
        )
        return self._query("", typed + self._by(relations))

    def _by(self, relations: Collection[str]) -> str:
        named = ", ".join(self._name(relation) for relation in sorted(relations))
        return f"  FILTER(?relation IN ({named}))\n" if named else ""

    def _query(self, before: str, after: str) -> str:
        body = (
            f"{before}  GRAPH ?source {{ ?from ?relation ?to }}\n"
            f"  FILTER(?from != ?to && ?source != {write_iri(vocab.DERIVED)})\n{after}"
        )
        used = "".join(
            f"PREFIX {prefix}: {write_iri(space)}\n"
            for prefix, space in sorted(self._site.prefixes.items())
            if f" {prefix}:" in body or f"({prefix}:" in body
        )
        return (
            f"{used}SELECT DISTINCT ?from ?relation ?to ?source WHERE {{\n{body}}}\n"
            "ORDER BY ?from ?relation ?to ?source"
        )

    def _name(self, iri: str) -> str:
        name = shorten(iri, self._site.prefixes)
        local = name.partition(":")[2]
        plain = name != iri and local.isascii() and local.replace("-", "_").isidentifier()
        return name if plain and not local.startswith("-") else write_iri(iri)
