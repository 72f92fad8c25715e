"""Clients that people use: SPARQLWrapper and rdflib's stores, against a real server."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from serving import Server, endpoint, running

TOKEN = "token-of-the-test"
NAMES = "http://example.org/"

# SPARQLWrapper still makes what rdflib has replaced.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with three statements in a graph."""
    with running(KG_CONTENT="none", KG_TOKEN=TOKEN) as found:
        update = wrapper(found, "update")
        update.setMethod(POST)
        update.setQuery(
            f"PREFIX : <{NAMES}> INSERT DATA {{ GRAPH :g {{ :a :p 'one', 'two' . :b :p 'Größe'@de }} }}"
        )
        assert update.query().response.status == 204
        yield found


def wrapper(server: Server, path: str = "sparql") -> SPARQLWrapper:
    found = SPARQLWrapper(f"{server.root}/{path}")
    found.addCustomHttpHeader("Authorization", f"Bearer {TOKEN}")
    return found


@pytest.mark.parametrize("form", [JSON, XML, CSV, TSV])
@pytest.mark.parametrize("method", [GET, POST, POSTDIRECTLY])
def test_sparqlwrapper_reads_solutions(server: Server, form: str, method: str) -> None:
    asked = wrapper(server)
    asked.setMethod(POST if method == POSTDIRECTLY else method)
    if method == POSTDIRECTLY:
        asked.setRequestMethod(POSTDIRECTLY)
    asked.setReturnFormat(form)
    asked.setQuery(f"SELECT ?o {{ <{NAMES}b> ?p ?o }}")
    found = asked.query().convert()
    text = found.decode() if isinstance(found, bytes) else found.toxml() if form == XML else str(found)
    assert "Größe" in text


@pytest.mark.parametrize("form", [TURTLE, N3, RDFXML, JSONLD, XML])
def test_sparqlwrapper_reads_triples(server: Server, form: str) -> None:
    asked = wrapper(server)
    asked.setReturnFormat(form)
    asked.setQuery(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o FILTER(?s = <{NAMES}a>) }}")
    found = asked.query().convert()
    graph = rdflib.Graph().parse(data=found, format="turtle") if isinstance(found, bytes) else found
    assert sorted(str(value) for value in graph.objects(rdflib.URIRef(NAMES + "a"))) == ["one", "two"]


def test_sparqlwrapper_knows_a_bad_query(server: Server) -> None:
    asked = wrapper(server)
    asked.setQuery("SELECT * { ?s ?p }")
    with pytest.raises(QueryBadFormed, match="A triple pattern has three parts"):
        asked.query()


def test_rdflib_reads_through_a_store(server: Server) -> None:
    graph = rdflib.Graph(SPARQLStore(f"{server.root}/sparql"))
    rows = graph.query(f"SELECT ?o {{ <{NAMES}a> ?p ?o }} ORDER BY ?o")
    assert [str(row[0]) for row in rows] == ["one", "two"]
    assert len(list(graph.triples((rdflib.URIRef(NAMES + "a"), None, None)))) == 2


def test_rdflib_writes_through_a_store(server: Server) -> None:
    store = SPARQLUpdateStore(
        f"{server.root}/sparql", f"{server.root}/update", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    graph = rdflib.Graph(store, identifier=NAMES + "written")
    statement = (rdflib.URIRef(NAMES + "x"), rdflib.URIRef(NAMES + "y"), rdflib.Literal("z"))
    graph.add(statement)
    assert list(graph) == [statement]
    graph.remove(statement)
    assert len(graph) == 0


@pytest.mark.skipif(not shutil.which("comunica-sparql"), reason="needs comunica-sparql")
def test_comunica_joins_this_server_and_another(server: Server) -> None:
    query = f"SELECT ?word ?label {{ <{NAMES}a> <{NAMES}p> ?word . <{NAMES}a> <{NAMES}label> ?label }}"
    with endpoint(f"<{NAMES}a> <{NAMES}label> 'theirs' .") as other:
        sources = [f"sparql@{server.root}/sparql", f"sparql@{other}"]
        command = ["comunica-sparql", *sources, "-q", query, "-t", "text/csv"]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert sorted(answer.stdout.split()) == ["one,theirs", "two,theirs", "word,label"]
