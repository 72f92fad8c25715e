"""Operations: kind, dataset, and the guards that need no grammar."""

import pytest

from kg.errors import Forbidden, KgError, QueryError
from kg.guards import NESTING
from kg.sparql import Operation, is_iri

PROLOGUE = "BASE <http://x/>\nPREFIX a: <http://a/>\nPREFIX : <rel#>\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SELECT * {}", "select"),
        ("select * {}", "select"),
        ("ASK {}", "ask"),
        ("# comment\nCONSTRUCT WHERE {}", "construct"),
        (PROLOGUE + "DESCRIBE a:b", "describe"),
        ('VERSION "1.2" ASK {}', "ask"),
    ],
)
def test_kind(text: str, kind: str) -> None:
    assert Operation.parse(text).kind == kind


def test_the_source_is_kept_and_the_text_is_for_the_engine() -> None:
    operation = Operation.parse("ASK { <u:a#b> ?p ?o } # why")
    assert operation.source == "ASK { <u:a#b> ?p ?o } # why"
    assert operation.text == "ASK { <u:a\\u0023b> ?p ?o }      "


@pytest.mark.parametrize("text", ["", "  \n\t", "# only a comment"])
def test_empty(text: str) -> None:
    with pytest.raises(QueryError, match=r"^The query is empty\. Send a SELECT, ASK, CONSTRUCT or DESCRIBE"):
        Operation.parse(text)


FAULTS = {
    "no query form": ("\n  SELEC * {}", 2, 3, "Unexpected “SELEC” at line 2, column 3."),
    "only prefixes": ("PREFIX a: <u:a>\n", 1, 16, "The query ends after its prefixes"),
    "a prefix without its colon": ("PREFIX a <u:a> ASK {}", 1, 1, "The PREFIX declaration at line 1"),
    "a base that is no IRI": ("BASE a: ASK {}", 1, 1, "The BASE declaration at line 1"),
    "NUL": ("ASK {\n\x00}", 2, 1, "The query holds a NUL character at line 2, column 1."),
}


@pytest.mark.parametrize(("text", "line", "column", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_have_their_place(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        Operation.parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <u:a> <u:b> <u:c> }",
        "PREFIX a: <u:a>\ndelete where { ?s ?p ?o }",
        "LOAD <http://127.0.0.1/>",
        "CLEAR ALL",
        "DROP GRAPH <u:g>",
        "CREATE GRAPH <u:g>",
        "WITH <u:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    ],
)
def test_updates_are_refused(text: str) -> None:
    with pytest.raises(Forbidden, match="is an update, and this address only reads"):
        Operation.parse(text)


SERVICES = {
    "plain": "SELECT * { SERVICE <http://h/> { ?s ?p ?o } }",
    "silent": "SELECT * { SERVICE SILENT ?x { } }",
    "small letters": "SELECT * { service <http://h/> { } }",
    "deep inside": "SELECT * { { SELECT * { OPTIONAL { ?a ?b ?c SERVICE <http://h/> {} } } } }",
    "escaped": "SELECT * { \\u0053ERVICE <http://h/> {} }",
    "escaped long": "SELECT * { S\\U00000045RVICE <http://h/> {} }",
    "run into the silence": "SELECT * { SERVICESILENT<http://h/> {} }",
    "run into a literal": "SELECT * { ?s ?p trueSERVICE<http://h/> {} }",
    "run into a number": "SELECT * { ?s ?p 1SERVICE<http://h/> {} }",
    "run into a name": "PREFIX : <http://h/> SELECT * { SERVICE:x {} }",
    "run into a name, silently": "PREFIX : <http://h/> SELECT * { SERVICESILENT:x {} }",
    "after a comparison": "SELECT * { FILTER(1<2)SERVICE<http://h/> {} }",
    "after an IRI that is compared": "SELECT * { FILTER(?x<<http://h/#>)SERVICE<http://h/> {} }",
    "after a string": "SELECT * { ?s ?p 'it''s'SERVICE<http://h/>{} }",
    "after a comment with a quote": "SELECT * { # it's\nSERVICE <http://h/> {} # it's\n}",
    "after an escaped hash": "PREFIX a: <u:> SELECT * { ?s ?p a:b\\# . SERVICE <http://h/> {} }",
}


@pytest.mark.parametrize("text", SERVICES.values(), ids=SERVICES.keys())
def test_service_is_refused(text: str) -> None:
    with pytest.raises(Forbidden, match="SERVICE is not allowed"):
        Operation.parse(text)


HONEST = {
    "in a string": "SELECT * { ?s ?p 'SERVICE <http://h/> {}' }",
    "in a long string": 'SELECT * { ?s ?p """it\'s\nSERVICE <http://h/> {}""" }',
    "in a comment": "SELECT * { # SERVICE <http://h/> {}\n}",
    "in an IRI": "SELECT * { ?s <http://h/SERVICE#service> ?o }",
    "as a variable": "SELECT ?service $SERVICE { ?service ?p $SERVICE }",
    "as a prefix": "PREFIX service: <u:> SELECT * { ?s service:x service:service }",
    "as a graph": "PREFIX service: <u:> SELECT * { GRAPH service:x { ?s ?p ?o } }",
    "as a local name": "PREFIX a: <u:> SELECT * { ?s a:SERVICE ?o }",
    "as a blank node": "SELECT * { _:service ?p ?o }",
    "as a language": "SELECT * { ?s ?p 'x'@service }",
}


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST.keys())
def test_the_word_service_is_allowed(text: str) -> None:
    assert Operation.parse(text).kind == "select"


