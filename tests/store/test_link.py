"""The way to another server: sent once more where that is safe, credentials, and whom it trusts."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import re
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from asking import ask, put, update
from scripted import chunk, chunked, gone, playing, reply, says

from kg.errors import RemoteError
from kg.store import NOBODY, USUAL, Access, DropGraph, Store
from kg.store.remote import RemoteStore


@asynccontextmanager
async def opened(address: str, access: Access = NOBODY) -> AsyncIterator[Store]:
    """A store at an address, which is closed afterwards."""
    store = RemoteStore(address, access, USUAL)
    try:
        yield store
    finally:
        await store.close()


# ---- once more, where that is safe


async def fails_at_first(number: int, head: str, writer: asyncio.StreamWriter) -> None:
    if number == 1:
        writer.close()
    else:
        writer.write(reply(b"o\r\n1\r\n"))


def test_a_read_that_failed_before_any_answer_is_tried_once_more() -> None:
    async def play() -> None:
        async with playing(fails_at_first) as script, opened(script.address) as store:
            assert await ask(store, "SELECT ?o { ?s ?p ?o }") == "o\r\n1\r\n"
            assert len(script.heads) == 2
        async with playing(says(b"")) as script, opened(script.address) as store:
            with pytest.raises(RemoteError):
                await ask(store, "ASK {}")
            assert len(script.heads) == 2

    asyncio.run(play())


def test_a_read_that_failed_later_is_not_tried_again() -> None:
    async def play() -> None:
        async with playing(says(chunked(chunk(b"o\n")))) as script, opened(script.address) as store:
            with pytest.raises(RemoteError):
                await ask(store, "ASK {}")
            assert len(script.heads) == 1

    asyncio.run(play())


def test_a_write_is_never_sent_twice() -> None:
    async def play() -> None:
        async with playing(says(b"")) as script, opened(script.address, script.access) as store:
            for change in (update(store, "CLEAR ALL"), put(store, "u:g", ""), store.write(DropGraph(None))):
                with pytest.raises(RemoteError, match="whether it made the change is not known"):
                    await change
            assert [head.partition(" HTTP")[0] for head in script.heads] == [
                "POST /update",
                "PUT /store?graph=u%3Ag",
                "DELETE /store?default",
            ]

    asyncio.run(play())


# ---- who we are to it

SECRET = "s3cret-of-the-store"
LOGINS = {
    "Basic": (Access(user="me", password=SECRET), b64 := base64.b64encode(f"me:{SECRET}".encode()).decode()),
    "Bearer": (Access(token=SECRET), SECRET),
}


@pytest.mark.parametrize(("access", "value"), LOGINS.values(), ids=LOGINS.keys())
def test_credentials_are_sent_with_every_request_and_never_told(
    access: Access, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        caplog.set_level(logging.DEBUG)
        no = says(reply(b"", status="401 Unauthorized"))
        async with playing(no) as script, opened(script.address, access) as store:
            with pytest.raises(RemoteError, match=r"^The store does not let this server in") as caught:
                await ask(store, "ASK {}")
            kind = "Basic" if access.user else "Bearer"
            assert f"Authorization: {kind} {value}\r\n" in script.heads[0]
            told = caplog.text + repr(access) + repr(caught.value) + caught.value.detail + repr(vars(store))
            assert SECRET not in told and b64 not in told
            assert "does not let this server in" in caplog.text

    asyncio.run(play())


def test_digest_is_used_with_a_server_that_asks_for_it() -> None:
    def right(head: str) -> bool:
        given = dict(re.findall(r'(\w+)="?([^",\r]+)"?', head.partition("Digest ")[2]))

        def md5(*parts: str) -> str:
            return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()

        first, second = md5("me", "SPARQL", SECRET), md5("POST", given.get("uri", ""))
        parts = [given.get(name, "") for name in ("nonce", "nc", "cnonce", "qop")]
        return given.get("response") == md5(first, *parts, second)

    async def act(number: int, head: str, writer: asyncio.StreamWriter) -> None:
        challenge = 'WWW-Authenticate: Digest realm="SPARQL", nonce="abc", qop="auth", algorithm=MD5'
        ok = reply(b"o\r\n1\r\n")
        writer.write(ok if right(head) else reply(b"", challenge, status="401 Unauthorized"))

    async def play() -> None:
        async with playing(act) as script, opened(script.address, LOGINS["Basic"][0]) as store:
            for _ in range(2):
                assert await ask(store, "SELECT ?o { ?s ?p ?o }") == "o\r\n1\r\n"
            assert [re.findall("Authorization: (\\w+)", head) for head in script.heads] == [
                ["Basic"],
                [],
                ["Digest"],
                ["Digest"],
            ]
        async with playing(act) as script, opened(script.address, Access(user="me", password="x")) as store:
            with pytest.raises(RemoteError, match="does not let this server in"):
                await ask(store, "ASK {}")

    asyncio.run(play())


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *files],
        check=True,
        capture_output=True,
    )
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, key)

    async def play() -> None:
        async with playing(says(reply(b"true"), stays=True), served) as script:
            address = script.address.replace("127.0.0.1", "localhost")
            async with opened(address) as store:
                with pytest.raises(RemoteError, match=r"^The certificate of the store is not trusted\. "):
                    await ask(store, "ASK {}")
            assert not script.heads
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            async with opened(address) as store:
                assert await ask(store, "ASK {}") == "true"
            await gone(script)

    asyncio.run(play())


def test_proxies_and_passwords_of_the_environment_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    async def play() -> None:
        async with playing(says(reply(b"true", "Set-Cookie: a=b"), stays=True)) as script:
            async with opened(script.address) as store:
                for _ in range(2):
                    assert await ask(store, "ASK {}") == "true"
            assert not re.search("authorization|cookie", "".join(script.heads), re.IGNORECASE)

    asyncio.run(play())
