"""Updates as they arrive: the dataset of the protocol written into them, and LOAD kept out.

What the engine gets is judged by running it.
"""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kg.errors import Forbidden, QueryError
from kg.updates import Update

DATA = """\
<u:a> <u:p> <u:unnamed> .
<u:a> <u:p> <u:one> <u:g1> .
<u:b> <u:p> <u:one> <u:g1> .
<u:a> <u:p> <u:two> <u:g2> .
<u:c> <u:q> <u:two> <u:g2> .
<u:a> <u:p> <u:hash> <http://x/g#h> .
"""


def after(text: str, using: tuple[str, ...] = (), named: tuple[str, ...] = ()) -> set[str]:
    """What is in the store after the update, less what was in it before, which is marked by a minus."""
    store = ox.Store()
    store.load(DATA.encode(), ox.RdfFormat.N_QUADS)
    before = {str(quad) for quad in store}
    update = Update.parse(text, using, named, "http://base.example/")
    store.update(update.text, base_iri=update.base)
    now = {str(quad) for quad in store}
    return {*(now - before), *(f"- {line}" for line in before - now)}


# ---- what is kept -----------------------------------------------------------------------------------------


def test_without_parameters_the_text_stays_as_it_is() -> None:
    text = "PREFIX a: <u:>\nINSERT { ?s a:q ?o } WHERE { ?s a:p ?o } ;\nDELETE WHERE { ?s a:p ?o }"
    update = Update.parse(text)
    assert (update.text, update.source, update.base) == (text, text, None)


def test_the_engine_gets_no_comments_and_lines_stay_lines() -> None:
    text = "INSERT DATA { # LOAD <http://127.0.0.1:9/>\n <u:a#b> <u:p> 'x' # '\n}"
    update = Update.parse(text, base="http://base.example/")
    assert update.source == text
    assert update.text == f"INSERT DATA {{ {' ' * 28}\n <u:a\\u0023b> <u:p> 'x' {' ' * 3}\n}}"
    assert update.base == "http://base.example/"


def test_relative_iris_take_the_base() -> None:
    assert after("INSERT DATA { <x> <u:p> <#y> }") == {
        "<http://base.example/x> <u:p> <http://base.example/#y>"
    }


@pytest.mark.parametrize("text", ["", " \n", "# nothing", "PREFIX a: <u:>", "CLEAR SILENT DEFAULT ;"])
def test_an_update_of_nothing_is_one(text: str) -> None:
    assert after(text) <= {"- <u:a> <u:p> <u:unnamed>"}


# ---- the dataset of the protocol --------------------------------------------------------------------------