def test_brackets_within_limits() -> None:
    Operation.parse("ASK " + "{" * NESTING.most + "}" * NESTING.most)
    with pytest.raises(QueryError, match="“nesting” is passed at line 1, column 205: at most 200 brackets"):
        Operation.parse("ASK " + "{" * (NESTING.most + 1) + "}" * (NESTING.most + 1))


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert Operation.parse("ASK {" + "{}" * 4900 + "}").kind == "ask"


DATASETS = {
    "none": ("SELECT * {}", (), ()),
    "one": ("SELECT * FROM <u:a> {}", ("u:a",), ()),
    "several": ("SELECT * FROM <u:a> FROM <u:b> FROM <u:a> FROM NAMED <u:c> {}", ("u:a", "u:b"), ("u:c",)),
    "prefixed": (PROLOGUE + "ASK FROM a:b FROM NAMED a:c {}", ("http://a/b",), ("http://a/c",)),
    "relative": (PROLOGUE + "ASK FROM <y> FROM :z {}", ("http://x/y", "http://x/rel#z"), ()),
    "escaped name": (PROLOGUE + r"ASK FROM a:b\,c {}", ("http://a/b,c",), ()),
    "escaped IRI": (r"ASK FROM <u:\u0062> {}", ("u:b",), ()),
    "after a template": ("CONSTRUCT { ?s ?p ?o } FROM <u:a> WHERE { ?s ?p ?o }", ("u:a",), ()),
    "described": ("DESCRIBE ?x FROM <u:a> { ?x ?p ?o }", ("u:a",), ()),
    "run together": ("SELECT*FROM<u:a>FROMNAMED<u:b>{}", ("u:a",), ("u:b",)),
    "a variable of that name": ("SELECT ?FROM { ?FROM ?p ?o }", (), ()),
    "not known, so left to the engine": ("ASK FROM b:c FROM <u:a> {}", (), ()),
}


@pytest.mark.parametrize(("text", "default", "named"), DATASETS.values(), ids=DATASETS.keys())
def test_dataset_clauses(text: str, default: tuple[str, ...], named: tuple[str, ...]) -> None:
    operation = Operation.parse(text)
    assert (operation.default_graph, operation.named_graphs) == (default, named)


def test_protocol_parameters_go_before_from() -> None:
    text = "SELECT * FROM <u:a> FROM NAMED <u:b> {}"
    assert Operation.parse(text, ["u:c"]).default_graph == ("u:c",)
    assert Operation.parse(text, ["u:c"]).named_graphs == ()
    assert Operation.parse(text, (), ["u:d"]).default_graph == ()


