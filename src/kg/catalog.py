"""What the dataset says about itself: graph ``void`` (VoID, DCAT) and graph ``examples`` (its questions).

Passages and documents are described by their cards in the register; here they get their size only. Nothing
depends on the machine or the moment of the build.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from kg import __version__, vocab
from kg.directives import Question
from kg.media import RDF_FORMATS, Format

TITLE = "Connectivity KG"
DESCRIPTION = (
    "Conventions, bodies, resolutions, projects and networks that work on ecological connectivity: every "
    "statement stands in the graph of the passage or document that makes it."
)

KEYWORDS = ("ecological connectivity", "migratory species", "multilateral environmental agreements")
# Under these addresses a server answers; w3id.org leads to it.
ENDPOINT = vocab.BASE + "sparql"
FILE = "connectivity-kg"
DUMP = f"{vocab.BASE}downloads/{FILE}"
RELEASES = vocab.BASE + "releases/"

_VOID = vocab.VOID_NS
_OWL = "http://www.w3.org/2002/07/owl#"
_EXT = "http://ldf.fi/void-ext#"
_DCAT = "http://www.w3.org/ns/dcat#"
_IANA = "https://www.iana.org/assignments/media-types/"

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
Statement = tuple[str, str, ox.NamedNode | ox.Literal]


@dataclass(frozen=True)
class Release:
    """What a dataset says of the release that it is: version, day (YYYY-MM-DD), and the version before it."""

    version: str
    issued: str
    previous: str | None = None


def describe(
    quads: Sequence[ox.Quad], digest: str, links: Sequence[Links] = (), release: Release | None = None
) -> list[ox.Quad]:
    """Return graph ``void`` for a dataset that consists of ``quads`` and this graph.

    ``void:triples`` of a graph is its size; of the dataset and its parts (VoID section 4), the number of
    different triples in all graphs, this one included: what a query without a dataset clause counts.
    """
    graph = ox.NamedNode(vocab.VOID)
    sizes = Counter(_text(quad.graph_name) for quad in quads)
    version = release.version if release else _version(quads)
    fixed = [*_dataset(version, digest), *_catalogue(), *_linksets(links)]
    fixed += _released(release) if release else []
    triples = {quad.triple for quad in quads}

    def whole(counts: _Counts) -> list[ox.Triple]:
        said = [*fixed, *_sizes(sizes, counts.total), *counts.parts()]
        return [
            ox.Triple(ox.NamedNode(node), ox.NamedNode(predicate), value) for node, predicate, value in said
        ]

    # The numbers in this graph count this graph too. How many statements it has, and of which kinds, does not
    # depend on the numbers: so they are counted in a draft, twice, for the parts that describe the parts.
    sizes[vocab.VOID] = 0
    draft = whole(_Counts.of(triples))
    draft = whole(_Counts.of(triples.union(draft)))
    sizes[vocab.VOID] = len(draft)
    counts = _Counts.of(triples.union(draft))
    return [ox.Quad(item.subject, item.predicate, item.object, graph) for item in whole(counts)]


@dataclass(frozen=True)
class _Counts:
    """How many triples there are, of which properties, things of which classes, values of which datatypes."""

    total: int
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    datatypes: Mapping[str, int]

    @classmethod
    def of(cls, triples: Collection[ox.Triple]) -> "_Counts":
        classes: dict[str, set[object]] = {}
        datatypes: Counter[str] = Counter()
        for item in triples:
            if item.predicate.value == vocab.RDF_TYPE:
                classes.setdefault(_text(item.object), set()).add(item.subject)
            if isinstance(item.object, ox.Literal):
                datatypes[item.object.datatype.value] += 1
        return cls(
            len(triples),
            {kind: len(things) for kind, things in classes.items()},
            Counter(item.predicate.value for item in triples),
            datatypes,
        )

    def parts(self) -> Iterator[Statement]:
        """Yield the partitions by class, property and datatype."""
        for what, link, of, number, counts in (
            ("class", _VOID + "classPartition", _VOID + "class", _VOID + "entities", self.classes),
            ("property", _VOID + "propertyPartition", _VOID + "property", _VOID + "triples", self.properties),
            ("datatype", _EXT + "datatypePartition", _EXT + "datatype", _VOID + "triples", self.datatypes),
        ):
            for iri, count in sorted(counts.items()):
                name = re.split("[#/]", iri)[-1]
                node = f"{vocab.VOID}#{what}-{hashlib.sha256(iri.encode()).hexdigest()[:12]}"
                yield vocab.DATASET, link, ox.NamedNode(node)
                yield node, vocab.RDF_TYPE, ox.NamedNode(_VOID + "Dataset")
                yield node, vocab.RDFS_LABEL, ox.Literal(f"Part of the {what} {name}", language="en")
                yield node, of, ox.NamedNode(iri)
                yield node, number, ox.Literal(count)


def _linksets(links: Iterable[Links]) -> Iterator[Statement]:
    """Linksets (VoID section 5), one for each knowledge base and predicate."""
    for name, target, predicate, number in links:
        kind = re.split("[#/]", predicate)[-1]
        node = f"{vocab.VOID}#links-{name}-{kind}"
        yield vocab.DATASET, _VOID + "subset", ox.NamedNode(node)
        yield node, vocab.RDF_TYPE, ox.NamedNode(_VOID + "Linkset")
        yield node, vocab.RDFS_LABEL, ox.Literal(f"Links to {name} ({kind})", language="en")
        yield node, _VOID + "subjectsTarget", ox.NamedNode(vocab.DATASET)
        yield node, _VOID + "objectsTarget", ox.NamedNode(target)
        yield node, _VOID + "linkPredicate", ox.NamedNode(predicate)
        yield node, _VOID + "triples", ox.Literal(number)


def _dataset(version: str, digest: str) -> Iterator[Statement]:
    """The dataset itself: VoID section 2, and what DCAT-AP 3 asks of a dataset."""
    title = ox.Literal(TITLE, language="en")
    yield vocab.DATASET, vocab.RDF_TYPE, ox.NamedNode(_VOID + "Dataset")
    yield vocab.DATASET, vocab.RDF_TYPE, ox.NamedNode(vocab.DCAT_DATASET)
    yield vocab.DATASET, vocab.RDFS_LABEL, title
    yield vocab.DATASET, vocab.DCTERMS_TITLE, title
    yield vocab.DATASET, vocab.DCTERMS_DESCRIPTION, ox.Literal(DESCRIPTION, language="en")
    yield vocab.DATASET, vocab.DCTERMS_LICENSE, ox.NamedNode(vocab.CC_BY)
    yield vocab.DATASET, vocab.DCTERMS_IDENTIFIER, ox.Literal(f"sha256:{digest}")
    yield vocab.DATASET, vocab.DCAT_VERSION, ox.Literal(version)
    yield vocab.DATASET, _VOID + "uriSpace", ox.Literal(vocab.BASE)
    yield vocab.DATASET, _VOID + "sparqlEndpoint", ox.NamedNode(ENDPOINT)
    for word in KEYWORDS:
        yield vocab.DATASET, _DCAT + "keyword", ox.Literal(word, language="en")
    for row in RDF_FORMATS:
        yield vocab.DATASET, _DCAT + "distribution", ox.NamedNode(f"{DUMP}.{row.extension}")
        yield vocab.DATASET, _VOID + "dataDump", ox.NamedNode(f"{DUMP}.{row.extension}")


def _released(release: Release) -> Iterator[Statement]:
    """The release as a version of the dataset (DCAT 3 section 11), with its own files."""
    node = f"{RELEASES}{release.version}/"
    title = ox.Literal(f"{TITLE}, release {release.version}", language="en")
    issued = ox.Literal(release.issued, datatype=ox.NamedNode(vocab.XSD + "date"))
    yield vocab.DATASET, vocab.OWL_VERSION_INFO, ox.Literal(release.version)
    yield vocab.DATASET, _OWL + "versionIRI", ox.NamedNode(node)
    yield vocab.DATASET, vocab.DCTERMS + "issued", issued
    yield vocab.DATASET, _DCAT + "hasVersion", ox.NamedNode(node)
    yield node, vocab.RDF_TYPE, ox.NamedNode(vocab.DCAT_DATASET)
    yield node, vocab.RDFS_LABEL, title
    yield node, vocab.DCTERMS_TITLE, title
    yield node, vocab.DCTERMS_LICENSE, ox.NamedNode(vocab.CC_BY)
    yield node, vocab.DCTERMS + "issued", issued
    yield node, vocab.DCAT_VERSION, ox.Literal(release.version)
    yield node, _DCAT + "isVersionOf", ox.NamedNode(vocab.DATASET)
    if release.previous:
        before = f"{RELEASES}{release.previous}/"
        title = ox.Literal(f"{TITLE}, release {release.previous}", language="en")
        yield node, _DCAT + "previousVersion", ox.NamedNode(before)
        yield before, vocab.RDFS_LABEL, title
    for row in RDF_FORMATS:
        yield node, _DCAT + "distribution", ox.NamedNode(f"{node}{FILE}.{row.extension}")
        yield from _file(f"{node}{FILE}.{row.extension}", row)


def _catalogue() -> Iterator[Statement]:
    """The catalogue with its service and files (DCAT 3 sections 6.3, 6.8 and 6.9)."""
    name = vocab.VOID + "#catalogue"
    title = ox.Literal("Catalogue of Connectivity KG", language="en")
    yield name, vocab.RDF_TYPE, ox.NamedNode(_DCAT + "Catalog")
    yield name, vocab.RDFS_LABEL, title
    yield name, vocab.DCTERMS_TITLE, title
    yield name, vocab.DCTERMS_DESCRIPTION, ox.Literal(DESCRIPTION, language="en")
    yield name, vocab.DCTERMS_LICENSE, ox.NamedNode(vocab.CC_BY)
    yield name, _DCAT + "dataset", ox.NamedNode(vocab.DATASET)
    yield name, _DCAT + "service", ox.NamedNode(ENDPOINT)
    title = ox.Literal("SPARQL endpoint of Connectivity KG", language="en")
    yield ENDPOINT, vocab.RDF_TYPE, ox.NamedNode(_DCAT + "DataService")
    yield ENDPOINT, vocab.RDFS_LABEL, title
    yield ENDPOINT, vocab.DCTERMS_TITLE, title
    yield ENDPOINT, _DCAT + "endpointURL", ox.NamedNode(ENDPOINT)
    yield ENDPOINT, _DCAT + "servesDataset", ox.NamedNode(vocab.DATASET)
    for row in RDF_FORMATS:
        yield from _file(f"{DUMP}.{row.extension}", row)


def _file(file: str, row: Format) -> Iterator[Statement]:
    title = ox.Literal(f"{TITLE} as {row.label}", language="en")
    yield file, vocab.RDF_TYPE, ox.NamedNode(_DCAT + "Distribution")
    yield file, vocab.RDFS_LABEL, title
    yield file, vocab.DCTERMS_TITLE, title
    yield file, _DCAT + "accessURL", ox.NamedNode(file)
    yield file, _DCAT + "downloadURL", ox.NamedNode(file)
    yield file, _DCAT + "mediaType", ox.NamedNode(_IANA + row.media_type)
    yield file, vocab.DCTERMS_LICENSE, ox.NamedNode(vocab.CC_BY)


def _sizes(sizes: Mapping[str, int], total: int) -> Iterator[Statement]:
    yield vocab.DATASET, _VOID + "triples", ox.Literal(total)
    for name, size in sorted(sizes.items()):
        yield vocab.DATASET, _VOID + "subset", ox.NamedNode(name)
        yield name, _VOID + "triples", ox.Literal(size)
        if name in GRAPHS:
            label, description = GRAPHS[name]
            yield name, vocab.RDF_TYPE, ox.NamedNode(_VOID + "Dataset")
            yield name, vocab.RDF_TYPE, ox.NamedNode(vocab.SD_GRAPH)
            yield name, vocab.RDFS_LABEL, ox.Literal(label, language="en")
            yield name, vocab.DCTERMS_DESCRIPTION, ox.Literal(description, language="en")


def _version(quads: Iterable[ox.Quad]) -> str:
    """The version of the ontology, which counts for the whole content."""
    about = ox.NamedNode(vocab.ONTOLOGY)
    for quad in quads:
        if quad.subject == about and quad.predicate.value == vocab.OWL_VERSION_INFO:
            return _text(quad.object)
    return __version__


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else ""
