"""Search and matching over a few things: what counts as the same, what is found first, what is certain."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from kg.search.facets import Table, foremost, in_tree, make_facet, tokens_of
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
    build,
)
from kg.search.likeness import Asked as Wanted
from kg.search.likeness import is_year, likeness
from kg.search.matching import match
from kg.search.postings import Postings, Vocabulary, at_least, bits_of, distance, flags, numbers, slips
from kg.search.ranking import find, nearest, search
from kg.search.slugs import alike, folder, spelt
from kg.search.words import content, fold, key, telling, texts, words

E = "https://example.org/"
C = "https://w3id.org/ecoconn/ontology#"


def entry(name: str, text: str, field: str = LABEL, language: str = "en") -> Entry:
    return Entry(E + name, field, text, language)


@pytest.fixture(scope="module")
def index() -> Index:
    texts = [
        entry("ramsar", "Ramsar Convention"),
        entry("ramsar", "Convention on Wetlands of International Importance", ALTERNATIVE),
        entry("ramsar", "Convención de Ramsar", ALTERNATIVE, "es"),
        entry("cms", "Convention on Migratory Species"),
        entry("cms", "CMS", ALTERNATIVE),
        entry("cms", "A treaty for animals that cross borders, also in wetlands.", DESCRIPTION),
        entry("res", "CMS Resolution 12.26 (Rev.COP13)"),
        entry("res", "UNEP/CMS/Resolution 12.26 (Rev.COP13)", IDENTIFIER, ""),
        entry("dec", "CMS Decision 13.113"),
        entry("mpi", "Max Planck Institute of Animal Behavior"),
        entry("esa", "European Space Agency"),
        entry("esa", "ESA", ALTERNATIVE),
        entry("esa", "Agence spatiale européenne", LABEL, "fr"),
        entry("y2y-body", "Yellowstone to Yukon Conservation Initiative"),
        entry("y2y", "Yellowstone to Yukon Conservation Initiative"),
        entry("cote", "Côte d'Ivoire"),
        entry("cote", "CI", IDENTIFIER, ""),
        entry("corridors", "corridors"),
        entry("elephants", "African elephants"),
        entry("elephants", "Elephants whose paths are cut off by roads, fields and towns.", ABSTRACT),
        entry("wwf", "世界自然基金会", LABEL, "zh"),
        entry("wwf", "WWF"),
        entry("machinery", "CMS machinery"),
    ]
    kinds = {"y2y": "Initiative", "cms": "Instrument", "ramsar": "Instrument", "res": "GoverningBodyAct"}
    kinds |= {"dec": "GoverningBodyAct", "cote": "Place", "elephants": "Taxon"}
    kinds |= {"machinery": "Hidden", "corridors": "Concept"}
    types = [(E + name, C + kind) for name, kind in kinds.items()]
    types += [(E + name, C + "Body") for name in ("mpi", "esa", "y2y-body", "wwf")]
    uses = [(E + "cms", 90), (E + "ramsar", 60), (E + "y2y", 20), (E + "y2y-body", 9)]
    return build(
        Source(texts, types, [(C + "Body", C + "Agent")], uses, [(E + "esa", "1975")]),
        {C + "Hidden": LEFT_OUT, C + "Concept": 2},
    )


def found(index: Index, query: str, **options: int) -> list[str]:
    return [hit.thing.iri.removeprefix(E) for hit in search(index, query, **options)[1]]


def meant(index: Index, query: str, kind: str | None = None) -> str | None:
    within = None if kind is None else index.types[C + kind]
    for item in match(index, query, within=within, typed=kind is not None):
        if item.certain:
            return item.thing.iri.removeprefix(E)
    return None


# ---- words
# ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Côte d’Ivoire", "cote d'ivoire"),
        ("ŁÓDŹ", "lodz"),
        ("Übereinkommen", "UBEREINKOMMEN"),
        ("the Convention on Wetlands", "Convention on Wetlands"),
        ("Centre", "center"),
        ("U.N.", "UN"),
        ("5th meeting", "Fifth meeting"),
        ("COP 13", "COP13"),
        ("Ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("Trinidad & Tobago", "Trinidad and Tobago"),
        ("مؤتمر الأطراف", "موتمر الاطراف"),
    ],
)
def test_spellings_that_are_the_same(one: str, other: str) -> None:
    assert key(texts(one)) == key(texts(other)) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("12.26", "12.27"), ("XII.2", "XII.3"), ("CMS", "CBD"), ("Y2Y", "YY")]
)
def test_spellings_that_are_not(one: str, other: str) -> None:
    assert key(texts(one)) != key(texts(other))


def test_words_know_their_places() -> None:
    text = "The Bern Convention’s 5th meeting: Côte d'Ivoire, 12.26 & 世界自然"
    found = {text[word.start : word.end] for word in words(text)}
    assert found >= {"Bern", "Convention", "5", "Côte", "12.26", "世界"}
    plain = "The wetlands of Bern"
    assert [(plain[word.start : word.end], word.text) for word in words(plain)] == [
        ("wetlands", "wetlands"),
        ("of", "of"),
        ("Bern", "bern"),
    ]


def test_plain_letters_are_read_as_others_are() -> None:
    for text in ("Res and the program, a y b", "I am d", "A.", "Intl org: (CMS) B", "the y of Y"):
        odd = f"{text} ñ"  # has to be read the slow way
        assert texts(text) == texts(odd)[:-1]
    assert texts("the") == ["the"] and texts("The the") == ["the", "the"]


def test_scripts_without_spaces_are_cut_into_pairs() -> None:
    assert texts("世界自然") == ["世界", "界自", "自然"]


def test_words_of_other_languages_are_compared_in_english() -> None:
    assert content(texts("Convención sobre especies migratorias")) == content(
        texts("Convention on migratory species")
    )
    assert telling(texts("Naciones Unidas")) == ("un",)
    assert fold("ﬁn") == "fin"


# ---- sets
# -----------------------------------------------------------------------------------------------------------


def test_sets_of_numbers() -> None:
    bits = bits_of([1, 5, 900], [2])
    assert list(numbers(bits)) == [1, 2, 5, 900]
    assert [list(numbers(item)) for item in at_least([0b011, 0b110], 0b111)] == [[0, 1, 2], [0, 1, 2], [1]]


def test_postings_say_which_things_have_a_word() -> None:
    postings = Postings()
    for number in range(3000):
        postings.add(number, ["all", "odd"] if number % 2 else ["all"])
    postings.seal()
    assert postings.frequency("odd") == 1500 and postings.things("no") == ()
    assert postings.bits(["odd", "no"]).bit_count() == 1500
    assert "odd" in postings and set(postings) == {"all", "odd"}


def test_slips_of_the_pen() -> None:
    assert (slips("cms"), slips("bern"), slips("corridors"), slips("12.26")) == (0, 1, 2, 0)
    assert (distance("flyway", "flywya"), distance("elefant", "elephant")) == (1, 1)
    vocabulary = Vocabulary(["corridor", "corridors", "elephant", "12"])
    assert vocabulary.alike("coridor") == [("corridor", 1)]
    assert vocabulary.alike("elefant") == [("elephant", 1)]
    assert vocabulary.alike("corridors") == [("corridor", 1)]
    assert vocabulary.alike("12") == []
    assert Vocabulary(["gpec"]).alike("gepc") == [("gpec", 1)], "no run of three letters is shared"


# ---- search
# ---------------------------------------------------------------------------------------------------------


def test_the_name_itself_comes_first(index: Index) -> None:
    assert found(index, "ramsar convention")[0] == "ramsar"
    assert found(index, "CMS")[0] == "cms"
    assert found(index, "Convención de Ramsar")[0] == "ramsar"


def test_a_beginning_is_enough(index: Index) -> None:
    assert found(index, "rams") == ["ramsar"]
    assert found(index, "max pla") == ["mpi"]


def test_slips_are_forgiven_when_nothing_else_is_found(index: Index) -> None:
    assert found(index, "ramsarr conventoin")[0] == "ramsar"
    assert found(index, "coridors") == ["corridors"]
    assert found(index, "elefants") == ["elephants"]
    assert found(index, "fww") == [] and found(index, "wfw") == ["wwf"]


def test_number_does_not_count(index: Index) -> None:
    assert found(index, "african elephant") == found(index, "elephants african") == ["elephants"]
    assert found(index, "convention on wetland")[0] == "ramsar"


def test_a_word_that_nothing_has_may_be_a_beginning(index: Index) -> None:
    assert found(index, "rams conventoin")[0] == "ramsar"


@pytest.mark.parametrize("query", ["ESA body", "esa bodies", "body esa"])
def test_a_word_may_say_of_what_kind_a_thing_is(query: str) -> None:
    names = [entry("esa", "ESA"), entry("act", "ESA Act"), entry("other", "WWF")]
    index = build(
        Source(
            [*names, Entry(C + "Body", LABEL, "Body", "en")],
            [(E + "esa", C + "Body"), (E + "other", C + "Body")],
        )
    )
    assert found(index, query) == ["esa"]
    assert found(index, "body") == [C + "Body"], "alone it stands for itself"


def test_descriptions_are_searched_after_names(index: Index) -> None:
    assert found(index, "wetlands") == ["ramsar", "cms"]
    total, hits = search(index, "roads towns")
    assert total == 1 and hits[0].field == ABSTRACT
    assert [hits[0].text[start:end] for start, end in hits[0].highlights] == ["roads", "towns"]


def test_identifiers_are_found(index: Index) -> None:
    hit = search(index, "unep/cms/resolution 12.26 (rev.cop13)")[1][0]
    assert hit.thing.iri == E + "res"


def test_chinese_is_found(index: Index) -> None:
    hit = search(index, "自然基金")[1][0]
    assert (hit.thing.iri, hit.language) == (E + "wwf", "zh")
    assert hit.text[slice(*hit.highlights[0])] == "自然基金"


def test_what_is_machinery_is_not_found(index: Index) -> None:
    assert "machinery" not in found(index, "machinery")


def test_pages_and_sets(index: Index) -> None:
    total, first = search(index, "convention", limit=1)
    _, second = search(index, "convention", limit=1, offset=1)
    assert total == 2 and first[0].thing.iri != second[0].thing.iri
    assert found(index, "convention", within=index.types[C + "GoverningBodyAct"]) == []
    assert [hit.score for hit in first] >= [hit.score for hit in second]


@pytest.mark.parametrize("query", ["", " ", "?!", "()", "qqqqqq", "\u0301", "a" * 5000, "x " * 2000])
def test_odd_queries_find_nothing_and_break_nothing(index: Index, query: str) -> None:
    assert search(index, query) == (0, []) or len(search(index, query)[1]) <= 10
    assert not [item for item in match(index, query) if item.certain]


def test_a_thing_is_called_in_the_language_of_the_reader(index: Index) -> None:
    thing = index.things[index.number[E + "esa"]]
    assert thing.label(lambda language: language != "fr").text == "Agence spatiale européenne"
    assert thing.label(lambda language: language != "en").text == "European Space Agency"
    assert C + "Agent" in thing.types


def test_a_slip_is_told(index: Index) -> None:
    slipped = find(index, "ramsra convention")
    assert slipped.total == 1 and slipped.others == {"ramsra": {"ramsar"}}
    assert find(index, "wetl").others == {}, "a beginning is no slip"
    left = find(index, "ramsar convention qqqqqq")
    assert left.total == 1 and left.others == {"qqqqqq": frozenset()}
    assert slipped.things == 1 << index.number[E + "ramsar"]


def test_names_like_one_that_finds_nothing(index: Index) -> None:
    assert find(index, "elephantinos").total == 0
    assert [thing.iri for thing in nearest(index, "elephantinos", 3)] == [E + "elephants"]
    assert nearest(index, "qqqqqq", 3) == nearest(index, "", 3) == []


# ---- facets
# ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table() -> Table:
    within = [("kenya", "east"), ("east", "africa"), ("africa", "world"), ("chile", "world")]
    places = make_facet(5, [(0, "kenya"), (0, "chile"), (1, "east"), (2, "chile"), (4, "world")], within)
    topics = make_facet(5, [(0, "wetlands"), (1, "wetlands"), (2, "cities"), (3, "cities")])
    return Table(0b01111, {"place": places, "topic": topics})


def listed(bits: int) -> list[int]:
    return list(numbers(bits))


def test_any_of_a_facet_and_all_of_the_facets(table: Table) -> None:
    assert listed(table.select({})) == [0, 1, 2, 3]
    assert listed(table.select({"place": ["kenya"]})) == [0]
    assert listed(table.select({"place": ["africa"]})) == [0, 1], "a broader value finds the narrower"
    assert listed(table.select({"place": ["africa", "chile"]})) == [0, 1, 2]
    assert listed(table.select({"place": ["chile"], "topic": ["cities"]})) == [2]
    assert listed(table.select({"place": ["nowhere"]})) == []


def test_a_count_is_what_one_gets_by_choosing(table: Table) -> None:
    chosen = {"place": ["chile"]}
    counts = table.counts(chosen)
    assert counts["place"] == {"world": 3, "chile": 2, "africa": 2, "east": 2, "kenya": 1}
    assert counts["topic"] == {"wetlands": 1, "cities": 1}
    for value, count in counts["topic"].items():
        assert table.select({**chosen, "topic": [value]}).bit_count() == count
    for value, count in counts["place"].items():
        assert table.select({"place": [value]}).bit_count() == count


def test_narrower_values(table: Table) -> None:
    assert table.facets["place"].narrower(["africa"]) == ["africa", "east", "kenya"]
    assert table.facets["topic"].narrower(["cities", "x"]) == ["cities", "x"]


def test_what_is_no_value_leads_to_wider_ones() -> None:
    facet = make_facet(1, [(0, "act")], [("act", "treaty")], {"treaty"}.__contains__)
    assert (facet.own, list(facet.things)) == ([()], ["treaty"])


def test_counts_are_those_of_going_through_all_things() -> None:
    """Values of many things and of few, in sets of all sizes: each is counted in another way."""
    chance, size = random.Random(7), 5_000
    held = [
        {"all", f"half{n % 2}", f"rare{chance.randrange(900)}", f"v{chance.randrange(9)}"}
        for n in range(size)
    ]
    facet = make_facet(size, ((n, value) for n, values in enumerate(held) for value in values))
    for part in (0, 0.001, 0.2, 0.5, 0.9, 1):
        chosen = [n for n in range(size) if chance.random() < part]
        expected = Counter(value for n in chosen for value in held[n])
        assert facet.counts(bits_of(chosen) if chosen else 0) == expected


def test_the_foremost_are_those_of_most_things() -> None:
    counts = {"c": 1, "b": 1, "few": 2, "a": 1, "many": 9}
    assert foremost(counts, 5) == counts
    assert list(foremost(counts, 4).items()) == [("few", 2), ("many", 9), ("a", 1), ("b", 1)]
    assert foremost(counts, 1) == {"many": 9} and foremost({}, 3) == {}


def test_a_set_as_a_byte_for_each_number() -> None:
    assert flags(0b1011, 6) == bytes([1, 1, 0, 1, 0, 0]) and flags(0, 3) == bytes(3)


def test_values_stand_below_wider_ones(table: Table) -> None:
    counts = table.counts({})["place"]
    assert list(in_tree(counts, table.facets["place"].above, str)) == [
        ("world", 0),
        ("africa", 1),
        ("east", 2),
        ("kenya", 3),
        ("chile", 1),
    ]
    circle = {"a": ["b"], "b": ["a"]}
    assert sorted(in_tree({"a": 1, "b": 2}, circle, str)) == [("a", 0), ("b", 0)]


def test_values_with_one_short_name_are_told_apart() -> None:
    short = tokens_of(["u:a/x", "u:b/x", "u:c/y"], lambda value: value.rpartition("/")[2])
    assert short == {"u:a/x": "x", "u:b/x": "u:b/x", "u:c/y": "y"}


# ---- matching
# -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Ramsar Convention", "ramsar"),
        ("  «the ramsar convention». ", "ramsar"),
        ("Convencion de Ramsar", "ramsar"),
        ("CMS", "cms"),
        ("Convention on Migratory Species (CMS)", "cms"),
        ("CMS - Convention on Migratory Species", "cms"),
        ("Convention on Migratory Species (CMS or Bonn Convention)", "cms"),
        ("Convention on Migratroy Species", "cms"),
        ("Resolution 12.26 (Rev.COP13)", "res"),
        ("Res. 12.26 (Rev. COP13)", "res"),
        ("esa", "esa"),
        ("CMS Dec. 13.113", "dec"),
        ("European Space Agency ESA", "esa"),
        ("European Space Agency (1975)", "esa"),
        ("Agencia Espacial Europea", "esa"),
        ("COTE D'IVOIRE", "cote"),
        ("African elephant", "elephants"),
        ("世界自然基金会", "wwf"),
    ],
)
def test_what_is_certain(index: Index, query: str, name: str) -> None:
    assert meant(index, query) == name


@pytest.mark.parametrize(
    "query",
    [
        "Max Planck Institute for Chemistry",
        "Convention on Migratory Birds",
        "CMS Resolution 12.27 (Rev.COP13)",
        "CMS Decision 13.114",
        "Decision 13.113 of the other body 2",
        "European Space Agency (1999)",
        "Asian elephants",
        "CI",  # a code only where a place is asked for
        "Convention",
        "Yellowstone to Yukon Conservation Initiative",  # two things of one name
    ],
)
def test_what_is_not(index: Index, query: str) -> None:
    assert meant(index, query) is None


def test_a_class_makes_things_certain(index: Index) -> None:
    assert meant(index, "Yellowstone to Yukon Conservation Initiative", "Initiative") == "y2y"
    assert meant(index, "Yellowstone to Yukon Conservation Initiative", "Body") == "y2y-body"
    assert meant(index, "CI", "Place") == "cote"
    assert meant(index, "CMS", "Place") is None


def test_likeness_is_between_nothing_and_one(index: Index) -> None:
    asked = Wanted.of(index, texts("Ramsar wetlands convention of Iran"))
    values = [likeness(index, number, asked)[0] for number in range(len(index.things))]
    assert all(0 <= value <= 1 for value in values)
    assert max(values) == values[index.number[E + "ramsar"]]
    assert is_year("1975") and not is_year("3975")


# ---- addresses with a slip in them
# ------------------------------------------------------------------------------------------


def test_an_address_is_meant_by_how_it_is_written() -> None:
    others = [E + "room-to-roam", E + "cms", E + "cbd"]
    assert alike(E + "room-to-rome", others) == E + "room-to-roam"
    assert alike(E + "CMSS", others) == E + "cms"
    assert alike(E + "zebra", others) == alike(E + "zebra", []) == ""
    assert (folder(E + "a#b"), folder(E), folder("urn:x")) == (E + "a#", "", "")


def test_an_address_is_meant_by_the_name_that_it_spells(index: Index) -> None:
    assert spelt(index, E + "kind/y2y-body", E) == E + "y2y-body", "of another kind"
    assert spelt(index, E + "european-space-agency", E) == E + "esa"
    assert spelt(index, E + "yellowstone-to-yukon-conservation-initiative", E) == "", "two are called so"
    assert spelt(index, E + "convention", E) == spelt(index, E, E) == ""
    assert spelt(index, E + "european-space-agency", "urn:") == ""
