"""Programs that ask the same: they run, and give the same answer."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from kg.web.snippets import snippets
from serving import running

TRICKY = "SELECT (\"a\\\"b\\\\ ''' ` ${x} é\" AS ?text) (1 AS ?n) {\n\n}"
TEXT = "a\"b\\ ''' ` ${x} é"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with running(KG_CONTENT="none") as server:
        yield f"{server.root}/sparql"


def run(command: list[str], program: str = "") -> str:
    return subprocess.run(
        command, input=program, capture_output=True, text=True, timeout=60, check=True
    ).stdout


def test_curl(endpoint: str) -> None:
    program = snippets(TRICKY, endpoint, "select")["curl"]
    assert run(["bash", "-s"], program) == 'text,n\n"a""b\\ \'\'\' ` ${x} é",1\n'


@pytest.mark.parametrize("query", [TRICKY, 'SELECT ?text { BIND("x" AS ?text) }'])
def test_python(endpoint: str, query: str) -> None:
    found = run([sys.executable, "-"], snippets(query, endpoint, "select")["Python"])
    assert repr(TEXT if query is TRICKY else "x") in found
    turtle = snippets("CONSTRUCT { <u:a> <u:b> 1 } {}", endpoint, "construct")["Python"]
    assert "<u:a> <u:b> 1 ." in run([sys.executable, "-"], turtle)


def test_javascript(endpoint: str) -> None:
    node = shutil.which("node")
    program = snippets(TRICKY, endpoint, "select")["JavaScript"]
    assert 'const query = `SELECT ("a\\\\"b' in program
    assert "\\${x}" in program
    if node:
        shown = "console.log(found.results.bindings[0].text.value)\n"
        assert run([node, "--input-type=module", "-"], program + shown) == TEXT + "\n"


def test_r(endpoint: str) -> None:
    program = snippets('ASK { ?s ?p ")-" }', endpoint, "ask")["R"]
    assert program.startswith('query <- r"--(ASK { ?s ?p ")-" })--"\n')
    assert f'"{endpoint}?format=csv&query="' in program