# The text, using-graph-uri, using-named-graph-uri, and what changes.
USING: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], set[str]]] = {
    "INSERT": (
        "INSERT { ?s <u:new> ?o } WHERE { ?s <u:p> ?o }",
        ("u:g1",),
        (),
        {"<u:a> <u:new> <u:one>", "<u:b> <u:new> <u:one>"},
    ),
    "two graphs": (
        "INSERT { <u:all> <u:new> ?o } WHERE { <u:a> <u:p> ?o }",
        ("u:g1", "u:g2"),
        (),
        {"<u:all> <u:new> <u:one>", "<u:all> <u:new> <u:two>"},
    ),
    "a named graph": (
        "INSERT { ?g <u:new> ?o } WHERE { GRAPH ?g { <u:a> <u:p> ?o } }",
        (),
        ("u:g2",),
        {"<u:g2> <u:new> <u:two>"},
    ),
    "both kinds": (
        "INSERT { ?g <u:new> ?o } WHERE { ?s <u:p> ?o . GRAPH ?g { ?s ?p ?q } }",
        ("u:g1",),
        ("u:g2",),
        {"<u:g2> <u:new> <u:one>"},
    ),
    "a named graph only leaves no unnamed one": (
        "INSERT { <u:x> <u:new> ?o } WHERE { ?s <u:p> ?o }",
        (),
        ("u:g2",),
        set(),
    ),
    "DELETE": (
        "DELETE { GRAPH <u:g1> { ?s <u:p> <u:one> } } WHERE { ?s <u:p> ?o }",
        ("u:g2",),
        (),
        {"- <u:a> <u:p> <u:one> <u:g1>"},
    ),
    "DELETE and INSERT": (
        "DELETE { GRAPH <u:g1> { ?s ?p ?o } } INSERT { GRAPH <u:g3> { ?s ?p ?o } } WHERE { ?s ?p ?o }",
        ("u:g1",),
        (),
        {
            "- <u:a> <u:p> <u:one> <u:g1>",
            "- <u:b> <u:p> <u:one> <u:g1>",
            "<u:a> <u:p> <u:one> <u:g3>",
            "<u:b> <u:p> <u:one> <u:g3>",
        },
    ),
    "DELETE WHERE": (
        "DELETE WHERE { GRAPH ?g { <u:a> <u:p> ?o } }",
        (),
        ("u:g1",),
        {"- <u:a> <u:p> <u:one> <u:g1>"},
    ),
    "DELETE WHERE from what is stored without a name": (
        "DELETE WHERE { <u:a> ?p <u:unnamed> }",
        ("u:g1",),
        (),
        set(),
    ),
    "DELETE WHERE with a comment": (
        "DELETE # }\n WHERE # {\n { GRAPH ?g { <u:a> ?p ?o # '\n } } # done",
        (),
        ("u:g1",),
        {"- <u:a> <u:p> <u:one> <u:g1>"},
    ),
    "a subquery": (
        "INSERT { ?s <u:new> ?n } WHERE { { SELECT ?s (COUNT(*) AS ?n) WHERE { ?s <u:p> ?o } GROUP BY ?s } }",
        ("u:g1",),
        (),
        {
            '<u:a> <u:new> "1"^^<http://www.w3.org/2001/XMLSchema#integer>',
            '<u:b> <u:new> "1"^^<http://www.w3.org/2001/XMLSchema#integer>',
        },
    ),
    "INSERT DATA": ("INSERT DATA { <u:x> <u:p> 'y' }", ("u:g1",), ("u:g2",), {'<u:x> <u:p> "y"'}),
    "DELETE DATA": (
        "DELETE DATA { <u:a> <u:p> <u:unnamed> }",
        ("u:g1",),
        (),
        {"- <u:a> <u:p> <u:unnamed>"},
    ),
    "DATA with words of the language": (
        "INSERT DATA { <u:WHERE> <u:USING> ' WHERE { USING <u:g1> } ; ' }",
        ("u:g1",),
        (),
        {'<u:WHERE> <u:USING> " WHERE { USING <u:g1> } ; "'},
    ),
    "several operations": (
        "INSERT { ?s <u:x> 1 } WHERE { ?s <u:p> <u:one> } ; INSERT DATA { <u:d> <u:x> 1 } ;\n"
        "DELETE { <u:a> <u:x> 1 } WHERE { <u:b> ?p <u:one> } ;",
        ("u:g1",),
        (),
        {
            '<u:b> <u:x> "1"^^<http://www.w3.org/2001/XMLSchema#integer>',
            '<u:d> <u:x> "1"^^<http://www.w3.org/2001/XMLSchema#integer>',
        },
    ),
    "management of graphs": (
        "CLEAR GRAPH <u:g1>",
        ("u:g2",),
        (),
        {
            "- <u:a> <u:p> <u:one> <u:g1>",
            "- <u:b> <u:p> <u:one> <u:g1>",
        },
    ),
    "words in comments and strings": (
        "INSERT # WHERE { USING ; LOAD\n { ?s <u:n> ' WHERE USING ; LOAD <u:x> ' } # ; WHERE\n"
        "WHERE { ?s <u:p> <u:one> # ; DELETE WHERE {\n FILTER('WHERE' != 'USING') }",
        ("u:g1",),
        (),
        {
            '<u:a> <u:n> " WHERE USING ; LOAD <u:x> "',
            '<u:b> <u:n> " WHERE USING ; LOAD <u:x> "',
        },
    ),
    "small letters": (
        "insert { ?s <u:new> ?o } where { ?s <u:p> ?o }",
        ("u:g1",),
        (),
        {"<u:a> <u:new> <u:one>", "<u:b> <u:new> <u:one>"},
    ),
    "without spaces": (
        "INSERT{?s<u:new>?o}WHERE{?s<u:p>?o}",
        ("u:g1",),
        (),
        {"<u:a> <u:new> <u:one>", "<u:b> <u:new> <u:one>"},
    ),
    "prefixes": (
        "BASE <u:> PREFIX where: <u:> INSERT { ?s where:new ?o } WHERE { ?s where:p ?o }",
        ("u:g1",),
        (),
        {"<u:a> <u:new> <u:one>", "<u:b> <u:new> <u:one>"},
    ),
    "a graph with a fragment": (
        "INSERT { ?s <u:new> ?o } WHERE { ?s <u:p> ?o }",
        ("http://x/g#h",),
        (),
        {"<u:a> <u:new> <u:hash>"},
    ),
    "a graph that is not there": (
        "INSERT { ?s <u:new> ?o } WHERE { ?s <u:p> ?o }",
        ("u:none",),
        (),
        set(),
    ),
    "nested groups with WHERE": (
        "INSERT { ?s <u:new> ?n } WHERE { { SELECT ?s ?n WHERE { ?s <u:p> ?n } } "
        "FILTER EXISTS { SELECT * WHERE { ?s ?p ?n } } }",
        ("u:g2",),
        (),
        {"<u:a> <u:new> <u:two>"},
    ),
}


