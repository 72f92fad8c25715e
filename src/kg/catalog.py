"""What the dataset says about itself: graph ``void`` (VoID, DCAT) and graph ``examples`` (its questions).

Passages and documents are described by their cards in the register; here they get their size only. Nothing
depends on the machine or the moment of the build.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import pyoxigraph as ox

from kg import __version__, vocab
from kg.directives import Question

TITLE = "Connectivity KG"
DESCRIPTION = (
    "Conventions, bodies, resolutions, projects and networks that work on ecological connectivity: every "
    "statement stands in the graph of the passage or document that makes it."
)

# Label and description of the graphs that are neither a passage nor a document.
GRAPHS = {
    vocab.REGISTER: (
        "Register",
        "Identity of every thing: type, labels, one line that tells it from others.",
    ),
    vocab.EDITORIAL: ("Editorial", "Judgements of the editors, each with its reason; no source says these."),
    vocab.REFERENCE: ("Reference", "Codes and outlines of countries, regions, mountain ranges and species."),
    vocab.LINKS: ("Links", "Mappings to other knowledge bases."),
    vocab.ONTOLOGY_GRAPH: (
        "Ontology",
        "Classes, properties, concept schemes, prefixes, and labels of the foreign terms in use.",
    ),
    vocab.DERIVED: (
        "Derived",
        "What the build adds: classes that follow from the class hierarchy, and current values with the "
        "record of each one's source.",
    ),
    vocab.VOID: ("Description of the dataset", "The dataset and its graphs: titles, sizes, licence, digest."),
    vocab.EXAMPLES: ("Example questions", "Competency questions as SPARQL queries, ready to run."),
}

_FORMS = {
    "select": ("SPARQLSelectExecutable", "select"),
    "ask": ("SPARQLAskExecutable", "ask"),
    "construct": ("SPARQLConstructExecutable", "construct"),
}


def examples(questions: Iterable[Question]) -> Iterator[ox.Quad]:
    """Yield graph ``examples``: each question as a SHACL executable, with its keywords."""
    graph = ox.NamedNode(vocab.EXAMPLES)
    for question in questions:
        node = ox.NamedNode(f"{vocab.EXAMPLES}#{question.name}")
        kind, form = _FORMS[question.kind]
        summary = ox.Literal(question.summary, language="en")
        facts: list[tuple[str, ox.NamedNode | ox.Literal]] = [
            (vocab.RDF_TYPE, ox.NamedNode(vocab.SH + "SPARQLExecutable")),
            (vocab.RDF_TYPE, ox.NamedNode(vocab.SH + kind)),
            (vocab.RDFS_LABEL, summary),
            (vocab.RDFS_COMMENT, summary),
            (vocab.SH + "prefixes", ox.NamedNode(vocab.PREFIXES)),
            (vocab.SH + form, ox.Literal(question.query)),
            *((vocab.SCHEMA_KEYWORDS, ox.Literal(tag)) for tag in question.tags),
        ]
        for predicate, value in facts:
            yield ox.Quad(node, ox.NamedNode(predicate), value, graph)


Links = tuple[str, str, str, int]
"""Links to another knowledge base: a short name, its IRI, the predicate, how many."""


def describe(quads: Sequence[ox.Quad], digest: str, links: Sequence[Links] = ()) -> list[ox.Quad]:
    """Return graph ``void`` for a dataset that consists of ``quads`` and this graph.

    ``void:triples`` of a graph is its size; of the dataset, the number of different triples in all graphs,
    this one included: what a query without a dataset clause counts.
    """
    sizes = Counter(_text(quad.graph_name) for quad in quads)
    triples = {quad.triple for quad in quads}
    # The numbers in this graph tell its own size too, which does not depend on the numbers.
    linked = list(_linksets(links))
    sizes[vocab.VOID] = len(list(_description(sizes, 0, "", digest))) + len(linked)
    total = len(triples) + sizes[vocab.VOID]
    return [*_description(sizes, total, _version(quads), digest), *linked]


def _linksets(links: Iterable[Links]) -> Iterator[ox.Quad]:
    """Linksets (VoID section 5), one for each knowledge base and predicate."""
    graph = ox.NamedNode(vocab.VOID)
    for name, target, predicate, number in links:
        kind = re.split("[#/]", predicate)[-1]
        node = f"{vocab.VOID}#links-{name}-{kind}"
        label = ox.Literal(f"Links to {name} ({kind})", language="en")
        facts: list[tuple[str, str, ox.NamedNode | ox.Literal]] = [
            (vocab.DATASET, "subset", ox.NamedNode(node)),
            (node, "subjectsTarget", ox.NamedNode(vocab.DATASET)),
            (node, "objectsTarget", ox.NamedNode(target)),
            (node, "linkPredicate", ox.NamedNode(predicate)),
            (node, "triples", ox.Literal(number)),
        ]
        yield ox.Quad(
            ox.NamedNode(node),
            ox.NamedNode(vocab.RDF_TYPE),
            ox.NamedNode(vocab.VOID_NS + "Linkset"),
            graph,
        )
        yield ox.Quad(ox.NamedNode(node), ox.NamedNode(vocab.RDFS_LABEL), label, graph)
        for subject, predicate_, value in facts:
            yield ox.Quad(ox.NamedNode(subject), ox.NamedNode(vocab.VOID_NS + predicate_), value, graph)


def _version(quads: Iterable[ox.Quad]) -> str:
    """The version of the ontology, which counts for the whole content."""
    about = ox.NamedNode(vocab.ONTOLOGY)
    for quad in quads:
        if quad.subject == about and quad.predicate.value == vocab.OWL_VERSION_INFO:
            return _text(quad.object)
    return __version__


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else ""


def _description(sizes: Counter[str], total: int, version: str, digest: str) -> Iterator[ox.Quad]:
    graph = ox.NamedNode(vocab.VOID)

    def say(subject: str, predicate: str, value: ox.NamedNode | ox.Literal) -> ox.Quad:
        return ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), value, graph)

    title = ox.Literal(TITLE, language="en")
    yield say(vocab.DATASET, vocab.RDF_TYPE, ox.NamedNode(vocab.VOID_NS + "Dataset"))
    yield say(vocab.DATASET, vocab.RDF_TYPE, ox.NamedNode(vocab.DCAT_DATASET))
    yield say(vocab.DATASET, vocab.RDFS_LABEL, title)
    yield say(vocab.DATASET, vocab.DCTERMS_TITLE, title)
    yield say(vocab.DATASET, vocab.DCTERMS_DESCRIPTION, ox.Literal(DESCRIPTION, language="en"))
    yield say(vocab.DATASET, vocab.DCTERMS_LICENSE, ox.NamedNode(vocab.CC_BY))
    yield say(vocab.DATASET, vocab.DCTERMS_IDENTIFIER, ox.Literal(f"sha256:{digest}"))
    yield say(vocab.DATASET, vocab.DCAT_VERSION, ox.Literal(version))
    yield say(vocab.DATASET, vocab.VOID_NS + "triples", ox.Literal(total))
    for name in sorted({*sizes, vocab.VOID}):
        yield say(vocab.DATASET, vocab.VOID_NS + "subset", ox.NamedNode(name))
        yield say(name, vocab.VOID_NS + "triples", ox.Literal(sizes[name]))
        if name in GRAPHS:
            label, description = GRAPHS[name]
            yield say(name, vocab.RDF_TYPE, ox.NamedNode(vocab.VOID_NS + "Dataset"))
            yield say(name, vocab.RDF_TYPE, ox.NamedNode(vocab.SD_GRAPH))
            yield say(name, vocab.RDFS_LABEL, ox.Literal(label, language="en"))
            yield say(name, vocab.DCTERMS_DESCRIPTION, ox.Literal(description, language="en"))
