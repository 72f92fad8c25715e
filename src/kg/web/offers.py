"""What there is to choose from at /explore: classes with things, and properties as the shapes have them.

Where no shape knows a class, its properties are those that its things have.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kg import vocab
from kg.conditions import DATE, NUMBER, TEXT, THING, Kind, Property
from kg.shapebook import Chapter, Rule
from kg.sparql import is_iri, write_iri
from kg.web.lookup import local_name
from kg.web.rules import shapes_of
from kg.web.site import FRESH, Row, Site

Uses = Mapping[tuple[str, bool], int]
"""How many things of a class have a property, by its key."""

NAMED_BY = "Named by others"
"""The section of properties whose values the things are."""

_DATES = frozenset(vocab.XSD + name for name in ("date", "gYearMonth", "gYear", "dateTime"))
_NUMBERS = frozenset(
    vocab.XSD + name
    for name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger")
)
_MOST_USED = 200
_IRREGULAR = {"person": "people", "taxon": "taxa"}


async def kinds(site: Site) -> Mapping[str, Kind]:
    """The classes that have things, by IRI: those of the register first, those with most to ask about."""

    async def make() -> Mapping[str, Kind]:
        counted = await site.rows(
            f"SELECT ?c (COUNT(DISTINCT ?s) AS ?n) WHERE {site.anywhere('?s a ?c')} GROUP BY ?c"
        )
        things = {
            row["c"]["value"]: int(row["n"]["value"])
            for row in counted
            if "c" in row and row["c"]["type"] == "uri" and is_iri(row["c"]["value"])
        }
        above = await site.rows(
            f"SELECT DISTINCT ?s ?o WHERE {site.anywhere(f'?s {write_iri(vocab.RDFS_SUBCLASS_OF)} ?o')}"
        )
        cards = await site.rows(
            f"SELECT DISTINCT ?c WHERE {{ GRAPH {write_iri(vocab.REGISTER)} {{ ?s a ?c }} }}"
        )
        labels = await site.labels(things)
        chapters = await asyncio.to_thread(lambda: shapes_of(site, labels).chapters())
        return _kinds(site, things, above, {row["c"]["value"] for row in cards}, chapters, labels)

    return await site.offers.get(site.state(FRESH), make)


async def offered(site: Site, kind: Kind) -> tuple[Kind, Uses]:
    """A class with its properties, and how many of its things have which."""

    async def make() -> bytes:
        typed = site.anywhere(f"?s a {write_iri(kind.iri)}", "kindGraph")
        has, is_had = site.anywhere("?s ?p ?o"), site.anywhere("?o ?p ?s")
        counted = "SELECT ?p (COUNT(DISTINCT ?s) AS ?n)"
        last = f"GROUP BY ?p ORDER BY DESC(?n) ?p LIMIT {_MOST_USED}"
        direct = await site.rows(
            f"{counted} (SAMPLE(?o) AS ?value) (SUM(IF(isLiteral(?o), 1, 0)) AS ?texts) "
            f"WHERE {{ {typed} {has} }} {last}"
        )
        inverse = await site.rows(f"{counted} WHERE {{ {typed} {is_had} }} {last}")
        return json.dumps([direct, inverse]).encode()

    direct, inverse = json.loads(await site.keep(("explore", kind.iri), make))
    uses = {(row["p"]["value"], False): int(row["n"]["value"]) for row in direct if "p" in row}
    uses |= {(row["p"]["value"], True): int(row["n"]["value"]) for row in inverse if "p" in row}
    if kind.properties:
        return kind, uses
    found = [row for row in direct if "p" in row and row["p"]["value"] != vocab.RDF_TYPE]
    labels = await site.labels(row["p"]["value"] for row in found)
    return replace(kind, properties=tuple(_seen(row, labels) for row in found)), uses


def plural(name: str) -> str:
    """The plural of an English name: its first noun, that is the word before "of", is put into it."""
    head, of, rest = name.partition(" of ")
    first, space, last = head.rpartition(" ")
    if last.lower() in _IRREGULAR:
        many = _IRREGULAR[last.lower()]
        last = many.capitalize() if last[:1].isupper() else many
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        last = f"{last[:-1]}ies"
    elif last.endswith(("s", "x", "ch", "sh")):
        last += "es"
    elif last:
        last += "s"
    return first + space + last + of + rest


def _kinds(
    site: Site,
    things: Mapping[str, int],
    above: Sequence[Row],
    registered: set[str],
    chapters: Sequence[Chapter],
    labels: Mapping[str, str],
) -> Mapping[str, Kind]:
    written = {chapter.target: chapter for chapter in chapters}
    wider = _closed(above)
    found: dict[str, Kind] = {}
    for iri, number in things.items():
        named = written[iri].label if iri in written else labels.get(iri, local_name(iri))
        lines = [written[item] for item in (iri, *wider.get(iri, ())) if item in written]
        is_main = iri in registered or (not registered and (bool(lines) or not written))
        own = {
            rule.path: _property(site, rule)
            for chapter in lines
            for rule in chapter.rules
            if is_iri(rule.path)
        }
        found[iri] = Kind(iri, named, plural(named), number, is_main, tuple(own.values()))
    ordered = sorted(found.values(), key=_place)
    main = [written[kind.iri] for kind in ordered if kind.is_main and kind.iri in written]
    return {
        kind.iri: replace(
            kind,
            properties=(
                *kind.properties,
                *_inverse(main, {kind.iri, *wider.get(kind.iri, ())}),
            ),
        )
        if kind.properties
        else kind
        for kind in ordered
    }


def _place(kind: Kind) -> tuple[bool, int, int, str]:
    return not kind.is_main, -len(kind.properties), -kind.things, kind.iri


def _closed(above: Sequence[Row]) -> Mapping[str, tuple[str, ...]]:
    """All wider classes of each class, nearest first."""
    next_up: dict[str, list[str]] = defaultdict(list)
    for row in above:
        next_up[row["s"]["value"]].append(row["o"]["value"])
    found = {}
    for iri, first in next_up.items():
        seen: dict[str, None] = {}
        ahead = list(first)
        while ahead:
            item = ahead.pop(0)
            if item not in seen and item != iri:
                seen[item] = None
                ahead += next_up.get(item, ())
        found[iri] = tuple(seen)
    return found


def _property(site: Site, rule: Rule) -> Property:
    kind = TEXT
    if rule.classes:
        kind = THING
    elif rule.datatypes and _DATES.issuperset(rule.datatypes):
        kind = DATE
    elif rule.datatypes and _NUMBERS.issuperset(rule.datatypes):
        kind = NUMBER
    return Property(
        rule.path,
        rule.name,
        kind,
        rule.section,
        rule.classes,
        rule.description,
        is_required=rule.is_required,
        is_derived=rule.path in site.forms.current_of.values(),
    )


def _inverse(chapters: Iterable[Chapter], classes: set[str]) -> Iterable[Property]:
    """Properties of other classes whose values may be things of these classes."""
    found: dict[str, list[tuple[Chapter, Rule]]] = defaultdict(list)
    for chapter in chapters:
        for rule in chapter.rules:
            if classes.intersection(rule.classes) and is_iri(rule.path):
                found[rule.path].append((chapter, rule))
    for path, said in found.items():
        by = dict.fromkeys(plural(chapter.label) for chapter, _ in said)
        by_whom = ", ".join(name[:1].lower() + name[1:] for name in by)
        ends = tuple(dict.fromkeys(chapter.target for chapter, _ in said))
        yield Property(
            path, f"named as “{said[0][1].name}” by {by_whom}", THING, NAMED_BY, ends, is_inverse=True
        )


def _seen(row: Row, labels: Mapping[str, str]) -> Property:
    """A property that no shape knows, by one of its values."""
    iri, value = row["p"]["value"], row.get("value", {"type": "uri"})
    datatype = value.get("datatype", "")
    kind = THING if row["texts"]["value"] == "0" else TEXT
    if kind == TEXT and datatype in _DATES | _NUMBERS:
        kind = DATE if datatype in _DATES else NUMBER
    return Property(iri, labels.get(iri, local_name(iri)), kind)
