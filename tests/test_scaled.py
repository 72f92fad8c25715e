"""The made-up graph for measuring."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pyoxigraph as ox

from kg import vocab
from kg.build import TERMS
from kg.content import Content
from kg.scaled import BASE, thing, triples


def test_so_many_triples_and_each_is_another() -> None:
    lines = list(triples(5_000))
    assert len(lines) == len(set(lines)) == 5_000
    assert len(list(ox.parse("".join(lines), format=ox.RdfFormat.N_TRIPLES))) == 5_000


def test_the_same_number_gives_the_same() -> None:
    assert list(triples(3_000)) == list(islice(triples(4_000), 3_000))


def test_it_is_in_the_vocabulary_of_the_ontology(whole_content: Content) -> None:
    (file,) = (file for file in whole_content.files if file.name == TERMS)
    known = {
        triple.subject.value
        for triple in whole_content.triples(file, whole_content.prefixes())
        if isinstance(triple.subject, ox.NamedNode)
    }
    used = {
        term.value
        for quad in ox.parse("".join(triples(20_000)), format=ox.RdfFormat.N_TRIPLES)
        for term in (quad.predicate, quad.object)
        if isinstance(term, ox.NamedNode) and term.value.startswith(vocab.CONN)
    }
    assert used and used <= known


def test_few_things_are_shared_by_many() -> None:
    lines = "".join(triples(20_000))
    places = Counter(
        quad.object.value.removeprefix(f"{BASE}place/")
        for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES)
        if quad.predicate.value == vocab.CONN + "operatesIn" and "initiative" in str(quad.subject)
    )
    assert places["0"] > 5 * places["100"] > 0
    assert f"<{thing('initiative', 900)}>" in lines