@pytest.mark.parametrize("graph", ["", "relative", "u:a b", "u:<x>", "http://x/\n"])
def test_parameters_must_be_iris(graph: str) -> None:
    with pytest.raises(KgError, match="is not the IRI of a graph"):
        Operation.parse("ASK {}", [graph])


def test_is_iri() -> None:
    assert is_iri("https://w3id.org/ecoconn/id/place/alps")
    assert not is_iri("place/alps")
    assert not is_iri("u:a> } DROP ALL #")


def test_a_long_query_is_read_quickly() -> None:
    values = " ".join(f"<http://example.org/{number}#it>" for number in range(20_000))
    operation = Operation.parse(f"SELECT * {{ VALUES ?x {{ {values} }} }}")
    assert len(operation.text) > 600_000


# ---- what an operation tells of itself --------------------------------------------------------------------

VOLATILE: dict[str, tuple[str, bool]] = {
    "NOW": ("SELECT (NOW() AS ?x) {}", True),
    "small letters": ("SELECT (rand() AS ?x) {}", True),
    "UUID": ("ASK { FILTER(UUID() = ?x) }", True),
    "STRUUID": ("ASK { BIND(STRUUID() AS ?x) }", True),
    "BNODE": ("CONSTRUCT { ?b <u:p> 1 } WHERE { BIND(BNODE() AS ?b) }", True),
    "none": ("SELECT * { ?s ?p ?o }", False),
    "a variable": ("SELECT ?NOW { ?NOW ?rand ?UUID }", False),
    "a string": ("ASK { ?s ?p 'NOW()' }", False),
    "a comment": ("ASK { ?s ?p ?o } # RAND()", False),
    "a name": ("PREFIX now: <u:> ASK { ?s now:NOW ?o }", False),
    "an IRI": ("ASK { ?s <u:NOW()> ?o }", False),
}


@pytest.mark.parametrize(("text", "volatile"), VOLATILE.values(), ids=VOLATILE.keys())
def test_queries_that_may_answer_otherwise_each_time(text: str, *, volatile: bool) -> None:
    assert Operation.parse(text).volatile is volatile


SAME_SHAPE: dict[str, tuple[str, str]] = {
    "other names": ("SELECT ?a { ?a <u:p> ?b }", "SELECT ?x { ?x <u:q> ?y }"),
    "other values": ("ASK { ?s ?p 'a' FILTER(?o > 1) }", "ASK { ?s ?p 'b' FILTER(?o > 2.5) }"),
    "other prefixes": ("PREFIX a: <u:> ASK { ?s a:b ?o }", "PREFIX c: <v:> PREFIX d: <w:> ASK { ?s c:d ?o }"),
    "other space": ("ASK{?s ?p ?o}", "ASK {\n  ?s ?p ?o  # all\n}"),
    "other letters": ("ASK { ?s ?p ?o }", "ask { ?s ?p ?o }"),
}
OTHER_SHAPE: dict[str, tuple[str, str]] = {
    "another form": ("ASK { ?s ?p ?o }", "SELECT * { ?s ?p ?o }"),
    "another pattern": ("ASK { ?s ?p ?o }", "ASK { ?s ?p ?o . ?o ?q ?r }"),
    "another operator": ("ASK { FILTER(?o > 1) }", "ASK { FILTER(?o < 1) }"),
    "a name for a variable": ("ASK { ?s ?p ?o }", "ASK { ?s <u:p> ?o }"),
    "OPTIONAL": ("SELECT * { { ?s ?p ?o } }", "SELECT * { OPTIONAL { ?s ?p ?o } }"),
}


@pytest.mark.parametrize(("one", "other"), SAME_SHAPE.values(), ids=SAME_SHAPE.keys())
def test_queries_of_one_shape(one: str, other: str) -> None:
    shape = Operation.parse(one).shape
    assert shape
    assert shape == Operation.parse(other).shape


