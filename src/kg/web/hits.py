"""The page of /search: what was found, with the words marked, by kind; and ways on where nothing is found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from kg.search.facets import Shelves
from kg.search.index import DESCRIPTION
from kg.search.ranking import Found, Hit, find, nearest
from kg.search.words import words
from kg.web.aspects import KIND
from kg.web.browse import PATH as BROWSE
from kg.web.browse import Way, most_first, things_on
from kg.web.html import Links, render
from kg.web.lookup import Namer
from kg.web.site import Site

_NEAREST = 6
_ALONE = 6
"""Words of a text that are tried alone where all of them find nothing."""


@dataclass(frozen=True)
class Asked:
    """What is searched for; ``others`` are parameters that links keep."""

    query: str
    kinds: tuple[str, ...]
    within: int | None
    limit: int
    offset: int
    others: tuple[tuple[str, str], ...]

    def address(self, root: str, query: str = "", offset: int = 0, kinds: Sequence[str] | None = None) -> str:
        """Return the address of this search, of another text, from another place on, or of other kinds."""
        parameters = [("q", query or self.query)]
        parameters += [("type", kind) for kind in (self.kinds if kinds is None else kinds)]
        parameters += self.others
        parameters += [("offset", str(offset))] if offset else []
        return f"{root}?{urlencode(parameters)}"


@dataclass(frozen=True)
class Shown:
    """A hit, its texts in parts: ``other`` is a name or identifier that matched and is not the one shown."""

    name: tuple[tuple[str, bool], ...]
    language: str
    href: str
    kinds: str
    other: tuple[tuple[str, bool], ...]
    other_language: str
    line: tuple[tuple[str, bool], ...]
    line_language: str


@dataclass(frozen=True)
class Slip:
    """A word that nothing found has, and what was taken for it; nothing: it was left out."""

    written: str
    taken: tuple[str, ...]


def empty(site: Site, shelves: Shelves, wanted: Sequence[str]) -> str:
    """The page before anything is searched for."""
    return _rendered(site, shelves, Namer(shelves.index, wanted), Asked("", (), None, 0, 0, ()))


def found(site: Site, shelves: Shelves, asked: Asked, wanted: Sequence[str]) -> str:
    """The page with what is found."""
    links, namer, index = Links(site.settings), Namer(shelves.index, wanted), shelves.index
    here = links.to("/search")
    result = find(index, asked.query, within=asked.within, limit=asked.limit, offset=asked.offset)
    every = result if asked.within is None else find(index, asked.query, limit=1)
    counted = shelves.table.facets[KIND].counts(every.things)
    tokens = shelves.tokens[KIND]
    kinds = [
        (Way("", name, asked.address(here, kinds=[tokens[kind]]), things), tokens[kind] in asked.kinds)
        for kind, name, things in most_first(counted, namer)
    ]
    after = asked.offset + asked.limit
    slips = list(_slips(asked.query, result)) if result.total else []
    near = [] if every.total else nearest(index, asked.query, _NEAREST)
    return _rendered(
        site,
        shelves,
        namer,
        asked,
        total=result.total,
        every=every.total,
        whole=asked.address(here, kinds=()),
        kinds=kinds,
        hits=[_shown(links, shelves, namer, hit) for hit in result.hits],
        slips=slips,
        before=asked.address(here, offset=max(0, asked.offset - asked.limit)) if asked.offset else "",
        after=asked.address(here, offset=after) if after < result.total else "",
        first=asked.offset + 1,
        near=[
            (
                thing.label(namer.rank).text,
                links.thing(thing.iri),
                ", ".join(map(namer.name, _own(shelves, thing.iri))),
            )
            for thing in near
        ],
        alone=[] if every.total else list(_alone(here, shelves, asked)),
        query=links.query(_containing(site, asked.query)),
    )


def _rendered(site: Site, shelves: Shelves, namer: Namer, asked: Asked, **values: object) -> str:
    known = {"total": 0, "every": 0, "kinds": (), "hits": (), "slips": (), "near": (), "alone": ()}
    browsing = things_on(shelves, namer, Links(site.settings).to(BROWSE))
    return render("search.html", site.settings, **{**known, "asked": asked, "browsing": browsing, **values})


def _own(shelves: Shelves, iri: str) -> Sequence[str]:
    return shelves.table.facets[KIND].own[shelves.index.number[iri]]


def _shown(links: Links, shelves: Shelves, namer: Namer, hit: Hit) -> Shown:
    thing = hit.thing
    label, line = thing.label(namer.rank), thing.description(namer.rank)
    marked = tuple(_parts(hit.text, hit.highlights))
    is_name = hit.text == label.text
    is_text = any(hit.field == text.field for text in thing.texts)
    told = line is not None and not (is_text and hit.field == DESCRIPTION and hit.language == line.language)
    return Shown(
        marked if is_name else ((label.text, False),),
        label.language,
        links.thing(thing.iri),
        ", ".join(map(namer.name, _own(shelves, thing.iri))),
        () if is_name or is_text else marked,
        hit.language,
        ((line.text, False),) if line is not None and told and not is_text else marked if is_text else (),
        hit.language if is_text else line.language if line else "",
    )


def _parts(text: str, places: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """A text in parts, and whether each is one of the places in it."""
    at = 0
    for start, end in places:
        if at < start:
            yield text[at:start], False
        yield text[start:end], True
        at = end
    if at < len(text):
        yield text[at:], False


def _slips(query: str, result: Found) -> Iterator[Slip]:
    """The words of a query that were read as others, as both are written."""
    seen: dict[str, str] = {}
    for hit in result.hits:
        for word in words(hit.text):
            seen.setdefault(word.text, hit.text[word.start : word.end].lower())
    for word in words(query):
        others = result.others.get(word.text)
        taken = sorted({seen[other] for other in others or () if other in seen})
        if taken or others == frozenset():
            yield Slip(query[word.start : word.end], tuple(taken[:3]))


def _alone(here: str, shelves: Shelves, asked: Asked) -> Iterator[Way]:
    """The words of a text that find something alone."""
    every = words(asked.query)
    for word in every[:_ALONE] if len(every) > 1 else ():
        text = asked.query[word.start : word.end]
        total = find(shelves.index, text, limit=1).total
        if total:
            yield Way("", text, asked.address(here, query=text, kinds=()), total)


def _containing(site: Site, text: str) -> str:
    """A query for names that have a text in them."""
    plain = "".join(filter(str.isprintable, text.lower()))
    quoted = plain.replace("\\", "\\\\").replace('"', '\\"')
    named = site.anywhere("?thing ?naming ?name")
    return (
        "SELECT DISTINCT ?thing ?name WHERE {\n"
        f"  {named}\n"
        f'  FILTER(isLiteral(?name) && CONTAINS(LCASE(STR(?name)), "{quoted}"))\n'
        "}\nLIMIT 100"
    )
