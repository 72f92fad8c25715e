"""Federated queries: a store of ours and real servers of another vendor, and a server of ours over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from asking import Loop
from listeners import wire

from kg.errors import QueryError, ResultTooLarge, ServiceError, Timeout
from kg.media import JSON, NTRIPLES
from kg.origins import Origins
from kg.sparql import Operation
from kg.store import Capacity, Read, ReadGraph, Terms, open_store
from kg.store.federated import FederatedStore
from serving import Server, endpoint, running

ORIGINS = Origins.parse("http://127.0.0.1:*")
DATA = b"".join(b'<urn:%c> <urn:p> "%d" .\n' % (97 + n, n + 1) for n in range(3))
THEIRS = "<urn:a> <urn:q> 'A' , [ <urn:r> <urn:a> ] . <urn:b> <urn:q> 'B' ."

# A graph of plans in the shape and with the identifiers of this one: each contributes to targets.
PLANS = """
@prefix conn: <https://w3id.org/ecoconn/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix target: <https://w3id.org/ecoconn/id/target/> .
@prefix plan: <https://plans.example/id/plan/> .
plan:north a conn:Act ; skos:prefLabel "Plan of the North"@en ;
    conn:contributesTo target:kmgbf-target-2 , target:kmgbf-target-3 .
plan:south a conn:Act ; skos:prefLabel "Plan of the South"@en ;
    conn:contributesTo target:kmgbf-target-22 , target:none .