@pytest.mark.parametrize(("text", "using", "named", "changes"), USING.values(), ids=USING.keys())
def test_the_dataset_of_the_request_is_used(
    text: str, using: tuple[str, ...], named: tuple[str, ...], changes: set[str]
) -> None:
    assert after(text, using, named) == changes


CONFLICTS: dict[str, tuple[str, str]] = {
    "WITH": ("WITH <u:g1> INSERT { ?s <u:x> 1 } WHERE { ?s ?p ?o }", "WITH"),
    "with": ("with <u:g1> delete { ?s <u:x> 1 } where { ?s ?p ?o }", "WITH"),
    "USING": ("INSERT { ?s <u:x> 1 } USING <u:g1> WHERE { ?s ?p ?o }", "USING"),
    "USING NAMED": ("DELETE { ?s <u:x> 1 } USING NAMED <u:g1> WHERE { ?s ?p ?o }", "USING"),
    "without spaces": ("INSERT{?s<u:x>1}USING<u:g1>WHERE{?s ?p ?o}", "USING"),
    "in a later operation": (
        "CLEAR DEFAULT ; INSERT { ?s <u:x> 1 } USING <u:g1> WHERE { ?s ?p ?o }",
        "USING",
    ),
    "after a prefix": ("PREFIX a: <u:> WITH a:g1 INSERT { ?s a:x 1 } WHERE { ?s ?p ?o }", "WITH"),
}


@pytest.mark.parametrize(("text", "word"), CONFLICTS.values(), ids=CONFLICTS.keys())
@pytest.mark.parametrize("named", [False, True])
def test_clauses_and_parameters_together_are_a_conflict(text: str, word: str, *, named: bool) -> None:
    Update.parse(text)
    with pytest.raises(QueryError) as caught:
        Update.parse(text, *(((), ("u:g2",)) if named else (("u:g2",), ())))
    assert caught.value.status == 400
    assert caught.value.message == f"The update has {word} and the request names the graphs to use, too."
    assert "using-graph-uri and using-named-graph-uri" in caught.value.detail


# Texts that an engine reads although no one may write them so: the dataset must not be lost on them.
RUN_TOGETHER: dict[str, str] = {
    "DELETEWHERE": "DELETEWHERE { GRAPH ?g { ?s ?p ?o } }",
    "USINGNAMED": "INSERT { <u:x> <u:new> ?o } USINGNAMED <u:g1> WHERE { GRAPH ?g { ?s ?p ?o } }",
    "USING and a name": "PREFIX : <u:> INSERT { ?s <u:new> ?o } USING:g1 WHERE { ?s ?p ?o }",
    "WITH and a name": "PREFIX : <u:> WITH:g1 INSERT { ?s <u:new> ?o } WHERE { ?s ?p ?o }",
}


@pytest.mark.parametrize("text", RUN_TOGETHER.values(), ids=RUN_TOGETHER.keys())
def test_words_run_together_do_not_lose_the_dataset(text: str) -> None:
    with pytest.raises(QueryError):
        Update.parse(text, ("u:g2",))


