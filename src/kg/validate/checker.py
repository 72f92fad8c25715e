"""Validation for others, seen from the server: the processes that do it, and the queue in front of them.

They are started when somebody first asks, forked from one that has all loaded, and killed at their limits,
as those of a store are (``kg.store.pool``): a place for short requests, few for long ones, and a queue.
"""

import asyncio
import pickle
from collections.abc import Sequence

import pyoxigraph as ox

from kg.content import Content
from kg.errors import ContentError, StoreError, Unavailable
from kg.media import Format
from kg.store import Answer, Capacity, Terms, jail
from kg.store.channel import Worker
from kg.store.pool import Pool, Work
from kg.store.processes import Nature, Zygote, temporary, to_the_end
from kg.store.vitals import Vitals
from kg.store.worker import pack
from kg.validate.submission import Job, Shapes

_PLACES = 2
"""Long validations that run at once."""


class Checker:
    """Validates what is sent, by the shapes that come with it or those of the content."""

    def __init__(self, capacity: Capacity, content: Content) -> None:
        """Start nothing yet."""
        self._capacity = Capacity(_PLACES, capacity.seconds, capacity.memory, capacity.result)
        self._content = content
        self._pool = Pool(self._capacity, self._fork)
        self._zygote: Zygote | None = None
        self._starting = asyncio.Lock()

    @property
    def vitals(self) -> Vitals:
        """How its processes and queues are doing."""
        found, zygote = self._pool.vitals, self._zygote
        processes = {"data": [zygote.pid] if zygote and not zygote.lost else [], **found.processes}
        return Vitals(processes, found.queues, found.ended)

    async def check(
        self, body: bytes, content_type: str, base: str, format: Format, terms: Terms, most: int | None = None
    ) -> Answer:
        """Return the report on a request in the format, of which ``json`` and ``txt`` are in words.

        ``most`` results are told in words. RdfError and UnsupportedMedia for what was sent; Timeout,
        MemoryLimit, ResultTooLarge, Busy, Crashed as a store's.
        """
        if not jail.LINUX:
            raise Unavailable("Validation needs Linux, and this server runs on another system.")
        seconds = min(terms.seconds or self._capacity.seconds, self._capacity.seconds)
        job = Job(
            body=body,
            content_type=content_type,
            base=base,
            format=format.name,
            most=most,
            seconds=seconds,
            result=self._capacity.result,
            encoding=terms.encoding,
            always=terms.always,
        )
        return await self._pool.run(Work(pack(job), ""), terms)

    async def close(self) -> None:
        """End all processes."""
        await self._pool.close()
        async with self._starting:
            zygote, self._zygote = self._zygote, None
            if zygote:
                zygote.close()

    async def _fork(self) -> Worker:
        async with self._starting:
            if self._zygote is None or self._zygote.lost:
                if self._pool.is_closed:
                    raise StoreError("Validation has ended.")
                if self._zygote:
                    self._zygote.close()
                    self._zygote = None
                shapes = await asyncio.to_thread(self._shapes)
                self._zygote = await to_the_end(_started(shapes), Zygote.close)
            zygote = self._zygote
        return await zygote.fork("judge", {"memory": self._capacity.memory})

    def _shapes(self) -> Shapes:
        """Our own shapes and content; none where they cannot be read, which ``kg check`` tells."""
        content = self._content
        try:
            prefixes = content.prefixes()
            shapes = [item for file in content.shapes() for item in content.triples(file, prefixes)]
            stated = [item for file in content.files for item in content.triples(file, prefixes)]
        except ContentError:
            return Shapes(b"", b"", {})
        return Shapes(_lines(shapes), _lines(stated), prefixes)


async def _started(shapes: Shapes) -> Zygote:
    with temporary() as file:
        pickle.dump(shapes, file)
        file.flush()
        file.seek(0)
        return await Zygote.spawn(Nature("plain", {}), file, "kg.validate.judge")


def _lines(triples: Sequence[ox.Triple]) -> bytes:
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
