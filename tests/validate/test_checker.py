"""Validation as the server sees it: processes that start when asked, end at limits, and are replaced."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable

import pytest

from kg.content import Content
from kg.errors import KgError, MemoryLimit, RdfError, StoreError, Timeout
from kg.media import TURTLE, Format
from kg.store import Capacity, Terms, jail
from kg.validate.checker import Checker

pytestmark = pytest.mark.skipif(not jail.LINUX, reason="validation needs Linux")

JSON = Format("json", "JSON", "application/json", "json", "page")
NOTHING = Content("none", None, "no content")
HEAD = "@prefix ex: <urn:x:> . @prefix sh: <http://www.w3.org/ns/shacl#> ."
SLOW = f'ex:S a sh:NodeShape ; sh:targetNode "{"a" * 60}!" ; sh:pattern "(a+)+$" .'


def form(shapes: str) -> tuple[bytes, str]:
    parts = (("data", f"{HEAD} ex:a ex:b 1 ."), ("shapes", f"{HEAD} {shapes}"))
    body = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in parts
    )
    return f"{body}--b--\r\n".encode(), "multipart/form-data; boundary=b"


async def ask(checker: Checker, shapes: str, format: Format = JSON, terms: Terms = Terms()) -> bytes:  # noqa: B008
    answer = await checker.check(*form(shapes), "urn:base:", format, terms)
    parts = [answer.first]
    async for part in answer.rest():
        parts.append(part)
    await answer.close()
    return b"".join(parts)


def with_checker(work: Callable[[Checker], Awaitable[None]], capacity: Capacity | None = None) -> None:
    async def run() -> None:
        checker = Checker(capacity or Capacity(seconds=2, memory=150_000_000), NOTHING)
        try:
            await work(checker)
        finally:
            await checker.close()

    asyncio.run(run())


def test_answers_come_one_after_the_other() -> None:
    async def work(checker: Checker) -> None:
        for least, conforms in ((1, True), (2, False), (1, True)):
            shape = f"ex:S a sh:PropertyShape ; sh:targetNode ex:a ; sh:path ex:b ; sh:minCount {least} ."
            assert json.loads(await ask(checker, shape))["conforms"] is conforms
        assert b"ValidationReport" in await ask(checker, "", TURTLE)

    with_checker(work)


@pytest.mark.parametrize(
    ("shapes", "error"),
    [
        ("ex:S", RdfError),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:and 1 .", RdfError),
        (SLOW, Timeout),
        (
            'ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:sparql [ sh:select "SELECT $this ?value '
            f"{{ BIND (REPLACE('{'a' * 20000}', 'a', '{'b' * 90000}') AS ?value) }}\" ] .",
            MemoryLimit,
        ),
    ],
)
def test_faults_and_limits_end_in_an_error_and_harm_nobody(shapes: str, error: type[KgError]) -> None:
    async def work(checker: Checker) -> None:
        with pytest.raises(error):
            await ask(checker, shapes, terms=Terms(1.0))
        assert json.loads(await ask(checker, ""))["conforms"] is True

    with_checker(work)


def test_a_zygote_that_was_killed_is_replaced() -> None:
    async def work(checker: Checker) -> None:
        await ask(checker, "")
        assert checker._zygote
        assert checker._zygote._process
        os.kill(checker._zygote._process.pid, signal.SIGKILL)
        assert json.loads(await ask(checker, ""))["conforms"] is True

    with_checker(work)


def test_who_gives_up_leaves_no_work_behind() -> None:
    async def work(checker: Checker) -> None:
        await ask(checker, "")
        assert checker._zygote
        zygote = checker._zygote
        before = {worker.pid for worker in zygote.workers}
        task = asyncio.create_task(ask(checker, SLOW))
        await asyncio.sleep(0.6)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(1):
            while {worker.pid for worker in zygote.workers} & before:
                await asyncio.sleep(0.02)
                if all(worker.used() < 0.3 for worker in zygote.workers):
                    break

    with_checker(work, Capacity(seconds=20))


def test_nothing_is_answered_after_the_end() -> None:
    async def work(checker: Checker) -> None:
        await checker.close()
        with pytest.raises(StoreError):
            await ask(checker, "")

    with_checker(work)


def test_content_that_cannot_be_read_is_no_content() -> None:
    async def run() -> None:
        from pathlib import Path

        checker = Checker(Capacity(), Content("folder", Path("/nonexistent"), "a folder"))
        try:
            with pytest.raises(RdfError, match="no shapes of its own"):
                await checker.check(b"<urn:a> <urn:b> 1 .", "text/turtle", "urn:base:", JSON, Terms())
        finally:
            await checker.close()

    asyncio.run(run())
