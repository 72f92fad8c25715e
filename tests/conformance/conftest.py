"""The server that all conformance tests share, and the closing count of what they ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from endpoint import Endpoint
from manifests import cases, left_out

from serving import running

OUTCOMES = {
    "passed": "passed",
    "xfailed": "failed as expected",
    "failed": "failed",
    "error": "could not run",
}


@pytest.fixture(scope="session")
def endpoint() -> Iterator[Endpoint]:
    """A server without content whose default graph is the unnamed one, as the tests take it to be.

    When they are done it must still run, and have nothing to report of a fault of its own.
    """
    settings = {"KG_CONTENT": "none", "KG_STORE": "memory:", "KG_DEFAULT_GRAPH": "plain"}
    with (
        running(**settings, KG_SERVICE_ALLOW="http://127.0.0.1:*") as server,
        httpx.Client(timeout=30) as client,
    ):
        yield Endpoint.at(server.root, server.token, client)
        assert server.process.poll() is None, server.log()
        assert "Traceback" not in server.log(), server.log()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests of each suite ran, and which were left out and why; nothing if none ran."""
    counts = Counter(
        (report.nodeid.partition("[")[2].partition("/")[0], word)
        for outcome, word in OUTCOMES.items()
        for report in terminalreporter.getreports(outcome)
        if "[sparql1" in report.nodeid
    )
    if not counts:
        return
    terminalreporter.section("W3C SPARQL tests")
    for suite in sorted({suite for suite, _ in counts}):
        said = [f"{counts[suite, word]} {word}" for word in OUTCOMES.values() if counts[suite, word]]
        terminalreporter.line(f"{suite}: {', '.join(said)}")
    for reason, count in Counter(reason for case in cases() if (reason := left_out(case))).items():
        terminalreporter.line(f"left out: {count}, {reason}")
