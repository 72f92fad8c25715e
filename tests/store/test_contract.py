"""What every store does, whatever is behind it: one suite, run on each kind."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import httpx
import pytest
import zstandard
from asking import Loop, ask, put, rows, update, whole

from kg import media
from kg.errors import (
    KgError,
    NotAcceptable,
    NotFound,
    QueryError,
    RdfError,
    SettingsError,
    StoreError,
    UnsupportedMedia,
)
from kg.media import CSV, NQUADS, NTRIPLES, TURTLE, Format
from kg.settings import DefaultGraph
from kg.sparql import Operation
from kg.store import DropGraph, Read, ReadDataset, ReadGraph, Store, Terms, open_store
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from peer import oxigraph

PREFIXES = {"u": "u:"}
DATA = b"""\
<u:alps> <u:label> "Alps"@en <u:g1> .
<u:alps> <u:label> "Alps"@en <u:g2> .
<u:alps> <u:in> <u:europe> <u:g2> .
<u:world> <u:label> "World" .
"""
AS_UPDATE = """\
DROP ALL ; INSERT DATA {
  <u:world> <u:label> "World" .
  GRAPH <u:g1> { <u:alps> <u:label> "Alps"@en }
  GRAPH <u:g2> { <u:alps> <u:label> "Alps"@en ; <u:in> <u:europe> }
}
"""
EVERYTHING = sorted(DATA.decode().splitlines())
ALL_NAMED = "SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }"
NAMES = "SELECT ?g { GRAPH ?g {} }"
MODES: tuple[DefaultGraph, ...] = ("union", "plain")


class Stores:
    """Stores of one kind over the data, on one loop: one of each mode to read, and one of each to change."""

    def __init__(
        self, loop: Loop, open_one: Callable[[DefaultGraph, bytes], Coroutine[Any, Any, Store]]
    ) -> None:
        self.run = loop.run
        self._open_one = open_one
        self._opened: list[Store] = []
        self._reading: dict[DefaultGraph, Store] = {}
        self._changing: dict[DefaultGraph, Store] = {}

    def open(self, mode: DefaultGraph = "union", data: bytes = DATA) -> Store:
        """Open another one."""
        store = self.run(self._open_one(mode, data))
        self._opened.append(store)
        return store

    def reading(self, mode: DefaultGraph = "union") -> Store:
        """The one that no test changes."""
        if mode not in self._reading:
            self._reading[mode] = self.open(mode)
        return self._reading[mode]

    def changing(self, mode: DefaultGraph = "union") -> Store:
        """One that has the data only, whatever a test before has done to it."""
        store = self._changing.get(mode)
        if store is not None:
            try:
                if self.run(rows(store, NAMES)) != ["u:g1", "u:g2"] or self.run(stored(store)) != EVERYTHING:
                    self.run(update(store, AS_UPDATE))
                return store
            except KgError:  # another test has told of it
                self.run(store.close())
        self._changing[mode] = self.open(mode)
        return self._changing[mode]

    def rows(self, mode: DefaultGraph, query: str, *graphs: list[str]) -> list[str]:
        """The rows that the one for reading answers with."""
        return self.run(rows(self.reading(mode), query, *graphs))

    def ask(self, query: str, format: Format = CSV) -> str:
        """The answer of the one for reading."""
        return self.run(ask(self.reading(), query, format))

    def close(self) -> None:
        """Close all of them."""
        for store in self._opened:
            self.run(store.close())


Opener = Callable[[DefaultGraph, bytes, Path, ExitStack], Coroutine[Any, Any, Store]]


async def in_memory(mode: DefaultGraph, data: bytes, path: Path, peers: ExitStack) -> Store:
    return await open_store("memory:", default_graph=mode, prefixes=PREFIXES, nquads=data)


async def in_folder(mode: DefaultGraph, data: bytes, path: Path, peers: ExitStack) -> Store:
    return await open_store(f"dir:{path}", default_graph=mode, prefixes=PREFIXES, nquads=data)


async def in_threads(mode: DefaultGraph, data: bytes, path: Path, peers: ExitStack) -> Store:
    store = EmbeddedStore(default_graph=mode, prefixes=PREFIXES)
    store.load(data, NQUADS)
    return ThreadStore(store)


async def in_another_server(mode: DefaultGraph, data: bytes, path: Path, peers: ExitStack) -> Store:
    peer = peers.enter_context(oxigraph(*["--union-default-graph"] * (mode == "union")))
    httpx.post(peer.access.graphs or "", content=data, headers={"Content-Type": NQUADS.media_type})
    return await open_store(peer.query, default_graph=mode, access=peer.access)


KINDS: Mapping[str, Opener] = {
    "memory": in_memory,
    "folder": in_folder,
    "threads": in_threads,
    "remote": in_another_server,
}


KINDS_AND_MODES = [
    (kind, mode)
    for kind in KINDS
    for mode in MODES
    if (kind, mode) not in (("folder", "plain"), ("remote", "union"))
]
"""The modes are the engine's, and changes in a folder take their time: one mode is enough there. What another
server shows as the default graph is its own matter, and Oxigraph's union has a triple once for each graph."""

