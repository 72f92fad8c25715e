"""What differs between two states: found, told in words, bounded, in order, the same in both directions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.build import build
from kg.diff import Difference, State, compare, open_state, sections, to_json, to_markdown, to_text
from kg.diff.words import LINES
from kg.export import export
from kg.media import RDF_FORMATS
from mappings import with_links
from sample import Mini

Edit = Callable[[Mini], object]


@pytest.fixture
def pair(tmp_path: Path) -> Callable[..., tuple[State, State]]:
    """Two states of the small content, each after an edit of its own."""

    def make(after: Edit, before: Edit = lambda _: None) -> tuple[State, State]:
        found = []
        for name, edit in (("old", before), ("new", after)):
            mini = Mini(tmp_path / name)
            edit(mini)
            dataset = build(mini.content)
            found.append(State(name, dataset.quads, dataset.digest))
            shutil.rmtree(mini.root)
        return found[0], found[1]

    return make


Pair = Callable[..., tuple[State, State]]


def lines(difference: Difference) -> dict[str, list[str]]:
    return {section.heading: list(section.lines) for section in sections(difference)}


def newer(mini: Mini) -> None:
    """A newer source says that the initiative has ended, and that it works in another place too."""
    mini.card("document/news", "conn:Document", "News")
    mini.card("place/harz", "conn:Place", "Harz")
    mini.document("news", "2026-03", "depositary")
    mini.card("passage/news/01", "conn:Passage", "News, paragraph 1")
    mini.passage(
        1, "initiative:green-way conn:status status:ended ; conn:operatesIn place:alps, place:harz .", "news"
    )


def test_equal_states_are_said_to_be(pair: Pair) -> None:
    before, after = pair(lambda _: None)
    found = compare(before, after)
    assert found.equal and to_text(found) == "old and new are equal.\n"
    told = json.loads(to_json(found))
    assert (told["equal"], told["words"], told["statements"]) == (True, [], {"added": 0, "removed": 0})


def test_a_newer_source_changes_what_holds_now(pair: Pair) -> None:
    found = compare(*pair(newer))
    assert lines(found) == {
        "Added": ["1 passage: News, paragraph 1", "1 place: Harz"],
        "What holds now": [
            "Green Way: current status changed from active to ended, "
            "because “News, paragraph 1” (as of 2026-03) says so"
        ],
        "What is stated": [
            "Green Way: now operates in Harz, because “News, paragraph 1” (as of 2026-03) says so",
            "Green Way: now status ended, because “News, paragraph 1” (as of 2026-03) says so",
        ],
        "Who says so": ["Green Way: operates in Alps — now also “News, paragraph 1” (as of 2026-03)"],
        "Sources": ["added: News (as of 2026-03)"],
    }


def test_backwards_it_is_told_as_loss(pair: Pair) -> None:
    before, after = pair(newer)
    found = compare(after, before)
    assert lines(found) == {
        "Removed": ["1 passage: News, paragraph 1", "1 place: Harz"],
        "What holds now": [
            "Green Way: current status changed from ended to active, "
            "because “Report, paragraph 1” (as of 2024-02) says so"
        ],
        "What is stated": [
            "Green Way: no longer operates in Harz, as “News, paragraph 1” (as of 2026-03) said",
            "Green Way: no longer status ended, as “News, paragraph 1” (as of 2026-03) said",
        ],
        "Who says so": ["Green Way: operates in Alps — no longer “News, paragraph 1” (as of 2026-03)"],
        "Sources": ["removed: News (as of 2026-03)"],
    }
    there = compare(before, after)
    assert found.statements == there.statements[::-1]
    assert found.machinery == {name: numbers[::-1] for name, numbers in there.machinery.items()}


def test_a_correction_is_a_change(pair: Pair) -> None:
    def corrected(mini: Mini) -> None:
        mini.card("place/harz", "conn:Place", "Harz")
        mini.passage(1, "initiative:green-way conn:operatesIn place:harz ; conn:status status:active .")
        mini.passage(2, "initiative:green-way conn:operatesIn place:harz .")

    assert lines(compare(*pair(corrected))) == {
        "Added": ["1 place: Harz"],
        "What is stated": [
            "Green Way: operates in changed from Alps to Harz, because “Report, paragraph 1” (as of 2024-02) "
            "and “Report, paragraph 2” (as of 2024-02) say so"
        ],
    }


def test_a_first_and_a_last_current_value(pair: Pair) -> None:
    def silent(mini: Mini) -> None:
        mini.passage(1, "initiative:green-way conn:operatesIn place:alps .")

    before, after = pair(silent)
    assert lines(compare(before, after))["What holds now"] == [
        "Green Way: current status is not known any more, was active, "
        "as “Report, paragraph 1” (as of 2024-02) said"
    ]
    assert lines(compare(after, before))["What holds now"] == [
        "Green Way: current status is active, because “Report, paragraph 1” (as of 2024-02) says so"
    ]


def test_what_a_source_says_of_itself_needs_no_reason(pair: Pair) -> None:
    def later(mini: Mini) -> None:
        mini.document("report", "2024-03")

    assert lines(compare(*pair(later))) == {
        "What holds now": [
            "Green Way: current status is still active, because “Report, paragraph 1” (as of 2024-03) says so"
        ],
        "What is stated": ["Report: conn:statedAsOf changed from 2024-02 to 2024-03"],
    }


def test_names_and_retirement(pair: Pair) -> None:
    def edited(mini: Mini) -> None:
        mini.card("place/alps", "conn:Place", "The Alps")
        mini.card("initiative/greener-way", "conn:Initiative", "Greener Way")
        mini.turtle(
            "data/register/initiative/green-way.ttl",
            'initiative:green-way a conn:Initiative ; skos:prefLabel "Green Way"@en ; '
            'skos:altLabel "GW"@en, "Weg"@de ; dcterms:isReplacedBy initiative:greener-way .',
        )

    before, after = pair(edited)
    assert lines(compare(before, after)) == {
        "Added": ["1 initiative: Greener Way"],
        "Retired": ["Green Way (initiative), replaced by Greener Way"],
        "Renamed": ["place “Alps” is now “The Alps”"],
        "Names": ["Green Way: now skos:altLabel “GW”, “Weg” [de] (Register)"],
    }
    back = lines(compare(after, before))
    assert back["Renamed"] == ["place “The Alps” is now “Alps”"]
    assert back["What is stated"] == ["Green Way: no longer dcterms:isReplacedBy Greener Way (Register)"]


def test_a_name_in_another_language(pair: Pair) -> None:
    def named(name: str) -> Edit:
        body = f'place:alps a conn:Place ; skos:prefLabel "Alps"@en, "{name}"@fr .'
        return lambda mini: mini.turtle("data/register/place/alps.ttl", body)

    assert lines(compare(*pair(named("Les Alpes"), named("Alpes")))) == {
        "Renamed": ["place “Alpes” is now “Les Alpes” [fr] (Alps)"]
    }


def test_mappings_and_judgements_are_counted(pair: Pair) -> None:
    def judged(reason: str) -> str:
        return (
            "<https://w3id.org/ecoconn/graph/editorial#one> a rdf:Statement ; "
            "rdf:subject initiative:green-way ; rdf:predicate conn:operatesIn ; rdf:object place:alps ; "
            f'rdfs:comment "{reason}"@en .'
        )

    def first(mini: Mini) -> None:
        with_links(mini, {}, {"object_id": "wd:Q1"})
        mini.turtle("data/editorial/one.ttl", judged("So it seems."))

    def second(mini: Mini) -> None:
        with_links(mini, {"confidence": "0.5"}, {"object_id": "wd:Q2"}, {"object_id": "wd:Q3"})
        mini.turtle("data/editorial/one.ttl", judged("So it is."))

    found = compare(*pair(second, first))
    assert lines(found) == {
        "Mappings and judgements": [
            "mappings: 2 added (Wikidata 2), 1 removed (Wikidata 1), 1 changed (Wikidata 1)",
            "judgements: 1 changed",
        ]
    }
    told = json.loads(to_json(found))
    assert told["mappings"] == {
        "added": {"Wikidata": 2},
        "removed": {"Wikidata": 1},
        "changed": {"Wikidata": 1},
    }
    assert told["judgements"] == {"added": 0, "removed": 0, "changed": 1}
    assert set(told["machinery"]) == {"links", "void"}


def test_machinery_is_counted_and_not_told(pair: Pair) -> None:
    def asked(mini: Mini) -> None:
        mini.write("ontology/questions/02-all.rq", "#+ summary: What?\n#+ tags: [a]\nSELECT * { ?s ?p ?o }\n")
        mini.write("ontology/questions/02-all.csv", "s,p,o\n")

    found = compare(*pair(asked))
    assert not found.equal and not lines(found)
    assert set(found.machinery) == {"examples", "void"}
    assert found.machinery["examples"][0] == 7
    assert "Statements that the build makes, not told above: examples +7 −0" in to_text(found)  # noqa: RUF001
    assert sum(added for added, _ in found.machinery.values()) == found.statements[0]


def test_every_statement_is_counted(pair: Pair) -> None:
    before, after = pair(newer)
    found = compare(before, after)
    assert found.statements == (
        len(set(after.quads) - set(before.quads)),
        len(set(before.quads) - set(after.quads)),
    )


def test_long_differences_are_bounded(pair: Pair) -> None:
    def many(mini: Mini) -> None:
        for number in range(40):
            mini.card(f"place/place-{number:02}", "conn:Place", f"Place {number:02}")
        places = ", ".join(f"place:place-{number:02}" for number in range(40))
        mini.passage(2, f"initiative:green-way conn:operatesIn place:alps, {places} .")

    def few(mini: Mini) -> None:
        for number in range(40):
            mini.card(f"initiative/way-{number:02}", "conn:Initiative", f"Way {number:02}")

    def some(mini: Mini) -> None:
        few(mini)
        ways = "\n".join(f"initiative:way-{number:02} conn:operatesIn place:alps ." for number in range(40))
        mini.passage(2, ways)

    found = compare(*pair(many))
    names = "; ".join(f"Place {number:02}" for number in range(12))
    assert lines(found)["Added"] == [f"40 places: {names}; and 28 more"]
    assert "Place 39" not in to_text(found) and "Place 39" in to_text(found, whole=True)
    assert [row["label"] for row in json.loads(to_json(found))["things"]["added"]["all"]][-1] == "Place 39"
    found = compare(*pair(some, few))
    section = next(item for item in sections(found) if item.heading == "What is stated")
    assert (len(section.lines), section.more) == (LINES, 40 - LINES)
    assert f"and {40 - LINES} more (--all tells them)" in to_text(found)
    assert "Way 39" not in to_text(found) and "Way 39" in to_text(found, whole=True)
    assert f"- and {40 - LINES} more: changes.json holds them all" in to_markdown(found, "Changes")


def test_the_order_is_fixed(pair: Pair) -> None:
    before, after = pair(newer)
    shuffled = State("new", tuple(reversed(after.quads)), after.digest)
    assert to_json(compare(before, after)) == to_json(compare(before, shuffled))


def test_markdown_shows_what_looks_like_markdown(pair: Pair) -> None:
    def odd(mini: Mini) -> None:
        mini.card("place/odd", "conn:Place", "[a](javascript:x) <b> *c* `d`")

    text = to_markdown(compare(*pair(odd)), "From *a* to b")
    assert text.startswith("# From \\*a\\* to b\n\nFrom old to new: ")
    assert "- 1 place: \\[a\\](javascript:x) \\<b\\> \\*c\\* \\`d\\`\n" in text


@pytest.mark.parametrize("row", RDF_FORMATS, ids=lambda row: row.name)
def test_every_format_compares(pair: Pair, tmp_path: Path, row: object) -> None:
    """A file in each format equals its dataset; those without graphs say that citations are left out."""
    mini = Mini(tmp_path / "content")
    newer(mini)
    dataset = build(mini.content)
    file = next(item for item in RDF_FORMATS if item is row)
    path = tmp_path / f"all.{file.extension}"
    path.write_bytes(b"".join(export(dataset, file)))
    whole, read = State("content", dataset.quads, dataset.digest), open_state(str(path), tmp_path)
    found = compare(whole, read)
    assert found.equal and found.merged is not file.named_graphs
    old = compare(pair(lambda _: None)[0], read)
    assert lines(old)["Added"][-1] == "1 place: Harz"
    holds = lines(old)["What holds now"][0]
    assert holds.startswith("Green Way: current status changed from active to ended")
    assert ("One of the two holds no graphs" in to_text(old)) is not file.named_graphs


def test_foreign_data_and_nothing() -> None:
    data = ox.parse("<a:x> <a:p> [ <a:q> 1 ] . <a:y> <a:p> true .", ox.RdfFormat.TURTLE)
    state = State("foreign", tuple(data), "")
    found = compare(State("nothing", (), ""), state)
    assert lines(found)["Added"][0].startswith("3 foreign terms: ")
    assert found.statements == (3, 0)