"""
JOIN = """
PREFIX conn: <https://w3id.org/ecoconn/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?plan ?target ?ours WHERE {
  SERVICE <ADDRESS> { ?p a conn:Act ; skos:prefLabel ?plan ; conn:contributesTo ?t }
  ?t a conn:Target ; skos:prefLabel ?target . FILTER(LANG(?target) = "en")
  OPTIONAL { ?o conn:contributesTo ?t ; skos:prefLabel ?ours . FILTER(LANG(?ours) = "en") }
}
"""


@pytest.fixture(scope="module")
def store(loop: Loop) -> Iterator[FederatedStore]:
    capacity = Capacity(seconds=5)
    opened = loop.run(
        open_store("memory:", default_graph="plain", nquads=DATA, digest="d", capacity=capacity)
    )
    found = FederatedStore(opened, ORIGINS, capacity)
    yield found
    loop.run(found.close())


@pytest.fixture(scope="module")
def other() -> Iterator[str]:
    with endpoint(THEIRS) as address:
        yield address


def ask(loop: Loop, store: FederatedStore, request: str | Read, seconds: float | None = None) -> str:
    read = Operation.parse(request, origins=ORIGINS) if isinstance(request, str) else request

    async def asked() -> bytes:
        answer = await store.read(
            read, JSON if isinstance(read, Operation) else NTRIPLES, Terms(seconds, "me")
        )
        return answer.first + b"".join([part async for part in answer.rest()])

    return loop.run(asked()).decode()


def rows(loop: Loop, store: FederatedStore, query: str, seconds: float | None = None) -> list[dict[str, str]]:
    found = json.loads(ask(loop, store, query, seconds))
    return [{name: term["value"] for name, term in row.items()} for row in found["results"]["bindings"]]


# What stands after ?s <urn:p> ?n, and the pairs of ?n and ?v in the answer; X is the other server.
JOINS = {
    "SERVICE <X> { ?s <urn:q> ?v FILTER(isLITERAL(?v)) }": "1A 2B",
    "OPTIONAL { SERVICE <X> { ?s <urn:q> ?v FILTER(?v = 'B') } }": "1 2B 3",
    "FILTER NOT EXISTS { SERVICE <X> { ?s <urn:q> ?x } }": "3",
    "MINUS { SERVICE <X> { ?s <urn:q> 'A' } }": "2 3",
    "{ SELECT ?s (MAX(?x) AS ?v) { SERVICE <X> { ?s <urn:q> ?x } } GROUP BY ?s }": "1A 2B",
    "SERVICE <X> { ?s <urn:q> ?y SERVICE <X> { ?s <urn:q> ?v FILTER(?v = 'B') } }": "2B",
    "SERVICE <X> { SELECT ?s (COUNT(*) AS ?v) { ?s <urn:q> ?x } GROUP BY ?s }": "12 21",
    "SERVICE SILENT <http://127.0.0.1:1/> { ?s <urn:q> ?v }": "1 2 3",
    "SERVICE SILENT <http://off.example/> { ?s <urn:q> ?v }": "1 2 3",
    "SERVICE <X> { ?s <urn:q> 'A' SERVICE SILENT <http://off.example/> { ?s ?w ?v } }": "1",
}


@pytest.mark.parametrize("pattern", JOINS)
def test_joins(loop: Loop, store: FederatedStore, other: str, pattern: str) -> None:
    query = f"SELECT ?n ?v {{ ?s <urn:p> ?n {pattern} }}".replace("<X>", f"<{other}>")
    found = sorted({row["n"] + row.get("v", "") for row in rows(loop, store, query)})
    assert " ".join(found) == JOINS[pattern]


def test_what_has_no_service_is_the_other_stores(loop: Loop, store: FederatedStore) -> None:
    assert store.version == "d" and store.sealed and store.differs("e") is None
    assert len(rows(loop, store, "SELECT * { ?s ?p ?o }")) == 3
    assert ask(loop, store, ReadGraph(None)).count("\n") == 3


def test_a_fault_in_the_text_bothers_nobody(loop: Loop, store: FederatedStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as quiet:
        clause = f"SERVICE <http://127.0.0.1:{quiet.getsockname()[1]}/> {{ ?s ?p ?o }}"
        with pytest.raises(QueryError) as raised:
            rows(loop, store, f"SELECT * {{\n {clause}\n FILTER(?x ?y) }} ORDER BY ?s")
        assert (raised.value.line, raised.value.column) == (3, 12)
        for text in (
            f"SELECT * {{ {clause} BIND(1 AS ?s) }}",
            f"SELECT * {{ {clause.replace('?o', 'a:b')} }}",
        ):
            with pytest.raises(QueryError):
                rows(loop, store, text)
        quiet.settimeout(0.1)
        with pytest.raises(TimeoutError):
            quiet.accept()


def test_who_gives_no_answer_is_named(loop: Loop, store: FederatedStore) -> None:
    with pytest.raises(ServiceError, match=r"http://127\.0\.0\.1:1 cannot be connected to"):
        rows(loop, store, "SELECT * { SERVICE <http://127.0.0.1:1/x> { ?s ?p ?o } }")


class Silent:
    """Takes connections and never says a word; counts them."""

    def __init__(self) -> None:
        self.callers: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        with suppress(OSError):
            while True:
                self.callers.append(self._listener.accept()[0])

    def left(self) -> bool:
        """Whether all who came have hung up."""
        for caller in self.callers:
            caller.settimeout(3)
            while caller.recv(65536):
                pass
        return bool(self.callers)

    def close(self) -> None:
        self._listener.close()
        for caller in self.callers:
            caller.close()


@pytest.fixture
def silent() -> Iterator[Silent]:
    found = Silent()
    yield found
    found.close()


def test_time_is_left_to_go_on_in_silence(loop: Loop, store: FederatedStore, silent: Silent) -> None:
    clause = f"SERVICE SILENT <{silent.address}> {{ ?s ?p ?o }}"
    begun = time.monotonic()
    assert rows(loop, store, f"SELECT * {{ {clause} VALUES ?x {{ 1 }} }}", 1.2) == [{"x": "1"}]
    with pytest.raises(Timeout, match="did not answer within"):
        rows(loop, store, f"SELECT * {{ {clause.replace('SILENT', '')} }}", 1.2)
    assert time.monotonic() - begun < 8
    assert silent.left()


def test_who_goes_away_leaves_no_work(loop: Loop, store: FederatedStore, silent: Silent) -> None:
    async def leave() -> None:
        operation = Operation.parse(
            f"SELECT * {{ SERVICE <{silent.address}> {{ ?s ?p ?o }} }}", origins=ORIGINS
        )
        task = asyncio.ensure_future(store.read(operation, JSON, Terms(None, "me")))
        while not silent.callers:
            await asyncio.sleep(0.01)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    loop.run(leave())
    assert silent.left()


def test_the_same_is_asked_once(loop: Loop, store: FederatedStore, silent: Silent) -> None:
    clause = f"{{ SERVICE SILENT <{silent.address}> {{ ?s ?p ?o }} }}"
    text = f"SELECT * {{ {' UNION '.join([clause] * 20)} }}"
    assert len(rows(loop, store, text, 1)) == 20
    assert len(silent.callers) == 1
    for name in ("a", "b", "c", "d", "e", "f"):
        text = text.replace("}", f"}} UNION {clause.replace('?o', '?' + name)}", 1)
    rows(loop, store, text, 1)
    assert len(silent.callers) <= 1 + 4, "four at a time"


def test_an_endless_answer_ends(loop: Loop, store: FederatedStore) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    with wire(head + b" " * 12_000_000) as found:
        clause = f"SERVICE <http://127.0.0.1:{found.port}/> {{ ?s ?p ?o }}"
        with pytest.raises(ServiceError, match="more than"):
            rows(loop, store, f"SELECT * {{ {clause} }}")
        text = " UNION ".join(
            f"{{ {clause.replace('SERVICE', 'SERVICE SILENT').replace('?o', f'?o{n}')} }}" for n in range(5)
        )
        with pytest.raises(ResultTooLarge, match="together"):
            rows(loop, store, f"SELECT * {{ {text} }}")


# ---- over HTTP, with the content of the project


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(KG_SERVICE_ALLOW="http://127.0.0.1:*", KG_QUERY_TIMEOUT="4") as found:
        yield found


def post(server: Server, query: str, accept: str = "application/sparql-results+json") -> httpx.Response:
    return httpx.post(f"{server.root}/sparql", data={"query": query}, headers={"Accept": accept}, timeout=30)


def test_a_graph_of_the_same_shape_is_joined(server: Server) -> None:
    with endpoint(PLANS) as address:
        answer = post(server, JOIN.replace("ADDRESS", address))
    assert answer.status_code == 200, answer.text
    assert "etag" not in answer.headers and answer.headers["cache-control"] == "no-store"
    found = {
        (
            row["plan"]["value"],
            row["target"]["value"].rpartition(", ")[2],
            row.get("ours", {}).get("value", ""),
        )
        for row in answer.json()["results"]["bindings"]
    }
    assert {(plan, target) for plan, target, _ in found} == {
        ("Plan of the North", "Target 2"),
        ("Plan of the North", "Target 3"),
        ("Plan of the South", "Target 22"),
    }
    assert len({ours for plan, _, ours in found if plan == "Plan of the North"}) > 5


def test_a_page_shows_the_answer(server: Server) -> None:
    with endpoint(THEIRS) as address:
        page = post(server, f"SELECT ?v {{ SERVICE <{address}> {{ ?s <urn:q> ?v }} }}", "text/html")
    assert page.status_code == 200 and ">B<" in page.text
    page = post(server, f"SELECT ?v {{ SERVICE <{address}> {{ ?s <urn:q> ?v }} }}", "text/html")
    assert page.status_code == 502 and "cannot be connected to" in page.text


def test_errors_have_their_status(server: Server) -> None:
    for query, status, code in (
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 502, "service"),
        ("SELECT * { SERVICE <http://127.0.0.2:1/> { ?s ?p ?o } }", 403, "forbidden"),
        ("SELECT * { SERVICE ?x { ?s ?p ?o } }", 403, "forbidden"),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p } }", 400, "query"),
    ):
        answer = post(server, query)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    update = "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"
    headers = {"Authorization": f"Bearer {server.token}"}
    answer = httpx.post(f"{server.root}/update", data={"update": update}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_the_description_says_so(server: Server) -> None:
    text = httpx.get(f"{server.root}/sparql", headers={"Accept": "text/turtle"}).text
    assert "BasicFederatedQuery" in text


def test_a_server_that_asks_itself_ends(server: Server) -> None:
    """Each level waits for the next one, in the same places, and none longer than its time."""
    clause = "?s ?p ?o"
    for _ in range(8):
        clause = f"SERVICE <{server.root}/sparql> {{ {clause} }}"
    answer = post(server, f"SELECT * {{ {clause} }} LIMIT 1")
    assert answer.status_code in (200, 502, 503, 504), answer.text
    assert post(server, "ASK {}").json()["boolean"] is True


def test_nothing_is_left_of_many(server: Server) -> None:
    def count() -> int:
        return len(os.listdir(f"/proc/{server.process.pid}/fd"))  # noqa: PTH208 - names are enough

    before = count()
    with endpoint(THEIRS) as address, httpx.Client(timeout=30) as client:
        for number in range(40):
            where = address if number % 2 else "http://127.0.0.1:1/"
            query = f"SELECT * {{ SERVICE SILENT <{where}> {{ ?s <urn:q> ?v }} }}"
            assert client.post(f"{server.root}/sparql", data={"query": query}).status_code == 200
    until = time.monotonic() + 5
    while count() > before + 3 and time.monotonic() < until:
        time.sleep(0.1)
    assert count() <= before + 3
    assert "Traceback" not in server.log()
