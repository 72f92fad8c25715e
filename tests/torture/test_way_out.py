"""No way out: no query or update makes the server contact anybody or read a file.

A listener of our own waits on loopback for whoever comes; a file with a secret and a pipe that notes its
readers lie ready. What counts is that they stay untouched; how a request is refused is stated beside it.
"""

from __future__ import annotations

import pytest
from listening import Files, Trap, aimed, clean
from target import Target
from wire import Answer

pytestmark = pytest.mark.slow


SPELLINGS = (
    "http://127.0.0.1:PORT/x",
    "HTTP://127.0.0.1:PORT/x",
    "http://localhost:PORT/x",
    "http://LOCALHOST.:PORT/x",
    "http://0:PORT/x",
    "http://0.0.0.0:PORT/x",
    "http://127.1:PORT/x",
    "http://2130706433:PORT/x",
    "http://0x7f.0.0.1:PORT/x",
    "http://0x7f000001:PORT/x",
    "http://0177.0.0.1:PORT/x",
    "http://127.0.0.1:0PORT/x",
    "http://127.255.255.254:PORT/x",
    "http://[::1]:PORT/x",
    "http://[::ffff:127.0.0.1]:PORT/x",
    "http://[0:0:0:0:0:ffff:7f00:1]:PORT/x",
    "http://user:password@127.0.0.1:PORT/x",
    "http://example.org@127.0.0.1:PORT/x",
    "http://example.org:80@127.0.0.1:PORT/x",
    "http://127.0.0.1:PORT?@example.org/",
    "http://127.0.0.1:PORT#@example.org/",
    "http://127%2e0%2e0%2e1:PORT/x",
    "http:127.0.0.1:PORT/x",
    "http:/127.0.0.1:PORT/x",
    "http:///127.0.0.1:PORT/x",
    "https://127.0.0.1:PORT/x",
    "ftp://127.0.0.1:PORT/x",
    "gopher://127.0.0.1:PORT/_x",
    "jar:http://127.0.0.1:PORT/x!/y",
    "\\u0068ttp://127.0.0.1:PORT/x",
    "http://\\u0031\\u0032\\u0037.0.0.1:PORT/x",
    "http://\U0001d7cf\U0001d7d0\U0001d7d5.0.0.1:PORT/x",
    "http://①②⑦.0.0.1:PORT/x",
)

