"""/metrics: how the server is doing, in the text format of Prometheus.

It tells no query, no address and no content, but how busy the server is, and so it is for those in
KG_METRICS: by default the machine that the server runs on. A request that a proxy passes on is its client's.
"""

import asyncio
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from starlette.requests import Request
from starlette.responses import Response

from kg import __version__
from kg.errors import Forbidden
from kg.store.vitals import Vitals, weight
from kg.web.cache import Cache
from kg.web.html import bundle_of
from kg.web.journal import BOUNDS, Journal
from kg.web.kept import Kept
from kg.web.proxies import client, is_trusted, networks
from kg.web.shortcuts import Shortcuts
from kg.web.site import Site

PATH = "/metrics"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_PASSED_ON = ("forwarded", "x-forwarded-for", "via")


async def get(request: Request) -> Response:
    """Give all that is counted and measured; Forbidden."""
    site: Site = request.app.state.site
    _admit(request, site)
    vitals = {"query": getattr(site.store, "vitals", None), "validation": site.validation_vitals}
    found = {pool: item for pool, item in vitals.items() if item is not None}
    pids = {pid for item in found.values() for role in item.processes.values() for pid in role}
    memory = await asyncio.to_thread(lambda: {pid: weight(pid) for pid in pids})
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    dropped: int = getattr(getattr(request.app.state, "log", None), "dropped", 0)
    registry.register(
        _Snapshot(site, request.app.state.journal, request.app.state.shortcuts, found, memory, dropped)
    )
    headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
    return Response(generate_latest(registry), headers=headers)


def _admit(request: Request, site: Site) -> None:
    allowed = site.settings.metrics
    if allowed != "none" and is_trusted(client(request, site.trusted), networks(allowed)):
        host = request.client.host if request.client else ""
        if is_trusted(host, site.trusted) or not any(name in request.headers for name in _PASSED_ON):
            return
    raise Forbidden(
        "The metrics of this server are not for this client.",
        remedy="Whoever runs it can name its address in KG_METRICS.",
    )


