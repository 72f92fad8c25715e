"""The properties that things have, and their values, as the reconciliation API needs them.

A property is known by its IRI, a prefixed name, the name of one of our own terms, or its label.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kg import vocab
from kg.errors import NotFound, RequestError, TooLarge
from kg.search.index import Index, Thing
from kg.search.words import content, key, texts
from kg.sparql import is_iri, write_iri
from kg.web.lookup import find_thing, meant
from kg.web.site import Row, Site, Term, TooLong, among

Wrong = Callable[[str, str], RequestError]

_RANGE = vocab.RDFS + "range"
_RANGES = "https://schema.org/rangeIncludes"
_DATES = ("date", "dateTime", "gYear", "gYearMonth")
_TEXT = 2_000


@dataclass(frozen=True)
class Properties:
    """Properties with the classes of the things that have them, how often, and what they lead to."""

    used: Mapping[str, Mapping[str, int]]
    ranges: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def find(self, site: Site, text: str) -> str | None:
        """Return the property that is meant, or None."""
        return meant(site, text, self.used, lambda iri: self.names.get(iri, ()))

    def of_class(self, kind: str | None) -> list[str]:
        """Return the properties of things of a class, those of most things first; of all for None."""
        count = {
            iri: sum(kinds.values()) if kind is None else kinds.get(kind, 0)
            for iri, kinds in self.used.items()
        }
        return sorted((iri for iri in count if count[iri]), key=lambda iri: (-count[iri], iri))


async def properties_of(site: Site) -> Properties:
    """Return the properties that the store's things have now."""

    async def make() -> bytes:
        kind, fact = site.anywhere("?s a ?kind", "kindGraph"), site.anywhere("?s ?p ?o")
        rows = await site.rows(
            f"SELECT ?p ?kind (COUNT(DISTINCT ?s) AS ?n) WHERE {{ {kind} {fact} }} GROUP BY ?p ?kind"
        )
        used: dict[str, dict[str, int]] = {}
        for row in rows:
            used.setdefault(row["p"]["value"], {})[row["kind"]["value"]] = int(row["n"]["value"])
        reach = site.anywhere(f"?p {write_iri(_RANGE)}|{write_iri(_RANGES)} ?c")
        ranges = await site.rows(
            f"SELECT ?p (MIN(?c) AS ?range) WHERE {{ {reach} }} GROUP BY ?p HAVING(MIN(?c) = MAX(?c))"
        )
        label = site.anywhere(f"?p {write_iri(vocab.RDFS_LABEL)} ?name")
        names = await site.rows(f"SELECT DISTINCT ?p ?name WHERE {{ {label} }}")
        called: dict[str, list[str]] = {}
        for row in names:
            if row["p"]["value"] in used:
                called.setdefault(row["p"]["value"], []).append(row["name"]["value"])
        leads = {row["p"]["value"]: row["range"]["value"] for row in ranges if "range" in row}
        return json.dumps([used, leads, called]).encode()

    used, ranges, names = json.loads(await site.keep(("properties",), make))
    return Properties(used, ranges, names)


async def values_of(
    site: Site, things: Iterable[str], properties: Iterable[str]
) -> dict[tuple[str, str], list[Term]]:
    """Return what things have as the values of properties; TooLarge when that is too much at once."""
    subjects, predicates = (
        [iri for iri in dict.fromkeys(iris) if is_iri(iri)] for iris in (things, properties)
    )
    given = among(subjects, predicates)
    found: dict[tuple[str, str], list[Term]] = {}
    for row in await _rows(
        site, f"SELECT DISTINCT ?s ?p ?o WHERE {{ {site.anywhere(f'{given} ?s ?p ?o')} }}"
    ):
        found.setdefault((row["s"]["value"], row["p"]["value"]), []).append(row["o"])
    return found


# ---- values that are asked for
# -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """A property with the values that are asked for: any of them will do."""

    property: str
    values: tuple["Value", ...]


