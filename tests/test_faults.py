"""Syntax errors: the place is that of the fault, the sentence says what to do."""

import pytest

from kg.errors import QueryError
from kg.media import JSON
from kg.sparql import Operation
from kg.store.embedded import EmbeddedStore

CASES = {
    "the end is missing": (
        "SELECT ?s WHERE { ?s ?p ?o",
        (1, 27),
        "The query ends too early (line 1, column 27). Close the “{” that opens at line 1, column 17.",
    ),
    "a prefix nobody knows": (
        "SELECT * WHERE {\n  ?s ?p ?o .\n  ?s foo:x ?y\n}",
        (3, 6),
        "The prefix “foo:” is not declared (line 3, column 6). Add PREFIX foo: <…> at the top.",
    ),
    "a prefix of the table": (
        "ASK { ?s conn:aim ?y }",
        (1, 10),
        "The prefix “conn:” is not declared (line 1, column 10). "
        "Add PREFIX conn: <https://w3id.org/ecoconn/ontology#> at the top.",
    ),
    "a slip in a prefix of the table": (
        "ASK { ?s coonn:aim ?y }",
        (1, 10),
        "The prefix “coonn:” is not declared (line 1, column 10). Perhaps conn: is meant.",
    ),
    "a slip in a prefix that the query declares": (
        "PREFIX zebra: <x:>\nASK { ?s zebar:aim ?y }",
        (2, 10),
        "The prefix “zebar:” is not declared (line 2, column 10). Perhaps zebra: is meant.",
    ),
    "two parts of a triple": (
        "SELECT ?x { ?s ?p }",
        (1, 19),
        "Unexpected “}” (line 1, column 19). A triple pattern has three parts: subject, predicate, object.",
    ),
    "a keyword mistyped": (
        "SELECT ?s WEHRE { ?s ?p ?o }",
        (1, 11),
        "Unexpected “WEHRE” (line 1, column 11). Perhaps WHERE is meant.",
    ),
    "a dot that is missing": (
        "SELECT ?s {\n  ?s a <u:a>\n  ?s <u:p> ?o\n}",
        (3, 3),
        "Unexpected “?s” (line 3, column 3). "
        "Perhaps a . is missing before it, or a ; if it goes on with the same subject.",
    ),
    "a semicolon that is missing": (
        'SELECT ?s {\n  ?s <u:q> "a"@en\n  <u:p> ?o\n}',
        (3, 3),
        "Unexpected “<u:p>” (line 3, column 3). "
        "Perhaps a . is missing before it, or a ; if it goes on with the same subject.",
    ),
    "an order without BY": (
        "SELECT ?s { ?s ?p ?o } ORDER ?s",
        (1, 30),
        "Unexpected “?s” (line 1, column 30). Write ORDER BY.",
    ),
    "a filter without brackets": (
        "SELECT ?s { ?s ?p ?o FILTER ?o = 1 }",
        (1, 29),
        "Unexpected “?o” (line 1, column 29). The condition of FILTER stands in brackets.",
    ),
    "an equal sign as in other languages": (
        "SELECT ?s { ?s ?p ?o FILTER(?o == 1) }",
        (1, 33),
        "Unexpected “=” (line 1, column 33). What is equal is told by one =.",
    ),
    "quotes from a word processor": (
        "SELECT ?s { ?s ?p “elephant” }",
        (1, 19),
        'Unexpected ““” (line 1, column 19). Texts stand in straight quotes, as "elephant".',
    ),
    "a limit mistyped on the third line": (
        "SELECT ?s\n{ ?s ?p ?o }\nLIMT 3",
        (3, 1),
        "Unexpected “LIMT” (line 3, column 1). Perhaps LIMIT is meant.",
    ),
    "an aggregate without its brackets": (
        "SELECT COUNT(?s) { ?s ?p ?o }",
        (1, 8),
        "Unexpected “COUNT” (line 1, column 8). Write (COUNT(…) AS ?name).",
    ),
    "commas between variables": (
        "SELECT ?s, ?p { ?s ?p ?o }",
        (1, 10),
        "Unexpected “,” (line 1, column 10). The variables of SELECT stand side by side, without commas.",
    ),
    "a string that does not end": (
        "SELECT * {\n ?s ?p 'abc }",
        (2, 8),
        "A string begins here and does not end (line 2, column 8). Close it with '.",
    ),
    "a wrong escape": (
        'SELECT * { ?s ?p "C:\\dir" }',
        (1, 18),
        'Unexpected “"C:\\dir"” (line 1, column 18). '
        "The string has a backslash that escapes nothing; write it twice.",
    ),
    "a relative IRI": (
        "SELECT * { <rel> ?p ?o }",
        (1, 12),
        "“<rel>” is a relative IRI, and there is no BASE (line 1, column 12). Write the IRI in full.",
    ),
    "an IRI with a space": (
        "SELECT * { <http://a b> ?p ?o }",
        (1, 12),
        "An IRI is not well formed (line 1, column 12). "
        "An IRI in full looks like <https://example.org/thing>.",
    ),
    "two queries": (
        "ASK { ?s ?p ?o }\nASK {}",
        (2, 1),
        "A second query begins here (line 2, column 1). Send one query in a request.",
    ),
    "a bracket too many": (
        "SELECT ?s { ?s ?p ?o }}",
        (1, 23),
        "Unexpected “}” (line 1, column 23). It closes a bracket that is not open.",
    ),
    "the wrong bracket": (
        "SELECT ?s {\n  FILTER (?o > 3 }",
        (2, 18),
        "Unexpected “}” (line 2, column 18). Close the “(” that opens at line 2, column 10.",
    ),
    "neither grouped nor aggregated": (
        "# count\nSELECT ?s (COUNT(?o) AS ?n) {\n ?s ?p ?o }",
        (2, 1),
        "SELECT uses a variable that is neither grouped by nor aggregated (line 2, column 1). "
        "Add it to GROUP BY, or wrap it in an aggregate such as SAMPLE(…).",
    ),
    "everything and groups": (
        "SELECT * { ?s ?p ?o } GROUP BY ?s",
        (1, 1),
        "SELECT * cannot stand with GROUP BY (line 1, column 1). "
        "Name the variables and aggregates to return.",
    ),
    "twice the same variable": (
        "SELECT (1 AS ?x) (2 AS ?x) {}",
        (1, 1),
        "SELECT names the same variable twice (line 1, column 1). Name each variable once.",
    ),
    "a value for a variable that has one": (
        "SELECT (1 AS ?s) { ?s ?p ?o }",
        (1, 1),
        "SELECT gives a value to a variable that already has one (line 1, column 1). "
        "Choose another name after AS.",
    ),
    "BIND to a variable that is in use": (
        "SELECT ?a { BIND(1 AS ?a) BIND(2 AS ?a) }",
        (1, 41),
        "Unexpected “}” (line 1, column 41). "
        "If the group looks complete: BIND cannot set a variable that is already in use before it.",
    ),
    "a row of VALUES too short": (
        "SELECT * { ?a ?p ?b } VALUES (?a ?b) { (1) }",
        (1, 44),
        "A row of VALUES has not as many values as there are variables (line 1, column 44). "
        "Write UNDEF where a row has no value.",
    ),
    "a blank node in two groups": (
        "SELECT * { _:a ?p ?o OPTIONAL { _:a ?q ?r } }",
        (1, 33),
        "Unexpected “_:a” (line 1, column 33). The label of a blank node can be used in one group only.",
    ),
    "a language that is none": (
        "SELECT * { ?s ?p 'a'@en-verylonglonglang }",
        (1, 21),
        "The language tag is not well formed (line 1, column 21). Write it like @en or @pt-BR.",
    ),
    "the wrong kind of bracket": (
        "SELECT ?s WHERE ( ?s ?p ?o )",
        (1, 17),
        "Unexpected “(” (line 1, column 17). Possible here: “{”.",
    ),
    "a character from nowhere": (
        "SELECT * { 😀 ?p ?o }",
        (1, 12),
        "Unexpected “😀” (line 1, column 12).",
    ),
}