# Each asks for federation in its own way; SPOT stands for the address between its brackets.
SERVICES: dict[str, str] = {
    "plain": "SELECT * { SERVICE SPOT { ?s ?p ?o } }",
    "silent": "SELECT * { SERVICE SILENT SPOT { ?s ?p ?o } }",
    "in small letters": "select * { service silent SPOT { ?s ?p ?o } }",
    "in mixed letters": "SELECT * { SeRvIcE SPOT { ?s ?p ?o } }",
    "escaped": "SELECT * { \\u0053ERVICE SPOT { ?s ?p ?o } }",
    "escaped throughout": "SELECT * { \\u0053\\u0045\\u0052\\u0056\\U00000049\\u0043\\u0045 SPOT {} }",
    "escaped braces": "SELECT * \\u007B SERVICE SPOT \\u007B ?s ?p ?o \\u007D \\u007D",
    "without spaces": "SELECT*{SERVICE SILENT<ADDRESS>{?s ?p ?o}}",
    "after a comment": "SELECT * { # }\n SERVICE#{\r SPOT { ?s ?p ?o } }",
    "after a string of quotes": "SELECT * { BIND('''\\'''' AS ?q) SERVICE SPOT { ?s ?p ?o } }",
    "after an IRI with an apostrophe": "SELECT * { ?s <urn:it's> ?o . SERVICE SPOT { ?s ?p 'o' } }",
    "after an IRI with a number sign": "SELECT * { ?s <urn:a#b> ?o . SERVICE SPOT { ?s ?p ?o } }",
    "after a comparison": "SELECT * { FILTER(1<2) SERVICE SPOT { FILTER(3>2) } }",
    "after a triple's end": "SELECT * { ?s ?p ?o.SERVICE SPOT { ?s ?p ?o } }",
    "after a name": "PREFIX a: <urn:a:> SELECT * { ?s a:b a:c. SERVICE SPOT { ?s ?p ?o } }",
    "after a number": "SELECT * { ?s ?p 1.SERVICE SPOT { ?s ?p ?o } }",
    "by a variable": "SELECT * { VALUES ?u { SPOT } SERVICE ?u { ?s ?p ?o } }",
    "by a variable bound": "SELECT * { BIND(IRI('ADDRESS') AS ?u) SERVICE SILENT ?u { ?s ?p ?o } }",
    "by a prefix": "PREFIX a: SPOT SELECT * { SERVICE a: { ?s ?p ?o } }",
    "by a base": "BASE SPOT SELECT * { SERVICE <y> { ?s ?p ?o } }",
    "under a prefix of its name": "PREFIX SERVICE: <urn:x> SELECT * { SERVICE SPOT { ?s ?p ?o } }",
    "in a subselect": "SELECT * { { SELECT * { SERVICE SPOT { ?s ?p ?o } } } }",
    "in OPTIONAL": "SELECT * { OPTIONAL { SERVICE SPOT { ?s ?p ?o } } }",
    "in MINUS": "SELECT * { ?s ?p ?o MINUS { SERVICE SPOT { ?s ?p ?o } } }",
    "in EXISTS": "ASK { FILTER EXISTS { SERVICE SPOT { ?s ?p ?o } } }",
    "in HAVING": "SELECT (COUNT(*) AS ?n) {} HAVING(EXISTS { SERVICE SPOT { ?s ?p ?o } })",
    "in GRAPH": "SELECT * { GRAPH ?g { SERVICE SPOT { ?s ?p ?o } } }",
    "in LATERAL": "SELECT * { VALUES ?u { SPOT } LATERAL { SERVICE ?u { ?s ?p ?o } } }",
    "to construct": "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE SPOT { ?s ?p ?o } }",
    "to describe": "DESCRIBE ?s { SERVICE SPOT { ?s ?p ?o } }",
    "in the data of IN": "ASK { FILTER(1 IN (1, EXISTS { SERVICE SPOT { ?s ?p ?o } })) }",
    "after VALUES": "SELECT * { VALUES (?a ?b) { (1 UNDEF) } SERVICE SPOT { ?s ?p ?o } }",
    "after a mark": "\ufeffSELECT * { SERVICE SPOT { ?s ?p ?o } }",
}


@pytest.mark.parametrize("text", SERVICES.values(), ids=SERVICES.keys())
def test_service_is_refused(target: Target, snare: Trap, text: str) -> None:
    answer = clean(target.ask(aimed(text, snare), accept="*/*"))
    assert "SERVICE" in answer.problem(403, "forbidden")


@pytest.mark.parametrize("address", SPELLINGS)
def test_service_is_refused_in_every_spelling(target: Target, snare: Trap, address: str) -> None:
    for text in ("SELECT * { SERVICE SILENT SPOT { ?s ?p ?o } }", SERVICES["by a variable bound"]):
        answer = clean(target.ask(aimed(text, snare, address)))
        assert "SERVICE" in answer.problem(403, "forbidden")


@pytest.mark.parametrize("text", SERVICES.values(), ids=SERVICES.keys())
def test_service_is_refused_in_updates(target: Target, snare: Trap, text: str) -> None:
    pattern = text[text.index("{") :] if "{" in text else "{ SERVICE SPOT { ?s ?p ?o } }"
    prologue = text[: text.upper().index("SELECT")] if text.startswith(("PREFIX", "BASE")) else ""
    update = f"{prologue}INSERT {{ <urn:out> ?p ?o }} WHERE {{ SELECT * {pattern} }}"
    answer = clean(target.update(aimed(update, snare)))
    assert answer.outcome in ("forbidden", "query"), answer
    answer.refusal()
    assert target.count("<urn:out> ?p ?o") == 0