@pytest.mark.parametrize("graph", ["", "g1", "u:a b", "u:a> DROP ALL #", "u:<a>", "u:a\n", "u:{}", "<u:a>"])
def test_parameters_must_be_iris(graph: str) -> None:
    for graphs in (((graph,), ()), ((), (graph,))):
        with pytest.raises(QueryError, match="is not the IRI of a graph") as caught:
            Update.parse("INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }", *graphs)
        assert "Give using-graph-uri and using-named-graph-uri as absolute IRIs." in caught.value.detail


def test_a_quote_in_a_graph_name_stays_in_it() -> None:
    name = "u:it's#x"
    update = Update.parse("INSERT { ?s <u:new> 'a' } WHERE { ?s ?p ?o }", (name,))
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("u:s"), ox.NamedNode("u:p"), ox.Literal("o"), ox.NamedNode(name)))
    store.update(update.text)
    assert {str(quad) for quad in store.quads_for_pattern(None, ox.NamedNode("u:new"), None)} == {
        '<u:s> <u:new> "a"'
    }


# ---- operations and prologues -----------------------------------------------------------------------------

PROLOGUES: dict[str, str] = {
    "a prefix": "PREFIX a: <u:> CLEAR ALL ; PREFIX b: <u:> INSERT DATA { b:x b:y b:z }",
    "the same prefix": "PREFIX b: <u:> CLEAR ALL ;\nPREFIX b: <u:>\nINSERT DATA { b:x b:y b:z }",
    "a base": "CLEAR ALL ; BASE <u:> INSERT DATA { <u:x> <u:y> <u:z> }",
    "nothing after a prefix": "CLEAR ALL ; INSERT DATA { <u:x> <u:y> <u:z> } ; PREFIX a: <u:>",
}


@pytest.mark.parametrize("text", PROLOGUES.values(), ids=PROLOGUES.keys())
def test_a_prologue_may_stand_before_every_operation(text: str) -> None:
    assert "<u:x> <u:y> <u:z>" in after(text)


def test_names_and_iris_hold_no_operations() -> None:
    text = 'PREFIX a: <u:> INSERT DATA { a:x a:y \'}; CLEAR ALL\' , <u:;LOAD> , """} ;\nDROP ALL""" }'
    assert after(text) == {
        '<u:x> <u:y> "}; CLEAR ALL"',
        "<u:x> <u:y> <u:;LOAD>",
        '<u:x> <u:y> "} ;\\nDROP ALL"',
    }


@pytest.mark.parametrize("form", ["SELECT * {}", "ASK {}", "CONSTRUCT WHERE {}", "describe <u:a>"])
@pytest.mark.parametrize("before", ["", "PREFIX a: <u:> ", "CLEAR ALL ; "])
def test_queries_are_no_updates(form: str, before: str) -> None:
    with pytest.raises(QueryError) as caught:
        Update.parse(before + form)
    word = form.partition(" ")[0].upper()
    assert caught.value.message == f"{word} is a query, and this address takes updates."
    assert caught.value.remedy == "Send SPARQL 1.1 Update here, and queries to /sparql."


def test_nul_is_refused_with_its_place() -> None:
    with pytest.raises(QueryError, match="The update holds a NUL character at line 2, column 3") as caught:
        Update.parse("CLEAR\n  \x00ALL")
    assert (caught.value.line, caught.value.column) == (2, 3)


def test_service_is_refused() -> None:
    with pytest.raises(Forbidden, match="SERVICE is not allowed"):
        Update.parse("INSERT { ?s ?p ?o } WHERE { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }")


# ---- LOAD -------------------------------------------------------------------------------------------------

