"""A store in this very process, for systems on which workers cannot be forked: nothing is limited or killed.

It does what the workers do, in threads. A change is made to a copy of all that is stored, which then takes
its place; so it is whole or nothing there, too, and slow.
"""

import asyncio
import secrets

from kg.errors import StoreError
from kg.media import NQUADS, Format
from kg.results import Chunks
from kg.store import OWN, Answer, Outcome, Read, Terms, Whole, Write
from kg.store.coding import IDENTITY, WORTHWHILE, encode
from kg.store.embedded import EmbeddedStore
from kg.store.worker import change, read


class ThreadStore:
    """A Store over an engine in this process."""

    def __init__(self, store: EmbeddedStore, version: str | None = None) -> None:
        """Serve a store that is open."""
        self._store = store
        self._writing = asyncio.Lock()
        self._store_id = secrets.token_hex(8)
        self._generation = 0
        self._version = version or f"{self._store_id}-0"
        self._closed = False

    @property
    def version(self) -> str:
        """Stands for all that is stored."""
        return self._version

    async def read(self, request: Read, format: Format, terms: Terms = OWN) -> Answer:
        """Answer in the format."""
        store, version = self._opened(), self._version

        def work() -> bytes:
            sink = Chunks()
            read(store, request, format, sink)
            return sink.whole()

        found = await asyncio.to_thread(work)
        coding = terms.encoding if terms.always or len(found) >= WORTHWHILE else IDENTITY
        return Whole(version, coding, encode(found, coding))

    def at_once(self, request: Read, format: Format, terms: Terms = OWN) -> Answer | None:
        """Nothing is answered without waiting."""
        return None

    async def write(self, request: Write, terms: Terms = OWN) -> Outcome:
        """Change what is stored, wholly or not at all."""

        def work(store: EmbeddedStore) -> tuple[EmbeddedStore, bool]:
            copy = store.empty()
            sink = Chunks()
            store.dataset(NQUADS, sink)
            for name in store.names():
                copy.create(name)
            copy.load(sink.whole(), NQUADS)
            return copy, change(copy, request)["created"]

        async with self._writing:
            self._store, created = await asyncio.to_thread(work, self._opened())
            self._generation += 1
            self._version = f"{self._store_id}-{self._generation}"
        return Outcome(created, self._version)

    async def close(self) -> None:
        """Let go of the engine."""
        self._closed = True
        self._store.close()

    def _opened(self) -> EmbeddedStore:
        if self._closed:
            raise StoreError("The store is closed.")
        return self._store
