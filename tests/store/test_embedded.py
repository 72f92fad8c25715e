"""The embedded store: what is its own beyond the contract."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox
import pytest

from kg import media
from kg.errors import KgError, NotAcceptable, QueryError, ResultTooLarge, StoreError
from kg.media import CSV, NQUADS, NTRIPLES, TURTLE, Format
from kg.results import Chunks
from kg.settings import DefaultGraph
from kg.sparql import Operation
from kg.store.embedded import EmbeddedStore
from kg.updates import Update

DATA = b"""\
<u:alps> <u:label> "Alps"@en <u:g1> .
<u:alps> <u:label> "Alps"@en <u:g2> .
<u:alps> <u:in> <u:europe> <u:g2> .
<u:world> <u:label> "World" .
"""
MODES: tuple[DefaultGraph, ...] = ("union", "plain")

each_mode = pytest.mark.parametrize("mode", MODES)


def opened(mode: DefaultGraph = "union", data: bytes = DATA) -> EmbeddedStore:
    store = EmbeddedStore(default_graph=mode, prefixes={"u": "u:"})
    store.load(data, NQUADS)
    return store


def ask(store: EmbeddedStore, query: str, format: Format = CSV) -> str:
    return b"".join(store.query(Operation.parse(query), format)).decode()


def rows(store: EmbeddedStore, query: str) -> list[str]:
    return sorted(ask(store, query).split("\r\n")[1:-1])


def stored(store: EmbeddedStore) -> list[str]:
    return sorted(f"{quad} ." for quad in store.stored())


def graph(store: EmbeddedStore, name: str | None) -> list[str] | None:
    sink = Chunks()
    return sorted(sink.whole().decode().splitlines()) if store.graph(name, NTRIPLES, sink) else None


def triples(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)]


# ---- answers


def test_blank_nodes_keep_their_identity_in_the_merge() -> None:
    store = opened(data=b'<u:a> <u:p> _:x <u:g> .\n_:x <u:q> "1" <u:g> .\n')
    query = "SELECT ?o { <u:a> <u:p> ?b GRAPH <u:g> { ?b <u:q> ?o } ?b <u:q> ?o }"
    assert rows(store, query) == ["1"]


def test_many_threads_ask_at_once() -> None:
    store = EmbeddedStore()
    store.load("\n".join(f"<u:{n}> <u:p> {n} ." for n in range(500)).encode(), TURTLE)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: ask(store, f"SELECT ?o {{ <u:{n}> <u:p> ?o }}"), range(500)))
    assert answers == [f"o\r\n{number}\r\n" for number in range(500)]


def test_the_data_of_the_store_are_not_changed_by_a_merge_for_one_query() -> None:
    store = opened("plain", b"<u:a> <u:p> <u:b> <u:g> .\n<u:a> <u:p> <u:c> <u:h> .\n")
    assert rows(store, "SELECT (COUNT(*) AS ?n) FROM <u:g> FROM <u:h> { ?s ?p ?o }") == ["2"]
    assert rows(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == ["0"]


def test_a_failed_answer_ends_in_the_thread_that_began_it() -> None:
    store = opened()
    operation = Operation.parse("CONSTRUCT { ?s ?p <<( ?s ?p ?o )>> } WHERE { ?s ?p ?o }")
    with ThreadPoolExecutor(1) as pool:
        failed = pool.submit(lambda: list(store.query(operation, media.JSONLD)))
        # Dropped in this thread, an answer held by the traceback would be told as an error by the test run.
        with pytest.raises(NotAcceptable, match="triple terms"):
            failed.result()


def test_what_the_sink_raises_passes_through() -> None:
    class Full(Chunks):
        def write(self, data: bytes) -> int:
            raise ResultTooLarge("Enough.")

    with pytest.raises(ResultTooLarge, match=r"^Enough\.$"):
        opened().answer(Operation.parse("SELECT * { ?s ?p ?o }"), CSV, Full())
    with pytest.raises(ResultTooLarge, match=r"^Enough\.$"):
        opened().graph("u:g1", TURTLE, Full())
    with pytest.raises(ResultTooLarge, match=r"^Enough\.$"):
        opened().dataset(NQUADS, Full())


def test_an_unknown_function_that_is_not_called_does_no_harm() -> None:
    assert rows(opened(), "SELECT ?s { ?s <u:none> ?o FILTER(<u:nosuch>(?o)) }") == []
    with pytest.raises(QueryError, match=r"^The function <u:nosuch> is not known here\."):
        ask(opened(), "SELECT ?s { ?s <u:label> ?o FILTER(<u:nosuch>(?o)) }")


# ---- loading

Data = bytes | Iterable[bytes] | BinaryIO


def test_load_takes_bytes_chunks_and_files(tmp_path: Path) -> None:
    store = EmbeddedStore()
    path = tmp_path / "d.nq"
    path.write_bytes(b"<u:d> <u:p> <u:4> <u:h> .\n")
    store.load(b"<u:a> <u:p> <u:1> .", TURTLE)
    store.load([b"<u:b> <u:p> <u:2", b"> ."], TURTLE)
    store.load(io.BytesIO(b"<u:g> { <u:c> <u:p> <u:3> }"), media.TRIG)
    with path.open("rb") as file:
        store.load(file, NQUADS)
    assert rows(store, "SELECT ?s ?o { ?s <u:p> ?o }") == ["u:a,u:1", "u:b,u:2", "u:c,u:3", "u:d,u:4"]
    assert store.names() == ["u:g", "u:h"]
    assert graph(store, None) == ["<u:a> <u:p> <u:1> .", "<u:b> <u:p> <u:2> ."]


TEXTS = {
    "ttl": "<u:a> <u:p> <u:b> .",
    "nt": "<u:a> <u:p> <u:b> .",
    "jsonld": '[{"@id": "u:a", "u:p": [{"@id": "u:b"}]}]',
    "rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'rdf:about="u:a"><p xmlns="u:" rdf:resource="u:b"/></rdf:Description></rdf:RDF>',
    "trig": "<u:g> { <u:a> <u:p> <u:b> }",
    "nq": "<u:a> <u:p> <u:b> <u:g> .",
}


@each_mode
@pytest.mark.parametrize("format", media.RDF_FORMATS, ids=lambda row: row.name)
def test_load_reads_every_rdf_format(format: Format, mode: DefaultGraph) -> None:
    store = EmbeddedStore(default_graph=mode)
    store.load(TEXTS[format.name].encode(), format)
    assert rows(store, "SELECT * { { ?s ?p ?o } UNION { GRAPH <u:g> { ?s ?p ?o } } } LIMIT 1") == [
        "u:b,u:p,u:a"
    ]
    assert store.names() == (["u:g"] if format.kind == "dataset" else [])


UNREADABLE: dict[str, tuple[Data, Format, str]] = {
    "broken after a good start": (
        b"<u:a> <u:p> <u:b> .\n<u:a> <u:p> nonsense .",
        NQUADS,
        "^The data cannot be read as N-Quads: ",
    ),
    "cut": ([b"<u:a> <u:p> <u:b> . <u:a> ", b"<u:p>"], TURTLE, "^The data cannot be read as Turtle: "),
    "graphs in a format without": (b"<u:g> { <u:a> <u:p> <u:b> }", TURTLE, "cannot be read as Turtle"),
    "no RDF": (b"s,p,o", CSV, r"^CSV is not a format for RDF\.$"),
}


@pytest.mark.parametrize(("data", "format", "sentence"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_load_is_all_or_nothing(data: Data, format: Format, sentence: str) -> None:
    store = opened()
    with pytest.raises(StoreError, match=sentence):
        store.load(data, format)
    assert stored(store) == sorted(DATA.decode().splitlines())


@each_mode
def test_bulk_load_adds_to_what_is_there_between_unmerge_and_merge(mode: DefaultGraph) -> None:
    store = opened(mode)
    store.unmerge()
    store.bulk_load(io.BytesIO(b"<u:a> <u:p> <u:b> ."), TURTLE, "u:g1")
    store.bulk_load(io.BytesIO(b"<u:c> <u:p> <u:d> .\n<u:e> <u:p> <u:f> <u:g4> ."), NQUADS)
    assert store.size() == 7
    store.merge()
    assert graph(store, "u:g1") == ["<u:a> <u:p> <u:b> .", '<u:alps> <u:label> "Alps"@en .']
    assert graph(store, None) == ["<u:c> <u:p> <u:d> .", '<u:world> <u:label> "World" .']
    merged = ["u:a", "u:c", "u:e"] if mode == "union" else ["u:c"]
    assert rows(store, "SELECT ?s { ?s <u:p> ?o }") == merged
    with pytest.raises(StoreError, match=r"^The data cannot be read as Turtle: "):
        store.bulk_load(io.BytesIO(b"<u:a> nonsense"), TURTLE)


# ---- graphs


@each_mode
def test_names_are_those_of_all_graphs_in_order(mode: DefaultGraph) -> None:
    store = opened(mode)
    store.create("u:empty")
    assert store.names() == ["u:empty", "u:g1", "u:g2"]
    assert [store.exists(name) for name in ("u:empty", "u:g1", "u:none")] == [True, True, False]


@each_mode
def test_a_graph_is_given_and_never_the_merge(mode: DefaultGraph) -> None:
    store = opened(mode)
    store.create("u:empty")
    assert graph(store, "u:g1") == ['<u:alps> <u:label> "Alps"@en .']
    assert graph(store, None) == ['<u:world> <u:label> "World" .']
    assert graph(store, "u:empty") == []
    assert graph(store, "u:none") is None


@each_mode
def test_the_dataset_is_what_was_stored(mode: DefaultGraph) -> None:
    store, sink = opened(mode), Chunks()
    store.dataset(NQUADS, sink)
    assert sorted(sink.whole().splitlines()) == sorted(DATA.splitlines())
    assert stored(store) == sorted(DATA.decode().splitlines())


@each_mode
def test_put_says_whether_it_made_the_graph(mode: DefaultGraph) -> None:
    store = opened(mode)
    one, two = triples("<u:a> <u:p> <u:b> ."), triples("<u:c> <u:p> <u:d> .")
    assert store.put("u:new", one, replace=True) is True
    assert store.put("u:new", two, replace=False) is False
    assert graph(store, "u:new") == ["<u:a> <u:p> <u:b> .", "<u:c> <u:p> <u:d> ."]
    assert store.put("u:new", two, replace=True) is False
    assert graph(store, "u:new") == ["<u:c> <u:p> <u:d> ."]
    assert store.put("u:new", [], replace=True) is False
    assert store.put("u:empty", [], replace=False) is True
    assert (graph(store, "u:new"), graph(store, "u:empty")) == ([], [])
    assert store.put(None, one, replace=False) is False
    assert graph(store, None) == ["<u:a> <u:p> <u:b> .", '<u:world> <u:label> "World" .']
    assert store.put(None, two, replace=True) is False
    assert rows(store, "SELECT ?s { ?s ?p ?o FILTER(?s != <u:alps>) }") == ["u:c"]


@each_mode
def test_drop_says_whether_there_was_such_a_graph(mode: DefaultGraph) -> None:
    store = opened(mode)
    assert store.drop("u:none") is False
    assert store.drop("u:g2") is True
    assert store.drop("u:g2") is False
    assert store.names() == ["u:g1"]
    assert store.drop(None) is True
    assert store.drop(None) is True
    assert stored(store) == ['<u:alps> <u:label> "Alps"@en <u:g1> .']
    assert rows(store, "SELECT ?s { ?s ?p ?o }") == (["u:alps"] if mode == "union" else [])


def test_unmerge_brings_back_what_was_stored_and_merge_the_merge() -> None:
    store = opened("union")
    everything, count = stored(store), "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    for _ in range(3):
        assert rows(store, count) == ["3"]
        store.unmerge()
        assert rows(store, count) == ["1"]
        assert store.size() == 4
        store.merge()
        assert stored(store) == everything


@each_mode
def test_an_unmerged_store_lets_go_of_graphs(mode: DefaultGraph) -> None:
    store = opened(mode)
    store.unmerge()
    store.remove("u:g2")
    store.remove("u:none")
    store.merge()
    assert store.names() == ["u:g1"]
    assert store.size() == (3 if mode == "union" else 2)


@each_mode
def test_an_update_sees_and_changes_what_is_stored(mode: DefaultGraph) -> None:
    store = opened(mode)
    store.update(Update.parse("INSERT { <u:seen> <u:was> ?s } WHERE { ?s <u:label> ?o }"))
    assert graph(store, None) == ["<u:seen> <u:was> <u:world> .", '<u:world> <u:label> "World" .']
    store.update(Update.parse("CLEAR DEFAULT ; INSERT DATA { GRAPH <u:g1> { <u:a> <u:p> <u:b> } }"))
    assert graph(store, None) == []
    seen = ["u:a", "u:alps", "u:alps"] if mode == "union" else []
    assert rows(store, "SELECT ?s { ?s ?p ?o }") == seen


BAD_UPDATES = {
    "syntax": ("INSERT DATA {\n<u:a> <u:p> }", r"\(line 2, column 13\)"),
    "a graph that is not there": (
        "DROP GRAPH <u:none>",
        r"^The text cannot be evaluated: The graph <u:none>",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), BAD_UPDATES.values(), ids=BAD_UPDATES.keys())
def test_a_fault_of_an_update_is_told(text: str, sentence: str) -> None:
    with pytest.raises(QueryError, match=sentence):
        opened().update(Update.parse(text))


def test_another_store_of_the_kind_is_empty_and_its_own() -> None:
    store = opened("union")
    other = store.empty()
    assert (other.is_empty(), other.names(), store.is_empty()) == (True, [], False)
    other.load(b"<u:a> <u:p> <u:b> <u:g> .", NQUADS)
    assert rows(other, "SELECT ?s { ?s ?p ?o }") == ["u:a"]
    assert ask(other, "DESCRIBE <u:a>", TURTLE) == "@prefix u: <u:> .\nu:a u:p u:b .\n"
    assert not store.exists("u:g")


# ---- folders


@each_mode
def test_a_folder_keeps_what_is_stored(mode: DefaultGraph, quick_folder: Callable[[], Path]) -> None:
    folder = quick_folder()
    store = EmbeddedStore(default_graph=mode, folder=folder)
    store.load(DATA, NQUADS)
    store.create("u:empty")
    store.put(None, triples("<u:a> <u:p> _:b ."), replace=False)
    store.flush()
    before = stored(store)
    store.close()
    again = EmbeddedStore(default_graph=mode, folder=folder, writable=False)
    assert stored(again) == before
    assert again.names() == ["u:empty", "u:g1", "u:g2"]
    assert rows(again, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == (["4"] if mode == "union" else ["2"])
    again.close()
    last = EmbeddedStore(default_graph=mode, folder=folder)
    last.optimize()
    assert stored(last) == before
    last.close()


def test_a_folder_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match=r"The store in the folder cannot be opened\.") as caught:
        EmbeddedStore(folder=tmp_path / "file")
    assert caught.value.place == str(tmp_path / "file")
    with pytest.raises(StoreError, match=r"The store in the folder cannot be opened\."):
        EmbeddedStore(folder=tmp_path / "none", writable=False)


def test_a_folder_with_a_file_missing_is_told(quick_folder: Callable[[], Path]) -> None:
    folder = quick_folder()
    store = EmbeddedStore(default_graph="plain", folder=folder)
    store.load(DATA, NQUADS)
    store.flush()
    store.close()
    for path in folder.glob("*.sst"):
        path.unlink()
    with pytest.raises(StoreError, match=r"The store in the folder cannot be opened\."):
        EmbeddedStore(default_graph="plain", folder=folder, writable=False)


CLOSED: dict[str, Callable[[EmbeddedStore], object]] = {
    "query": lambda store: ask(store, "ASK {}"),
    "load": lambda store: store.load(b"", TURTLE),
    "update": lambda store: store.update(Update.parse("CLEAR ALL")),
    "graph": lambda store: store.graph(None, TURTLE, Chunks()),
    "dataset": lambda store: store.dataset(NQUADS, Chunks()),
    "names": lambda store: store.names(),
    "put": lambda store: store.put(None, [], replace=True),
    "drop": lambda store: store.drop(None),
}


@pytest.mark.parametrize("use", CLOSED.values(), ids=CLOSED.keys())
def test_a_closed_store_says_so(use: Callable[[EmbeddedStore], object]) -> None:
    store = opened()
    store.close()
    store.close()
    with pytest.raises(StoreError, match=r"^The store is closed\.$") as caught:
        use(store)
    assert isinstance(caught.value, KgError)


@pytest.mark.parametrize("format", [CSV, media.TRIG], ids=lambda row: row.name)
def test_a_graph_in_a_format_that_cannot_hold_one(format: Format) -> None:
    with pytest.raises(NotAcceptable, match="cannot hold a graph"):
        EmbeddedStore().graph(None, format, Chunks())


@pytest.mark.parametrize("format", [CSV, media.TURTLE], ids=lambda row: row.name)
def test_a_dataset_in_a_format_that_cannot_hold_one(format: Format) -> None:
    with pytest.raises(NotAcceptable, match="cannot hold a dataset"):
        EmbeddedStore().dataset(format, Chunks())
