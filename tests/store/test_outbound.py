"""Asking other endpoints: real ones, ones that misbehave on the wire, and ones that must not be asked."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress

import pytest
from asking import Loop
from listeners import wire

from kg.clauses import Solutions
from kg.errors import KgError, ResultTooLarge, ServiceError, Timeout
from kg.origins import Address, Origins, read_address
from kg.store.outbound import MOST_BYTES, MOST_BYTES_IN_ALL, Outbound, Room

BODY = b'{"head":{"vars":["s"]},"results":{"bindings":[]}}'
JSON = b"Content-Type: application/sparql-results+json\r\n"
GOOD = b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (JSON, len(BODY), BODY)
OPEN = b"HTTP/1.1 200 OK\r\n%s\r\n" % JSON


def ask(loop: Loop, iri: str, origins: str = "http://127.0.0.1:*", seconds: float = 10) -> Solutions:
    async def asked() -> Solutions:
        outbound = Outbound(Origins.parse(origins))
        try:
            return await outbound.ask(read_address(iri), "SELECT * WHERE { ?s ?p 'ü' }", seconds, Room())
        finally:
            await outbound.close()

    return loop.run(asked())


def test_what_is_sent(loop: Loop) -> None:
    with wire(GOOD) as found:
        answer = ask(loop, f"http://127.0.0.1:{found.port}/a/b?c=d%20e#f")
    assert (answer.body, answer.format) == (BODY, "json")
    head, _, body = found.heard[0].partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    names = {line.partition(":")[0].lower() for line in fields}
    assert first == "POST /a/b?c=d%20e HTTP/1.1"
    assert f"Host: 127.0.0.1:{found.port}" in fields and "Accept-Encoding: identity" in fields
    assert "User-Agent: connectivity-kg/" in head.decode()
    assert not names & {"cookie", "authorization", "referer", "origin", "x-forwarded-for", "forwarded"}
    assert body == b"query=SELECT+%2A+WHERE+%7B+%3Fs+%3Fp+%27%C3%BC%27+%7D"


def test_proxies_and_credentials_of_the_environment_are_not_used(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wire(GOOD) as found, wire(GOOD) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        ask(loop, f"http://127.0.0.1:{found.port}/")
        assert found.heard and not proxy.heard


def reply(status: str, *fields: str, body: bytes = BODY) -> bytes:
    lines = [f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


BAD = {
    "an error": (reply("500 Oh", "Content-Type: application/sparql-results+json"), "status 500"),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", "status 204"),
    "a page": (reply("200 OK", "Content-Type: text/html"), "no table of solutions"),
    "no type": (reply("200 OK"), "no table of solutions"),
    "a coding": (
        reply("200 OK", "Content-Type: application/json", "Content-Encoding: gzip"),
        "compressed",
    ),
    "garbage": (b"\x16\x03\x01 what is this\r\n\r\n", "no HTTP"),
    "nothing": (b"", "no HTTP"),
    "an early end": (GOOD[:-10], "no HTTP"),
    "a long head": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 3_000_000, "no HTTP"),
    "a wrong chunk": (
        b"HTTP/1.1 200 OK\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        "no HTTP",
    ),
    "two lengths": (reply("200 OK", "Content-Type: application/json", "Content-Length: 3"), "no HTTP"),
}


@pytest.mark.parametrize(("said", "words"), BAD.values(), ids=BAD.keys())
def test_what_is_no_answer(loop: Loop, said: bytes, words: str) -> None:
    with wire(said) as found, pytest.raises(ServiceError) as raised:
        ask(loop, f"http://127.0.0.1:{found.port}/secret-path")
    assert f"http://127.0.0.1:{found.port} " in raised.value.message and words in raised.value.message
    assert "secret-path" not in str(raised.value)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Go", "308 Go"])
def test_redirects_are_not_followed(loop: Loop, status: str) -> None:
    with wire(GOOD) as other:
        said = reply(status, f"Location: http://127.0.0.1:{other.port}/", "Content-Type: application/json")
        with wire(said) as found, pytest.raises(ServiceError, match="not followed"):
            ask(loop, f"http://127.0.0.1:{found.port}/")
        assert not other.heard


def test_cookies_are_not_kept(loop: Loop) -> None:
    with wire(reply("200 OK", "Content-Type: application/json", "Set-Cookie: a=b; Path=/")) as found:

        async def twice() -> None:
            outbound = Outbound(Origins.parse("http://127.0.0.1:*"))
            for _ in range(2):
                await outbound.ask(Address("http", "127.0.0.1", found.port), "ASK {}", 10, Room())
            await outbound.close()

        loop.run(twice())
        assert len(found.heard) == 2 and b"cookie" not in found.heard[1].lower()


def drip(caller: socket.socket) -> None:
    caller.sendall(OPEN)
    for _ in range(200):
        caller.sendall(b" ")
        time.sleep(0.05)


def endless(caller: socket.socket) -> None:
    caller.sendall(OPEN)
    while True:
        caller.sendall(b" " * 1_000_000)


def test_time_is_limited(loop: Loop) -> None:
    for say in (drip, lambda caller: time.sleep(5)):
        begun = time.monotonic()
        with wire(say) as found, pytest.raises(Timeout, match=r"did not answer within 0\.4 s") as raised:
            ask(loop, f"http://127.0.0.1:{found.port}/", seconds=0.4)
        assert time.monotonic() - begun < 4
        assert raised.value.status == 504


def test_length_is_limited(loop: Loop) -> None:
    with wire(endless) as found, pytest.raises(ServiceError, match=f"more than {MOST_BYTES:,} bytes"):
        ask(loop, f"http://127.0.0.1:{found.port}/", seconds=60)
    room = Room()
    room.take(MOST_BYTES_IN_ALL)
    with pytest.raises(ResultTooLarge, match="together"):
        room.take(1)


def test_nobody_there(loop: Loop) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(ServiceError, match="cannot be connected to"):
            ask(loop, f"http://127.0.0.1:{free.getsockname()[1]}/")
    with pytest.raises(ServiceError, match="not known"):
        ask(loop, "http://nowhere.invalid/", "http://nowhere.invalid")


def test_a_name_does_not_lead_inside(loop: Loop) -> None:
    with wire(GOOD) as found:
        iri = f"http://localhost:{found.port}/"
        with pytest.raises(ServiceError, match="not one of the public internet"):
            ask(loop, iri, "http://localhost:*")
        assert not found.heard
        with suppress(ServiceError):  # localhost may be ::1, too, where nobody listens
            ask(loop, iri, "http://localhost:*, http://127.0.0.1:*, http://[::1]:*")
            assert f"Host: localhost:{found.port}".encode() in found.heard[0]


def test_a_connection_goes_to_the_address_that_was_looked_at(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name means something else the second time it is looked up, and is looked up once."""
    with wire(GOOD) as found:
        looks: list[str] = []

        def look(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
            looks.append(host)
            ip = "127.0.0.1" if len(looks) == 1 else "127.0.0.9"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

        monkeypatch.setattr("kg.store.outbound.socket.getaddrinfo", look)
        listed = "http://turning.example:*, http://127.0.0.1:*"
        ask(loop, f"http://turning.example:{found.port}/", listed)
        assert [name for name in looks if name == "turning.example"] == ["turning.example"]
        assert f"Host: turning.example:{found.port}".encode() in found.heard[0]


def test_no_descriptor_is_left(loop: Loop) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are enough

    async def often(port: int) -> None:
        outbound = Outbound(Origins.parse("http://127.0.0.1:*"))
        before = count()
        for _ in range(50):
            with suppress(KgError):
                await outbound.ask(Address("http", "127.0.0.1", port), "ASK {}", 0.2, Room())
        assert count() <= before + 3
        await outbound.close()

    for said in (GOOD, GOOD[:-5], reply("500 Oh")):
        with wire(said) as found:
            loop.run(often(found.port))
