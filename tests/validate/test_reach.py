"""Whether addresses answer, asked of a real server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyoxigraph as ox
import pytest

from kg.sssom import MappingSet, read_mappings
from kg.validate.reach import DEAD, NOT_REACHED, addresses_of, reach, unreached
from mappings import FILE, FIRST, LITERAL, mapping_file


class Answers(BaseHTTPRequestHandler):
    """Answers with the number in the path; /head only to GET; /moved leads to /200; /slow never."""

    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        self.asked.append((self.command, self.path))
        word = self.path.strip("/")
        if word == "slow":
            threading.Event().wait(1)
            return
        moved = word == "moved"
        status = 302 if moved else (405 if self.command == "HEAD" else 200) if word == "head" else int(word)
        self.send_response(status)
        if moved:
            self.send_header("Location", "/200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    asked: list[tuple[str, str]] = []
    handler = type("Handler", (Answers,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/", asked
        running.shutdown()
        thread.join()


def test_addresses_that_answer_and_those_that_do_not(server: tuple[str, list[tuple[str, str]]]) -> None:
    root, asked = server
    told: list[str] = []
    words = ("200", "head", "moved", "404", "410", "403", "500", "slow", "404")
    free = "http://127.0.0.1:1/"
    nowhere = "http://host.invalid/"
    found = asyncio.run(reach([*(root + word for word in words), free, nowhere], told.append, 0.5))
    assert found.pop(free) == (NOT_REACHED, "It cannot be connected to.")
    assert found.pop(nowhere)[0] in (DEAD, NOT_REACHED)
    assert found == {
        root + "404": (DEAD, "It answers with status 404."),
        root + "410": (DEAD, "It answers with status 410."),
        root + "403": (NOT_REACHED, "It answers with status 403."),
        root + "500": (NOT_REACHED, "It answers with status 500."),
        root + "slow": (NOT_REACHED, "It does not answer (ReadTimeout)."),
    }
    assert asked.count(("HEAD", "/404")) == 1, "each address is asked for once"
    assert told[-1] == "asking for 10 of 10 addresses"


def test_findings() -> None:
    rows = ({}, {"object_id": "wd:Q2"}, {"object_id": "urn:x:y"}, LITERAL)
    group, _ = read_mappings(mapping_file(*rows), FILE)
    assert isinstance(group, MappingSet)
    addresses = list(addresses_of([group]))
    assert addresses == [f"http://www.wikidata.org/entity/{item}" for item in ("Q1286", "Q2")]
    faults = {addresses[0]: (DEAD, "It answers with status 404."), addresses[1]: (NOT_REACHED, "No.")}
    dead, unsure = unreached([group], faults, {})
    assert (dead.line, dead.severity, unsure.line, unsure.severity) == (
        FIRST,
        "violation",
        FIRST + 1,
        "warning",
    )
    assert dead.message == f"{addresses[0]} is dead: It answers with status 404."
    assert isinstance(group.links[0].object, ox.NamedNode)
