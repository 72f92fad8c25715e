"""Origins: what is read as one, and which addresses belong to it, in whatever way they are spelled."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from kg.origins import ANYWHERE, Address, Origins, is_public, read_address

ODD = (
    "http://user@127.0.0.1:81/x",
    "http://127.0.0.1:81@example.org/",
    "http://example.org\\@127.0.0.1:81/",
    "http://0x7f.1:81/x",
    "http://0x7f000001:81/x",
    "http://2130706433:81/x",
    "http://0177.0.0.1:81/x",
    "http://127.1:81/x",
    "http://0:81/x",
    "http://127%2e0%2e0%2e1:81/x",
    "http:127.0.0.1:81/x",
    "http:/127.0.0.1:81/x",
    "http:///127.0.0.1:81/x",
    "http://[::1%25lo]:81/x",
    "http://[127.0.0.1]:81/x",
    "http://::1:81/x",
    "http://127.0.0.1:/:81",
    "http://127.0.0.1:81x/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:*/",
    "http://a..b/",
    "http://-a.example/",
    "http://a b.example/",
    "ftp://127.0.0.1:81/x",
    "file:///etc/passwd",
    "jar:http://127.0.0.1:81/x!/y",
    "//127.0.0.1:81/x",
    "http://",
    "",
)


@pytest.mark.parametrize("iri", ODD)
def test_what_has_several_readings_is_no_address_on_the_list(iri: str) -> None:
    origins = Origins.parse("http://127.0.0.1:81, http://[::1]:81, http://example.org")
    try:
        address = read_address(iri)
    except ValueError as error:
        assert str(error).startswith("it")
    else:
        assert not origins.holds(address)


@pytest.mark.parametrize(
    ("iri", "host", "port"),
    [
        ("http://127.0.0.1:81/x", "127.0.0.1", 81),
        ("HTTP://127.0.0.1:081/x", "127.0.0.1", 81),
        ("http://[::ffff:127.0.0.1]:81/x", "127.0.0.1", 81),
        ("http://[0:0:0:0:0:ffff:7f00:1]:81/x", "127.0.0.1", 81),
        ("http://①②⑦.0.0.1:81/x", "127.0.0.1", 81),
        ("http://[0:0::1]/", "::1", 80),
        ("https://EXAMPLE.org./sparql", "example.org", 443),
        ("https://example.org:443", "example.org", 443),
        ("https://bücher.example/", "xn--bcher-kva.example", 443),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443),
    ],
)
def test_hosts_have_one_spelling(iri: str, host: str, port: int) -> None:
    found = read_address(iri)
    assert (found.host, found.port) == (host, port)


def test_the_target_is_that_of_a_uri() -> None:
    assert read_address("http://a.example").target == "/"
    assert read_address("http://a.example/é?x=ü#y").target == "/%C3%A9?x=%C3%BC"
    assert read_address("http://127.0.0.1:81#@example.org/") == Address("http", "127.0.0.1", 81)
    assert read_address("http://127.0.0.1:81?@example.org/").target == "/?@example.org/"
    assert read_address("http://[::1]:81/").origin == "http://[::1]:81"
    assert read_address("https://a.example:443/").authority == "a.example"


def test_an_origin_is_scheme_host_and_port() -> None:
    origins = Origins.parse("https://Example.org , http://127.0.0.1:*,http://[::1]:8080")
    for iri in ("https://example.org/x", "http://127.0.0.1/", "http://127.0.0.1:9/x", "http://[::1]:8080/"):
        assert origins.holds(read_address(iri)), iri
    for iri in (
        "http://example.org/x",
        "https://example.org:444/x",
        "https://example.org.evil.example/",
        "https://sub.example.org/",
        "https://127.0.0.1/",
        "http://127.0.0.11/",
        "http://localhost/",
        "http://[::1]/",
    ):
        assert not origins.holds(read_address(iri)), iri


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "example.org",
        "https://*",
        "https://example.org/",
        "https://example.org/x",
        "https://u@a.example",
        "ftp://a.example",
        "http://a.example,",
        "http://a.example:x",
        "http://a.example:0",
        "http://0x7f.1",
    ],
)
def test_what_is_no_list(text: str) -> None:
    with pytest.raises(ValueError, match="is no origin"):
        Origins.parse(text)


INSIDE = """
127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 240.0.0.1
255.255.255.255 198.18.0.1 ::1 :: fe80::1 fc00::1 fec0::1 ff02::1 ::ffff:10.0.0.1 2002:7f00:1::
64:ff9b::7f00:1 2001:0:1::1 ::7f00:1 2001:db8::1
"""


@pytest.mark.parametrize("ip", INSIDE.split())
def test_what_is_not_public_must_be_listed_itself(ip: str) -> None:
    found = ip_address(ip)
    named = Address("http", "inside.example", 80)
    assert not is_public(found)
    assert not Origins.parse("http://inside.example").may_reach(named, found)
    assert not ANYWHERE.may_reach(named, found)
    shown = f"[{ip}]" if ":" in ip else ip
    assert Origins.parse(f"http://inside.example, http://{shown}").may_reach(named, found)
    assert not Origins.parse(f"http://inside.example, http://{shown}:81").may_reach(named, found)


def test_what_is_public_may_be_reached() -> None:
    for ip in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"):
        assert is_public(ip_address(ip))
        assert Origins.parse("https://a.example").may_reach(
            Address("https", "a.example", 443), ip_address(ip)
        )