def fault(text: str) -> QueryError:
    store = EmbeddedStore(prefixes={"conn": "https://w3id.org/ecoconn/ontology#"})
    with pytest.raises(QueryError) as caught:
        list(store.query(Operation.parse(text), JSON))
    return caught.value


@pytest.mark.parametrize(("text", "spot", "sentence"), CASES.values(), ids=CASES.keys())
def test_faults(text: str, spot: tuple[int, int], sentence: str) -> None:
    error = fault(text)
    assert (str(error), (error.line, error.column)) == (sentence, spot)


QUERY = """PREFIX a: <http://a/>
SELECT DISTINCT ?s (COUNT(*) AS ?n)
FROM <http://g/>
WHERE {
  ?s a:p/a:q* "x"@en ; a ?class .
  OPTIONAL { GRAPH ?g { ?s a:r 1, -2.5 . } }
  FILTER (?n > 3 && CONTAINS(STR(?s), 'y') || COALESCE(?n, true))
  { BIND (1 AS ?one) } UNION { VALUES (?t ?u) { (a:b UNDEF) } }
}
GROUP BY ?s HAVING (COUNT(*) > 1) ORDER BY DESC(?n) LIMIT 10 OFFSET 5"""


def test_the_sample_is_a_query() -> None:
    assert list(EmbeddedStore().query(Operation.parse(QUERY), JSON))


@pytest.mark.parametrize("line", range(2, 11))
def test_a_stray_character_is_found_where_it_stands(line: int) -> None:
    lines = QUERY.split("\n")
    for column in [at for at, char in enumerate(lines[line - 1]) if char == " " and at > 3]:
        if "'" in lines[line - 1][:column]:
            continue
        broken = lines.copy()
        broken[line - 1] = f"{broken[line - 1][:column]} ] {broken[line - 1][column:]}"
        error = fault("\n".join(broken))
        assert (error.line, error.column) == (line, column + 2), broken[line - 1]


def test_messages_stay_short() -> None:
    error = fault("SELECT * { ?s ?p ?o } " + "x" * 5000)
    assert len(str(error)) < 300
