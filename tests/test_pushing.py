"""The content pushed into another server's store, and served from there: answers as accepted, errors told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from kg.build import Dataset
from kg.content import Content
from kg.directives import read_answer
from kg.errors import SettingsError, StoreError
from kg.pushing import Pushed, bodies, push
from kg.settings import Settings
from kg.validate.answers import difference
from peer import Peer, free_port, oxigraph
from sample import Mini
from serving import Server, running

ROOT = Path(__file__).resolve().parent.parent
GRAPH = ox.NamedNode("u:g")
DATA = Dataset(
    (
        ox.Quad(ox.NamedNode("u:a"), ox.NamedNode("u:p"), ox.Literal('"\n<x>é'), GRAPH),
        ox.Quad(ox.NamedNode("u:a"), ox.NamedNode("u:p"), ox.NamedNode("u:b"), GRAPH),
        ox.Quad(ox.NamedNode("u:a"), ox.NamedNode("u:p"), ox.NamedNode("u:b"), ox.NamedNode("u:h&i?j=k")),
        ox.Quad(ox.NamedNode("u:a"), ox.NamedNode("u:p"), ox.NamedNode("u:c")),
    ),
    "",
)


def stored(peer: Peer) -> set[str]:
    """What a server holds, as lines."""
    found = httpx.get(f"{peer.root}/store", headers={"Accept": "application/n-quads"}).text
    return set(found.splitlines())


def test_graphs_take_the_place_of_those_that_are_there_and_others_stay() -> None:
    with oxigraph() as peer:
        before = "<u:old> <u:p> <u:x> <u:g> .\n<u:o> <u:p> <u:o> <u:o> .\n"
        httpx.post(f"{peer.root}/store", content=before, headers={"Content-Type": "application/n-quads"})
        settings, told = Settings(store_graphs=f"{peer.root}/store"), []
        assert push(settings, DATA, told.append) == Pushed(made=1, replaced=2, statements=4)
        expected = {f"{quad} ." for quad in DATA.quads} | {"<u:o> <u:p> <u:o> <u:o> ."}
        assert stored(peer) == expected
        assert told == [f"sending graph {number} of 3" for number in (1, 2, 3)]
        assert push(settings, DATA) == Pushed(made=0, replaced=3, statements=4)
        assert stored(peer) == expected


def test_bodies_are_the_graphs_by_name() -> None:
    assert list(bodies(DATA)) == [None, "u:g", "u:h&i?j=k"]
    assert bodies(DATA)[None] == b"<u:a> <u:p> <u:c> .\n"


def test_what_stands_in_the_way_is_told_with_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.pushing._PAUSES", (0.0,))
    with pytest.raises(SettingsError, match=r"^KG_STORE_GRAPHS is not set"):
        push(Settings(), DATA)
    with pytest.raises(StoreError, match=r"cannot be reached.* 0 of 3 graphs are there"):
        push(Settings(store_graphs=f"http://127.0.0.1:{free_port()}/store"), DATA)
    with (
        oxigraph() as peer,
        pytest.raises(StoreError, match=r"^The store did not take the graph without a name: "),
    ):
        push(Settings(store_graphs=f"{peer.root}/nothing"), DATA)


def kg(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KG_")}
    command = [sys.executable, "-m", "kg.cli", *arguments]
    return subprocess.run(
        command, env={**clean, **environ}, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_command_says_what_it_did(mini: Mini) -> None:
    with oxigraph() as peer:
        address = f"{peer.root}/store"
        tried = kg("push", "--graphs", address, "--dry-run", KG_CONTENT=str(mini.root))
        assert tried.returncode == 0 and stored(peer) == set()
        names = [line.rpartition(": ")[0] for line in tried.stdout.splitlines()]
        done = kg("push", KG_STORE_GRAPHS=address, KG_CONTENT=str(mini.root))
        size = len(stored(peer))
        count = f"{len(names):,}"
        assert done.stdout == (
            f"{address}: {count} graphs with {size:,} statements, {count} new and 0 in the place of what was "
            "there\n"
        )
        asked = {"query": "SELECT ?g { GRAPH ?g {} }"}
        found = httpx.post(peer.query, data=asked, headers={"Accept": "text/csv"}).text.split()
        assert sorted(found[1:]) == sorted(names)
        for arguments, code in ((["push"], 1), (["push", "--graphs", "https://me:s3cret@h/"], 1)):
            refused = kg(*arguments, KG_CONTENT=str(mini.root))
            assert refused.returncode == code and "KG_STORE_GRAPHS" in refused.stderr
            assert "s3cret" not in refused.stderr + refused.stdout


# ---- and served from there


@pytest.fixture(scope="module")
def peer(whole_dataset: Dataset) -> Iterator[Peer]:
    """Another server that holds the content of the project."""
    with oxigraph("--union-default-graph") as found:
        push(Settings(store_graphs=f"{found.root}/store"), whole_dataset)
        yield found


@pytest.fixture(scope="module")
def server(peer: Peer) -> Iterator[Server]:
    """Ours in front of it."""
    with running(KG_CONTENT=str(ROOT), **peer.environ) as found:
        yield found


# Questions whose answer is the same where a triple of two graphs counts twice, as in Oxigraph's union.
ASKED = ("07-who-funds-what", "14-status-of-initiatives", "44-adoption-and-citation")


@pytest.mark.parametrize("name", ASKED)
def test_questions_are_answered_as_accepted(server: Server, whole_content: Content, name: str) -> None:
    question = next(one for one in whole_content.questions() if one.name == name)
    asked, csv = {"query": question.text}, {"Accept": "text/csv"}
    answer = httpx.post(f"{server.root}/sparql", data=asked, headers=csv)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    found = read_answer(answer.text, "the answer")
    assert found.rows and difference(found, question.answer(), kept=question.order == "kept") is None


PATHS = (
    "/sparql?query=ASK%20%7B%7D",
    "/graphs",
    "/void",
    "/search?q=elephant",
    "/ontology",
    "/shapes",
    "/id/initiative/room-to-roam",
    "/id/initiative/room-to-roam.ttl",
)


def test_nothing_of_it_has_an_entity_tag(server: Server) -> None:
    for path in PATHS:
        answer = httpx.get(server.root + path, headers={"If-None-Match": "*", "Accept": "*/*"}, timeout=30)
        assert answer.status_code == 200 and answer.content, path
        assert "etag" not in answer.headers, path
        assert answer.headers["cache-control"] in ("no-store", "no-cache"), path


def test_pages_are_made_of_it(server: Server) -> None:
    page = httpx.get(f"{server.root}/id/initiative/room-to-roam", headers={"Accept": "text/html"}).text
    assert "Room to Roam" in page and "dataset None" not in page
    assert "dataset <code>" not in httpx.get(f"{server.root}/about").text
    found = httpx.get(f"{server.root}/search?q=room+to+roam").json()
    assert found["results"][0]["iri"].endswith("/id/initiative/room-to-roam")


def test_the_service_description_promises_nothing_of_its_default_graph(server: Server) -> None:
    told = httpx.get(f"{server.root}/sparql", headers={"Accept": "text/turtle"}, timeout=30).text
    assert "What the store behind this server shows" in told and "counts once" not in told


def test_writes_go_through_with_our_token_only(server: Server, peer: Peer) -> None:
    change = {"update": "INSERT DATA { GRAPH <u:written> { <u:a> <u:p> <here> } }"}
    assert httpx.post(f"{server.root}/update", data=change).status_code == 401
    bearer = {"Authorization": f"Bearer {server.token}"}
    assert httpx.post(f"{server.root}/update", data=change, headers=bearer).status_code == 204
    at = f"{server.root}/graphs?graph=u:written"
    assert httpx.get(at, headers={"Accept": "application/n-triples"}).text == (
        f"<u:a> <u:p> <{server.root}/here> .\n"
    )
    turtle = {**bearer, "Content-Type": "text/turtle"}
    assert httpx.put(at, content="<u:b> <u:p> 1 .", headers=turtle).status_code == 204
    assert httpx.delete(at, headers=bearer).status_code == 204
    assert httpx.get(at).status_code == httpx.delete(at, headers=bearer).status_code == 404
    assert httpx.put(at, content="nonsense", headers=turtle).json()["code"] == "rdf"


def test_what_the_guards_refuse_never_gets_there(server: Server) -> None:
    for query, code in (
        ("SELECT * { SERVICE <http://127.0.0.1:9/> {} }", "forbidden"),
        ("CLEAR ALL", "forbidden"),
    ):
        answer = httpx.post(f"{server.root}/sparql", data={"query": query})
        assert (answer.status_code, answer.json()["code"]) == (403, code)


def test_a_server_whose_store_is_down_starts_and_says_so() -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/query"
    with running(KG_CONTENT="none", KG_STORE=address, KG_STORE_TOKEN="s3cret") as server:
        assert (
            "the store does not answer as a SPARQL endpoint does: The store cannot be reached."
            in server.log()
        )
        ready = httpx.get(f"{server.root}/readyz")
        assert (ready.status_code, ready.json()["reason"]) == (503, "The store cannot be reached.")
        answer = httpx.get(f"{server.root}/sparql?query=ASK%20%7B%7D")
        assert (answer.status_code, answer.json()["code"]) == (502, "remote")
        assert httpx.get(f"{server.root}/", headers={"Accept": "text/html"}).status_code == 502
        with oxigraph(port=port):
            assert httpx.get(f"{server.root}/readyz").json()["status"] == "ready"
            answer = httpx.get(f"{server.root}/sparql?query=ASK%20%7B%7D")
            assert json.loads(answer.text) == {"head": {}, "boolean": True}
        assert httpx.get(f"{server.root}/readyz").status_code == 503
        assert "s3cret" not in server.log()
