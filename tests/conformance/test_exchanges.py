"""SPARQL Protocol and Graph Store Protocol: requests replayed as the manifests write them.

Only the paths are those of this server, and what writes carries the token. A refusal must say why.
"""

from __future__ import annotations

from urllib.parse import urljoin

import httpx
import pytest
from endpoint import UPDATE, Endpoint
from exchanges import Exchange, exchanges
from manifests import Case, Dataset, needs_suites, to_run
from solutions import Graph, Solutions, difference, received

pytestmark = [needs_suites, pytest.mark.slow]

ANSWERS = {"boolean": bool, "tabular": Solutions, "RDF": Graph}


@pytest.mark.parametrize("case", to_run("ProtocolTest"))
def test_protocol(case: Case, endpoint: Endpoint) -> None:
    endpoint.hold(case.dataset(case.node))
    for exchange in exchanges(case):
        writes = is_update(case, exchange)
        url = (endpoint.updates if writes else endpoint.queries) + exchange.path.removeprefix("/sparql/")
        answer = replay(endpoint, exchange, url, writes)
        if exchange.format:
            found = received(answer.content, answer.headers["Content-Type"])
            assert isinstance(found, ANSWERS[exchange.format]), f"{found} is not {exchange.format}"
            if exchange.boolean is not None:
                assert found is exchange.boolean


@pytest.mark.parametrize("case", to_run("GraphStoreProtocolTest"))
def test_graph_store_protocol(case: Case, endpoint: Endpoint) -> None:
    endpoint.hold(Dataset())
    known = ""
    for exchange in exchanges(case):
        path = exchange.path.removeprefix("/gsp").replace("$LOCATION$", known)
        answer = replay(endpoint, exchange, endpoint.graphs + path, exchange.method not in ("GET", "HEAD"))
        for name, value in exchange.received_headers.items():
            assert plain(answer.headers.get(name, "")) == plain(value)
        if exchange.received_body is not None:
            content_type = exchange.received_headers["content-type"]
            wanted = received(exchange.received_body, content_type)
            differs = difference(wanted, received(answer.content, answer.headers["Content-Type"]))
            assert not differs, differs
        if exchange.location:
            known = urljoin(str(answer.url), answer.headers["Location"])


def is_update(case: Case, exchange: Exchange) -> bool:
    """Whether a request is for the update operation, which has an address of its own here."""
    return (
        "#bad_update_" in case.id
        or exchange.headers.get("content-type", "").startswith(UPDATE)
        or (exchange.body or b"").startswith(b"update=")
    )


def replay(endpoint: Endpoint, exchange: Exchange, url: str, writes: bool) -> httpx.Response:
    """Send the request and check what every response must be: of an expected status, clear if a refusal."""
    headers = {**exchange.headers, **(endpoint.authorization if writes else {})}
    answer = endpoint.send(exchange.method, url, headers, exchange.body)
    assert exchange.accepts(answer), f"{answer.status_code} to {exchange.method} {url}\n{answer.text}"
    if exchange.refused and exchange.method != "HEAD":
        assert endpoint.explains(answer), answer.text
    return answer


def plain(value: str) -> str:
    """A field value without what does not matter in a media type (RFC 9110, section 8.3.1)."""
    return value.lower().replace(" ", "").replace('"', "")