@dataclass(frozen=True, eq=False)
class _Snapshot:
    """All families of metrics at one moment (a collector of the library's)."""

    site: Site
    journal: Journal
    shortcuts: Shortcuts
    pools: Mapping[str, Vitals]
    memory: Mapping[int, int]
    dropped: int

    def collect(self) -> Iterator[Metric]:
        yield _gauge(
            "kg_build_info",
            "Always 1. The version of the program, of Python, and of the data at the start (their digest, if "
            "they are the content as it comes).",
            ("version", "python", "data"),
            {(__version__, platform.python_version(), self.site.first_version): 1},
        )
        yield from self._requests()
        yield from self._queues()
        yield from self._workers()
        yield from self._cache()
        yield _gauge(
            "kg_pages_have_scripts",
            "Whether pages have their scripts (1), or the package was built without them (0).",
            (),
            {(): int(bundle_of(self.site.settings) is not None)},
        )
        yield _counter(
            "kg_log_lines_dropped",
            "Lines of the log that were not written, because whoever reads it is too slow.",
            (),
            {(): self.dropped},
        )

    def _requests(self) -> Iterator[Metric]:
        journal = self.journal
        yield _counter(
            "kg_requests",
            "Requests that have ended, by address template (other: no such address), method, status (none: "
            "nothing was sent) and outcome: ok; gone: the client left before the end; stalled: it took none "
            "of the answer for too long; else the code of the error. With status 200, an outcome other than "
            "ok is an answer that was broken off half way.",
            ("route", "method", "status", "outcome"),
            journal.answered,
        )
        family = HistogramMetricFamily(
            "kg_request_seconds",
            "Seconds from the end of a request's head to the last byte of its answer, waiting included.",
            labels=("route",),
        )
        for route, durations in journal.durations.items():
            total, buckets = 0, []
            for bound, number in zip((*map(str, BOUNDS), "+Inf"), durations.numbers, strict=True):
                total += number
                buckets.append((bound, total))
            family.add_metric((route,), buckets, durations.total)
        yield family
        yield _counter(
            "kg_response_bytes",
            "Bytes of bodies sent, after compression.",
            ("route",),
            {(route,): number for route, number in journal.sent.items()},
        )
        yield _gauge(
            "kg_requests_running", "Requests under way, this one included.", (), {(): journal.running}
        )
        yield _gauge("kg_connections", "Open connections of clients.", (), {(): journal.connections})

    def _queues(self) -> Iterator[Metric]:
        queues = {
            (pool, name): queue
            for pool, vitals in self.pools.items()
            for name, queue in vitals.queues.items()
        }
        queues["page", "read"] = self.site.reading.state
        queues["page", "match"] = self.site.matching.state
        labels = ("pool", "queue")
        yield _gauge(
            "kg_queue_running",
            "Requests that hold a place: short, long and write ones of queries and validations; read (long "
            "texts are parsed) and match (lists of names are looked up) in the server itself.",
            labels,
            {key: queue.running for key, queue in queues.items()},
        )
        yield _gauge(
            "kg_queue_waiting",
            "Requests that wait for a place.",
            labels,
            {key: queue.waiting for key, queue in queues.items()},
        )
        yield _counter(
            "kg_queue_refused",
            "Requests refused with 503 busy; full: too many waited already; late: its wait was too long.",
            (*labels, "reason"),
            {(*key, why): number for key, queue in queues.items() for why, number in queue.refused.items()},
        )

    def _workers(self) -> Iterator[Metric]:
        processes = {
            (pool, role): pids
            for pool, vitals in self.pools.items()
            for role, pids in vitals.processes.items()
        }
        labels = ("pool", "role")
        yield _gauge(
            "kg_processes",
            "Processes alive: data ones hold the data, worker ones are forked from them and do one request "
            "at a time.",
            labels,
            {key: len(pids) for key, pids in processes.items()},
        )
        yield _gauge(
            "kg_processes_memory_bytes",
            "Memory of these processes, where a page that several share counts in parts (PSS).",
            labels,
            {key: sum(self.memory.get(pid, 0) for pid in pids) for key, pids in processes.items()},
        )
        yield _counter(
            "kg_workers_ended",
            "Workers ended in their work; deadline: the time was over; memory: it needed more than one "
            "request may have; crash: it died of it; outside: another program ended it; gone: the client "
            "left or wanted no more; moved: a long request began anew in the queue for long ones.",
            ("pool", "reason"),
            {
                (pool, why): number
                for pool, vitals in self.pools.items()
                for why, number in vitals.ended.items()
            },
        )

    def _cache(self) -> Iterator[Metric]:
        kept: dict[str, Cache | Kept[Any, Any]] = {
            "pages": self.site.cache,
            "answers": self.site.given,
            "responses": self.shortcuts.kept,
        }
        counted = {(name, "hit"): item.hits for name, item in kept.items()}
        counted |= {(name, "miss"): item.misses for name, item in kept.items()}
        yield _counter(
            "kg_cache_lookups",
            "Lookups in what is kept: pages and the like, answers of the store, and whole responses.",
            ("cache", "result"),
            counted,
        )
        numbers = {(name,): len(item) for name, item in kept.items()}
        yield _gauge("kg_cache_entries", "Things that are kept.", ("cache",), numbers)
        sizes = {(name,): item.size for name, item in kept.items()}
        yield _gauge("kg_cache_bytes", "Bytes that are kept.", ("cache",), sizes)


def _counter(name: str, text: str, labels: Sequence[str], values: Mapping[Any, float]) -> Metric:
    return _filled(CounterMetricFamily(name, text, labels=labels), values)


def _gauge(name: str, text: str, labels: Sequence[str], values: Mapping[Any, float]) -> Metric:
    return _filled(GaugeMetricFamily(name, text, labels=labels), values)


def _filled(family: Any, values: Mapping[Any, float]) -> Metric:
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    found: Metric = family
    return found
