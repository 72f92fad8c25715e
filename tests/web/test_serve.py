"""The server as a process: its line, its answers over the wire, its refusals to start, and its end."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from serving import running as serving

RUN = """
import os, sys
from kg.errors import KgError
from kg.settings import Settings
from kg.web.server import serve
try:
    serve(Settings.from_env(os.environ))
except KgError as error:
    sys.exit(str(error))
"""
LINE = re.compile(
    r"Connectivity KG answers at (http://127\.0\.0\.1:(\d+)/) \(SPARQL: http://127\.0\.0\.1:\2/sparql\) "
    r"with ([\d,]+) triples from (.*)\.\n"
)


def start(content: str, **environ: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KG_")}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", RUN],
        env={**clean, "KG_CONTENT": content, "KG_PORT": "0", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    found = LINE.fullmatch(process.stdout.readline())
    assert found, process.communicate(timeout=10)
    return found.group(1)


@contextlib.contextmanager
def running(content: str, **environ: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = start(content, **environ)
    try:
        yield process, address(process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("data") / "data.trig"
    numbers = " ".join(f"<u:{number}> <u:p> {number} ." for number in range(3000))
    path.write_text(f"<u:g> {{ {numbers} }} <u:h> {{ <u:1> <u:p> 1 }}")
    return str(path)


@pytest.fixture(scope="module")
def server(data: str) -> Iterator[str]:
    with running(data) as (_, root):
        yield root


def ask(root: str, query: str) -> httpx.Response:
    return httpx.get(f"{root}sparql", params={"query": query}, headers={"Accept": "text/csv"}, timeout=30)


def test_it_answers_over_the_wire(server: str) -> None:
    assert ask(server, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").text == "n\r\n3000\r\n"
    assert httpx.get(f"{server}healthz").json() == {"status": "alive"}
    assert httpx.get(f"{server}readyz").json()["status"] == "ready"


def test_the_line_counts_triples_and_names_the_content(data: str) -> None:
    process = start(data)
    assert process.stdout
    found = LINE.fullmatch(process.stdout.readline())
    process.kill()
    process.communicate()
    assert found
    assert (found.group(3), found.group(4)) == ("3,000", f"the file {data}")


def test_head_sends_no_body_but_its_length(server: str) -> None:
    with socket.create_connection(("127.0.0.1", int(server.rsplit(":", maxsplit=1)[-1].strip("/")))) as wire:
        wire.sendall(b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = b"".join(iter(lambda: wire.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert re.search(rb"content-length: [1-9]", head)
    assert body == b""
    assert b"server:" not in head.lower()


def test_the_host_header_is_not_reflected(server: str) -> None:
    answer = httpx.get(
        f"{server}sparql", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )
    assert "evil" not in answer.text
    assert f"<{server}sparql>" in answer.text


def test_a_slow_query_does_not_hold_up_others(server: str) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y FILTER(?x + ?y < 0) }"
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, server, slow)
        time.sleep(0.2)
        begun = time.monotonic()
        assert httpx.get(f"{server}healthz").status_code == 200
        assert ask(server, "ASK {}").text == "true"
        quick = time.monotonic() - begun
        held_up = waiting.done()
        assert waiting.result().text == "n\r\n0\r\n"
    assert quick < 1
    assert not held_up


def test_a_large_answer_is_whole(server: str) -> None:
    rows = ask(server, "SELECT * { ?s ?p ?o . ?t ?q 1 }").text.split("\r\n")
    assert len(rows) == 3002


def test_a_slow_reader_gets_a_large_answer_whole(server: str) -> None:
    query = "SELECT * { ?s ?p ?o . ?t ?q ?x } LIMIT 500000"
    size = 0
    with httpx.stream(
        "GET",
        f"{server}sparql",
        params={"query": query},
        headers={"Accept": "text/csv", "Accept-Encoding": "identity"},
    ) as found:
        time.sleep(0.5)  # meanwhile the server reads ahead, and makes the worker wait
        for part in found.iter_raw(1 << 18):
            size += part.count(b"\n")
            time.sleep(0.01)
    assert size == 500_001


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly(number: signal.Signals) -> None:
    with running("none") as (process, root):
        assert httpx.get(f"{root}healthz").status_code == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")


def test_a_port_in_use_is_a_sentence() -> None:
    with running("none") as (_, root):
        port = root.rsplit(":")[-1].strip("/")
        second = start("none", KG_PORT=port)
        out, err = second.communicate(timeout=30)
    assert (second.returncode, out) == (1, "")
    assert err == (
        f"Port {port} on 127.0.0.1 is in use by another program. "
        "Choose another with --port or KG_PORT; 0 takes any free one.\n"
    )


BAD = {
    "a host nobody knows": (
        {"KG_HOST": "no-such-host.invalid"},
        "KG_HOST is 'no-such-host.invalid', which is no address or host name known here.",
    ),
    "an address of another machine": (
        {"KG_HOST": "192.0.2.1"},
        "The server cannot listen at 192.0.2.1, port 0: ",
    ),
    "a store of another kind": (
        {"KG_STORE": "disk:x"},
        "KG_STORE is 'disk:x'; it must be memory:, or dir:PATH",
    ),
    "a port that is none": ({"KG_PORT": "http"}, "KG_PORT is 'http'; it must be a whole number"),
}


@pytest.mark.parametrize(("environ", "sentence"), BAD.values(), ids=BAD.keys())
def test_what_keeps_it_from_starting_is_a_sentence(environ: dict[str, str], sentence: str) -> None:
    process = start("none", **environ)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert err.startswith(sentence)
    assert "Traceback" not in err


def test_content_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bad.ttl"
    path.write_text("<u:a> <u:p>\n<u:b")
    process = start(str(path))
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert err.startswith(f"{path}:")
    assert "Traceback" not in err


# ---- the protocols, as served by processes ----------------------------------------------------------------

TOKEN = "secret"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z FILTER(?x + ?y + ?z < 0) }"


@pytest.fixture(scope="module")
def limited(data: str) -> Iterator[str]:
    """A server that takes writes and gives a query 1 s."""
    with running(data, KG_TOKEN=TOKEN, KG_QUERY_TIMEOUT="1") as (_, root):
        yield root


@pytest.mark.parametrize(
    ("parameters", "seconds"), [({}, "1"), ({"timeout": "0.3"}, "0.3"), ({"timeout": "600"}, "1")], ids=str
)
def test_a_client_may_give_a_query_less_time_and_not_more(
    limited: str, parameters: dict[str, str], seconds: str
) -> None:
    begun = time.monotonic()
    answer = httpx.get(f"{limited}sparql", params={"query": SLOW, **parameters}, timeout=30)
    assert float(seconds) <= time.monotonic() - begun < float(seconds) + 2
    assert (answer.status_code, answer.json()["code"]) == (504, "timeout")
    assert answer.json()["detail"].startswith(f"The work was stopped after {seconds} s, at its time limit")
    assert answer.headers["cache-control"] == "no-store"


def test_an_update_has_a_time_limit_too_and_leaves_nothing(limited: str) -> None:
    text = f"INSERT DATA {{ <u:slow> <u:p> 1 }} ; INSERT {{ <u:slow> <u:n> ?n }} WHERE {{ {{ {SLOW} }} }}"
    answer = httpx.post(
        f"{limited}update",
        data={"update": text, "using-graph-uri": "u:g", "timeout": "0.3"},
        headers=BEARER,
        timeout=30,
    )
    assert (answer.status_code, answer.json()["code"]) == (504, "timeout")
    assert ask(limited, "ASK { <u:slow> ?p ?o }").text == "false"


def test_writes_are_seen_at_once_and_have_new_validators(limited: str) -> None:
    before = ask(limited, "ASK { GRAPH <u:new> { ?s ?p ?o } }")
    made = httpx.put(
        f"{limited}graphs?graph=u:new",
        content="<u:a> <u:b> <u:c> .",
        headers={**BEARER, "Content-Type": "text/turtle"},
    )
    assert (made.status_code, made.headers["location"], made.content) == (201, "u:new", b"")
    after = ask(limited, "ASK { GRAPH <u:new> { ?s ?p ?o } }")
    assert (before.text, after.text) == ("false", "true")
    assert before.headers["etag"] != after.headers["etag"]
    again = httpx.get(
        f"{limited}sparql",
        params={"query": "ASK { GRAPH <u:new> { ?s ?p ?o } }"},
        headers={"Accept": "text/csv", "If-None-Match": after.headers["etag"]},
    )
    assert (again.status_code, again.content) == (304, b"")
    assert httpx.delete(f"{limited}graphs?graph=u:new", headers=BEARER).status_code == 204
    assert ask(limited, "ASK { GRAPH <u:new> { ?s ?p ?o } }").text == "false"


def test_a_graph_with_a_name_in_other_letters(limited: str) -> None:
    made = httpx.put(
        f"{limited}graphs",
        params={"graph": "https://example.org/東京"},
        content="<u:a> <u:b> <u:c> .",
        headers={**BEARER, "Content-Type": "text/turtle"},
    )
    assert (made.status_code, made.headers["location"]) == (201, "https://example.org/%E6%9D%B1%E4%BA%AC")


def test_a_graph_with_a_name_that_is_none(limited: str) -> None:
    answer = httpx.get(f"{limited}graphs", params={"graph": "http://[x"})
    assert (answer.status_code, answer.json()["code"]) == (400, "query")


def test_query_is_a_method_over_the_wire(server: str) -> None:
    headers = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    answer = httpx.request("QUERY", f"{server}sparql", content="SELECT (<#a> AS ?a) {}", headers=headers)
    assert (answer.status_code, answer.text) == (200, f"a\r\n{server}sparql#a\r\n")


def test_a_long_body_of_data_does_not_hold_up_others(server: str) -> None:
    query = "SELECT (COUNT(*) AS ?n) { VALUES ?x { " + "<https://example.org/thing/1234567> " * 13_000 + "} }"
    headers = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}

    def post() -> str:
        return httpx.post(f"{server}sparql", content=query, headers=headers, timeout=60).text

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(post) for _ in range(4)]
        slowest = 0.0
        while not all(answer.done() for answer in waiting):
            begun = time.monotonic()
            assert httpx.get(f"{server}healthz", timeout=30).json() == {"status": "alive"}
            slowest = max(slowest, time.monotonic() - begun)
            time.sleep(0.05)
        assert {answer.result() for answer in waiting} == {"n\r\n13000\r\n"}
    assert slowest < 2


def test_a_folder_with_something_in_it_is_served_as_it_is_and_compared_afterwards(tmp_path: Path) -> None:
    content, changed = tmp_path / "a.nt", tmp_path / "b.nt"
    content.write_text("<u:a> <u:p> 1 .\n".replace("1", '"1"'))
    changed.write_text("<u:b> <u:p> <u:c> .\n")
    folder = f"dir:{tmp_path / 'store'}"
    for file in (content, changed):
        with serving(KG_CONTENT=str(file), KG_STORE=folder) as server:
            assert ask(f"{server.root}/", "SELECT ?s { ?s ?p ?o }").text == "s\r\nu:a\r\n"
            said = "holds other content than this version comes with"
            until = time.monotonic() + (20 if file == changed else 2)
            while said not in server.log() and time.monotonic() < until:
                time.sleep(0.05)
            assert (said in server.log()) == (file == changed)