AWAY = "<http://127.0.0.1:9/>"
LOADS: dict[str, str] = {
    "plain": f"LOAD {AWAY}",
    "small letters": f"load {AWAY}",
    "mixed letters": f"LoAd {AWAY}",
    "into a graph": f"LOAD {AWAY} INTO GRAPH <u:g>",
    "a file": "LOAD <file:///etc/passwd>",
    "after a prefix": f"PREFIX a: <u:> LOAD {AWAY}",
    "after a base": f"BASE <u:> LOAD {AWAY}",
    "after a comment": f"# nothing to see\nLOAD {AWAY}",
    "second": f"INSERT DATA {{ <u:a> <u:b> <u:c> }} ; LOAD {AWAY}",
    "second, of a prefix": "CLEAR ALL;PREFIX a: <http://127.0.0.1:9/> LOAD a:x",
    "between": f"CLEAR ALL;LOAD{AWAY};CLEAR ALL",
    "without a space": f"LOAD{AWAY}",
    "run into SILENT": f"LOADSILENT {AWAY}",
    "run into SILENT and its address": f"LOADSILENT{AWAY}",
    "run into a name": "PREFIX a: <http://127.0.0.1:9/> LOADa:b",
    "run into an empty prefix": "PREFIX : <http://127.0.0.1:9/> LOAD:b",
    "run into SILENT and a name": "PREFIX : <http://127.0.0.1:9/> LOADSILENT:b",
    "escaped": f"\\u004cOAD {AWAY}",
    "escaped in the middle": f"LO\\u0041D {AWAY}",
    "escaped long": f"LOA\\U00000044 {AWAY}",
    "escaped space": f"LOAD\\u0020{AWAY}",
    "after a string with a quote": f"INSERT DATA {{ <u:a> <u:b> 'it\\'s' }} ; LOAD {AWAY}",
    "after a comment with a quote": f"CLEAR ALL ; # it's\nLOAD {AWAY} # it's",
    "after an odd bracket": f"INSERT DATA {{ <u:a> <u:b> '}}' , \"{{\" }} ; LOAD {AWAY}",
    "after annotations": f"INSERT DATA {{ <u:a> <u:b> 1 {{| <u:q> 2 |}} }} ; LOAD {AWAY}",
    "after a silent one": f"LOAD SILENT {AWAY} ; LOAD {AWAY}",
    "silent, into nothing": f"LOAD SILENT {AWAY} INTO",
    "silent, into no graph": f"LOAD SILENT {AWAY} INTO <u:g>",
    "silent, run into INTO": f"LOAD SILENT {AWAY} INTOGRAPH <u:g>",
    "silent, of nothing": "LOAD SILENT",
    "silent, of a string": "LOAD SILENT 'http://127.0.0.1:9/'",
    "silent, and more": f"LOAD SILENT {AWAY} {AWAY}",
}


@pytest.mark.parametrize("text", LOADS.values(), ids=LOADS.keys())
def test_load_is_refused(text: str) -> None:
    with pytest.raises(Forbidden) as caught:
        Update.parse(text)
    assert caught.value.status == 403
    assert caught.value.message == "LOAD is not allowed: this server fetches nothing from other addresses."


SILENT: dict[str, tuple[str, set[str]]] = {
    "alone": (f"LOAD SILENT {AWAY}", set()),
    "small letters": (f"load silent {AWAY}", set()),
    "without a space": (f"LOAD SILENT{AWAY}", set()),
    "over lines": (f"LOAD # it\nSILENT # it's\n{AWAY}\n", set()),
    "into a graph": (f"LOAD SILENT {AWAY} INTO GRAPH <u:new>", set()),
    "into a graph, without spaces": (f"LOAD SILENT{AWAY}INTO GRAPH<u:new>", set()),
    "names": ("PREFIX a: <http://127.0.0.1:9/> LOAD SILENT a:b INTO GRAPH a:c", set()),
    "names of load": ("PREFIX load: <http://127.0.0.1:9/> LOAD SILENT load:b INTO GRAPH load:c", set()),
    "first": (f"LOAD SILENT {AWAY} ; INSERT DATA {{ <u:x> <u:y> <u:z> }}", {"<u:x> <u:y> <u:z>"}),
    "last": (f"INSERT DATA {{ <u:x> <u:y> <u:z> }} ; LOAD SILENT {AWAY} ;", {"<u:x> <u:y> <u:z>"}),
    "in the middle": (
        f"INSERT DATA {{ <u:x> <u:y> <u:z> }} ; LOAD SILENT {AWAY} INTO GRAPH <u:new> ;\n"
        "DELETE DATA { <u:a> <u:p> <u:unnamed> }",
        {"<u:x> <u:y> <u:z>", "- <u:a> <u:p> <u:unnamed>"},
    ),
    "twice": (f"LOAD SILENT {AWAY} ; LOAD SILENT {AWAY}", set()),
}