OF_OUR_ENGINE = {
    "a merge is a set": (
        "test_union_counts_a_triple_of_two_graphs_once",
        "test_union_holds_named_and_unnamed_graphs",
        "test_from_two_graphs_is_their_merge_as_a_set",
        "test_from_two_graphs_and_a_named_one",
        "test_parameters_of_the_protocol_override_from",
        "test_describe_sees_what_all_graphs_say",
        "test_describe_where_two_graphs_are_named",
    ),
    "Turtle has prefixes": (
        "test_turtle_uses_the_prefixes",
        "test_turtle_uses_the_prefixes_of_the_query_too",
        "test_the_unnamed_graph_is_replaced_and_added_to",
    ),
    "faults are told in our words, with statuses that fit": (
        "test_a_format_that_cannot_hold_the_answer",
        "test_a_syntax_error_has_its_place",
        "test_an_unknown_function_is_the_fault_of_the_query",
        "test_what_hides_a_service_from_the_guard_hides_it_from_the_engine",
        "test_a_fault_leaves_the_store_as_good_as_before",
        "test_an_update_that_fails_half_way_leaves_nothing",
        "test_a_failed_change_does_not_harm_the_next",
    ),
    "we read bodies ourselves": (
        "test_relative_names_in_a_body_are_resolved_against_its_base",
        "test_all_parts_of_a_form_go_into_the_graph",
        "test_blank_nodes_of_two_parts_of_a_form_are_two",
        "test_a_bad_body_leaves_nothing",
    ),
    "files are made of answers": ("test_every_file_of_an_answer",),
    "there is a version": (
        "test_several_operations_are_one_change",
        "test_versions_differ_after_each_change_and_are_the_same_between",
    ),
}
"""What the protocols do not promise, so that another server need not do it."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test on each kind of store that promises what it asks, and in each mode if it says so."""
    ours = any(metafunc.function.__name__ in names for names in OF_OUR_ENGINE.values())
    if "mode" in metafunc.fixturenames:
        chosen = [(kind, mode) for kind, mode in KINDS_AND_MODES if not (ours and kind == "remote")]
        metafunc.parametrize(("kind", "mode"), chosen, indirect=["kind"], scope="module")
    elif "kind" in metafunc.fixturenames:
        kinds = [kind for kind in KINDS if not (ours and kind == "remote")]
        metafunc.parametrize("kind", kinds, indirect=True, scope="module")


def test_what_only_our_engine_does_is_named_right() -> None:
    assert all(name in globals() for names in OF_OUR_ENGINE.values() for name in names)


