"""The embedded store: what is its own beyond the contract."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kg import media
from kg.errors import NotAcceptable
from kg.sparql import Operation
from kg.store.embedded import EmbeddedStore


def test_blank_nodes_keep_their_identity_in_the_merge() -> None:
    store = EmbeddedStore()
    store.load(b"<u:a> <u:p> _:x <u:g> .\n_:x <u:q> 1 <u:g> .\n".replace(b"1", b'"1"'), media.NQUADS)
    query = Operation.parse("SELECT ?o { <u:a> <u:p> ?b GRAPH <u:g> { ?b <u:q> ?o } ?b <u:q> ?o }")
    assert b"".join(store.query(query, media.CSV)) == b"o\r\n1\r\n"


def test_many_threads_ask_at_once() -> None:
    store = EmbeddedStore()
    store.load("\n".join(f"<u:{n}> <u:p> {n} ." for n in range(500)).encode(), media.TURTLE)

    def ask(number: int) -> bytes:
        operation = Operation.parse(f"SELECT ?o {{ <u:{number}> <u:p> ?o }}")
        return b"".join(store.query(operation, media.CSV))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(500)))
    assert answers == [f"o\r\n{number}\r\n".encode() for number in range(500)]


def test_the_data_of_the_store_are_not_changed_by_a_merge_for_one_query() -> None:
    store = EmbeddedStore(default_graph="plain")
    store.load(b"<u:a> <u:p> <u:b> <u:g> .\n<u:a> <u:p> <u:c> <u:h> .\n", media.NQUADS)
    merged = Operation.parse("SELECT (COUNT(*) AS ?n) FROM <u:g> FROM <u:h> { ?s ?p ?o }")
    assert b"".join(store.query(merged, media.CSV)) == b"n\r\n2\r\n"
    alone = Operation.parse("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert b"".join(store.query(alone, media.CSV)) == b"n\r\n0\r\n"


def test_a_failed_answer_ends_in_the_thread_that_began_it() -> None:
    store = EmbeddedStore()
    store.load(b"<u:a> <u:p> <u:b> .", media.TURTLE)
    operation = Operation.parse("CONSTRUCT { ?s ?p <<( ?s ?p ?o )>> } WHERE { ?s ?p ?o }")
    with ThreadPoolExecutor(1) as pool:
        failed = pool.submit(lambda: list(store.query(operation, media.JSONLD)))
        # Dropped in this thread, an answer held by the traceback would be told as an error by the test run.
        with pytest.raises(NotAcceptable, match="triple terms"):
            failed.result()