@pytest.mark.parametrize(("text", "changes"), SILENT.values(), ids=SILENT.keys())
def test_load_silent_does_nothing(text: str, changes: set[str]) -> None:
    update = Update.parse(text)
    assert update.source == text
    assert "127.0.0.1" not in update.text.replace("PREFIX a: <http://127.0.0.1:9/>", "").replace(
        "PREFIX load: <http://127.0.0.1:9/>", ""
    )
    assert update.text.count("\n") == text.count("\n")
    assert after(text) == changes
    assert after(text, ("u:g1",)) == changes


HONEST: dict[str, tuple[str, set[str]]] = {
    "names of load in data": (
        "PREFIX load: <u:> INSERT DATA { load:x load:load load:LOAD }",
        {"<u:x> <u:load> <u:LOAD>"},
    ),
    "a prefix in capitals": (
        "PREFIX LOAD: <u:> INSERT DATA { LOAD:x LOAD:y 1 }",
        {'<u:x> <u:y> "1"^^<http://www.w3.org/2001/XMLSchema#integer>'},
    ),
    "a graph to clear": (
        "PREFIX load: <u:> CLEAR GRAPH load:g2",
        {
            "- <u:a> <u:p> <u:two> <u:g2>",
            "- <u:c> <u:q> <u:two> <u:g2>",
        },
    ),
    "a graph to drop": ("PREFIX load: <u:> DROP SILENT GRAPH load:none", set()),
    "a graph to create": ("PREFIX load: <u:> CREATE GRAPH load:new", set()),
    "graphs to copy": (
        "PREFIX load: <u:> COPY load:g1 TO load:g3",
        {
            "<u:a> <u:p> <u:one> <u:g3>",
            "<u:b> <u:p> <u:one> <u:g3>",
        },
    ),
    "graphs to add": (
        "PREFIX load: <u:> ADD SILENT load:g2 TO load:g4",
        {
            "<u:a> <u:p> <u:two> <u:g4>",
            "<u:c> <u:q> <u:two> <u:g4>",
        },
    ),
    "a graph to move": (
        "PREFIX load: <u:> MOVE GRAPH load:g2 TO load:g5",
        {
            "- <u:a> <u:p> <u:two> <u:g2>",
            "- <u:c> <u:q> <u:two> <u:g2>",
            "<u:a> <u:p> <u:two> <u:g5>",
            "<u:c> <u:q> <u:two> <u:g5>",
        },
    ),
    "WITH": (
        "PREFIX load: <u:> WITH load:g1 INSERT { ?s load:new ?o } WHERE { ?s load:p ?o }",
        {"<u:a> <u:new> <u:one> <u:g1>", "<u:b> <u:new> <u:one> <u:g1>"},
    ),
    "USING": (
        "PREFIX load: <u:> INSERT { ?load load:new ?o } USING load:g1 USING NAMED load:g2 "
        "WHERE { ?load load:p ?o }",
        {"<u:a> <u:new> <u:one>", "<u:b> <u:new> <u:one>"},
    ),
    "in strings": (
        "INSERT DATA { <u:x> <u:y> 'LOAD <http://127.0.0.1:9/>' }",
        {'<u:x> <u:y> "LOAD <http://127.0.0.1:9/>"'},
    ),
    "in a comment": (
        "INSERT DATA { <u:x> <u:y> <u:z> } # ; LOAD <http://127.0.0.1:9/>",
        {"<u:x> <u:y> <u:z>"},
    ),
    "an escaped string": ("INSERT DATA { <u:x> <u:y> '\\u004cOAD' }", {'<u:x> <u:y> "LOAD"'}),
    "words that hold it, in an address": (
        "INSERT DATA { <u:upload> <u:download#LOAD> <u:z> }",
        {"<u:upload> <u:download#LOAD> <u:z>"},
    ),
}


@pytest.mark.parametrize(("text", "changes"), HONEST.values(), ids=HONEST.keys())
def test_the_word_load_may_stand_where_it_is_no_keyword(text: str, changes: set[str]) -> None:
    assert after(text) == changes
