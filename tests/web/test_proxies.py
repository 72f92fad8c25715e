"""What a proxy says, believed or not."""

from __future__ import annotations

import pytest
from making import MakeClient
from starlette.requests import Request

from kg.web.proxies import client, networks, root

PROXY, OTHER = "10.0.0.1", "203.0.113.7"
TRUSTED = networks("10.0.0.0/24, ::1")


def request_from(host: str, **headers: str) -> Request:
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": fields, "client": (host, 1234)})


@pytest.mark.parametrize(
    ("host", "said", "found"),
    [
        (PROXY, "", PROXY),
        (PROXY, OTHER, OTHER),
        (PROXY, f"198.51.100.1, {OTHER}", OTHER),  # what the client itself said is not believed
        (PROXY, f"{OTHER}, 10.0.0.9", OTHER),
        (PROXY, "nonsense", PROXY),
        (OTHER, "198.51.100.1", OTHER),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("testclient", OTHER, "testclient"),
    ],
)
def test_whose_request_it_is(host: str, said: str, found: str) -> None:
    assert client(request_from(host, x_forwarded_for=said), TRUSTED) == found
    assert client(request_from(host, x_forwarded_for=said), ()) == host


def test_by_which_address() -> None:
    said = {"x_forwarded_proto": "https", "x_forwarded_host": "kg.example.org"}
    assert root(request_from(PROXY, **said), TRUSTED) == "https://kg.example.org"
    assert root(request_from(OTHER, **said), TRUSTED) is None
    assert root(request_from(PROXY, **said), ()) is None


@pytest.mark.parametrize(
    "said",
    [
        {"x_forwarded_proto": "javascript", "x_forwarded_host": "kg.example.org"},
        {"x_forwarded_proto": "https", "x_forwarded_host": 'a"><script>'},
        {"x_forwarded_proto": "https", "x_forwarded_host": "user@a.example"},
        {"x_forwarded_proto": "https"},
        {"x_forwarded_host": "kg.example.org"},
    ],
)
def test_what_is_not_sound_is_not_taken(said: dict[str, str]) -> None:
    assert root(request_from(PROXY, **said), TRUSTED) is None


def test_hostile_fields_of_strangers_change_nothing(make_client: MakeClient) -> None:
    served = make_client(trusted_proxies=PROXY)
    hostile = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "Host": "evil.example"}
    for path in ("/about", "/sitemap.xml", "/robots.txt", "/openapi.json", "/reconcile"):
        assert "evil.example" not in served.get(path, headers=hostile).text
