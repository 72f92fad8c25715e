"""The shapes: each accepts what it should, and each has been seen to refuse what it should not.

A fixture says in its leading comments what it expects: `expects: THING SHAPE` for a result, and
`detail: THING SHAPE` for a result within one (a value held against a shape of its own). Results not named
there fail the test.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pyshacl
import pytest
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SH

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHAPE_FILES = sorted((ROOT / "shapes").glob("*.ttl"))
VALID = sorted((HERE / "valid").glob("*.ttl"))
INVALID = sorted((HERE / "invalid").glob("*.ttl"))
EXPECTATION = re.compile(r"^# (expects|detail): (\S+) (\S+)$", re.MULTILINE)

Results = set[tuple[str, str]]


def parse(*paths: Path) -> Graph:
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph


@cache
def shapes() -> Graph:
    return parse(*SHAPE_FILES)


@cache
def ontology() -> Graph:
    return parse(
        *sorted((ROOT / "ontology").glob("*.ttl")), *sorted((ROOT / "ontology" / "concepts").glob("*.ttl"))
    )


@cache
def background() -> Graph:
    """The ontology without the types that make its terms subjects of validation: that happens once, below."""
    graph = Graph()
    for triple in ontology():
        if triple[2] not in {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty}:
            graph.add(triple)
    return graph


@cache
def prefixes() -> dict[str, str]:
    table = ontology()
    return {
        str(table.value(node, SH.prefix)): str(table.value(node, SH.namespace))
        for node in table.subjects(RDF.type, SH.PrefixDeclaration)
    }


def iri(name: str) -> str:
    """The IRI of a name written <…> or prefix:local."""
    if name.startswith("<"):
        return name[1:-1]
    prefix, _, local = name.partition(":")
    return prefixes()[prefix] + local


def short(address: object) -> str:
    """An IRI for messages: its last two segments."""
    return "/".join(str(address).split("/")[-2:])


def expectations(path: Path) -> tuple[Results, Results]:
    """What a fixture expects: results, and results within results."""
    found = {"expects": set[tuple[str, str]](), "detail": set[tuple[str, str]]()}
    for kind, thing, shape in EXPECTATION.findall(path.read_text(encoding="utf-8")):
        found[kind].add((iri(thing), iri(shape)))
    return found["expects"], found["detail"]


def validate(data: Graph) -> Graph:
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes(), inference="none", inplace=True)
    assert isinstance(report, Graph)
    return report


def results(report: Graph) -> tuple[Results, Results]:
    """The results of a report, and the results within results, as pairs of focus node and shape."""
    found = {
        node: (str(report.value(node, SH.focusNode)), str(report.value(node, SH.sourceShape)))
        for node in report.subjects(RDF.type, SH.ValidationResult)
    }
    top = {found[node] for node in report.objects(None, SH.result)}
    return top, {found[node] for node in report.objects(None, SH.detail)}


def explain(report: Graph) -> str:
    return "\n".join(
        f"{report.value(node, SH.focusNode)}: {report.value(node, SH.resultMessage)}"
        for node in report.objects(None, SH.result)
    )


def with_background(path: Path) -> Graph:
    data = parse(path)
    for triple in background():
        data.add(triple)
    return data


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid(path: Path) -> None:
    report = validate(with_background(path))
    assert results(report) == (set(), set()), explain(report)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid(path: Path) -> None:
    expected = expectations(path)
    assert expected[0], "the fixture expects nothing"
    named = prefixes()["shape"] + path.stem.split("-")[0]
    assert any(
        shape == named or shape.startswith((f"{named}-", f"{prefixes()['shape']}Thing-"))
        for _, shape in expected[0]
    )
    report = validate(with_background(path))
    assert results(report) == expected, explain(report)


def test_each_shape_was_seen_failing() -> None:
    graph = shapes()
    seen = {shape for path in INVALID for part in expectations(path) for _, shape in part}
    wanted = {*graph.subjects(RDF.type, SH.PropertyShape), *graph.subjects(SH.targetClass)}
    assert len(wanted) > 150
    assert not sorted(short(shape) for shape in wanted if str(shape) not in seen)


def test_each_property_shape_was_seen_accepting() -> None:
    data = parse(*VALID)
    for triple in ontology().triples((None, RDFS.subClassOf, None)):
        data.add(triple)
    graph = shapes()
    unseen = []
    for node in set(graph.subjects(SH.targetClass)):
        targets = graph.objects(node, SH.targetClass)
        kinds = {kind for target in targets for kind in data.transitive_subjects(RDFS.subClassOf, target)}
        things = {thing for kind in kinds for thing in data.subjects(RDF.type, kind)}
        for shape in graph.objects(node, SH.property):
            path = graph.value(shape, SH.path)
            inverse = graph.value(path, SH.inversePath)
            used = data.objects(None, inverse) if inverse else data.subjects(path, None)
            if not things & set(used):
                unseen.append(f"{short(node)} {short(shape)}")
    assert not sorted(unseen)


def test_the_ontology_conforms() -> None:
    report = validate(ontology())
    assert results(report) == (set(), set()), explain(report)


def test_the_data_conform() -> None:
    data = parse(*sorted((ROOT / "data").rglob("*.ttl")))
    assert len(data) > 1000
    for triple in ontology():
        data.add(triple)
    report = validate(data)
    assert results(report) == (set(), set()), explain(report)


@pytest.mark.slow
def test_the_shapes_are_shapes() -> None:
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=shapes(), meta_shacl=True, inference="none")
    assert conforms, text


def test_one_file_a_class() -> None:
    targets = {path.stem: set(parse(path).objects(None, SH.targetClass)) for path in SHAPE_FILES}
    assert {stem for stem, classes in targets.items() if not classes} == {"groups", "thing", "values"}
    assert {path.stem for path in VALID} == set(targets) - {"groups", "thing", "values"}


def test_anonymous_nodes_are_lists_or_paths() -> None:
    graph = shapes()
    for node in {term for triple in graph for term in triple if isinstance(term, BNode)}:
        assert (node, RDF.first, None) in graph or (None, SH.path, node) in graph


def test_core_shacl_only() -> None:
    """No SPARQL, no rules, no advanced targets: any SHACL processor can run them."""
    core = (
        "class closed datatype description group hasValue ignoredProperties in inversePath languageIn "
        "maxCount message minCount minInclusive minLength name node nodeKind not or order path pattern "
        "property qualifiedMinCount qualifiedValueShape targetClass uniqueLang"
    )
    used = {str(p).removeprefix(str(SH)) for p in shapes().predicates() if str(p).startswith(str(SH))}
    assert not used - set(core.split())


def test_orders_are_unique_within_a_node_shape() -> None:
    graph = shapes()
    for node in graph.subjects(SH.targetClass):
        orders = [int(str(graph.value(shape, SH.order))) for shape in graph.objects(node, SH.property)]
        assert len(orders) == len(set(orders)), short(node)


@pytest.mark.parametrize("shape", sorted(map(str, shapes().subjects(SH.message))), ids=short)
def test_messages_are_plain(shape: str) -> None:
    message = shapes().value(URIRef(shape), SH.message)
    assert isinstance(message, Literal)
    assert message.language == "en"
    text = str(message)
    assert re.fullmatch(r"[A-Z].*[^.]\.", text)
    assert text.count(": ") == 1, "a message says what is wrong, a colon, and what to do"
    assert "sh:" not in text
    assert len(text) < 500


def test_shapes_name_existing_terms() -> None:
    """Each path and class of the vocabulary of the project is defined, each concept scheme too."""
    graph, known = shapes(), set(ontology().subjects())
    ours = prefixes()["conn"]
    named = {str(term) for triple in graph for term in triple if isinstance(term, URIRef)}
    foreign = named - {str(term) for term in known}
    assert not sorted(term for term in foreign if term.startswith((ours, "https://w3id.org/ecoconn/id/")))


def test_no_count_is_limited_on_what_sources_say() -> None:
    """Sources may differ, and validation sees them together: only what no source says is limited."""
    graph = shapes()
    limited = {short(shape).split("/")[-1].split("-")[0] for shape in graph.subjects(SH.maxCount)}
    assert limited <= {"ConceptShape", "CurrentStatementShape", "PropertyShape"}