@pytest.fixture(scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    """The name of a kind of store."""
    return str(request.param)


@pytest.fixture(scope="module")
def stores(kind: str, loop: Loop, quick_folder: Callable[[], Path]) -> Iterator[Stores]:
    """Opens stores of one kind, and closes them."""

    with ExitStack() as peers:

        async def open_one(mode: DefaultGraph, data: bytes) -> Store:
            return await KINDS[kind](mode, data, quick_folder(), peers)

        found = Stores(loop, open_one)
        yield found
        found.close()


async def stored(store: Store) -> list[str]:
    """All that is stored, as lines in order."""
    return sorted((await whole(store, ReadDataset(), NQUADS)).decode().splitlines())


# ---- datasets of a query


def test_union_counts_a_triple_of_two_graphs_once(stores: Stores) -> None:
    assert stores.rows("union", "SELECT ?o { <u:alps> <u:label> ?o }") == ["Alps"]
    assert stores.rows("union", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == ["3"]


def test_union_holds_named_and_unnamed_graphs(stores: Stores) -> None:
    assert stores.rows("union", "SELECT ?s ?o { ?s <u:label> ?o }") == ["u:alps,Alps", "u:world,World"]


def test_plain_is_the_unnamed_graph_only(stores: Stores) -> None:
    assert stores.rows("plain", "SELECT ?s ?o { ?s <u:label> ?o }") == ["u:world,World"]
    assert stores.rows("plain", "SELECT ?g { GRAPH ?g { <u:alps> <u:label> ?o } }") == ["u:g1", "u:g2"]


def test_graph_gives_named_graphs_only(stores: Stores, mode: DefaultGraph) -> None:
    assert stores.rows(mode, "SELECT ?g ?o { GRAPH ?g { ?s ?p ?o } }") == [
        "u:g1,Alps",
        "u:g2,Alps",
        "u:g2,u:europe",
    ]


def test_from_one_graph(stores: Stores, mode: DefaultGraph) -> None:
    assert stores.rows(mode, "SELECT ?o FROM <u:g1> { ?s ?p ?o }") == ["Alps"]
    assert stores.rows(mode, "SELECT ?o FROM <u:g1> { GRAPH ?g { ?s ?p ?o } }") == []


def test_from_two_graphs_is_their_merge_as_a_set(stores: Stores, mode: DefaultGraph) -> None:
    assert stores.rows(mode, "SELECT ?o FROM <u:g1> FROM <u:g2> { ?s ?p ?o }") == ["Alps", "u:europe"]
    counting = "SELECT (COUNT(*) AS ?n) FROM <u:g1> FROM <u:g2> FROM <u:g1> { ?s ?p ?o }"
    assert stores.rows(mode, counting) == ["2"]


def test_from_two_graphs_and_a_named_one(stores: Stores) -> None:
    query = "SELECT ?o ?g FROM <u:g1> FROM <u:g2> FROM NAMED <u:g1> { ?s ?p ?o GRAPH ?g { ?s ?q ?r } }"
    assert stores.rows("union", query) == ["Alps,u:g1", "u:europe,u:g1"]


def test_from_named_only_leaves_the_default_graph_empty(stores: Stores) -> None:
    assert stores.rows("union", "SELECT * FROM NAMED <u:g1> { ?s ?p ?o }") == []
    assert stores.rows("union", "SELECT ?g FROM NAMED <u:g1> { GRAPH ?g { ?s ?p ?o } }") == ["u:g1"]


def test_from_a_graph_that_is_not_there(stores: Stores) -> None:
    assert stores.rows("union", "SELECT * FROM <u:none> { ?s ?p ?o }") == []
    assert stores.rows("union", "SELECT ?o FROM <u:none> FROM <u:g1> { ?s ?p ?o }") == ["Alps"]


def test_parameters_of_the_protocol_override_from(stores: Stores, mode: DefaultGraph) -> None:
    query = "SELECT ?o FROM <u:g1> { ?s ?p ?o }"
    assert stores.rows(mode, query, ["u:g2"]) == ["Alps", "u:europe"]
    assert stores.rows(mode, query, ["u:g1", "u:g2"]) == ["Alps", "u:europe"]
    assert stores.rows(mode, query, [], ["u:g2"]) == []
    named = "SELECT ?g FROM NAMED <u:g1> { GRAPH ?g { ?s <u:label> ?o } }"
    assert stores.rows(mode, named, [], ["u:g2"]) == ["u:g2"]


def test_describe_sees_what_all_graphs_say(stores: Stores) -> None:
    text = stores.ask("DESCRIBE <u:alps>", NTRIPLES)
    assert text.splitlines() == ["<u:alps> <u:in> <u:europe> .", '<u:alps> <u:label> "Alps"@en .']


def test_describe_where_two_graphs_are_named(stores: Stores) -> None:
    text = stores.ask("DESCRIBE ?s FROM <u:g1> FROM <u:g2> { ?s <u:in> ?o }", NTRIPLES)
    assert text.splitlines() == ["<u:alps> <u:in> <u:europe> .", '<u:alps> <u:label> "Alps"@en .']


def test_an_empty_store_answers(stores: Stores) -> None:
    store = stores.open(data=b"")
    assert json.loads(stores.run(ask(store, "ASK {}", media.JSON))) == {"head": {}, "boolean": True}
    assert stores.run(rows(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")) == ["0"]
    assert stores.run(whole(store, ReadDataset(), NQUADS)) == b""
    assert stores.run(whole(store, ReadGraph(None), NTRIPLES)) == b""


# ---- formats


@pytest.mark.parametrize("format", media.SOLUTION_FORMATS, ids=lambda row: row.name)
def test_every_format_for_solutions(stores: Stores, format: Format) -> None:
    assert "Alps" in stores.ask("SELECT ?o { <u:alps> <u:label> ?o }", format)


@pytest.mark.parametrize("format", media.GRAPH_FORMATS, ids=lambda row: row.name)
def test_every_format_for_graphs(stores: Stores, format: Format) -> None:
    assert "Alps" in stores.ask("DESCRIBE <u:alps>", format)
    assert b"Alps" in stores.run(whole(stores.reading(), ReadGraph("u:g1"), format))


def test_every_file_of_an_answer(stores: Stores) -> None:
    point = '"POINT (1 2)"^^<http://www.opengis.net/ont/geosparql#wktLiteral>'
    query = f"SELECT ?o ?w {{ <u:alps> <u:label> ?o BIND({point} AS ?w) }}"
    made = [stores.run(whole(stores.reading(), Operation.parse(query), media.XLSX)) for _ in range(2)]
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as book:
        assert "<t>Alps</t>" in book.read("xl/sharedStrings.xml").decode()
    (feature,) = json.loads(stores.ask(query, media.GEOJSON))["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [1, 2]}
    assert feature["properties"] == {"o": "Alps", "o (language)": "en"}
    assert '<data key="p0">Alps (en)</data>' in stores.ask("DESCRIBE <u:alps>", media.GRAPHML)


@pytest.mark.parametrize("format", media.DATASET_FORMATS, ids=lambda row: row.name)
def test_every_format_for_datasets_brings_back_all_that_is_stored(
    stores: Stores, mode: DefaultGraph, format: Format
) -> None:
    text = stores.run(whole(stores.reading(mode), ReadDataset(), format))
    again = EmbeddedStore(default_graph="plain")
    again.load(text, format)
    assert sorted(f"{quad} ." for quad in again.stored()) == EVERYTHING


def test_turtle_uses_the_prefixes(stores: Stores) -> None:
    expected = '@prefix u: <u:> .\nu:alps u:in u:europe ;\n\tu:label "Alps"@en .\n'
    assert stores.ask("DESCRIBE <u:alps>", TURTLE) == expected
    assert stores.run(whole(stores.reading(), ReadGraph("u:g2"), TURTLE)).decode() == expected


def test_turtle_uses_the_prefixes_of_the_query_too(stores: Stores) -> None:
    query = 'PREFIX eu: <u:eu> CONSTRUCT { ?s <u:p> eu:rope } { ?s <u:label> "World" }'
    assert stores.ask(query, TURTLE) == ("@prefix eu: <u:eu> .\n@prefix u: <u:> .\nu:world u:p eu:rope .\n")


NOT_FOR: dict[str, tuple[Read, Format]] = {
    "a boolean in Turtle": (Operation.parse("ASK {}"), TURTLE),
    "rows in N-Quads": (Operation.parse("SELECT * { ?s ?p ?o }"), NQUADS),
    "triples in CSV": (Operation.parse("DESCRIBE <u:alps>"), CSV),
    "triple terms in JSON-LD": (
        Operation.parse("CONSTRUCT { ?s ?p <<( ?s ?p ?o )>> } { ?s ?p ?o }"),
        media.JSONLD,
    ),
    "a property without a name in RDF/XML": (
        Operation.parse("CONSTRUCT { ?s <u:1> ?o } { ?s ?p ?o }"),
        media.RDFXML,
    ),
}


@pytest.mark.parametrize(("request_", "format"), NOT_FOR.values(), ids=NOT_FOR.keys())
def test_a_format_that_cannot_hold_the_answer(stores: Stores, request_: Read, format: Format) -> None:
    with pytest.raises(NotAcceptable, match=f"{format.label} cannot hold "):
        stores.run(whole(stores.reading(), request_, format))


# ---- faults of a query


def test_a_syntax_error_has_its_place(stores: Stores) -> None:
    with pytest.raises(QueryError) as caught:
        stores.ask("SELECT *\n{ ?s ?p }")
    assert (caught.value.line, caught.value.column) == (2, 9)


def test_an_unknown_function_is_the_fault_of_the_query(stores: Stores) -> None:
    with pytest.raises(QueryError, match="u:nosuch"):
        stores.ask("SELECT (<u:nosuch>(1) AS ?x) {}")


HIDDEN_SERVICES = {
    "comment taken for an IRI": "SELECT * { FILTER(1<2)SERVICE#>\n<http://127.0.0.1:9/> {} }",
    "string after it": "SELECT * { FILTER(1<2#> '''\n)SERVICE <http://127.0.0.1:9/> {} #'''\n}",
    "quotes taken for an IRI": "SELECT * { FILTER(1<'''>x''') SERVICE <http://127.0.0.1:9/> {} #'''\n}",
    "name and comment": "ASK { FILTER(?x<a:b#> '''\n)SERVICE <http://127.0.0.1:9/> {} #'''\n}",
}


@pytest.mark.parametrize("query", HIDDEN_SERVICES.values(), ids=HIDDEN_SERVICES.keys())
def test_what_hides_a_service_from_the_guard_hides_it_from_the_engine(stores: Stores, query: str) -> None:
    with pytest.raises(QueryError, match=r"line \d+, column \d+"):
        stores.ask(query)


def test_a_fault_leaves_the_store_as_good_as_before(stores: Stores) -> None:
    for query in ("SELECT", "SELECT (<u:nosuch>(1) AS ?x) {}", "SELECT *\n{ ?s ?p }"):
        with pytest.raises(QueryError):
            stores.ask(query)
        assert stores.rows("union", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == ["3"]


# ---- graphs and the dataset


def test_a_graph_is_read_by_its_name(stores: Stores, mode: DefaultGraph) -> None:
    text = stores.run(whole(stores.reading(mode), ReadGraph("u:g2"), NTRIPLES)).decode()
    assert text.splitlines() == ["<u:alps> <u:in> <u:europe> .", '<u:alps> <u:label> "Alps"@en .']


def test_the_unnamed_graph_is_what_is_stored_without_a_name_and_never_the_merge(
    stores: Stores, mode: DefaultGraph
) -> None:
    text = stores.run(whole(stores.reading(mode), ReadGraph(None), NTRIPLES)).decode()
    assert text == '<u:world> <u:label> "World" .\n'


def test_a_graph_that_is_not_there_is_not_found(stores: Stores) -> None:
    with pytest.raises(NotFound, match=r"^There is no graph of this name\."):
        stores.run(whole(stores.reading(), ReadGraph("u:none"), TURTLE))


def test_the_dataset_has_every_statement_in_its_graph_and_none_twice(
    stores: Stores, mode: DefaultGraph
) -> None:
    assert stores.run(stored(stores.reading(mode))) == EVERYTHING


# ---- answers as bytes

DECODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}
MIDDLING = (
    'SELECT (CONCAT(STR(?s), "/", STR(?o)) AS ?x) { '
    + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(5))
    + " ?s ?p ?o }"
)  # 3^6 rows
LARGE = "SELECT * { " + " ".join(f"GRAPH ?x{n} {{ ?s{n} <u:label> ?o{n} }}" for n in range(13)) + " }"  # 2^13
ROUNDS = {"memory": 10, "folder": 2, "threads": 10, "remote": 5}
"""How often each test changes a store again: a change in a folder waits for the disk."""


@pytest.mark.parametrize("query", [MIDDLING, LARGE + " LIMIT 2000"], ids=["middling", "large"])
@pytest.mark.parametrize("coding", DECODERS)
def test_a_coded_answer_has_the_same_bytes(stores: Stores, coding: str, query: str) -> None:
    store, operation = stores.reading(), Operation.parse(query)

    async def read() -> tuple[str, bytes]:
        answer = await store.read(operation, CSV, Terms(encoding=coding))
        return answer.encoding, b"".join([answer.first, *[chunk async for chunk in answer.rest()]])

    plain = stores.run(whole(store, operation))
    encoding, coded = stores.run(read())
    assert encoding == coding
    assert DECODERS[coding](coded) == plain
    assert coding == "identity" or len(coded) < len(plain) / 3


@pytest.mark.parametrize("coding", DECODERS)
def test_a_short_answer_is_coded_only_when_it_must_be(stores: Stores, coding: str) -> None:
    query = Operation.parse("SELECT ?o { <u:world> ?p ?o }")

    async def read(terms: Terms) -> tuple[str, bytes, bool]:
        answer = await stores.reading().read(query, CSV, terms)
        return answer.encoding, answer.first, answer.whole

    assert stores.run(read(Terms(encoding=coding))) == ("identity", b"o\r\nWorld\r\n", True)
    encoding, coded, at_once = stores.run(read(Terms(encoding=coding, always=True)))
    assert (encoding, at_once) == (coding, True)
    assert DECODERS[coding](coded) == b"o\r\nWorld\r\n"


def test_a_large_answer_comes_in_parts(stores: Stores, kind: str) -> None:
    async def read() -> tuple[bool, list[bytes]]:
        answer = await stores.reading().read(Operation.parse(LARGE), CSV)
        return answer.whole, [answer.first, *[chunk async for chunk in answer.rest()]]

    at_once, parts = stores.run(read())
    assert all(parts)
    assert at_once == (len(parts) == 1) == (kind == "threads")
    lines = b"".join(parts).split(b"\r\n")
    assert lines[0].count(b",") == 38
    assert len(set(lines[1:-1])) == 2**13
    assert lines[-1] == b""


def test_an_answer_that_is_let_go_of_half_way_harms_no_other(stores: Stores) -> None:
    async def read() -> None:
        answer = await stores.reading().read(Operation.parse(LARGE), CSV)
        assert answer.first.startswith(b"o0,o1,")
        await answer.close()
        await answer.close()
        part = await stores.reading().read(Operation.parse(LARGE), CSV)
        rest = part.rest()
        await anext(rest, b"")
        await rest.aclose()
        await part.close()

    stores.run(read())
    assert stores.rows("union", "SELECT ?s { ?s <u:in> ?o }") == ["u:alps"]


def test_many_ask_at_once(stores: Stores) -> None:
    async def read() -> list[str]:
        store = stores.reading()
        return await asyncio.gather(*[ask(store, f"SELECT ({n} AS ?n) {{}}") for n in range(40)])

    assert stores.run(read()) == [f"n\r\n{n}\r\n" for n in range(40)]


# ---- updates


def test_an_update_changes_named_graphs(stores: Stores, mode: DefaultGraph) -> None:
    store = stores.changing(mode)
    outcome = stores.run(
        update(
            store,
            "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH <u:g3> { ?s ?p ?o } } "
            "WHERE { GRAPH ?g { ?s ?p ?o FILTER(?g = <u:g1>) } }",
        )
    )
    assert outcome.created is False
    assert stores.run(rows(store, ALL_NAMED)) == [
        "u:g2,u:alps,u:in,u:europe",
        "u:g2,u:alps,u:label,Alps",
        "u:g3,u:alps,u:label,Alps",
    ]


def test_the_unnamed_graph_of_an_update_is_the_stored_one(stores: Stores, mode: DefaultGraph) -> None:
    store = stores.changing(mode)
    stores.run(update(store, "INSERT DATA { <u:new> <u:p> 1 }"))
    assert stores.run(whole(store, ReadGraph(None), NTRIPLES)).decode().splitlines() == [
        '<u:new> <u:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .',
        '<u:world> <u:label> "World" .',
    ]
    stores.run(update(store, "INSERT { <u:seen> <u:was> ?s } WHERE { ?s <u:label> ?o }"))
    assert stores.run(rows(store, "SELECT ?s { <u:seen> <u:was> ?s }")) == ["u:world"]
    stores.run(update(store, "DELETE WHERE { ?s ?p ?o }"))
    assert stores.run(whole(store, ReadGraph(None), NTRIPLES)) == b""
    assert len(stores.run(rows(store, ALL_NAMED))) == 3
    seen = ["u:alps,u:in,u:europe", "u:alps,u:label,Alps"] if mode == "union" else []
    assert stores.run(rows(store, "SELECT ?s ?p ?o { ?s ?p ?o }")) == seen


def test_what_leaves_its_last_graph_leaves_the_union(stores: Stores) -> None:
    store = stores.changing("union")
    query = "SELECT ?s { ?s <u:label> ?o }"
    stores.run(update(store, "CLEAR GRAPH <u:g1>"))
    assert stores.run(rows(store, query)) == ["u:alps", "u:world"]
    stores.run(update(store, "DROP GRAPH <u:g2>"))
    assert stores.run(rows(store, query)) == ["u:world"]


def test_several_operations_are_one_change(stores: Stores, mode: DefaultGraph) -> None:
    store = stores.changing(mode)
    text = (
        "INSERT DATA { <u:1> <u:p> 1 } ; "
        "INSERT { <u:2> <u:p> ?o } WHERE { <u:1> <u:p> ?o } ; "
        "DROP GRAPH <u:g1>"
    )
    before = store.version
    outcome = stores.run(update(store, text))
    assert outcome.version == store.version != before
    assert stores.run(rows(store, "SELECT ?s ?o { ?s <u:p> ?o }")) == ["u:1,1", "u:2,1"]
    assert stores.run(rows(store, NAMES)) == ["u:g2"]


BROKEN_UPDATES = {
    "a graph to drop that is not there": "INSERT DATA { <u:1> <u:p> 1 } ; DROP ALL ; DROP GRAPH <u:none>",
    "a graph to create that is there": "DROP DEFAULT ; CREATE GRAPH <u:g1>",
    "a function not there": "CLEAR ALL ; INSERT { <u:1> <u:p> ?x } WHERE { BIND(<u:nosuch>(1) AS ?x) }",
}


@pytest.mark.parametrize("text", BROKEN_UPDATES.values(), ids=BROKEN_UPDATES.keys())
def test_an_update_that_fails_half_way_leaves_nothing(stores: Stores, mode: DefaultGraph, text: str) -> None:
    store = stores.changing(mode)
    before = store.version
    with pytest.raises(QueryError, match=r"<u:(none|g1|nosuch)>"):
        stores.run(update(store, text))
    assert store.version == before
    assert stores.run(stored(store)) == EVERYTHING


def test_a_syntax_error_in_an_update_has_its_place_and_changes_nothing(stores: Stores) -> None:
    store = stores.changing()
    before = store.version
    with pytest.raises(QueryError) as caught:
        stores.run(update(store, "CLEAR ALL ;\nINSERT DATA { <u:a> <u:b> ?c }"))
    assert caught.value.line == 2
    assert store.version == before
    assert stores.run(stored(store)) == EVERYTHING


def test_a_failed_change_does_not_harm_the_next(stores: Stores, kind: str) -> None:
    store = stores.changing()
    for number in range(ROUNDS[kind]):
        with pytest.raises(QueryError):
            stores.run(update(store, "DROP GRAPH <u:none>"))
        stores.run(update(store, f"INSERT DATA {{ <u:n> <u:p> {number} }}"))
    assert stores.run(rows(store, "SELECT ?o { <u:n> <u:p> ?o }")) == [
        str(number) for number in range(ROUNDS[kind])
    ]
    assert len(stores.run(stored(store))) == 4 + ROUNDS[kind]


# ---- graphs as wholes


def test_a_graph_is_made_replaced_and_added_to(stores: Stores, mode: DefaultGraph) -> None:
    store = stores.changing(mode)

    def triples() -> list[str]:
        return stores.run(rows(store, "SELECT ?s ?o { GRAPH <u:new> { ?s <u:p> ?o } }"))

    assert stores.run(put(store, "u:new", "<u:a> <u:p> 1 .")).created is True
    assert triples() == ["u:a,1"]
    assert stores.run(put(store, "u:new", "<u:b> <u:p> 2 .")).created is False
    assert triples() == ["u:b,2"]
    assert stores.run(put(store, "u:new", "<u:c> <u:p> 3 .", replace=False)).created is False
    assert triples() == ["u:b,2", "u:c,3"]
    assert stores.run(put(store, "u:newer", "<u:d> <u:p> 4 .", replace=False)).created is True
    assert stores.run(rows(store, NAMES)) == ["u:g1", "u:g2", "u:new", "u:newer"]
    everywhere = stores.run(rows(store, "SELECT ?s ?o { ?s <u:p> ?o }"))
    assert everywhere == (["u:b,2", "u:c,3", "u:d,4"] if mode == "union" else [])


def test_the_unnamed_graph_is_replaced_and_added_to(stores: Stores, mode: DefaultGraph) -> None:
    store = stores.changing(mode)
    assert stores.run(put(store, None, "<u:a> <u:p> 1 .", replace=False)).created is False
    assert stores.run(rows(store, "SELECT ?s { ?s ?p ?o FILTER(?s != <u:alps>) }")) == ["u:a", "u:world"]
    assert stores.run(put(store, None, "<u:b> <u:p> 1 .")).created is False
    assert stores.run(whole(store, ReadGraph(None), TURTLE)).decode().endswith("\nu:b u:p 1 .\n")
    assert len(stores.run(rows(store, ALL_NAMED))) == 3


def test_relative_names_in_a_body_are_resolved_against_its_base(stores: Stores) -> None:
    store = stores.changing()
    stores.run(put(store, "u:new", "<> <p> <../c#d> .", base="http://base.example/a/b"))
    assert stores.run(rows(store, "SELECT ?s ?p ?o { GRAPH <u:new> { ?s ?p ?o } }")) == [
        "http://base.example/a/b,http://base.example/a/p,http://base.example/c#d"
    ]


FORM = (
    b"--cut\r\nContent-Disposition: form-data; name=a; filename=a.ttl\r\nContent-Type: text/turtle\r\n\r\n"
    b"<u:a> <u:p> 1 .\r\n--cut\r\nContent-Type: application/n-triples\r\n\r\n"
    b"<u:b> <u:p> <u:c> .\r\n--cut--\r\n"
)


def test_all_parts_of_a_form_go_into_the_graph(stores: Stores) -> None:
    store = stores.changing()
    assert stores.run(put(store, "u:new", FORM, "multipart/form-data; boundary=cut")).created is True
    assert stores.run(rows(store, "SELECT ?s ?o { GRAPH <u:new> { ?s <u:p> ?o } }")) == ["u:a,1", "u:b,u:c"]


BAD_BODIES: dict[str, tuple[bytes, str, type[KgError], str]] = {
    "broken after a good start": (
        b"<u:a> <u:p> 1 .\n<u:b> nonsense 2 .",
        "text/turtle",
        RdfError,
        "^The body cannot be read as Turtle: ",
    ),
    "not UTF-8": (b'<u:a> <u:p> "\xff" .', "text/turtle", RdfError, "^The body is not valid UTF-8"),
    "cut RDF/XML": (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:u="u:">'
        b'<rdf:Description rdf:about="u:a"><u:p>1</u:p></rdf:Description>',
        "application/rdf+xml",
        RdfError,
        "^The body ",
    ),
    "an unknown type": (b"<u:a> <u:p> 1 .", "text/plain", UnsupportedMedia, "^The body is text/plain"),
    "a dataset": (b"<u:a> <u:p> <u:b> <u:g> .", "application/n-quads", UnsupportedMedia, "n-quads"),
    "no type": (b"<u:a> <u:p> 1 .", "", UnsupportedMedia, "^The body has no Content-Type"),
    "a form that does not end": (FORM[:-10], "multipart/form-data; boundary=cut", RdfError, "does not end"),
    "a form with a part that is not read": (
        FORM.replace(b"n-triples", b"json"),
        "multipart/form-data; boundary=cut",
        UnsupportedMedia,
        "application/json",
    ),
}


@pytest.mark.parametrize(
    ("body", "media_type", "error", "sentence"), BAD_BODIES.values(), ids=BAD_BODIES.keys()
)
def test_a_bad_body_leaves_nothing(
    stores: Stores, body: bytes, media_type: str, error: type[KgError], sentence: str
) -> None:
    store = stores.changing()
    before = store.version
    with pytest.raises(error, match=sentence) as caught:
        stores.run(put(store, "u:g1", body, media_type))
    assert type(caught.value) is error
    assert store.version == before
    assert stores.run(stored(store)) == EVERYTHING


def test_a_bad_body_leaves_the_unnamed_graph_as_it_was_and_makes_no_new_one(
    stores: Stores, mode: DefaultGraph
) -> None:
    store = stores.changing(mode)
    for name, replace in ((None, True), (None, False), ("u:new", True)):
        with pytest.raises(RdfError):
            stores.run(put(store, name, "<u:a> <u:p> 1 .\n<u:b> nonsense 2 .", replace=replace))
    assert stores.run(stored(store)) == EVERYTHING
    assert stores.run(rows(store, NAMES)) == ["u:g1", "u:g2"]


def test_a_fault_of_a_body_has_its_place(stores: Stores) -> None:
    with pytest.raises(RdfError) as caught:
        stores.run(put(stores.changing(), "u:new", "<u:a> <u:p> 1 .\n<u:b> nonsense 2 ."))
    assert (caught.value.line, caught.value.column) == (2, 7)


def test_a_graph_is_dropped(stores: Stores, mode: DefaultGraph) -> None:
    store = stores.changing(mode)
    assert stores.run(store.write(DropGraph("u:g2"))).created is False
    assert stores.run(rows(store, ALL_NAMED)) == ["u:g1,u:alps,u:label,Alps"]
    with pytest.raises(NotFound):
        stores.run(whole(store, ReadGraph("u:g2"), TURTLE))
    assert stores.run(rows(store, "SELECT * { ?s <u:in> ?o }")) == []


def test_a_graph_to_drop_that_is_not_there_is_not_found(stores: Stores) -> None:
    store = stores.changing()
    before = store.version
    with pytest.raises(NotFound, match=r"^There is no graph of this name\."):
        stores.run(store.write(DropGraph("u:none")))
    assert store.version == before
    assert stores.run(stored(store)) == EVERYTHING


def test_the_unnamed_graph_can_be_emptied_and_is_always_there(stores: Stores, mode: DefaultGraph) -> None:
    store = stores.changing(mode)
    for _ in range(2):
        stores.run(store.write(DropGraph(None)))
        assert stores.run(whole(store, ReadGraph(None), NTRIPLES)) == b""
        assert len(stores.run(rows(store, ALL_NAMED))) == 3


def test_an_empty_graph_is_there(stores: Stores) -> None:
    store = stores.changing()
    assert stores.run(put(store, "u:empty1", "")).created is True
    stores.run(update(store, "CREATE GRAPH <u:empty2>"))
    stores.run(update(store, "CLEAR GRAPH <u:g1>"))
    stores.run(update(store, "INSERT DATA { <u:a> <u:p> 1 }"))
    assert stores.run(rows(store, NAMES)) == ["u:empty1", "u:empty2", "u:g1", "u:g2"]
    for name in ("u:empty1", "u:empty2", "u:g1"):
        assert stores.run(whole(store, ReadGraph(name), NTRIPLES)) == b""
    assert stores.run(put(store, "u:empty1", "<u:a> <u:p> 1 .")).created is False
    stores.run(store.write(DropGraph("u:empty2")))
    assert stores.run(rows(store, NAMES)) == ["u:empty1", "u:g1", "u:g2"]


# ---- blank nodes

OF_BLANK_NODES = "SELECT ?n { ?a <u:n> ?n ; <u:knows> ?b . GRAPH ?g { ?b <u:n> 2 } }"


def test_blank_nodes_keep_their_identity_through_changes(stores: Stores, mode: DefaultGraph) -> None:
    store = stores.changing(mode)
    stores.run(put(store, "u:new", "_:a <u:n> 1 ; <u:knows> _:b . _:b <u:n> 2 ."))
    query = (
        OF_BLANK_NODES
        if mode == "union"
        else f"SELECT ?n FROM <u:new> FROM NAMED <u:new>{OF_BLANK_NODES[9:]}"
    )
    for number in range(3):
        assert stores.run(rows(store, query)) == ["1"]
        stores.run(update(store, f"INSERT DATA {{ <u:other> <u:p> {number} }}"))
    stores.run(
        update(store, "INSERT { GRAPH <u:new> { ?a <u:found> ?b } } WHERE { GRAPH ?g { ?a <u:knows> ?b } }")
    )
    found = "SELECT ?n { GRAPH <u:new> { ?a <u:found> ?b . ?a <u:n> ?m . ?b <u:n> ?n } }"
    assert stores.run(rows(store, found)) == ["2"]


def test_blank_nodes_of_two_bodies_are_two(stores: Stores) -> None:
    store = stores.changing()
    stores.run(put(store, "u:new", "_:a <u:n> 1 ."))
    stores.run(put(store, "u:new", "_:a <u:n> 2 .", replace=False))
    stores.run(put(store, "u:newer", "_:a <u:n> 3 ."))
    assert stores.run(rows(store, "SELECT (COUNT(DISTINCT ?a) AS ?n) { ?a <u:n> ?n }")) == ["3"]


def test_blank_nodes_of_two_parts_of_a_form_are_two(stores: Stores) -> None:
    store = stores.changing()
    form = FORM.replace(b"<u:a>", b"_:x").replace(b"<u:b>", b"_:x")
    stores.run(put(store, "u:new", form, "multipart/form-data; boundary=cut"))
    query = "SELECT (COUNT(DISTINCT ?a) AS ?n) { GRAPH <u:new> { ?a <u:p> ?o } }"
    assert stores.run(rows(store, query)) == ["2"]


# ---- versions, and who sees what when


def test_versions_differ_after_each_change_and_are_the_same_between(
    stores: Stores, mode: DefaultGraph
) -> None:
    store = stores.changing(mode)
    seen = [store.version]

    async def read_version(request: Read, format: Format) -> str:
        answer = await store.read(request, format)
        await answer.close()
        return answer.version

    changes: list[Callable[[], Coroutine[Any, Any, Any]]] = [
        lambda: update(store, "INSERT DATA { <u:a> <u:p> 1 }"),
        lambda: put(store, "u:new", "<u:a> <u:p> 1 ."),
        lambda: update(store, "DELETE DATA { <u:a> <u:p> 1 }"),
        lambda: store.write(DropGraph("u:new")),
    ]
    for change in changes:
        outcome = stores.run(change())
        assert outcome.version == store.version
        for request, format in (
            (Operation.parse("ASK {}"), CSV),
            (ReadGraph("u:g1"), TURTLE),
            (ReadDataset(), NQUADS),
        ):
            assert stores.run(read_version(request, format)) == store.version
        seen.append(store.version)
    assert len(set(seen)) == len(seen)


def test_who_asks_after_a_change_sees_it(stores: Stores, kind: str, mode: DefaultGraph) -> None:
    store = stores.changing(mode)

    async def change_and_ask() -> None:
        for number in range(ROUNDS[kind]):
            await update(store, f"DELETE WHERE {{ <u:n> <u:p> ?o }} ; INSERT DATA {{ <u:n> <u:p> {number} }}")
            found = await asyncio.gather(*[rows(store, "SELECT ?o { <u:n> <u:p> ?o }") for _ in range(3)])
            assert found == [[str(number)]] * 3

    stores.run(change_and_ask())


def test_who_asks_after_two_changes_in_a_row_sees_both(stores: Stores, kind: str) -> None:
    store = stores.changing()

    async def change_and_ask() -> None:
        for number in range(ROUNDS[kind]):
            await put(store, "u:one", f"<u:n> <u:one> {number} .")
            await put(store, "u:two", f"<u:n> <u:two> {number} .")
            found = await rows(store, "SELECT ?a ?b { ?n <u:one> ?a ; <u:two> ?b }")
            assert found == [f"{number},{number}"]

    stores.run(change_and_ask())


def test_who_asks_while_others_change_is_answered(stores: Stores, kind: str, mode: DefaultGraph) -> None:
    store = stores.changing(mode)
    stores.run(update(store, "INSERT DATA { GRAPH <u:n> { <u:n> <u:left> 0 ; <u:right> 0 } }"))

    async def ask_on(done: asyncio.Event) -> list[int]:
        seen = []
        while not done.is_set():
            found = await rows(
                store, "SELECT ?a ?b { GRAPH <u:n> { ?n <u:left> ?a } GRAPH <u:n> { ?n <u:right> ?b } }"
            )
            left, right = found[0].split(",")
            assert (len(found), left) == (1, right)
            seen.append(int(left))
        return seen

    async def change_and_ask() -> list[list[int]]:
        done = asyncio.Event()
        asking = [asyncio.create_task(ask_on(done)) for _ in range(3)]
        for number in range(1, ROUNDS[kind]):
            await put(store, "u:n", f"<u:n> <u:left> {number} ; <u:right> {number} .")
        done.set()
        return await asyncio.gather(*asking)

    for seen in stores.run(change_and_ask()):
        assert seen == sorted(seen)


def test_changes_at_once_lose_nothing(stores: Stores, kind: str) -> None:
    store = stores.changing()
    stores.run(update(store, "INSERT DATA { <u:n> <u:is> 0 }"))
    step = (
        "DELETE { <u:n> <u:is> ?n } INSERT { <u:n> <u:is> ?m } WHERE { <u:n> <u:is> ?n BIND(?n + 1 AS ?m) }"
    )

    async def count() -> None:
        for _ in range(ROUNDS[kind]):
            await update(store, step)

    async def count_together() -> None:
        await asyncio.gather(*[count() for _ in range(4)])

    stores.run(count_together())
    assert stores.run(rows(store, "SELECT ?n { <u:n> <u:is> ?n }")) == [str(4 * ROUNDS[kind])]


# ---- opening and closing


def test_a_closed_store_says_so(stores: Stores) -> None:
    store = stores.open()
    stores.run(store.close())
    stores.run(store.close())
    with pytest.raises(StoreError, match=r"^The store is closed\.$"):
        stores.run(ask(store, "ASK {}"))
    with pytest.raises(StoreError, match=r"^The store is closed\.$"):
        stores.run(update(store, "CLEAR ALL"))
    with pytest.raises(StoreError, match=r"^The store is closed\.$"):
        stores.run(whole(store, ReadDataset(), NQUADS))


@pytest.mark.parametrize(
    "url", ["", "memory", "memory:x", "dir:", "dir", "ftp://example.org/sparql", "https:", "x" * 500]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^KG_STORE is '.*'; it must be memory:, or dir:PATH") as caught:
        asyncio.run(open_store(url))
    assert len(str(caught.value)) < 250