# Loading is refused; LOAD SILENT may also be taken for a load that failed in silence.
LOADS: dict[str, str] = {
    "plain": "LOAD SPOT",
    "into a graph": "LOAD SPOT INTO GRAPH <urn:out>",
    "silent": "LOAD SILENT SPOT",
    "silent, into a graph": "LOAD SILENT SPOT INTO GRAPH <urn:out>",
    "in small letters": "load silent SPOT into graph <urn:out>",
    "escaped": "\\u004CO\\u0041D SPOT",
    "escaped, silent": "LO\\u0041D S\\u0049LENT SPOT",
    "after others": "INSERT DATA { <urn:out> <urn:p> 1 } ; LOAD SPOT",
    "before others": "LOAD SPOT ; INSERT DATA { <urn:out> <urn:p> 1 }",
    "silent, amid others": "DELETE DATA { <urn:no> <urn:p> 1 } ; LOAD SILENT SPOT ; CLEAR GRAPH <urn:no>",
    "by a prefix": "PREFIX a: SPOT LOAD a:",
    "by a base": "BASE SPOT LOAD <y>",
    "without spaces": "LOAD<ADDRESS>",
    "run together": "INSERT DATA{<urn:out> <urn:p> 1};LOAD<ADDRESS>INTO GRAPH<urn:out>",
    "behind a comment": "# LOAD\nLOAD # x\n SPOT",
    "behind an apostrophe": "INSERT DATA { <urn:out> <urn:it's> 1 } ; LOAD SPOT # '",
    "behind a prologue": "PREFIX LOAD: <urn:x> LOAD SPOT",
    "silent, twice": "LOAD SILENT SPOT ; LOAD SILENT SPOT INTO GRAPH <urn:out>",
}


def unloaded(target: Target, answer: Answer) -> None:
    clean(answer)
    if answer.status >= 300:
        assert answer.outcome in ("forbidden", "query"), answer
        answer.refusal()
    for pattern in ("GRAPH <urn:out> { ?s ?p ?o }", "<urn:out> ?p ?o", "?s ?p <urn:sprung>"):
        assert target.count(pattern) == 0


@pytest.mark.parametrize("text", LOADS.values(), ids=LOADS.keys())
def test_load_fetches_nothing(target: Target, snare: Trap, text: str) -> None:
    answer = target.update(aimed(text, snare))
    unloaded(target, answer)
    if "silent" not in text.lower() and "S\\u0049LENT" not in text:
        assert "LOAD" in answer.problem(403, "forbidden")


@pytest.mark.parametrize("address", SPELLINGS)
def test_load_fetches_nothing_in_any_spelling(target: Target, snare: Trap, address: str) -> None:
    for text in ("LOAD SPOT", "LOAD SILENT SPOT INTO GRAPH <urn:out>"):
        unloaded(target, target.update(aimed(text, snare, address)))


NAMED: dict[str, str] = {
    "FROM": "SELECT * FROM SPOT { ?s ?p ?o }",
    "FROM NAMED": "SELECT * FROM NAMED SPOT { GRAPH ?g { ?s ?p ?o } }",
    "FROM, several": "SELECT * FROM SPOT FROM <urn:g> FROM NAMED SPOT { ?s ?p ?o FILTER(?s = <urn:none>) }",
    "FROM by a base": "BASE SPOT SELECT * FROM <y> { ?s ?p ?o }",
    "GRAPH": "SELECT * { GRAPH SPOT { ?s ?p ?o } }",
    "DESCRIBE": "DESCRIBE SPOT",
    "IRI": "SELECT * { BIND(IRI('ADDRESS') AS ?x) ?x ?p ?o }",
    "a function": "SELECT (SPOT(1) AS ?x) {}",
    "a data type": "SELECT (STRDT('1', SPOT) AS ?x) { ?none ?none ?none }",
}


@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED.keys())
@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:PORT/x", "file://FILE", "file:FILE", "file://localhostFILE"]
)
def test_a_graph_named_by_an_address_is_only_a_name(
    target: Target, snare: Trap, files: Files, text: str, address: str
) -> None:
    for path in (files.secret, files.pipe, "/etc/passwd", "/dev/zero"):
        answer = clean(target.ask(aimed(text, snare, address.replace("FILE", str(path))), accept="*/*"))
        assert answer.outcome in ("ok", "query"), answer
        if answer.outcome == "query":
            answer.refusal()
        else:
            assert "triples" not in answer.text
        assert answer.seconds < 1
