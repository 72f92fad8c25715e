"""The things of the store put on shelves to be browsed: read once for each state of the data.

The things are those that cards of the register name or, where there is no register, all that search finds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from kg import vocab
from kg.search.facets import Facet, Shelves, Table, make_facet, tokens_of
from kg.search.index import Index, closure
from kg.search.postings import bits_of, numbers
from kg.sparql import write_iri
from kg.web.aspects import ASPECTS, KIND, PERIOD, Aspect, decade, iri_of, relations, steps
from kg.web.growth import grow
from kg.web.lookup import index_of, local_name, rows_of, tables
from kg.web.site import Site

_FRESH = 600.0
"""Seconds that the shelves stay as they are when the data may change behind our back."""

_Follow = Callable[[str], Mapping[str, Sequence[str]]]


async def shelves_of(site: Site) -> Shelves:
    """Return the shelves of what the store holds now; Busy when that changes all the time, ResultTooLarge."""

    async def make() -> Shelves:
        return await _read(site)

    return await site.shelves.get(site.state(_FRESH), make)


async def _read(site: Site) -> Shelves:
    ways = (way for aspect in ASPECTS for way in (*aspect.ways, *aspect.otherwise))
    used = {name for way in ways for name, _ in steps(way)}
    used |= {iri_of(aspect.broader) for aspect in ASPECTS if aspect.broader}
    listed = ", ".join(map(write_iri, sorted(used)))
    sources = ", ".join(map(write_iri, (vocab.PASSAGE_CLASS, vocab.DOCUMENT_CLASS)))
    answers = await tables(
        site,
        (
            f"SELECT DISTINCT ?s ?p ?o WHERE {{ {site.anywhere('?s ?p ?o')} "
            f"FILTER(?p IN ({listed}) && isIRI(?s) && !isBlank(?o)) }}",
            f"SELECT DISTINCT ?s ?o WHERE {{ GRAPH {write_iri(vocab.REGISTER)} {{ ?s a ?o }} "
            "FILTER(isIRI(?s) && isIRI(?o)) }",
            "SELECT ?s (COUNT(DISTINCT ?g) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } "
            f"{site.anywhere('?g a ?kind')} FILTER(?kind IN ({sources}) && isIRI(?s)) }} GROUP BY ?s",
        ),
    )
    return await grow(_built, await index_of(site), *answers)


def _built(index: Index, edges: bytes, cards: bytes, sources: bytes) -> Shelves:
    follow = relations((row[0], row[1], row[2]) for row in rows_of(edges))
    carded = [(index.number[row[0]], row[1]) for row in rows_of(cards) if row[0] in index.number]
    classes = {kind for kind in index.types if kind.startswith(vocab.CONN)} | {kind for _, kind in carded}
    facets = {
        aspect.name: _facet(index, aspect, follow, classes if carded else set(index.types))
        for aspect in ASPECTS
    }
    tokens = {name: tokens_of(facet.things, local_name) for name, facet in facets.items()}
    things = index.things
    spoken = [0] * len(things)
    for iri, count in rows_of(sources):
        if iri in index.number:
            spoken[index.number[iri]] = int(count)
    return Shelves(
        index,
        Table(bits_of(sorted(number for number, _ in carded)) if carded else index.everything, facets),
        tokens,
        {name: {token: value for value, token in of.items()} for name, of in tokens.items()},
        spoken,
        sorted(
            range(len(things)),
            key=lambda number: (things[number].tier, -spoken[number], -things[number].uses, number),
        ),
        bool(carded),
    )


def _facet(index: Index, aspect: Aspect, follow: _Follow, classes: set[str]) -> Facet:
    size = len(index.things)
    wider = follow(aspect.broader) if aspect.broader else {}
    broader = [(one, other) for one, others in wider.items() for other in others]
    if aspect.name == KIND:
        return make_facet(size, _kinds(index, classes, closure(broader)), broader, classes.__contains__)
    if not aspect.of:
        return make_facet(size, _values(index, aspect, follow), broader)
    members = {index.things[number].iri for number in numbers(index.types.get(iri_of(aspect.of), 0))}
    return make_facet(size, _values(index, aspect, follow), broader, members.__contains__)


def _kinds(
    index: Index, classes: set[str], wider: Callable[[str], Iterable[str]]
) -> Iterable[tuple[int, str]]:
    """The narrowest classes of each thing, among those that count where it has such."""
    for number, thing in enumerate(index.things):
        known = [kind for kind in thing.types if kind in classes] or list(thing.types)
        above = {item for kind in known for item in wider(kind)}
        yield from ((number, kind) for kind in known if kind not in above)


def _values(index: Index, aspect: Aspect, follow: _Follow) -> Iterable[tuple[int, str]]:
    having: set[int] = set()
    for ways in (aspect.ways, aspect.otherwise):
        found = [
            (index.number[iri], value)
            for way in ways
            for iri, values in follow(way).items()
            if iri in index.number
            for value in (filter(None, map(decade, values)) if aspect.name == PERIOD else values)
        ]
        yield from (pair for pair in found if pair[0] not in having)
        having |= {number for number, _ in found}
