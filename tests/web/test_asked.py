"""What every address has to know of a request: where it came in, its format, its time, its budget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from kg.errors import Busy, NotAcceptable, OverBudget, QueryError, Timeout
from kg.media import CSV, DATASET_FORMATS, GRAPH_FORMATS, HTML, SOLUTION_FORMATS, Format
from kg.settings import Settings
from kg.sparql import Operation
from kg.store import OWN, Answer, Read, Terms
from kg.store.embedded import EmbeddedStore
from kg.store.lanes import Budget
from kg.store.threads import ThreadStore
from kg.web.asked import (
    _asked_once,
    accepted,
    address,
    charge,
    choose,
    endpoint,
    formats_of,
    languages,
    seconds_of,
    terms_of,
    wants_page,
)
from kg.web.site import Site

MakeClient = Callable[..., TestClient]


def asked(*fields: tuple[str, str], budget: int = 0, public_url: str | None = None, **scope: Any) -> Request:
    site = SimpleNamespace(settings=Settings(public_url=public_url), budget=Budget(budget), trusted=())
    return Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "server": ("127.0.0.1", 8000),
            "client": ("192.0.2.7", 4711),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in fields],
            "app": SimpleNamespace(state=SimpleNamespace(site=site)),
            **scope,
        }
    )


# ---- the address of this server ---------------------------------------------------------------------------

ADDRESSES: dict[str, tuple[dict[str, Any], str]] = {
    "a port": ({}, "http://127.0.0.1:8000"),
    "the usual port": ({"server": ("192.0.2.1", 80)}, "http://192.0.2.1"),
    "the usual port of https": ({"server": ("192.0.2.1", 443), "scheme": "https"}, "https://192.0.2.1"),
    "another port of https": ({"server": ("192.0.2.1", 80), "scheme": "https"}, "https://192.0.2.1:80"),
    "IPv6": ({"server": ("2001:db8::1", 8000)}, "http://[2001:db8::1]:8000"),
    "no address": ({"server": None}, "http://127.0.0.1:8000"),
    "a socket of the system": ({"server": ("/run/kg.sock", None)}, "http:///run/kg.sock"),
    "the public address": ({"public_url": "https://example.org/kg/"}, "https://example.org/kg"),
}


@pytest.mark.parametrize(("given", "expected"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_the_address_is_that_of_the_connection(given: dict[str, Any], expected: str) -> None:
    request = asked(
        ("host", "evil.example"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        **given,
    )
    assert address(request) == expected
    assert endpoint(request, "/sparql") == expected + "/sparql"


# ---- time -------------------------------------------------------------------------------------------------

SECONDS: dict[str, tuple[list[str], float | None]] = {
    "none": ([], None),
    "a whole number": (["5"], 5.0),
    "a fraction": (["0.25"], 0.25),
    "many digits": (["000000001.000000001"], 1.000000001),
    "more than a server gives": (["999999999"], 999999999.0),
}
NO_SECONDS = [
    ["0"], ["0.0"], ["-1"], ["+1"], ["1e3"], ["1."], [".5"], ["1,5"], ["inf"], ["nan"], [" 1"], ["1 "],
    ["\uff11"], ["5s"], ["1000000000"], ["0x10"], ["1", "2"], ["1", "1"], ["x" * 1000],
]  # fmt: skip


@pytest.mark.parametrize(("values", "seconds"), SECONDS.values(), ids=SECONDS.keys())
def test_seconds(values: list[str], seconds: float | None) -> None:
    assert seconds_of(values) == seconds


@pytest.mark.parametrize("values", NO_SECONDS, ids=repr)
def test_what_is_no_number_of_seconds(values: list[str]) -> None:
    with pytest.raises(QueryError) as caught:
        seconds_of(values)
    assert caught.value.detail == (
        f"The parameter timeout is {values[0][:40]!r}. Give one number of seconds, as 5 or 0.5."
    )


def test_terms_name_client_time_and_coding() -> None:
    terms = terms_of(asked(("accept-encoding", "br;q=0.1"), ("accept-encoding", "gzip")), 2.5)
    assert (terms.seconds, terms.client, terms.encoding, terms.always) == (2.5, "192.0.2.7", "gzip", False)
    terms = terms_of(asked(("accept-encoding", "gzip, identity;q=0"), client=None), None)
    assert (terms.seconds, terms.client, terms.encoding, terms.always) == (None, "unknown", "gzip", True)


# ---- formats ----------------------------------------------------------------------------------------------

Case = tuple[tuple[str, ...], str | None, str]
ALL = (*SOLUTION_FORMATS, HTML)
# Names asked for, Accept, and the media type chosen.
SOLUTIONS: dict[str, Case] = {
    "nothing": ((), None, "application/sparql-results+json"),
    "Accept": ((), "text/csv", "text/csv"),
    "a name": (("csv",), "image/png", "text/csv"),
    "a name in capitals": (("CSV",), None, "text/csv"),
    "json": (("json",), None, "application/sparql-results+json"),
    "xml": (("xml",), None, "application/sparql-results+xml"),
    "html": (("html",), None, "text/html"),
    "a media type": (("text/tab-separated-values",), None, "text/tab-separated-values"),
    "a media type with a parameter": (("text/csv; charset=utf-8",), None, "text/csv"),
    "another media type": (("application/json",), None, "application/json"),
    "the first that fits": (("turtle", "tsv", "csv"), None, "text/tab-separated-values"),
    "one that is known among some that are not": (("word", "csv"), None, "text/csv"),
}
GRAPHS: dict[str, Case] = {
    "json means JSON-LD": (("json",), None, "application/ld+json"),
    "xml means RDF/XML": (("xml",), None, "application/rdf+xml"),
    "rdf+xml": (("rdf+xml",), None, "application/rdf+xml"),
    "n3": (("n3",), None, "text/turtle"),
    "turtle": (("turtle",), None, "text/turtle"),
    "json-ld": (("json-ld",), None, "application/ld+json"),
    "ntriples": (("ntriples",), None, "application/n-triples"),
    "all that SPARQLWrapper names": (("xml", "rdf+xml", "rdf"), None, "application/rdf+xml"),
}
DATASETS: dict[str, Case] = {
    "trig": (("trig",), None, "application/trig"),
    "nquads": (("nquads",), None, "application/n-quads"),
    "json": (("json",), None, "application/ld+json"),
    "nothing": ((), None, "application/trig"),
}
TABLE: dict[str, tuple[tuple[Format, ...], Case]] = {
    **{f"solutions, {name}": (ALL, case) for name, case in SOLUTIONS.items()},
    **{f"a graph, {name}": (GRAPH_FORMATS, case) for name, case in GRAPHS.items()},
    **{f"a dataset, {name}": (DATASET_FORMATS[::-1], case) for name, case in list(DATASETS.items())[:3]},
}


@pytest.mark.parametrize(("offers", "case"), TABLE.values(), ids=TABLE.keys())
def test_formats(offers: tuple[Format, ...], case: Case) -> None:
    names, accept, media_type = case
    request = asked(*([("accept", accept)] if accept else []))
    assert choose(request, names, offers, "It").media_type == media_type


@pytest.mark.parametrize(
    "names", [("turtle",), ("text/turtle",), ("turtle", "rdf"), ("word", "pdf"), ("a/b",)]
)
def test_formats_that_are_not_on_offer(names: tuple[str, ...]) -> None:
    with pytest.raises(NotAcceptable) as caught:
        choose(asked(), names, SOLUTION_FORMATS, "The answer to SELECT")
    assert caught.value.detail == (
        "The answer to SELECT comes in none of the formats asked for. On offer: application/"
        "sparql-results+json, application/sparql-results+xml, text/csv, text/tab-separated-values."
    )


@pytest.mark.parametrize("name", ["pdf", "x" * 5000, "..", "<script>", "'", ""])
def test_a_single_name_of_no_format(name: str) -> None:
    with pytest.raises(QueryError) as caught:
        choose(asked(), (name,), SOLUTION_FORMATS, "It")
    assert caught.value.detail == f"There is no format {name[:40]!r}. Name one of json, xml, csv, tsv."


def test_formats_that_an_address_names() -> None:
    pairs = [("format", " csv "), ("query", "format"), ("format", "  "), ("Format", "x"), ("format", "ttl")]
    assert formats_of(pairs) == ["csv", "ttl"]
    assert formats_of([]) == []


def test_accept_in_several_lines_is_one() -> None:
    assert (
        accepted(asked(("accept", "text/csv"), ("accept", "text/html;q=0.5"))) == "text/csv,text/html;q=0.5"
    )
    assert accepted(asked()) is None
    assert accepted(asked(("accept", ""))) is None


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (None, False),
        ("*/*", False),
        ("text/html", True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("application/json, text/html;q=0.9", False),
        ("image/png", False),
    ],
)
def test_who_wants_a_page(accept: str | None, *, page: bool) -> None:
    assert wants_page(asked(*([("accept", accept)] if accept else []))) is page


# ---- the budget of a client -------------------------------------------------------------------------------


def test_no_budget_is_any_number() -> None:
    request = asked()
    assert {charge(request) for _ in range(1000)} == {"192.0.2.7"}


def test_a_budget_counts_by_client() -> None:
    request = asked(budget=3)
    other = Request({**request.scope, "client": ("192.0.2.8", 1)})
    assert [charge(request) for _ in range(3)] == ["192.0.2.7"] * 3
    with pytest.raises(OverBudget) as caught:
        charge(request)
    assert caught.value.detail == (
        "This client has asked more often than it may (KG_CLIENT_BUDGET). Ask less often."
    )
    assert 1 <= caught.value.retry_after <= 21
    assert charge(other) == "192.0.2.8"


def test_a_budget_counts_failed_and_forbidden_requests_too(make_client: MakeClient) -> None:
    client = make_client(client_budget=5, token="secret")
    requests: list[tuple[str, str, int]] = [
        ("GET", "/sparql?query=ASK{}", 200),
        ("GET", "/sparql?query=bad", 400),
        ("POST", "/sparql", 415),
        ("POST", "/update", 401),
        ("GET", "/graphs?graph=u:none", 404),
    ]
    for method, target, status in requests:
        assert client.request(method, target).status_code == status
    for method, target, _ in requests:
        answer = client.request(method, target)
        assert (answer.status_code, answer.json()["code"]) == (429, "budget")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert answer.headers["cache-control"] == "no-store"
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json()["status"] == "ready"


def test_who_knows_the_answer_is_counted_as_well(make_client: MakeClient) -> None:
    client = make_client(client_budget=2)
    tag = client.get("/sparql?query=ASK{}").headers["etag"]
    statuses = [
        client.get("/sparql?query=ASK{}", headers={"If-None-Match": tag}).status_code for _ in range(2)
    ]
    assert statuses == [304, 429]


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("fr", ("fr",)),
        ("de-CH, fr;q=0.9, en;q=0.8", ("de-ch", "fr", "en")),
        ("en;q=0.2, es", ("es", "en")),
        ("fr;q=0, es;q=0.5", ("es",)),
        ("*, fr;q=high, , x y, es", ("es",)),
        ("", ()),
        (None, ()),
    ],
)
def test_languages_of_the_reader(field: str | None, found: tuple[str, ...]) -> None:
    assert languages(asked(*([] if field is None else [("accept-language", field)]))) == found


class Slow(ThreadStore):
    """A store that counts what it is asked, takes its time, and may fail."""

    def __init__(self, fault: Exception | None = None) -> None:
        super().__init__(EmbeddedStore())
        self.asked, self.fault = 0, fault

    async def read(self, request: Read, format: Format, terms: Terms = OWN) -> Answer:
        self.asked += 1
        await asyncio.sleep(0.05)
        if self.fault:
            raise self.fault
        return await super().read(request, format, terms)


async def ask_at_once(store: Slow, *seconds: float | None) -> list[Any]:
    site = Site(Settings(), store, {})
    key = (store.version or "", "ASK {}", "identity", False)
    read = Operation.parse("ASK {}")
    found = await asyncio.gather(
        *(_asked_once(site, key, read, CSV, Terms(item, str(at))) for at, item in enumerate(seconds)),
        return_exceptions=True,
    )
    assert not site.asking
    await store.close()
    return found


def test_equal_questions_at_once_are_one_for_the_store() -> None:
    store = Slow()
    found = asyncio.run(ask_at_once(store, None, None, None))
    assert store.asked == 1 and [item.first for item in found] == [b"true"] * 3
    store = Slow()
    asyncio.run(ask_at_once(store, None, 5.0, 5.0))  # on other terms
    assert store.asked == 2


def test_who_waits_for_an_equal_question_hears_of_its_time_limit_and_of_nothing_else() -> None:
    store = Slow(Timeout("too long"))
    assert asyncio.run(ask_at_once(store, None, None, None)) == [store.fault] * 3
    assert store.asked == 1
    store = Slow(Busy("too many"))  # which is the first client's own affair
    assert asyncio.run(ask_at_once(store, None, None, None)) == [store.fault] * 3
    assert store.asked == 3
