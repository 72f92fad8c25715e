"""/metrics: in the format of Prometheus, by its own parser, about all that is counted, for few eyes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable

import httpx
import pytest
from fastapi.testclient import TestClient
from making import DATA, MakeClient
from prometheus_client.parser import text_string_to_metric_families

from kg.media import NQUADS
from kg.settings import Settings
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from kg.web.app import create_app
from kg.web.metrics import CONTENT_TYPE
from serving import running

Labels = frozenset[tuple[str, str]]
Found = dict[str, dict[Labels, float]]


def parsed(text: str) -> Found:
    """All samples by name and labels; every family is told once and explained."""
    families = list(text_string_to_metric_families(text))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    found: Found = {}
    for family in families:
        assert family.documentation.endswith("."), family
        for sample in family.samples:
            series = found.setdefault(sample.name, {})
            key = frozenset(sample.labels.items())
            assert key not in series, sample
            series[key] = sample.value
    return found


def one(found: Found, name: str, **labels: str) -> float:
    return found[name][frozenset(labels.items())]


def reach(settings: Settings, address: str) -> TestClient:
    store = EmbeddedStore()
    store.load(DATA.encode(), NQUADS)
    return TestClient(create_app(settings, ThreadStore(store)), client=(address, 50_000))


def scrape(root: str) -> Found:
    answer = httpx.get(f"{root}/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, CONTENT_TYPE)
    assert answer.headers["cache-control"] == "no-store"
    return parsed(answer.text)


@pytest.mark.skipif(sys.platform != "linux", reason="workers need Linux")
def test_a_server_tells_what_it_has_done(tmp_path: object) -> None:
    slow = " ".join(f"?s{number} ?p{number} ?o{number} ." for number in range(9))
    endless = f"SELECT (COUNT(*) AS ?n) {{ {slow} }}"
    with running(KG_CONTENT="none", KG_QUERY_TIMEOUT="0.6") as server:
        data = "".join(f"<urn:s{n}> <urn:p> {n} ." for n in range(200))
        headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "text/turtle"}
        httpx.put(f"{server.root}/graphs?default", content=data, headers=headers).raise_for_status()
        assert httpx.get(f"{server.root}/", headers={"Accept": "text/html"}).status_code == 200
        assert httpx.get(f"{server.root}/", headers={"Accept": "text/html"}).status_code == 200
        for query, status in (("ASK {}", 200), ("BAD", 400), (endless, 504)):
            found = httpx.get(f"{server.root}/sparql", params={"query": query}, timeout=30)
            assert found.status_code == status, found.text
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{server.root}/sparql", params={"query": endless}, timeout=0.3)
        httpx.post(f"{server.root}/validate", content=data, headers={"Content-Type": "text/turtle"})
        metrics = scrape(server.root)
        for _ in range(50):
            if metrics["kg_requests_running"] == {frozenset(): 1.0}:
                break
            metrics = scrape(server.root)
        again = scrape(server.root)

    told = metrics["kg_requests_total"]
    assert {key: told[key] for key in told if ("route", "/sparql") in key} == {
        frozenset({("route", "/sparql"), ("method", "GET"), ("status", status), ("outcome", outcome)}): 1.0
        for status, outcome in (("200", "ok"), ("400", "query"), ("504", "timeout"), ("none", "gone"))
    }
    assert one(metrics, "kg_request_seconds_count", route="/sparql") == 4
    assert one(metrics, "kg_request_seconds_bucket", route="/sparql", le="0.25") >= 1
    assert one(metrics, "kg_request_seconds_bucket", route="/sparql", le="+Inf") == 4
    assert one(metrics, "kg_request_seconds_sum", route="/sparql") > 0.6
    assert one(metrics, "kg_response_bytes_total", route="/sparql") > 300
    assert one(metrics, "kg_workers_ended_total", pool="query", reason="deadline") >= 1
    assert one(metrics, "kg_workers_ended_total", pool="query", reason="gone") == 1
    assert one(metrics, "kg_workers_ended_total", pool="query", reason="crash") == 0
    assert one(metrics, "kg_processes", pool="query", role="data") == 1
    assert one(metrics, "kg_processes", pool="query", role="worker") >= 1
    assert one(metrics, "kg_processes_memory_bytes", pool="query", role="data") > 1_000_000
    assert one(metrics, "kg_processes_memory_bytes", pool="query", role="worker") > 1_000_000
    assert one(metrics, "kg_processes", pool="validation", role="data") == 1
    assert one(metrics, "kg_queue_waiting", pool="query", queue="long") == 0
    assert one(metrics, "kg_queue_refused_total", pool="query", queue="short", reason="full") == 0
    assert one(metrics, "kg_cache_lookups_total", cache="pages", result="miss") >= 1
    assert one(metrics, "kg_cache_lookups_total", cache="pages", result="hit") >= 1
    assert one(metrics, "kg_pages_have_scripts") in (0, 1)
    assert one(metrics, "kg_cache_entries", cache="pages") >= 1
    assert one(metrics, "kg_cache_bytes", cache="pages") > 1000
    assert one(metrics, "process_resident_memory_bytes") > 10_000_000
    assert one(metrics, "kg_connections") >= 1
    assert one(metrics, "kg_log_lines_dropped_total") == 0
    (info,) = metrics["kg_build_info"]
    assert re.fullmatch(r"[0-9a-f]{64}", dict(info)["data"])
    scrapes = one(again, "kg_requests_total", route="/metrics", method="GET", status="200", outcome="ok")
    assert scrapes >= 1


WHO: dict[str, tuple[str, dict[str, str], dict[str, str], int]] = {
    "this machine": ("127.0.0.1", {}, {}, 200),
    "this machine by IPv6": ("::1", {}, {}, 200),
    "another machine": ("192.0.2.1", {}, {}, 403),
    "another machine that claims to be this one": ("192.0.2.1", {}, {"X-Forwarded-For": "127.0.0.1"}, 403),
    "a proxy here for anyone": ("127.0.0.1", {}, {"X-Forwarded-For": "192.0.2.1"}, 403),
    "a proxy here for someone who claims to be here": (
        "127.0.0.1",
        {},
        {"X-Forwarded-For": "127.0.0.1"},
        403,
    ),
    "a proxy here that says Forwarded": ("127.0.0.1", {}, {"Forwarded": "for=192.0.2.1"}, 403),
    "a trusted proxy for this machine": (
        "10.0.0.1",
        {"trusted_proxies": "10.0.0.1"},
        {"X-Forwarded-For": "127.0.0.1"},
        200,
    ),
    "a trusted proxy for another": (
        "127.0.0.1",
        {"trusted_proxies": "127.0.0.1"},
        {"X-Forwarded-For": "192.0.2.1"},
        403,
    ),
    "another machine that is named": ("192.0.2.1", {"metrics": "192.0.2.0/24"}, {}, 200),
    "this machine when others are named": ("127.0.0.1", {"metrics": "192.0.2.0/24"}, {}, 403),
    "nobody": ("127.0.0.1", {"metrics": "none"}, {}, 403),
}


@pytest.mark.parametrize(("address", "settings", "headers", "status"), WHO.values(), ids=WHO.keys())
def test_who_may_read_them(
    address: str, settings: dict[str, str], headers: dict[str, str], status: int
) -> None:
    make: Callable[..., Settings] = Settings
    with reach(make(**settings), address) as client:
        answer = client.get("/metrics", headers=headers)
        assert answer.status_code == status
        assert "access-control-allow-origin" not in answer.headers  # a browser here shows them to no page
        if status == 200:
            assert one(parsed(answer.text), "kg_requests_running") == 1
        else:
            assert answer.json()["detail"] == (
                "The metrics of this server are not for this client. "
                "Whoever runs it can name its address in KG_METRICS."
            )


def test_what_clients_make_up_is_in_no_label(make_client: MakeClient) -> None:
    with reach(Settings(client_budget=0), "127.0.0.1") as client:
        for number in range(30):
            client.get(f"/made-up-{number}")
            client.get(f"/id/made-up-{number}", headers={"X-Request-Id": f"made-up-{number}"})
            client.request(f"MADEUP{number}", "/sparql", params={"query": f"made-up-{number}"})
        first, text = len(client.get("/metrics").text), client.get("/metrics").text
        assert "made" not in text.lower()
        for number in range(30):
            client.get(f"/made-up-too-{number}")
        assert len(client.get("/metrics").text) < first + 2000


def test_a_store_without_processes_has_none(make_client: MakeClient) -> None:
    with reach(Settings(), "127.0.0.1") as client:
        found = parsed(client.get("/metrics").text)
    assert found.get("kg_processes", {}) == {}
    assert one(found, "kg_queue_waiting", pool="page", queue="read") == 0
    if sys.platform == "linux":
        assert one(found, "process_open_fds") <= len(os.listdir("/proc/self/fd")) + 5  # noqa: PTH208
