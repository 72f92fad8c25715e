"""The competency questions: each answers as accepted, and together they use every term of the ontology.

The accepted answers were written from the source document; a difference means that the graph lost, gained or
changed a statement. Correct the graph by the document, or the answer by the document, never one by the other.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.build import Dataset
from kg.content import find_content
from kg.directives import Question
from kg.media import by_name
from kg.sparql import Operation
from kg.store.embedded import EmbeddedStore

ROOT = Path(__file__).resolve().parent.parent
CONN = "https://w3id.org/ecoconn/ontology#"
CONTENT = find_content(str(ROOT))
QUESTIONS = CONTENT.questions()
NAMES = [question.name for question in QUESTIONS]
each_question = pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)

# Questions whose accepted answer has no row, each with the reason why it is worth asking.
EMPTY: dict[str, str] = {}

# IRIs, strings, comments, variables, prefixed names: enough to tell a term from the mere mention of it.
TOKENS = re.compile(
    r"""(?P<iri><[^<>"{}|^`\\\s]*>)
    |(?P<string>\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<comment>\#[^\n]*)
    |(?P<variable>[?$]\w+)
    |(?P<name>(?:[A-Za-z][\w-]*)?:(?:[\w-](?:[\w.-]*[\w-])?)?)
    |(?P<other>\w+|.)""",
    re.VERBOSE | re.DOTALL,
)


def tokens(query: str) -> list[tuple[str, str]]:
    """The kind and text of each token of a query, without comments and white space."""
    found = ((match.lastgroup or "", match.group()) for match in TOKENS.finditer(query))
    return [(kind, text) for kind, text in found if kind != "comment" and not text.isspace()]


def prologue(query: str) -> dict[str, str]:
    """The prefixes that a query declares."""
    found = tokens(query)
    return {
        found[i + 1][1].removesuffix(":"): found[i + 2][1][1:-1]
        for i, (_, text) in enumerate(found)
        if text == "PREFIX"
    }


def terms(query: str) -> set[str]:
    """The IRIs in the body of a query, whether written out or with a prefix."""
    prefixes = prologue(query)
    found = tokens(query)
    declarations = {i + n for i, (_, text) in enumerate(found) if text == "PREFIX" for n in range(3)}
    body = [token for i, token in enumerate(found) if i not in declarations]
    full = {text[1:-1] for kind, text in body if kind == "iri"}
    for kind, text in body:
        if kind == "name":
            prefix, _, local = text.partition(":")
            full.add(prefixes[prefix] + local)
    return full


def own_terms() -> set[str]:
    """Every term that ontology/connectivity.ttl defines in our namespace."""
    triples = ox.parse(path=str(ROOT / "ontology" / "connectivity.ttl"), format=ox.RdfFormat.TURTLE)
    subjects = {quad.subject.value for quad in triples if isinstance(quad.subject, ox.NamedNode)}
    return {iri for iri in subjects if iri.startswith(CONN)}


def rows(text: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]


@pytest.fixture(scope="module")
def store(whole_dataset: Dataset) -> Iterator[EmbeddedStore]:
    """The store as it is served: the unnamed graph holds the merge of all graphs."""
    opened = EmbeddedStore()
    opened.load(whole_dataset.nquads(), by_name("nq"))
    yield opened
    opened.close()


@each_question
def test_the_answer_is_the_accepted_one(question: Question, store: EmbeddedStore) -> None:
    answer = b"".join(store.query(Operation.parse(question.text), by_name("csv"))).decode("utf-8")
    header, *found = rows(answer)
    accepted = question.answer()
    assert header == accepted.header
    if question.order == "kept":
        assert found == list(accepted.rows)
    missing = Counter(accepted.rows) - Counter(found)
    surplus = Counter(found) - Counter(accepted.rows)
    assert not missing, f"missing: {sorted(missing.elements())}"
    assert not surplus, f"not accepted: {sorted(surplus.elements())}"


@each_question
def test_the_directives_are_complete(question: Question) -> None:
    assert question.summary.endswith("?"), "The summary is a question."
    assert question.tags and all(re.fullmatch(r"[a-z]+(-[a-z]+)*", tag) for tag in question.tags)
    given = re.findall(r"^#\+ ([a-z]+): ", question.text, re.MULTILINE)
    assert given == ["summary", "tags", "order"]
    assert question.kind == "select"
    if question.order == "kept":
        assert "ORDER BY" in question.query


@each_question
def test_the_prefixes_are_those_of_the_table_and_in_use(question: Question) -> None:
    declared = prologue(question.text)
    table = dict(CONTENT.prefixes())
    assert declared == {prefix: table[prefix] for prefix in declared}
    assert list(declared) == sorted(declared)
    used = {text.partition(":")[0] for kind, text in tokens(question.text) if kind == "name"}
    in_body = Counter(text.partition(":")[0] for kind, text in tokens(question.text) if kind == "name")
    assert used == set(declared)
    assert all(in_body[prefix] > 1 for prefix in declared), "A prefix is declared and not used."


@each_question
def test_answers_show_labels_instead_of_addresses(question: Question) -> None:
    shown = [cell for row in question.answer().rows for cell in row]
    assert not [cell for cell in shown if re.match(r"https?://|urn:|_:", cell)]


@each_question
def test_an_empty_answer_has_a_reason(question: Question) -> None:
    assert (not question.answer().rows) == (question.name in EMPTY)


def test_numbers_are_contiguous_and_slugs_and_summaries_unique() -> None:
    assert len(QUESTIONS) >= 50
    assert [name.partition("-")[0] for name in NAMES] == [f"{n:02}" for n in range(1, len(NAMES) + 1)]
    assert len({name.partition("-")[2] for name in NAMES}) == len(NAMES)
    assert len({question.summary for question in QUESTIONS}) == len(QUESTIONS)


def test_each_question_has_its_answer_and_nothing_else_lies_about() -> None:
    expected = {f"{name}.{extension}" for name in NAMES for extension in ("rq", "csv")}
    assert {path.name for path in (ROOT / "ontology" / "questions").iterdir()} == expected


def test_every_own_term_is_used_by_a_question() -> None:
    own = own_terms()
    assert 40 <= len(own) <= 90
    used = set().union(*(terms(question.text) for question in QUESTIONS))
    assert not own - used, "A term that no question uses does not belong in the ontology."


def test_no_question_uses_an_own_term_that_is_not_defined() -> None:
    used = {term for question in QUESTIONS for term in terms(question.text) if term.startswith(CONN)}
    assert not used - own_terms()


def test_terms_in_comments_and_strings_do_not_count() -> None:
    query = """
        PREFIX conn: <https://w3id.org/ecoconn/ontology#>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?x WHERE { # conn:mentions
          ?x conn:topic/skos:prefLabel "conn:aim # no comment", '<https://w3id.org/ecoconn/ontology#verb>' .
          ?x <https://w3id.org/ecoconn/ontology#realm> ?status
        }"""
    assert terms(query) == {CONN + "topic", CONN + "realm", "http://www.w3.org/2004/02/skos/core#prefLabel"}
