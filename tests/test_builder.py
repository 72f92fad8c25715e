"""Queries made of choices: run on the engine, and compared with what the statements say."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import product
from random import Random

import pyoxigraph as ox
import pytest

from kg import vocab
from kg.build import Dataset
from kg.builder import Builder, comment
from kg.conditions import (
    BETWEEN,
    CONTAINS,
    DATE,
    IS,
    MISSING,
    NUMBER,
    STATED,
    TEXT,
    THING,
    WIDER,
    Condition,
    Kind,
    Property,
    Selection,
)
from kg.content import Content
from kg.sparql import Operation

INITIATIVES = Kind(vocab.CONN + "Initiative", "Initiative", "Initiatives")
PLACE = Property(vocab.CONN + "operatesIn", "place")
TAXON = Property(vocab.CONN + "focusTaxon", "focus taxon")
STATUS = Property(vocab.CONN + "currentStatus", "current status", is_derived=True)
BEGUN = Property(vocab.CONN + "startDate", "start date", DATE)
AIM = Property(vocab.CONN + "aim", "aim", TEXT)
PARTIES = Property(vocab.CONN + "partyCount", "number of parties", NUMBER)
REFERRED = Property(vocab.CONN + "refersTo", "named as “refers to” by documents", is_inverse=True)
EVERY = (PLACE, TAXON, STATUS, BEGUN, AIM, PARTIES, REFERRED)
AFRICA, EAST = vocab.ID + "place/m49-002", vocab.ID + "place/east-africa"
NAMES = {AFRICA: "Africa", EAST: "East\nAfrica } DROP ALL"}


class World:
    """The dataset in the engine, and again as plain sets."""

    def __init__(self, dataset: Dataset, prefixes: dict[str, str]) -> None:
        self.prefixes = prefixes
        self.store = ox.Store()
        self.store.bulk_load(dataset.nquads(), format=ox.RdfFormat.N_QUADS)
        self.said: dict[tuple[str, str], list[ox.NamedNode | ox.Literal]] = defaultdict(list)
        self.had: dict[tuple[str, str], list[ox.NamedNode | ox.Literal]] = defaultdict(list)
        for quad in self.store:
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode | ox.Literal):
                self.said[quad.subject.value, quad.predicate.value].append(quad.object)
                self.had[quad.object.value, quad.predicate.value].append(quad.subject)

    def ask(self, query: str, union: bool = True) -> list[dict[str, str]]:
        Operation.parse(query)  # our own reader takes it, too
        answer = self.store.query(query, use_default_graph_as_union=union)
        assert isinstance(answer, ox.QuerySolutions)
        names = [item.value for item in answer.variables]
        return [{name: row[name].value for name in names if row[name] is not None} for row in answer]

    def values(self, thing: str, property: Property) -> list[ox.NamedNode | ox.Literal]:
        return (self.had if property.is_inverse else self.said)[thing, property.iri]

    def above(self, iri: str) -> set[str]:
        found: set[str] = set()
        ahead = [iri]
        while ahead:
            item = ahead.pop()
            if item not in found:
                found.add(item)
                ahead += [up.value for name in WIDER for up in self.said.get((item, name), ())]
        return found

    def meets(self, thing: str, item: Condition) -> bool:
        values = self.values(thing, item.property)
        if item.how == MISSING:
            return not values
        return any(self._fits(value, item) for value in values)

    def _fits(self, value: ox.NamedNode | ox.Literal, item: Condition) -> bool:
        text = value.value
        if item.how == IS:
            return not self.above(text).isdisjoint(item.values)
        if item.how == CONTAINS:
            return item.text.lower() in text.lower()
        if item.how == BETWEEN and item.property.kind == NUMBER:
            return float(item.low or "-inf") <= float(text) <= float(item.high or "inf")
        if item.how == BETWEEN:
            low, high = (min(len(end), len(text)) for end in (item.low, item.high))
            return text[:low] >= item.low[:low] and text[:high] <= item.high[:high]
        return True

    def things(self, kind: Kind, conditions: Iterable[Condition]) -> set[str]:
        return {
            thing.value
            for thing in self.had[kind.iri, vocab.RDF_TYPE]
            if all(self.meets(thing.value, item) for item in conditions)
        }


@pytest.fixture(scope="module")
def world(whole_content: Content, whole_dataset: Dataset) -> World:
    return World(whole_dataset, dict(whole_content.prefixes()))


def test_a_query_that_people_can_read(world: World) -> None:
    where = Condition(PLACE, IS, (EAST,))
    query = Builder(world.prefixes, {EAST: "East Africa"}).query(Selection(INITIATIVES, (where,)))
    assert query == (
        "# Initiatives\n"
        "#   place: East Africa\n"
        "PREFIX conn: <https://w3id.org/ecoconn/ontology#>\n"
        "PREFIX geo: <http://www.opengis.net/ont/geosparql#>\n"
        "PREFIX place: <https://w3id.org/ecoconn/id/place/>\n"
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
        "\n"
        "SELECT DISTINCT ?initiative ?name WHERE {\n"
        "  ?initiative a conn:Initiative .\n"
        "\n"
        "  # place: East Africa\n"
        "  ?initiative conn:operatesIn ?place .\n"
        "  VALUES ?wanted {\n"
        "    place:east-africa # East Africa\n"
        "  }\n"
        "  ?place (skos:broader|geo:sfWithin)* ?wanted . # itself, or what is within it\n"
        "\n"
        "  # what they are called\n"
        "  { SELECT ?initiative (MIN(?label) AS ?name) WHERE {\n"
        "      ?initiative a conn:Initiative .\n"
        "      OPTIONAL { ?initiative skos:prefLabel|rdfs:label ?label2 . "
        'FILTER(LANG(?label2) IN ("en", "")) }\n'
        "      BIND(COALESCE(?label2, STR(?initiative)) AS ?label)\n"
        "  } GROUP BY ?initiative }\n"
        "}\n"
        "ORDER BY LCASE(?name) ?initiative\n"
    )
    assert [row["name"] for row in world.ask(query)] == ["Room to Roam"]


@pytest.mark.parametrize("union", [True, False])
def test_columns_and_who_says_so(world: World, union: bool) -> None:
    conditions = (Condition(PLACE, IS, (EAST,)), Condition(TAXON, STATED))
    selection = Selection(INITIATIVES, conditions, (PLACE, STATUS, BEGUN), cites=True)
    (row,) = world.ask(Builder(world.prefixes, is_union=union).query(selection), union)
    assert row["initiative"] == vocab.ID + "initiative/room-to-roam"
    assert row["place"].startswith("East Africa; Kenya; ")
    assert row["currentStatus"] == "active"
    assert "Initiatives on connectivity, paragraph 16 (Room to Roam Initiative) [16]" in row["saidBy"]
    french = Builder(world.prefixes, language="fr", is_union=union).query(selection)
    assert "; Zambie; " in world.ask(french, union)[0]["place"]


def test_a_current_value_is_said_by_what_it_is_derived_from(world: World) -> None:
    parties = Property(vocab.CONN + "currentPartyCount", "current number of parties", NUMBER, is_derived=True)
    kind = Kind(vocab.CONN + "Instrument", "Instrument", "Instruments")
    many = Condition(parties, BETWEEN, low="190")
    rows = world.ask(Builder(world.prefixes).query(Selection(kind, (many,), (parties,), cites=True)))
    assert [row["name"] for row in rows] == ["Convention on Biological Diversity"]
    assert rows[0]["saidBy"] and "Derived" not in rows[0]["saidBy"]


def test_only_what_meets_a_condition_is_cited_where_it_is_no_column(world: World) -> None:
    where = Condition(PLACE, IS, (vocab.ID + "place/kenya",))
    selection = Selection(INITIATIVES, (where,), cites=True)
    told = world.ask(Builder(world.prefixes).query(selection))[0]["saidBy"]
    every = world.ask(Builder(world.prefixes).query(Selection(INITIATIVES, (where,), (PLACE,), cites=True)))
    assert 0 < len(told) < len(every[0]["saidBy"])


def test_how_many_have_which_value_or_a_narrower_one(world: World) -> None:
    for union in (True, False):
        query = Builder(world.prefixes, is_union=union).values(Selection(INITIATIVES), PLACE, 500)
        counted = {row["value"]: int(row["things"]) for row in world.ask(query, union)}
        assert counted == {
            iri: len(world.things(INITIATIVES, [Condition(PLACE, IS, (iri,))])) for iri in counted
        }
        assert counted[AFRICA] > 1 and vocab.ID + "place/kenya" in counted


@pytest.mark.parametrize("text", ['") } ; DROP ALL #', "\\u0022", "a\nb", "'", "\\", "🦓", "?x", "%"])
def test_texts_of_readers_stay_texts(world: World, text: str) -> None:
    item = Condition(AIM, CONTAINS, text=text)
    selection = Selection(Kind(INITIATIVES.iri, f"{text}1", f"{text}\r\n"), (item,))
    builder = Builder(world.prefixes, {EAST: text})
    (row,) = world.ask(builder.count(selection))
    assert int(row["count"]) == len(world.things(INITIATIVES, [item]))
    assert len(world.ask(builder.query(selection))) == int(row["count"])


def test_what_is_no_iri_gets_into_no_query(world: World) -> None:
    for wrong in ("u:x> . ?s ?p ?o", "kenya", " "):
        with pytest.raises(ValueError, match=re.escape(wrong)):
            Builder(world.prefixes).query(Selection(INITIATIVES, (Condition(PLACE, IS, (wrong,)),)))


def test_comments_stay_on_their_line() -> None:
    assert comment("a\n} DROP\u2028ALL \\u000a b") == "# a } DROP ALL u000a b"


def test_dates_are_compared_as_far_as_both_are_precise() -> None:
    store = ox.Store()
    for name, text in (("a", "2010"), ("b", "2010-06"), ("c", "2010-06-15"), ("d", "2011-01-01")):
        thing = ox.NamedNode(f"u:x/{name}")
        store.add(ox.Quad(thing, ox.NamedNode(vocab.RDF_TYPE), ox.NamedNode("u:x/Walk")))
        store.add(ox.Quad(thing, ox.NamedNode("u:x/begun"), ox.Literal(text)))
    walks, begun = Kind("u:x/Walk", "Walk", "Walks"), Property("u:x/begun", "begun", DATE)
    for low, high, found in (
        ("2010", "2010", "abc"),
        ("2010-07", "", "ad"),
        ("2010-06", "2010-06", "abc"),
        ("2010-06-16", "2010-12", "ab"),
        ("", "2010-05-31", "a"),
        ("2011", "", "d"),
    ):
        item = Condition(begun, BETWEEN, low=low, high=high)
        answer = store.query(Builder({}).query(Selection(walks, (item,))))
        assert isinstance(answer, ox.QuerySolutions)
        assert "".join(row["walk"].value[-1] for row in answer) == found


def test_selections_at_random_find_what_the_statements_say(world: World) -> None:
    random = Random(7)
    kinds = [
        INITIATIVES,
        Kind(vocab.CONN + "Instrument", "Instrument", "Instruments"),
        Kind(vocab.CONN + "GoverningBodyAct", "Act of a governing body", "Acts of a governing body"),
    ]
    topic = Property(vocab.CONN + "topic", "topic")
    sizes = set()
    for kind, _, union in product(kinds, range(25), (True, False)):
        conditions = tuple(_condition(random, world, kind, topic) for _ in range(random.randint(0, 3)))
        columns = tuple(random.sample((*EVERY, topic), random.randint(0, 4)))
        selection = Selection(kind, conditions, columns, random.random() < 0.5)
        builder = Builder(world.prefixes, NAMES, random.choice(["", "fr", "es"]), union)
        wanted = world.things(kind, conditions)
        rows = world.ask(builder.query(selection), union)
        query = builder.query(selection)
        things = [next(iter(row.values())) for row in rows]
        assert sorted(things) == sorted(wanted), query
        assert [{"count": str(len(wanted))}] == world.ask(builder.count(selection), union), query
        assert things[1:3] == [
            next(iter(row.values())) for row in world.ask(builder.query(selection, 2, 1), union)
        ]
        sizes.add(len(wanted))
    assert {0, 1, 2} < sizes


def _condition(random: Random, world: World, kind: Kind, topic: Property) -> Condition:
    property = random.choice((*EVERY, topic))
    how = random.choice((STATED, MISSING, "value", "value", "value"))
    if how != "value":
        return Condition(property, how)
    things = [thing.value for thing in world.had[kind.iri, vocab.RDF_TYPE]]
    found = [value.value for thing in things for value in world.values(thing, property)] or ["2010"]
    if property.kind == THING:
        every = sorted({up for value in found for up in world.above(value)} | {AFRICA, EAST})
        iris = [iri for iri in every if ":" in iri]
        return Condition(property, IS, tuple(random.sample(iris, min(len(iris), random.randint(1, 3)))))
    if property.kind == TEXT:
        word = random.choice(random.choice(found).split())
        return Condition(property, CONTAINS, text=word)
    if property.kind == NUMBER:
        return Condition(property, BETWEEN, low=random.choice(found))
    low, high = sorted(random.choices(["2005", "2010-05", "2015-11-30", "2019", "2024-02"], k=2))
    return Condition(property, BETWEEN, low=low, high=high)
