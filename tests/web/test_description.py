"""The service description: RDF in the standard's own terms, with the limits that hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from kg.guards import LIMITS
from kg.settings import Settings
from kg.web.description import limits

MakeClient = Callable[..., TestClient]

SD = "http://www.w3.org/ns/sparql-service-description#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SCHEMA = "https://schema.org/"
ENDPOINT = "http://testserver/sparql"

# All terms of the vocabulary (SPARQL 1.1 Service Description section 3).
CLASSES = {
    "Service",
    "Feature",
    "Language",
    "Function",
    "Aggregate",
    "EntailmentRegime",
    "EntailmentProfile",
    "GraphCollection",
    "Dataset",
    "Graph",
    "NamedGraph",
}
PROPERTIES = {
    "endpoint",
    "feature",
    "defaultEntailmentRegime",
    "entailmentRegime",
    "defaultSupportedEntailmentProfile",
    "supportedEntailmentProfile",
    "extensionFunction",
    "extensionAggregate",
    "languageExtension",
    "supportedLanguage",
    "propertyFeature",
    "defaultDataset",
    "availableGraphs",
    "resultFormat",
    "inputFormat",
    "defaultGraph",
    "namedGraph",
    "name",
    "graph",
}
INSTANCES = {
    "SPARQL10Query",
    "SPARQL11Query",
    "SPARQL11Update",
    "DereferencesURIs",
    "UnionDefaultGraph",
    "RequiresDataset",
    "EmptyGraphs",
    "BasicFederatedQuery",
}
# Beside it: what is said of sizes and limits.
OTHERS = {
    RDF_TYPE,
    "http://www.w3.org/2000/01/rdf-schema#comment",
    "http://rdfs.org/ns/void#triples",
    *(SCHEMA + name for name in ("additionalProperty", "name", "value", "description")),
}
READERS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
}


def described(client: TestClient, name: str = "ttl") -> ox.Store:
    answer = client.get("/sparql", params={"format": name})
    assert answer.status_code == 200
    store = ox.Store()
    store.load(answer.content, READERS[name])
    return store


def values(store: ox.Store, subject: str, predicate: str) -> set[str]:
    found = store.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(predicate), None)
    return {quad.object.value for quad in found if not isinstance(quad.object, ox.Triple)}


def terms(store: ox.Store) -> tuple[set[str], set[str], set[str]]:
    """The properties, the classes, and all other IRIs of objects."""
    properties: set[str] = set()
    kinds: set[str] = set()
    objects: set[str] = set()
    for quad in store:
        properties.add(quad.predicate.value)
        if isinstance(quad.object, ox.NamedNode):
            (kinds if quad.predicate.value == RDF_TYPE else objects).add(quad.object.value)
    return properties, kinds, objects


@pytest.mark.parametrize(
    "settings",
    [{}, {"default_graph": "plain"}, {"token": "secret"}, {"data": ""}, {"client_budget": 1000}],
    ids=lambda settings: next(iter(settings), "as they come"),
)
def test_all_terms_are_those_of_the_vocabulary(make_client: MakeClient, settings: dict[str, Any]) -> None:
    properties, kinds, objects = terms(described(make_client(**settings)))
    assert properties <= OTHERS | {SD + name for name in PROPERTIES}
    assert kinds <= {SCHEMA + "PropertyValue"} | {SD + name for name in CLASSES}
    assert {iri for iri in objects if iri.startswith(SD)} <= {SD + name for name in INSTANCES}


def test_all_formats_say_the_same(client: TestClient) -> None:
    turtle = {str(quad) for quad in described(client)}
    assert len(turtle) > 40
    for name in READERS:
        assert {str(quad) for quad in described(client, name)} == turtle


def test_everything_that_is_pointed_to_here_is_described_here(client: TestClient) -> None:
    store = described(client)
    subjects = {quad.subject.value for quad in store if isinstance(quad.subject, ox.NamedNode)}
    assert {iri for iri in terms(store)[2] if iri.startswith(ENDPOINT + "#")} <= subjects


# ---- limits -----------------------------------------------------------------------------------------------

SETTINGS: dict[str, Any] = {
    "query_timeout": 12.5,
    "query_memory": 123_456_789,
    "result_limit": 999_999_937,
    "query_length": 54_321,
    "body_limit": 76_543,
    "head_limit": 4_321,
}
EXPECTED = {
    "timeout": "12.5",
    "memory": "123456789",
    "result": "999999937",
    "query": "54321",
    "body": "76543",
    "head": "4321",
    **{limit.name: str(limit.most) for limit in LIMITS},
}


def told(store: ox.Store) -> dict[str, str]:
    """The limits by name."""
    found = {}
    for iri in values(store, f"{ENDPOINT}#service", SCHEMA + "additionalProperty"):
        (name,), (value,) = values(store, iri, SCHEMA + "name"), values(store, iri, SCHEMA + "value")
        assert values(store, iri, RDF_TYPE) == {SCHEMA + "PropertyValue"}
        assert len(values(store, iri, SCHEMA + "description")) == 1
        assert iri == f"{ENDPOINT}#limit-{name}"
        found[name] = value
    return found


def test_the_limits_are_those_of_the_settings(make_client: MakeClient) -> None:
    assert told(described(make_client(**SETTINGS))) == EXPECTED


def test_a_budget_is_a_limit_where_there_is_one(make_client: MakeClient) -> None:
    assert told(described(make_client(**SETTINGS, client_budget=600))) == {**EXPECTED, "budget": "600"}


def test_every_limit_has_a_name_of_its_own_and_a_meaning() -> None:
    found = list(limits(Settings(client_budget=1)))
    assert len({name for name, _, _ in found}) == len(found) == 7 + len(LIMITS)
    assert all(value > 0 and len(meaning) > 10 for _, value, meaning in found)


def test_large_limits_are_told_exactly(make_client: MakeClient) -> None:
    assert told(described(make_client(result_limit=123_456_789_012_345)))["result"] == "123456789012345"


# ---- writing ----------------------------------------------------------------------------------------------


def services(store: ox.Store) -> set[str]:
    return {
        quad.subject.value
        for quad in store.quads_for_pattern(None, ox.NamedNode(RDF_TYPE), ox.NamedNode(SD + "Service"))
        if isinstance(quad.subject, ox.NamedNode)
    }


def test_without_a_token_there_is_one_service_that_reads(client: TestClient) -> None:
    store = described(client)
    assert services(store) == {f"{ENDPOINT}#service"}
    assert values(store, f"{ENDPOINT}#service", SD + "supportedLanguage") == {SD + "SPARQL11Query"}


def test_with_a_token_there_is_one_more_that_writes(make_client: MakeClient) -> None:
    store = described(make_client(token="secret"))
    update = "http://testserver/update"
    assert services(store) == {f"{ENDPOINT}#service", f"{update}#service"}
    assert values(store, f"{update}#service", SD + "endpoint") == {update}
    assert values(store, f"{update}#service", SD + "supportedLanguage") == {SD + "SPARQL11Update"}
    assert values(store, f"{ENDPOINT}#service", SD + "supportedLanguage") == {SD + "SPARQL11Query"}
    assert not [quad for quad in store if "secret" in str(quad)]


def test_the_description_follows_what_is_written(make_client: MakeClient) -> None:
    client = make_client(token="secret")
    before = client.get("/sparql", params={"format": "nt"})
    headers = {"Authorization": "Bearer secret", "Content-Type": "text/turtle"}
    name = "https://example.org/a%20b?c=d&e#f"
    made = client.put("/graphs", params={"graph": name}, content="<u:a> <u:b> 1, 2 .", headers=headers)
    assert made.status_code == 201
    store = described(client)
    (entry,) = store.quads_for_pattern(None, ox.NamedNode(SD + "name"), ox.NamedNode(name))
    assert isinstance(entry.subject, ox.NamedNode)
    (graph,) = values(store, entry.subject.value, SD + "graph")
    assert values(store, graph, "http://rdfs.org/ns/void#triples") == {"2"}
    assert graph.isascii()
    after = client.get("/sparql", params={"format": "nt"}, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
