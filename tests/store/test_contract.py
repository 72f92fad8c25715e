"""What every store does, whatever is behind it: one suite, run on each kind."""

import io
import json
from collections.abc import Callable, Iterator, Sequence

import pytest

from kg import media
from kg.errors import NotAcceptable, QueryError, SettingsError, StoreError
from kg.media import Format
from kg.settings import DefaultGraph
from kg.sparql import Operation
from kg.store import Store, open_store

DATA = b"""\
<u:alps> <u:label> "Alps"@en <u:g1> .
<u:alps> <u:label> "Alps"@en <u:g2> .
<u:alps> <u:in> <u:europe> <u:g2> .
<u:world> <u:label> "World" .
"""

Opener = Callable[..., Store]
Graphs = tuple[Sequence[str], Sequence[str]]


@pytest.fixture(params=["memory:"])
def opener(request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Opens stores of one kind, the data in them, and closes them."""
    opened: list[Store] = []

    def open_one(default_graph: DefaultGraph = "union", data: bytes = DATA) -> Store:
        store = open_store(request.param, default_graph=default_graph, prefixes={"u": "u:"})
        opened.append(store)
        store.load(data, media.NQUADS)
        return store

    yield open_one
    for store in opened:
        store.close()


def ask(store: Store, query: str, format: Format = media.CSV, graphs: Graphs = ((), ())) -> str:
    return b"".join(store.query(Operation.parse(query, *graphs), format)).decode()


def rows(
    store: Store, query: str, default_graph: Sequence[str] = (), named_graphs: Sequence[str] = ()
) -> list[str]:
    return sorted(ask(store, query, graphs=(default_graph, named_graphs)).split("\r\n")[1:-1])


def test_union_counts_a_triple_of_two_graphs_once(opener: Opener) -> None:
    store = opener("union")
    assert rows(store, "SELECT ?o { <u:alps> <u:label> ?o }") == ["Alps"]
    assert rows(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == ["3"]


def test_union_holds_named_and_unnamed_graphs(opener: Opener) -> None:
    query = "SELECT ?s ?o { ?s <u:label> ?o }"
    assert rows(opener("union"), query) == ["u:alps,Alps", "u:world,World"]


def test_plain_is_the_unnamed_graph_only(opener: Opener) -> None:
    store = opener("plain")
    assert rows(store, "SELECT ?s ?o { ?s <u:label> ?o }") == ["u:world,World"]
    assert rows(store, "SELECT ?g { GRAPH ?g { <u:alps> <u:label> ?o } }") == ["u:g1", "u:g2"]


@pytest.mark.parametrize("default_graph", ["union", "plain"])
def test_graph_gives_named_graphs_only(opener: Opener, default_graph: DefaultGraph) -> None:
    store = opener(default_graph)
    assert rows(store, "SELECT ?g ?o { GRAPH ?g { ?s ?p ?o } }") == [
        "u:g1,Alps",
        "u:g2,Alps",
        "u:g2,u:europe",
    ]


def test_from_one_graph(opener: Opener) -> None:
    assert rows(opener(), "SELECT ?o FROM <u:g1> { ?s ?p ?o }") == ["Alps"]
    assert rows(opener(), "SELECT ?o FROM <u:g1> { GRAPH ?g { ?s ?p ?o } }") == []


def test_from_two_graphs_is_their_merge_as_a_set(opener: Opener) -> None:
    store = opener()
    assert rows(store, "SELECT ?o FROM <u:g1> FROM <u:g2> { ?s ?p ?o }") == ["Alps", "u:europe"]
    assert rows(store, "SELECT (COUNT(*) AS ?n) FROM <u:g1> FROM <u:g2> FROM <u:g1> { ?s ?p ?o }") == ["2"]


def test_from_two_graphs_and_a_named_one(opener: Opener) -> None:
    query = "SELECT ?o ?g FROM <u:g1> FROM <u:g2> FROM NAMED <u:g1> { ?s ?p ?o GRAPH ?g { ?s ?q ?r } }"
    assert rows(opener(), query) == ["Alps,u:g1", "u:europe,u:g1"]


def test_from_named_only_leaves_the_default_graph_empty(opener: Opener) -> None:
    store = opener()
    assert rows(store, "SELECT * FROM NAMED <u:g1> { ?s ?p ?o }") == []
    assert rows(store, "SELECT ?g FROM NAMED <u:g1> { GRAPH ?g { ?s ?p ?o } }") == ["u:g1"]


def test_from_a_graph_that_is_not_there(opener: Opener) -> None:
    assert rows(opener(), "SELECT * FROM <u:none> { ?s ?p ?o }") == []
    assert rows(opener(), "SELECT ?o FROM <u:none> FROM <u:g1> { ?s ?p ?o }") == ["Alps"]


def test_parameters_of_the_protocol_override_from(opener: Opener) -> None:
    store = opener()
    query = "SELECT ?o FROM <u:g1> { ?s ?p ?o }"
    assert rows(store, query, default_graph=["u:g2"]) == ["Alps", "u:europe"]
    assert rows(store, query, default_graph=["u:g1", "u:g2"]) == ["Alps", "u:europe"]
    assert rows(store, query, named_graphs=["u:g2"]) == []
    named = "SELECT ?g FROM NAMED <u:g1> { GRAPH ?g { ?s <u:label> ?o } }"
    assert rows(store, named, named_graphs=["u:g2"]) == ["u:g2"]


def test_describe_sees_what_all_graphs_say(opener: Opener) -> None:
    text = ask(opener(), "DESCRIBE <u:alps>", media.NTRIPLES)
    assert text.splitlines() == ["<u:alps> <u:in> <u:europe> .", '<u:alps> <u:label> "Alps"@en .']


def test_describe_where_two_graphs_are_named(opener: Opener) -> None:
    text = ask(opener(), "DESCRIBE ?s FROM <u:g1> FROM <u:g2> { ?s <u:in> ?o }", media.NTRIPLES)
    assert text.count("\n") == 2


@pytest.mark.parametrize("format", media.SOLUTION_FORMATS, ids=lambda row: row.name)
def test_every_format_for_solutions(opener: Opener, format: Format) -> None:
    assert "Alps" in ask(opener(), "SELECT ?o { <u:alps> <u:label> ?o }", format)


@pytest.mark.parametrize("format", media.GRAPH_FORMATS, ids=lambda row: row.name)
def test_every_format_for_graphs(opener: Opener, format: Format) -> None:
    assert "Alps" in ask(opener(), "DESCRIBE <u:alps>", format)


def test_turtle_uses_the_prefixes(opener: Opener) -> None:
    text = ask(opener(), "DESCRIBE <u:alps>", media.TURTLE)
    assert text == '@prefix u: <u:> .\nu:alps u:in u:europe ;\n\tu:label "Alps"@en .\n'


def test_a_format_that_cannot_hold_the_answer(opener: Opener) -> None:
    with pytest.raises(NotAcceptable):
        ask(opener(), "ASK {}", media.TURTLE)


def test_a_syntax_error_has_its_place(opener: Opener) -> None:
    with pytest.raises(QueryError) as caught:
        ask(opener(), "SELECT *\n{ ?s ?p }")
    assert (caught.value.line, caught.value.column) == (2, 9)


def test_an_unknown_function_is_the_fault_of_the_query(opener: Opener) -> None:
    with pytest.raises(QueryError, match="u:nosuch"):
        ask(opener(), "SELECT (<u:nosuch>(1) AS ?x) {}")


HIDDEN_SERVICES = {
    "comment taken for an IRI": "SELECT * { FILTER(1<2)SERVICE#>\n<http://127.0.0.1:9/> {} }",
    "string after it": "SELECT * { FILTER(1<2#> '''\n)SERVICE <http://127.0.0.1:9/> {} #'''\n}",
    "quotes taken for an IRI": "SELECT * { FILTER(1<'''>x''') SERVICE <http://127.0.0.1:9/> {} #'''\n}",
    "name and comment": "ASK { FILTER(?x<a:b#> '''\n)SERVICE <http://127.0.0.1:9/> {} #'''\n}",
}


@pytest.mark.parametrize("query", HIDDEN_SERVICES.values(), ids=HIDDEN_SERVICES.keys())
def test_what_hides_a_service_from_the_guard_hides_it_from_the_engine(opener: Opener, query: str) -> None:
    with pytest.raises(QueryError, match=r"line \d+, column \d+"):
        ask(opener(), query)


def test_load_takes_bytes_chunks_and_files(opener: Opener) -> None:
    store = opener(data=b"")
    store.load(b"<u:a> <u:p> 1 .", media.TURTLE)
    store.load([b"<u:b> <u:p> 2", b" ."], media.TURTLE)
    store.load(io.BytesIO(b"<u:g> { <u:c> <u:p> 3 }"), media.TRIG)
    assert rows(store, "SELECT ?s ?o { ?s <u:p> ?o }") == ["u:a,1", "u:b,2", "u:c,3"]


@pytest.mark.parametrize("format", media.RDF_FORMATS, ids=lambda row: row.name)
def test_load_reads_every_rdf_format(opener: Opener, format: Format) -> None:
    texts = {
        "ttl": "<u:a> <u:p> <u:b> .",
        "nt": "<u:a> <u:p> <u:b> .",
        "jsonld": '[{"@id": "u:a", "u:p": [{"@id": "u:b"}]}]',
        "rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'rdf:about="u:a"><p xmlns="u:" rdf:resource="u:b"/></rdf:Description></rdf:RDF>',
        "trig": "<u:g> { <u:a> <u:p> <u:b> }",
        "nq": "<u:a> <u:p> <u:b> <u:g> .",
    }
    store = opener(data=b"")
    store.load(texts[format.name].encode(), format)
    assert rows(store, "SELECT * { ?s ?p ?o }") == ["u:b,u:p,u:a"]


def test_load_is_all_or_nothing(opener: Opener) -> None:
    store = opener(data=b"")
    with pytest.raises(StoreError, match="cannot be read as N-Quads"):
        store.load(b"<u:a> <u:p> <u:b> .\n<u:a> <u:p> nonsense .", media.NQUADS)
    with pytest.raises(StoreError, match="CSV is not a format for RDF"):
        store.load(b"s,p,o", media.CSV)
    assert ask(store, "ASK { ?s ?p ?o }") == "false"


def test_an_empty_store_answers(opener: Opener) -> None:
    store = opener(data=b"")
    assert json.loads(ask(store, "ASK {}", media.JSON)) == {"head": {}, "boolean": True}
    assert rows(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == ["0"]


def test_a_closed_store_says_so(opener: Opener) -> None:
    store = opener()
    store.close()
    store.close()
    with pytest.raises(StoreError, match=r"^The store is closed\.$"):
        ask(store, "ASK {}")
    with pytest.raises(StoreError, match="closed"):
        store.load(b"", media.TURTLE)


@pytest.mark.parametrize("url", ["", "memory", "dir:/tmp/x", "https://example.org/sparql", "x" * 500])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^KG_STORE is '.*'; it must be memory:") as caught:
        open_store(url)
    assert len(str(caught.value)) < 200
