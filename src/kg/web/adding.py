"""A condition that is being put together at /explore: values to choose from, and names that are typed.

A name is looked for as people write it, with slips and by acronym; where it may mean several things, they are
offered.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kg.builder import Builder
from kg.conditions import BETWEEN, IS, THING, WIDER, Condition, Property
from kg.errors import QueryError
from kg.media import JSON
from kg.search.index import Index
from kg.search.words import fold
from kg.sparql import Operation, write_iri
from kg.store import Terms
from kg.web.choices import Chosen, address, condition_of
from kg.web.html import shorten
from kg.web.lookup import Namer, expand, index_of
from kg.web.meaning import meaning
from kg.web.site import Row, Site

LISTED = 60
"""Values that are listed to choose from; of more, those that most things have."""

_COUNTED = 600


@dataclass
class Option:
    """A value to choose, how many things have it or a narrower one, and the narrower ones."""

    value: str
    label: str
    things: int
    is_chosen: bool = False
    narrower: list["Option"] = field(default_factory=list)


@dataclass(frozen=True)
class Candidate:
    """A thing that a name may mean, how many things have it as their value, and where choosing it leads."""

    label: str
    description: str
    things: int
    href: str


@dataclass(frozen=True)
class Asked:
    """What the form of a condition sends; without ``how`` it is only opened.

    ``place`` is that of a condition which gets more values.
    """

    how: str = ""
    place: int | None = None
    picked: tuple[str, ...] = ()
    name: str = ""
    low: str = ""
    high: str = ""
    text: str = ""


@dataclass(frozen=True)
class Form:
    """The form of a condition: what was given for it, what there is to choose from, what is wrong with it."""

    property: Property
    asked: Asked
    options: Sequence[Option] = ()
    candidates: Sequence[Candidate] = ()
    problem: str = ""
    types: Sequence[str] = ()


@dataclass(frozen=True)
class Reader:
    """Who asks: on which terms, in which languages."""

    site: Site
    terms: Terms
    languages: Sequence[str]

    def builder(self, names: Mapping[str, str] | None = None) -> Builder:
        """What writes queries for this reader."""
        tag = self.languages[0].partition("-")[0] if self.languages else "en"
        settings = self.site.settings
        language = "" if tag == "en" else tag
        return Builder(self.site.prefixes, names or {}, language, settings.default_graph == "union")

    async def ask(self, query: str) -> tuple[list[str], list[Row]]:
        """The variables and solutions of a query."""
        answer = json.loads(await self.site.answer(Operation.parse(query), JSON, self.terms))
        return answer["head"]["vars"], answer["results"]["bindings"]


async def add(reader: Reader, chosen: Chosen, property: Property, asked: Asked) -> Chosen | Form:
    """Add the condition that is asked for; or give its form, with what stands in the way."""
    place = asked.place if asked.place is not None and asked.place < len(chosen.conditions) else None
    if place is not None and (chosen.conditions[place].property, asked.how or IS) != (property, IS):
        place = None
    counted = await _counted(reader, chosen, property, place) if property.kind == THING else {}
    candidates: Sequence[Candidate] = ()
    problem = ""
    if asked.how:
        words = [asked.low or "*", asked.high or "*"] if asked.how == BETWEEN else list(asked.picked)
        try:
            if asked.how == IS and asked.name and property.kind == THING:
                index = await index_of(reader.site)
                things = await _meant(reader, index, property, asked.name, counted)
                if len(things) == 1:
                    words += things
                else:
                    candidates = [
                        _candidate(reader, index, chosen, property, place, iri, counted) for iri in things
                    ]
            if not candidates:
                found = condition_of(reader.site, property, asked.how, words, asked.text)
                return chosen.with_condition(found, place)
        except QueryError as error:
            problem = error.detail
    picked = {expand(reader.site, name) for name in asked.picked}
    options = await _options(reader, counted, picked)
    types = [shorten(iri, reader.site.prefixes) for iri in property.classes]
    return Form(property, asked, options, candidates, problem, types)


async def _counted(reader: Reader, chosen: Chosen, property: Property, place: int | None) -> dict[str, int]:
    """How many of the things that are left have which value, or a narrower one; most first."""
    rest = chosen.without(place) if place is not None else chosen
    _, rows = await reader.ask(reader.builder().values(rest.selection, property, _COUNTED))
    return {row["value"]["value"]: int(row["things"]["value"]) for row in rows if "value" in row}


async def _meant(
    reader: Reader, index: Index, property: Property, text: str, counted: Mapping[str, int]
) -> list[str]:
    """The thing that a name means, or those that it may mean, best first; QueryError when there is none."""
    within = 0
    for kind in property.classes:
        within |= index.types.get(kind, 0)
    found = await meaning(reader.site, index, text, within or index.everything, reader.terms.client)
    if found.thing and (found.is_exact or not found.others or _is_called(index, found.thing, text)):
        return [found.thing]
    every = [iri for iri in (found.thing, *found.others) if iri]
    if not every:
        raise QueryError(
            f"Nothing that “{property.name}” could be is called “{text[:80]}”, or nearly so.",
            remedy="Write another name, or a part of it.",
        )
    called = [iri for iri in every if _is_called(index, iri, text)]
    had = [iri for iri in called if iri in counted]
    return had if len(had) == 1 else sorted(every, key=lambda iri: (iri not in called, iri not in counted))


def _is_called(index: Index, iri: str, text: str) -> bool:
    return fold(text) in (fold(name.text) for name in index.things[index.number[iri]].names)


def _candidate(
    reader: Reader,
    index: Index,
    chosen: Chosen,
    property: Property,
    place: int | None,
    iri: str,
    counted: Mapping[str, int],
) -> Candidate:
    namer = Namer(index, reader.languages)
    said = index.things[index.number[iri]].description(namer.rank)
    led = chosen.with_condition(Condition(property, IS, (iri,)), place)
    return Candidate(
        namer.name(iri),
        said.text if said else "",
        counted.get(iri, 0),
        address(reader.site, led) + "#count",
    )


async def _options(reader: Reader, counted: Mapping[str, int], picked: set[str]) -> list[Option]:
    """The values that most things have, each below the wider ones."""
    site = reader.site
    shown = list(counted)[:LISTED]
    if not shown:
        return []
    labels = await site.labels(shown, reader.languages)
    names = {iri: labels.get(iri) or shorten(iri, site.prefixes) for iri in shown}
    made = {
        iri: Option(shorten(iri, site.prefixes), names[iri], counted[iri], iri in picked)
        for iri in sorted(shown, key=lambda iri: (names[iri].casefold(), iri))
    }
    listed = " ".join(map(write_iri, shown))
    up = " ".join(map(write_iri, WIDER))
    rows = await site.rows(
        f"SELECT DISTINCT ?s ?o WHERE {{ VALUES ?s {{ {listed} }} VALUES ?p {{ {up} }} "
        f"{site.anywhere('?s ?p ?o')} }}"
    )
    above: dict[str, set[str]] = {}
    for row in rows:
        if row["o"]["value"] in made:
            above.setdefault(row["s"]["value"], set()).add(row["o"]["value"])
    return _nested(made, above)


def _nested(made: Mapping[str, Option], above: Mapping[str, set[str]]) -> list[Option]:
    """Put each option once below one that is wider; those in a ring stand at the top."""
    top = []
    for iri, option in made.items():
        parents = sorted(above.get(iri, ()))
        parent = next((up for up in parents if not _leads(up, iri, above)), None)
        if parent is None:
            top.append(option)
        else:
            made[parent].narrower.append(option)
    return top


def _leads(start: str, end: str, above: Mapping[str, set[str]]) -> bool:
    """Whether the way up from one thing leads to another."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        item = ahead.pop()
        if item == end:
            return True
        if item not in seen:
            seen.add(item)
            ahead += above.get(item, ())
    return False
