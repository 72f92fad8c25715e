"""This server beside its peers in one run: ``python bench/peers.py [--sizes 5000,100000] [--out FILE]``.

Peers are ``oxigraph serve`` on disk and ``rdflib-endpoint``, each if its command is found (``--oxigraph``,
``--rdflib-endpoint``). All get the same made-up graph (``kg bench data``) and the same requests from the same
client over 8 connections on loopback, in rounds in which they take turns; their answers are compared before
anything is timed. The table gives requests a second, medians of the rounds, and the ratio to each peer.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import uvloop
from rdflib import Graph

from kg.scaled import PLACES, thing, triples

CONNECTIONS = 8
PREFIXES = (
    "PREFIX conn: <https://w3id.org/ecoconn/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
)
JSON, NT = "application/sparql-results+json", "application/n-triples"


# ---- queries
# ------------------------------------------------------------------------------------------------


def lookup(chance: random.Random, size: int) -> str:
    """Everything about one initiative."""
    return f"SELECT ?p ?o WHERE {{ <{thing('initiative', chance.randrange(size // 20))}> ?p ?o }}"


def describe(chance: random.Random, size: int) -> str:
    """The same in RDF."""
    return f"DESCRIBE <{thing('initiative', chance.randrange(size // 20))}>"


def hops(chance: random.Random, size: int) -> str:
    """Which bodies are depositaries of what is served by the initiatives of one place."""
    place = thing("place", int(PLACES * chance.random()))
    return PREFIXES + (
        f"SELECT DISTINCT ?name WHERE {{ ?i conn:operatesIn <{place}> . ?i conn:contributesTo ?n . "
        "?n conn:depositary ?d . ?d skos:prefLabel ?name }"
    )


def group(chance: random.Random, size: int) -> str:
    """How many initiatives there are of each type and topic."""
    return PREFIXES + (
        "SELECT ?type ?topic (COUNT(?i) AS ?n) WHERE { ?i conn:initiativeType ?type ; conn:topic ?topic } "
        f"GROUP BY ?type ?topic HAVING (COUNT(?i) >= {chance.randrange(3)}) "
        "ORDER BY DESC(?n) ?type ?topic LIMIT 20"
    )


def contains(chance: random.Random, size: int) -> str:
    """Initiatives with some letters in their name."""
    letters = "".join(chance.choices("abdefghiklmnoprstuvw", k=3))
    return PREFIXES + (
        "SELECT ?i ?name WHERE { ?i a conn:Initiative ; skos:prefLabel ?name "
        f'FILTER(CONTAINS(LCASE(STR(?name)), "{letters}")) }}'
    )


KINDS: dict[str, tuple[Callable[[random.Random, int], str], str]] = {
    "lookup": (lookup, JSON),
    "DESCRIBE": (describe, NT),
    "three hops": (hops, JSON),
    "GROUP BY": (group, JSON),
    "CONTAINS": (contains, JSON),
}


def unique(kind: str, size: int, seed: int) -> Iterator[str]:
    """Queries of a kind, none of them ever asked before."""
    chance, number = random.Random(seed), 0
    while True:
        number += 1
        yield f"{KINDS[kind][0](chance, size)} # {seed}.{number}"


# ---- servers
# ------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """One of those that are compared."""

    name: str
    port: int
    path: str
    process: subprocess.Popen[bytes]
    times: dict[str, list[float]] = field(default_factory=dict)

    def ask(self, query: str, accept: str) -> bytes:
        """One answer, over a connection of its own."""
        address = f"http://127.0.0.1:{self.port}{self.path}?query={quote(query)}"
        with urlopen(Request(address, headers={"Accept": accept}), timeout=300) as answer:
            return bytes(answer.read())

    def wait(self, seconds: float) -> float:
        """Return the seconds until it gives a first answer."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            if self.process.poll() is not None:
                sys.exit(f"{self.name} did not start")
            try:
                self.ask("ASK {}", JSON)
                return time.monotonic() - begun
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.02)
        sys.exit(f"{self.name} does not answer")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(name: str, command: list[str], port: int, path: str, **environ: str) -> Server:
    """Start a server in silence."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environ},
        start_new_session=True,
    )
    return Server(name, port, path, process)


def servers(data: Path, size: int, args: argparse.Namespace, work: Path) -> Iterator[Server]:
    """Start all that are there, each with the data in it."""
    port = free_port()
    kg = [sys.executable, "-m", "kg.cli", "serve", "--port", str(port)]
    yield start(
        "Connectivity KG",
        kg,
        port,
        "/sparql",
        KG_CONTENT=str(data),
        KG_QUERY_TIMEOUT="300",
        KG_LOG_LEVEL="warning",
    )
    if args.oxigraph:
        folder = work / f"oxigraph-{size}"
        load = [args.oxigraph, "load", "--location", str(folder), "--file", str(data)]
        subprocess.run(load, check=True, capture_output=True)
        port = free_port()
        bind = ["--location", str(folder), "--bind", f"127.0.0.1:{port}"]
        yield start("oxigraph serve", [args.oxigraph, "serve", *bind], port, "/query")
    if args.rdflib_endpoint and size <= 100_000:
        port = free_port()
        serve = [args.rdflib_endpoint, "serve", "--host", "127.0.0.1", "--port", str(port), str(data)]
        yield start("rdflib-endpoint", serve, port, "/")


# ---- client
# ------------------------------------------------------------------------------------------------


class Client(asyncio.Protocol):
    """One connection: sends a request, reads the answer, sends the next, until nothing is left to ask."""

    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        """Ask until a moment of the loop's clock."""
        self.requests, self.until = requests, until
        self.done = asyncio.get_running_loop().create_future()
        self.answers = 0
        self.buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first."""
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        """Read; count what is whole."""
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        fields = bytes(self.buffer[:head]).lower()
        if not fields.startswith(b"http/1.1 200"):
            self.done.set_exception(RuntimeError(bytes(self.buffer[:500]).decode(errors="replace")))
            return
        place = fields.find(b"content-length:")
        if place >= 0:
            size = int(fields[place + 15 :].split(b"\r\n", 1)[0])
            if len(self.buffer) < head + 4 + size:
                return
        elif not self.buffer.endswith(b"0\r\n\r\n"):
            return
        self.buffer.clear()
        self.answers += 1
        if asyncio.get_running_loop().time() < self.until:
            self.transport.write(next(self.requests))
        elif not self.done.done():
            self.transport.close()
            self.done.set_result(None)


async def drive(server: Server, queries: Iterator[str], accept: str, seconds: float) -> float:
    """Ask over all connections for a while; return answers a second."""

    def requests() -> Iterator[bytes]:
        for query in queries:
            target = f"{server.path}?query={quote(query)}"
            yield f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\n\r\n".encode()

    loop, shared = asyncio.get_running_loop(), requests()
    begun = loop.time()
    clients = [
        (await loop.create_connection(lambda: Client(shared, begun + seconds), "127.0.0.1", server.port))[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(client.done for client in clients))
    return sum(client.answers for client in clients) / (loop.time() - begun)


def answer_of(server: Server, query: str, accept: str) -> object:
    """An answer in a form that does not depend on the order of rows, columns or names of blank nodes."""
    data = server.ask(query, accept)
    if accept == NT:  # rdflib-endpoint gives RDF/XML, whatever it is asked for
        graph = Graph().parse(data=data, format="xml" if data.startswith(b"<?xml") else "nt")
        return sorted(" ".join(term.n3() for term in triple) for triple in graph)
    rows = json.loads(data)["results"]["bindings"]
    return sorted(sorted((name, term["value"]) for name, term in row.items()) for row in rows)


def compare(all_of_them: list[Server], size: int) -> None:
    """End the run when two answers differ."""
    for kind, (_, accept) in KINDS.items():
        questions = unique(kind, size, seed=0)
        for query in [next(questions) for _ in range(5)]:
            ours, *others = (answer_of(server, query, accept) for server in all_of_them)
            for server, other in zip(all_of_them[1:], others, strict=True):
                if ours != other:
                    sys.exit(f"{server.name} answers otherwise to: {query}")


def measure(size: int, args: argparse.Namespace, work: Path) -> dict[str, object]:
    """Compare all servers at one size."""
    data = work / f"{size}.nt"
    with data.open("w", encoding="utf-8") as file:
        file.writelines(triples(size))
    running: list[Server] = []
    found: dict[str, object] = {"triples": size, "bytes": data.stat().st_size}
    try:
        for server in servers(data, size, args, work):
            running.append(server)
            found[f"start of {server.name}"] = round(server.wait(600), 2)
        compare(running, size)
        for number in range(args.rounds):
            for kind, (_, accept) in KINDS.items():
                for server in running[number % len(running) :] + running[: number % len(running)]:
                    fresh = unique(kind, size, seed=number + 1)
                    rate = uvloop.run(drive(server, fresh, accept, args.seconds))
                    server.times.setdefault(kind, []).append(rate)
                    same = [next(fresh)]
                    rate = uvloop.run(
                        drive(server, iter(lambda same=same: same[0], None), accept, args.seconds)
                    )
                    server.times.setdefault(f"{kind}, repeated", []).append(rate)
    finally:
        for server in running:
            server.process.terminate()
            server.process.wait()
    ours, *peers = running
    print(
        f"\n{size:,} triples"
        + "".join(f"{server.name:>18}" for server in running)
        + "".join(f"{'to ' + server.name:>20}" for server in peers)
    )
    for kind in sorted(
        ours.times, key=lambda name: ("repeated" in name, list(KINDS).index(name.split(",")[0]))
    ):
        rates = [statistics.median(server.times[kind]) for server in running]
        ratios = [rates[0] / rate for rate in rates[1:]]
        found[kind] = {
            **{server.name: round(rate, 2) for server, rate in zip(running, rates, strict=True)},
            **{
                f"ratio to {server.name}": round(ratio, 3)
                for server, ratio in zip(peers, ratios, strict=True)
            },
        }
        print(
            f"{kind:<22}"
            + "".join(f"{rate:>18,.1f}" for rate in rates)
            + "".join(f"{ratio:>20.2f}" for ratio in ratios)
        )
    return found


def main() -> None:
    """Read the options, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="5000,100000,1000000", help="triples, with commas between")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds for each kind in each round")
    parser.add_argument("--oxigraph", default=shutil.which("oxigraph"), help="path of the command")
    parser.add_argument(
        "--rdflib-endpoint", default=shutil.which("rdflib-endpoint"), help="path of the command"
    )
    parser.add_argument("--out", type=Path, help="write the figures here, as JSON")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = [measure(int(size), args, Path(folder)) for size in args.sizes.split(",")]
    if args.out:
        args.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