@dataclass(frozen=True)
class Value:
    """A value that is asked for: a thing by its IRI, or a text, which may be the name of a thing."""

    text: str
    iri: str | None = None

    def is_said(self, index: Index, term: Term) -> bool:
        """Whether a term of the data is this value, in whatever spelling."""
        said = str(term["value"])
        if term["type"] == "uri":
            if self.iri is not None or said == self.text:
                return said == (self.iri or self.text)
            number = index.number.get(said)
            return number is not None and self.names(index.things[number])
        if self.iri is not None or term["type"] != "literal":
            return False
        datatype = str(term.get("datatype", "")).removeprefix(vocab.XSD)
        if datatype in _DATES:
            return said.startswith(self.text) and len(self.text) >= 4
        if said == self.text or _number(said) == _number(self.text) is not None:
            return True
        return bool(texts(said)) and key(texts(said)) == key(texts(self.text))

    def names(self, thing: Thing) -> bool:
        """Whether this is a name or an identifier of a thing."""
        asked = texts(self.text)
        if self.text.casefold() in thing.codes:
            return True
        return bool(asked) and any(
            key(name.words) == key(asked) or content(name.words) == content(asked) for name in thing.names
        )


def read_wanted(site: Site, index: Index, pool: Properties, part: Any, most: int, wrong: Wrong) -> Wanted:
    """Read a property and its values as a query gives them; the error of ``wrong``."""
    if not isinstance(part, dict) or not isinstance(part.get("pid"), str) or "v" not in part:
        raise wrong("a property has no pid or no v.", 'Send {"pid": "…", "v": "…"}.')
    iri = pool.find(site, part["pid"])
    if iri is None:
        raise wrong(
            f"no thing here has the property {part['pid'][:80]!r}.",
            "Take one that /reconcile/suggest/property or /reconcile/properties gives.",
        )
    given = part["v"] if isinstance(part["v"], list) else [part["v"]]
    if not given or len(given) > most:
        raise wrong(f"the property {part['pid'][:80]!r} has {len(given):,} values.", f"Give 1 to {most}.")
    return Wanted(iri, tuple(_value(site, index, item, wrong) for item in given))


def _value(site: Site, index: Index, item: Any, wrong: Wrong) -> Value:
    if isinstance(item, dict):
        item = item.get("id")
        if not isinstance(item, str):
            raise wrong("a value is an object without id.", "Give the identifier of an entity as id.")
        try:
            return Value(item, find_thing(site, index, item).iri)
        except NotFound:
            return Value(item, item)
    if isinstance(item, bool):
        return Value("true" if item else "false")
    if not isinstance(item, str | int | float) or len(str(item)) > _TEXT:
        raise wrong("a value is no text, number, truth value or entity.", "Give one of those.")
    return Value(str(item).strip())


async def fits(
    site: Site, index: Index, things: Sequence[str], wanted: Sequence[Wanted]
) -> dict[str, list[float]]:
    """Say for each thing how each property fits: 1 has a value asked for, 0.5 has none, 0 has others."""
    found = await values_of(site, things, [item.property for item in wanted])

    def fit(thing: str, item: Wanted) -> float:
        terms = found.get((thing, item.property))
        if not terms:
            return 0.5
        return float(any(value.is_said(index, term) for value in item.values for term in terms))

    return {thing: [fit(thing, item) for item in wanted] for thing in things}


async def having(site: Site, index: Index, wanted: Sequence[Wanted], most: int) -> list[str]:
    """Return things that have, of every property, a value that is asked for, in the order of the index."""
    common: set[str] | None = None
    for item in wanted:
        pattern = site.anywhere(f"?s {write_iri(item.property)} ?o")
        rows = await _rows(site, f"SELECT DISTINCT ?s ?o WHERE {{ {pattern} FILTER(isIRI(?s)) }}")
        terms = {json.dumps(row["o"], sort_keys=True): row["o"] for row in rows}
        right = {
            name for name, term in terms.items() if any(value.is_said(index, term) for value in item.values)
        }
        have = {row["s"]["value"] for row in rows if json.dumps(row["o"], sort_keys=True) in right}
        common = have if common is None else common & have
    return [
        index.things[number].iri
        for number in sorted(index.number[iri] for iri in common or () if iri in index.number)
    ][:most]


async def _rows(site: Site, query: str) -> list[Row]:
    try:
        return await site.rows(query)
    except TooLong:
        raise TooLarge(
            "The values of these properties are too many to read at once.", remedy="Ask for fewer things."
        ) from None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
