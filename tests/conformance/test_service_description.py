"""Service description: what the endpoint says of itself, and that it says so in the terms of the vocabulary.

SPARQL 1.1 Service Description: section 2 has it returned, as RDF, for a GET of the endpoint without a query;
section 3 gives the properties their domain and range. The manifest has three tests, and only their names.
"""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from compare import Term
from endpoint import Endpoint
from manifests import RDF, Case, Dataset, Facts, needs_suites, to_run
from solutions import GRAPHS, Graph, difference

pytestmark = [needs_suites, pytest.mark.slow]

SD = "http://www.w3.org/ns/sparql-service-description#"

# Section 3.2: the domain and the range of each property.
PROPERTIES = {
    "endpoint": ("Service", "Resource"),
    "feature": ("Service", "Feature"),
    "defaultEntailmentRegime": ("Service", "EntailmentRegime"),
    "entailmentRegime": ("NamedGraph", "EntailmentRegime"),
    "defaultSupportedEntailmentProfile": ("Service", "EntailmentProfile"),
    "supportedEntailmentProfile": ("NamedGraph", "EntailmentProfile"),
    "extensionFunction": ("Service", "Function"),
    "extensionAggregate": ("Service", "Aggregate"),
    "languageExtension": ("Service", "Feature"),
    "supportedLanguage": ("Service", "Language"),
    "propertyFeature": ("Service", "Feature"),
    "defaultDataset": ("Service", "Dataset"),
    "availableGraphs": ("Service", "GraphCollection"),
    "resultFormat": ("Service", "Format"),
    "inputFormat": ("Service", "Format"),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("GraphCollection", "NamedGraph"),
    "name": ("NamedGraph", "Resource"),
    "graph": ("NamedGraph", "Graph"),
}
# Section 3.3: the classes, each with the one above it.
CLASSES = {
    "Service": "Service",
    "Feature": "Feature",
    "Language": "Feature",
    "Function": "Feature",
    "Aggregate": "Feature",
    "EntailmentRegime": "Feature",
    "EntailmentProfile": "Feature",
    "GraphCollection": "GraphCollection",
    "Dataset": "GraphCollection",
    "Graph": "Graph",
    "NamedGraph": "NamedGraph",
}
# Section 3.4, and the registries it names: what belongs to a class without saying so in a description.
KNOWN = {
    "Language": (SD, "SPARQL10Query SPARQL11Query SPARQL11Update"),
    "Feature": (
        SD,
        "DereferencesURIs UnionDefaultGraph RequiresDataset EmptyGraphs BasicFederatedQuery",
    ),
    "Format": (
        "http://www.w3.org/ns/formats/",
        "SPARQL_Results_XML SPARQL_Results_JSON SPARQL_Results_CSV SPARQL_Results_TSV "
        "RDF_XML Turtle N-Triples N-Quads TriG N3 JSON-LD",
    ),
    "EntailmentRegime": (
        "http://www.w3.org/ns/entailment/",
        "Simple RDF RDFS D OWL-Direct OWL-RDF-Based RIF",
    ),
    "EntailmentProfile": ("http://www.w3.org/ns/owl-profile/", "EL QL RL DL Full"),
}
# Of these any IRI may be one.
OPEN = ("Resource", "Function", "Aggregate")
GRAPH = "http://example.org/graph"


@pytest.fixture
def described(endpoint: Endpoint) -> Facts:
    """The description of an endpoint that holds a triple in its default graph and one in another."""
    s, p, o = (ox.NamedNode(f"http://example.org/{name}") for name in "spo")
    endpoint.hold(Dataset([ox.Quad(s, p, o), ox.Quad(s, p, o, ox.NamedNode(GRAPH))], [GRAPH]))
    return Facts(describe(endpoint, {}))


def describe(endpoint: Endpoint, headers: dict[str, str]) -> list[ox.Quad]:
    """Fetch the description and read it as what it says it is."""
    answer = endpoint.send("GET", endpoint.queries, headers, None)
    assert answer.status_code == 200, answer.text
    format = answer.headers["Content-Type"].partition(";")[0]
    assert headers.get("Accept", format) == format
    return list(ox.parse(answer.content, GRAPHS[format], base_iri=endpoint.queries))


@pytest.mark.parametrize("case", to_run("ServiceDescriptionTest"))
def test_the_description(case: Case, endpoint: Endpoint, described: Facts) -> None:
    """Each test of the manifest by its name; one that is not known here fails."""
    {
        "returns-rdf": returns_rdf,
        "has-endpoint-triple": has_endpoint_triple,
        "conforms-to-schema": conforms_to_schema,
    }[case.id.partition("#")[2]](endpoint, described)


def returns_rdf(endpoint: Endpoint, described: Facts) -> None:
    """A GET of the endpoint returns RDF, the same in each format."""
    wanted = Graph.of(described.dataset)
    assert wanted.rows
    for format in GRAPHS:
        differs = difference(wanted, Graph.of(describe(endpoint, {"Accept": format})))
        assert not differs, f"{format}\n{differs}"


def has_endpoint_triple(endpoint: Endpoint, described: Facts) -> None:
    """The address that the description came from is the sd:endpoint of a service that takes queries."""
    found = {
        described.text(service, SD + "endpoint"): described.nodes(service, SD + "supportedLanguage")
        for service in described.instances(SD + "Service")
    }
    assert ox.NamedNode(SD + "SPARQL11Query") in found[endpoint.queries]
    assert found.keys() <= {endpoint.queries, endpoint.updates}


def conforms_to_schema(endpoint: Endpoint, described: Facts) -> None:
    """Every property of the vocabulary stands between what its domain and its range say; no other is used."""
    used = set()
    for quad in described.dataset:
        name = quad.predicate.value.removeprefix(SD)
        if quad.predicate.value.startswith(SD):
            domain, range = PROPERTIES[name]
            assert is_a(described, quad.subject, domain), f"{quad.subject} is no sd:{domain}"
            assert is_a(described, quad.object, range), f"{quad.object} is no {range}"
            used.add(name)
        if isinstance(quad.object, ox.NamedNode) and quad.predicate.value == RDF + "type":
            assert not quad.object.value.startswith(SD) or quad.object.value.removeprefix(SD) in CLASSES
    assert used >= {"endpoint", "supportedLanguage", "resultFormat", "defaultDataset", "defaultGraph"}
    assert [described.text(node, SD + "name") for node in described.instances(SD + "NamedGraph")] == [GRAPH]


def is_a(described: Facts, term: Term, name: str) -> bool:
    """Whether a term belongs to a class: as one known to, or by the type that the description gives it."""
    if not isinstance(term, ox.NamedNode | ox.BlankNode):
        return False
    if name in OPEN:
        return isinstance(term, ox.NamedNode)
    types = {str(type)[1:-1].removeprefix(SD) for type in described.objects(term, RDF + "type")}
    for known, (space, words) in KNOWN.items():
        if isinstance(term, ox.NamedNode) and term.value in {space + word for word in words.split()}:
            types.add(known)
    return any(name in (type, CLASSES.get(type)) for type in types)
