"""What the dataset says of itself is true of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyoxigraph as ox

from kg import catalog, vocab
from kg.build import Dataset, build
from sample import PASSAGE, QUESTION, Mini, value

ROOT = Path(__file__).resolve().parent.parent
VOID_GRAPH = ox.NamedNode(vocab.VOID)
EXAMPLES = ox.NamedNode(vocab.EXAMPLES)


def values(dataset: Dataset, subject: str, predicate: str, graph: str) -> list[str]:
    return [
        value(quad.object)
        for quad in dataset.quads
        if (value(quad.subject), quad.predicate.value, value(quad.graph_name)) == (subject, predicate, graph)
    ]


def check_counts(dataset: Dataset) -> None:
    void = described(dataset)
    sizes = Counter(value(quad.graph_name) for quad in dataset.quads)
    for graph, size in sizes.items():
        assert void[graph, vocab.VOID_NS + "triples"] == [str(size)]
    total = len({quad.triple for quad in dataset.quads})
    assert void[vocab.DATASET, vocab.VOID_NS + "triples"] == [str(total)]
    assert set(void[vocab.DATASET, vocab.VOID_NS + "subset"]) >= set(sizes)
    check_parts(dataset)


def described(dataset: Dataset) -> dict[tuple[str, str], list[str]]:
    """What graph void says, by subject and predicate."""
    void: dict[tuple[str, str], list[str]] = {}
    for quad in dataset.quads:
        if quad.graph_name == VOID_GRAPH:
            void.setdefault((value(quad.subject), quad.predicate.value), []).append(value(quad.object))
    return void


def check_parts(dataset: Dataset) -> None:
    """Every part that is described has as many triples or things as it says, and none is left out."""
    triples = {quad.triple for quad in dataset.quads}
    things = {
        (str(item.subject), value(item.object)) for item in triples if item.predicate.value == vocab.RDF_TYPE
    }
    extension = "http://ldf.fi/void-ext#datatype"
    void = described(dataset)
    for link, of, number, counted in (
        ("void:class", "class", "entities", Counter(kind for _, kind in things)),
        ("void:property", "property", "triples", Counter(item.predicate.value for item in triples)),
        (
            extension,
            "",
            "triples",
            Counter(item.object.datatype.value for item in triples if isinstance(item.object, ox.Literal)),
        ),
    ):
        name = link.replace("void:", vocab.VOID_NS)
        told = {}
        for node in void[vocab.DATASET, f"{name}Partition"]:
            (what,) = void[node, f"{vocab.VOID_NS}{of}" if of else name]
            (count,) = void[node, vocab.VOID_NS + number]
            told[what] = int(count)
        assert told == counted


def test_a_release_is_described(mini: Mini) -> None:
    plain = build(mini.content)
    dataset = build(mini.content, release=catalog.Release("1.1.0", "2026-12-01", "1.0.0"))
    check_counts(dataset)
    assert dataset.digest == plain.digest, "the digest is that of the content"
    assert {quad for quad in dataset.quads if quad.graph_name != VOID_GRAPH} == {
        quad for quad in plain.quads if quad.graph_name != VOID_GRAPH
    }
    assert values(dataset, vocab.DATASET, vocab.DCAT_VERSION, vocab.VOID) == ["1.1.0"]
    assert values(dataset, vocab.DATASET, vocab.OWL_VERSION_INFO, vocab.VOID) == ["1.1.0"]
    node = f"{catalog.RELEASES}1.1.0/"
    before = values(dataset, node, "http://www.w3.org/ns/dcat#previousVersion", vocab.VOID)
    assert before == [f"{catalog.RELEASES}1.0.0/"]
    assert not values(plain, vocab.DATASET, vocab.OWL_VERSION_INFO, vocab.VOID)


def test_the_dataset_is_described(mini: Mini) -> None:
    dataset = build(mini.content)
    check_counts(dataset)
    assert values(dataset, vocab.DATASET, vocab.DCTERMS_TITLE, vocab.VOID) == ["Connectivity KG"]
    assert values(dataset, vocab.DATASET, vocab.DCTERMS_LICENSE, vocab.VOID) == [vocab.CC_BY]
    assert values(dataset, vocab.DATASET, vocab.DCAT_VERSION, vocab.VOID) == ["9.9.9"]
    assert values(dataset, vocab.DATASET, vocab.DCTERMS_IDENTIFIER, vocab.VOID) == [
        f"sha256:{dataset.digest}"
    ]


def test_graphs_that_are_no_source_have_type_label_and_description(mini: Mini) -> None:
    dataset = build(mini.content)
    for graph in (vocab.REGISTER, vocab.ONTOLOGY_GRAPH, vocab.DERIVED, vocab.VOID, vocab.EXAMPLES):
        assert vocab.VOID_NS + "Dataset" in values(dataset, graph, vocab.RDF_TYPE, vocab.VOID)
        assert values(dataset, graph, vocab.RDFS_LABEL, vocab.VOID) == [catalog.GRAPHS[graph][0]]
        assert values(dataset, graph, vocab.DCTERMS_DESCRIPTION, vocab.VOID) == [catalog.GRAPHS[graph][1]]
    assert values(dataset, PASSAGE + "01", vocab.RDFS_LABEL, vocab.VOID) == [], "a passage has its card"
    assert values(dataset, vocab.EDITORIAL, vocab.RDFS_LABEL, vocab.VOID) == [], "there is no such graph here"


def test_a_question_is_an_executable_example(mini: Mini) -> None:
    mini.write("ontology/questions/02-any.rq", "#+ summary: Anything?\n#+ tags: []\nASK { ?s ?p ?o }\n")
    mini.write("ontology/questions/02-any.csv", "true\n")
    mini.write("ontology/questions/03-all.rq", "#+ summary: All?\nCONSTRUCT { ?s ?p ?o } { ?s ?p ?o }\n")
    mini.write("ontology/questions/03-all.csv", "subject,predicate,object\n")
    dataset = build(mini.content)
    node = f"{vocab.EXAMPLES}#01-where"
    text = QUESTION.split("any\n", 1)[1]
    assert values(dataset, node, vocab.SH + "select", vocab.EXAMPLES) == [text]
    assert values(dataset, node, vocab.RDFS_LABEL, vocab.EXAMPLES) == ["Which initiatives work where?"]
    assert values(dataset, node, vocab.RDFS_COMMENT, vocab.EXAMPLES) == ["Which initiatives work where?"]
    assert values(dataset, node, vocab.SCHEMA_KEYWORDS, vocab.EXAMPLES) == ["initiative", "place"]
    assert values(dataset, node, vocab.SH + "prefixes", vocab.EXAMPLES) == [vocab.PREFIXES]
    assert values(dataset, node, vocab.RDF_TYPE, vocab.EXAMPLES) == [
        vocab.SH + "SPARQLExecutable",
        vocab.SH + "SPARQLSelectExecutable",
    ]
    assert values(dataset, f"{vocab.EXAMPLES}#02-any", vocab.SH + "ask", vocab.EXAMPLES) == [
        "ASK { ?s ?p ?o }\n"
    ]
    kinds = values(dataset, f"{vocab.EXAMPLES}#03-all", vocab.RDF_TYPE, vocab.EXAMPLES)
    assert vocab.SH + "SPARQLConstructExecutable" in kinds


def test_the_real_dataset_is_described(whole_dataset: Dataset) -> None:
    dataset = whole_dataset
    check_counts(dataset)
    typed = {quad.subject for quad in dataset.quads if quad.predicate.value == vocab.RDF_TYPE}
    labelled = {
        quad.subject
        for quad in dataset.quads
        if quad.predicate.value in (vocab.RDFS_LABEL, vocab.SKOS_PREF_LABEL)
    }
    graphs = {quad.graph_name for quad in dataset.quads}
    assert len(graphs) >= 27
    assert not graphs - typed
    assert not graphs - labelled
    used: set[object] = {quad.predicate for quad in dataset.quads}
    used |= {quad.object for quad in dataset.quads if quad.predicate.value == vocab.RDF_TYPE}
    used |= {quad.object.datatype for quad in dataset.quads if isinstance(quad.object, ox.Literal)}
    assert not used - labelled, "a predicate, class or datatype has no label"


def test_the_catalogue_leads_to_service_and_files(mini: Mini) -> None:
    dataset = build(mini.content)
    dcat = "http://www.w3.org/ns/dcat#"
    name = vocab.VOID + "#catalogue"
    assert values(dataset, name, dcat + "dataset", vocab.VOID) == [vocab.DATASET]
    (service,) = values(dataset, name, dcat + "service", vocab.VOID)
    assert service == vocab.BASE + "sparql"
    assert values(dataset, service, dcat + "servesDataset", vocab.VOID) == [vocab.DATASET]
    files = values(dataset, vocab.DATASET, dcat + "distribution", vocab.VOID)
    assert vocab.BASE + "downloads/connectivity-kg.nq" in files and len(files) == 6
    for file in files:
        assert values(dataset, file, dcat + "downloadURL", vocab.VOID) == [file]
        assert values(dataset, file, vocab.DCTERMS_LICENSE, vocab.VOID) == [vocab.CC_BY]
