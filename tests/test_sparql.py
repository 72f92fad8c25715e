"""Operations: kind, dataset, and the guards that need no grammar."""

import pytest

from kg.errors import Forbidden, KgError, QueryError
from kg.sparql import NESTING_LIMIT, Operation, is_iri

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
    with pytest.raises(Forbidden, match="is an update, and this endpoint only reads"):
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
    Operation.parse("ASK " + "{" * NESTING_LIMIT + "}" * NESTING_LIMIT)
    with pytest.raises(QueryError, match="nested more than 200 deep at line 1, column 205"):
        Operation.parse("ASK " + "{" * (NESTING_LIMIT + 1) + "}" * (NESTING_LIMIT + 1))


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert Operation.parse("ASK {" + "{}" * 5000 + "}").kind == "ask"


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