@pytest.mark.parametrize(("one", "other"), OTHER_SHAPE.values(), ids=OTHER_SHAPE.keys())
def test_queries_of_two_shapes(one: str, other: str) -> None:
    assert Operation.parse(one).shape != Operation.parse(other).shape


POINTED = [
    "SELECT ?p ?o WHERE { <u:x> ?p ?o }",
    "select * {<u:x>?p?o}  # all of it",
    "PREFIX u: <u:> SELECT ?o { u:x u:p ?o . }",
    "SELECT ?t { <u:x> a ?t }",
    "BASE <u:> DESCRIBE <x>",
]
NOT_POINTED = {
    "no name": "SELECT * { ?s ?p ?o }",
    "all that leads to a thing": "SELECT * { ?s ?p <u:x> }",
    "two patterns": "SELECT * { <u:x> ?p ?o . ?o ?q ?r }",
    "two patterns around one thing": "SELECT * { <u:x> ?p ?o ; ?q ?r }",
    "a variable twice": "SELECT * { <u:x> ?v ?v }",
    "a variable twice in other letters": "SELECT * { <u:x> ?v $v }",
    "a path": "SELECT * { <u:x> <u:p>+ ?o }",
    "a path backwards": "SELECT * { <u:x> ^<u:p> ?o }",
    "a page of rows": "SELECT * { <u:x> ?p ?o } LIMIT 10",
    "rows that are dropped": "SELECT * { <u:x> ?p ?o } OFFSET 100000",
    "rows that are compared": "SELECT DISTINCT ?p { <u:x> ?p ?o }",
    "rows that are sorted": "SELECT ?p { <u:x> ?p ?o } ORDER BY ?p",
    "rows that are counted": "SELECT (COUNT(*) AS ?n) { <u:x> ?p ?o }",
    "a filter": "SELECT * { <u:x> ?p ?o FILTER(?o > 1) }",
    "a value": "SELECT * { <u:x> ?p 1 }",
    "a dataset": "SELECT * FROM <u:g> { <u:x> ?p ?o }",
    "a graph": "SELECT * { GRAPH <u:g> { <u:x> ?p ?o } }",
    "things": "DESCRIBE <u:x> <u:y>",
    "things that are found": "DESCRIBE ?x { ?x ?p ?o }",
    "more than a query": "DESCRIBE <u:x> <",
}


@pytest.mark.parametrize("query", POINTED)
def test_a_query_about_one_thing_is_pointed(query: str) -> None:
    assert Operation.parse(query).is_pointed


@pytest.mark.parametrize("query", NOT_POINTED.values(), ids=NOT_POINTED.keys())
def test_a_query_that_may_be_much_work_is_not_pointed(query: str) -> None:
    assert not Operation.parse(query).is_pointed


def test_nor_is_one_whose_dataset_is_given_beside_it() -> None:
    assert not Operation.parse("DESCRIBE <u:x>", ["u:g"]).is_pointed
    assert not Operation.parse("DESCRIBE <u:x>", [], ["u:g"]).is_pointed


def test_a_very_long_query_has_no_shape() -> None:
    assert Operation.parse("SELECT * { VALUES ?x { " + "1 " * 5000 + "} }").shape == ""


def test_prefixes_are_those_that_are_declared_and_resolved() -> None:
    operation = Operation.parse(PROLOGUE + "PREFIX a: <http://b/> ASK {}", base="http://base/")
    assert dict(operation.prefixes) == {"a": "http://b/", "": "http://x/rel#"}


def test_relative_graphs_take_the_base_that_is_given() -> None:
    operation = Operation.parse("ASK FROM <g> FROM NAMED <#h> {}", base="http://base/sparql")
    assert operation.base == "http://base/sparql"
    assert (operation.default_graph, operation.named_graphs) == (
        ("http://base/g",),
        ("http://base/sparql#h",),
    )


def test_a_base_of_its_own_is_resolved_against_the_one_given() -> None:
    operation = Operation.parse("BASE <sub/> ASK FROM <g> {}", base="http://base/")
    assert operation.default_graph == ("http://base/sub/g",)
