"""Stores whose every request is done by a process that can be killed: in memory, and in a folder.

In memory, the zygote holds the data; a worker that writes changes its own copy and becomes the next zygote.
In a folder, a worker that writes changes a copy of the present generation that shares its files, and a
pointer file then names it the present one. Either way a change that fails leaves nothing, readers see the
old state or the new one, and there is one writer at a time.
"""

import asyncio
import io
import os
import secrets
import socket
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from kg.errors import KgError, StoreError
from kg.media import NQUADS, Format
from kg.settings import DefaultGraph
from kg.sparql import Operation
from kg.store import OWN, Answer, Capacity, Outcome, Read, Terms, Write, snapshots
from kg.store.channel import Worker, timeout
from kg.store.directory import Directory, Source
from kg.store.embedded import EmbeddedStore
from kg.store.lanes import turnstile
from kg.store.near import Near
from kg.store.pool import PATIENCE, Pool, Work
from kg.store.processes import Nature, Zygote, temporary, to_the_end
from kg.store.vitals import GONE, Vitals, reason
from kg.store.worker import ReadJob, WriteJob, pack

_TRIES = 4
"""How often a reader is forked from one zygote after the other, when they are ended from outside."""


_NEAR = 40_000_000
"""Bytes of N-Quads up to which a store in memory is held by the server itself, too: a copy takes about five
times as much while it is loaded."""
_WRITING = 256_000_000
"""Bytes of memory that a change may take at least: the engine's bulk loader needs most of that to begin."""
_RENEWAL = 200
"""Changes after which a store in memory is loaded anew."""


class WorkerStore:
    """A Store over processes."""

    def __init__(self, kind: "_Kind", capacity: Capacity) -> None:
        """Serve what the kind keeps."""
        self._kind = kind
        self._capacity = capacity
        self._pool = Pool(capacity, kind.fork)
        kind.changed = self._renew
        self._writing = turnstile()
        self._near = Near(kind.copy)
        self._closed = False

    async def begin(self) -> None:
        """Have workers ready; StoreError."""
        try:
            await self._pool.fill()
        except BaseException:
            await self.close()
            raise
        self._near.follow(self.version, at_once=True)

    @property
    def version(self) -> str:
        """Stands for all that is stored."""
        return self._kind.version

    @property
    def sealed(self) -> bool:
        """Whether the workers are kept from opening sockets by the system."""
        return self._kind.sealed

    @property
    def vitals(self) -> Vitals:
        """How its processes and queues are doing."""
        found = self._pool.vitals
        processes = {"data": self._kind.holders, **found.processes}
        return Vitals(processes, {**found.queues, "write": self._writing.state}, found.ended)

    async def read(self, request: Read, format: Format, terms: Terms = OWN) -> Answer:
        """Answer in the format, from the present state."""
        self._refuse_if_closed()
        if short := self.at_once(request, format, terms):
            return short
        seconds = min(terms.seconds or self._capacity.seconds, self._capacity.seconds)
        job = ReadJob(request, format.name, seconds, self._capacity.result, terms.encoding, terms.always)
        shape = request.shape if isinstance(request, Operation) else ""
        return await self._pool.run(Work(pack(job), shape), terms)

    def at_once(self, request: Read, format: Format, terms: Terms = OWN) -> Answer | None:
        """Answer what is said of one thing, if it is little."""
        return self._near.answer(request, format, terms, self._capacity.result)

    async def write(self, request: Write, terms: Terms = OWN) -> Outcome:
        """Change the present state; readers move on before this returns."""
        self._refuse_if_closed()
        seconds = min(terms.seconds or self._capacity.seconds, self._capacity.seconds)
        async with self._writing.place(terms.client, seconds * PATIENCE):
            self._refuse_if_closed()
            try:
                told = await self._kind.write(pack(WriteJob(request, seconds)), seconds)
            except KgError as error:
                self._refuse_if_closed()
                if why := reason(error):
                    self._pool.ended[why] += 1
                raise
            except asyncio.CancelledError:
                self._pool.ended[GONE] += 1
                raise
        return Outcome(told["created"], self.version)

    async def close(self) -> None:
        """End all processes."""
        if not self._closed:
            self._closed = True
            self._near.forget()
            self._writing.close(StoreError("The store is closed."))
            await self._pool.close()
            self._kind.close()

    def differs(self, digest: str) -> str | None:
        """What to know if the folder took up other content than that of the digest; None: nothing."""
        return self._kind.differs(digest)

    async def settle(self) -> bool:
        """Return when all is ready that makes short answers quick; whether they are."""
        return await self._near.ready()

    def _renew(self) -> None:
        self._pool.refresh()
        self._near.follow(self.version)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreError("The store is closed.")


class _Kind(ABC):
    """What keeps the present state, and the zygote that workers are forked from."""

    version: str

    def __init__(self, nature: Nature, capacity: Capacity, snapshot: IO[bytes] | None) -> None:
        self.changed: Callable[[], None] = lambda: None
        self._nature = nature
        self._memory = capacity.memory
        self._snapshot = snapshot
        self._zygote: Zygote | None = None
        self._closed = False
        self._reviving = asyncio.Lock()

    @property
    def sealed(self) -> bool:
        return self._zygote is not None and self._zygote.sealed

    @property
    def holders(self) -> list[int]:
        return [self._zygote.pid] if self._zygote and not self._zygote.lost else []

    async def fork(self) -> Worker:
        """Make a reader of the present state; StoreError when that cannot be done."""
        _, worker = await self._forked(self._fork_from)
        return worker

    async def _forked(self, fork: Callable[[Zygote], Awaitable[Worker]]) -> tuple[Zygote, Worker]:
        for _ in range(_TRIES):
            zygote = await self._present()
            try:
                return zygote, await fork(zygote)
            except StoreError:
                if not zygote.lost:
                    raise  # it is there and cannot fork; a lost one has been replaced, or will be
        raise StoreError("The processes of the store end again and again.")

    @abstractmethod
    async def _fork_from(self, zygote: Zygote) -> Worker:
        """Fork a reader of the present state from a zygote."""

    @abstractmethod
    def copy(self) -> EmbeddedStore | None:
        """Open the present state in this process, if that is a small thing to do; StoreError."""

    @abstractmethod
    async def write(self, job: bytes, seconds: float) -> dict[str, bool]:
        """Make one change, and what comes of it the present state; calls ``changed`` then."""

    def differs(self, digest: str) -> str | None:
        """What to know about content that was taken up before, if it is another."""
        return None

    def close(self) -> None:
        """End the processes."""
        self._closed = True
        if self._zygote:
            self._zygote.close()

    async def _present(self) -> Zygote:
        """The zygote; a new one when it has ended."""
        async with self._reviving:
            if self._zygote is None or self._zygote.lost:
                if self._zygote:
                    self._zygote.retire()
                zygote = await Zygote.spawn(self._nature, self._snapshot)
                if self._closed:
                    zygote.close()
                    raise StoreError("The store is closed.")
                self._zygote = zygote
            return self._zygote


class _Memory(_Kind):
    """Data in a zygote. A file that nobody else sees keeps them, should the zygote be ended from outside."""

    def __init__(self, nature: Nature, capacity: Capacity, snapshot: IO[bytes], version: str | None) -> None:
        super().__init__(nature, capacity, snapshot)
        self._store_id = secrets.token_hex(8)
        self._generation = 0
        self.version = version or self._numbered()

    async def _fork_from(self, zygote: Zygote) -> Worker:
        version = self.version
        worker = await zygote.fork("read", {"memory": self._memory})
        worker.version = version
        return worker

    async def write(self, job: bytes, seconds: float) -> dict[str, bool]:
        snapshot = temporary()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                files = [snapshot.fileno(), theirs.fileno()]
                zygote, worker = await self._forked(
                    lambda zygote: zygote.fork("write", {"memory": max(self._memory, _WRITING)}, files)
                )
            told = await _outcome(worker, job, seconds)
        except BaseException:
            snapshot.close()
            ours.close()
            raise
        zygote.workers.discard(worker)  # it is the next zygote
        async with self._reviving:  # a zygote that was revived meanwhile holds the state before this change
            heir = await self._next(Zygote(ours, pid=worker.pid, sealed=zygote.sealed), snapshot)
            present, self._zygote = self._zygote, heir
        zygote.retire()
        if present is not None and present is not zygote:
            present.retire()
        if self._snapshot:
            self._snapshot.close()
        self._snapshot = snapshot
        self._generation += 1
        self.version = self._numbered()
        self.changed()
        return told

    def copy(self) -> EmbeddedStore | None:
        snapshot, nature = self._snapshot, self._nature
        if snapshot is None or os.fstat(snapshot.fileno()).st_size > _NEAR:
            return None
        store = EmbeddedStore(default_graph=nature.default_graph, prefixes=nature.prefixes)
        # A place in the file of our own: the zygotes read it, too.
        with Path(f"/proc/self/fd/{snapshot.fileno()}").open("rb") as file:
            snapshots.restore(store, file)
        return store

    def close(self) -> None:
        super().close()
        if self._snapshot:
            self._snapshot.close()

    async def _next(self, heir: Zygote, snapshot: IO[bytes]) -> Zygote:
        """The worker that wrote; now and then a fresh process, since changes leave traces in an engine."""
        if (self._generation + 1) % _RENEWAL:
            return heir
        try:
            fresh = await to_the_end(Zygote.spawn(self._nature, snapshot), Zygote.close)
        except StoreError:
            return heir
        except BaseException:
            heir.close()
            raise
        heir.close()
        return fresh

    def _numbered(self) -> str:
        return f"{self._store_id}-{self._generation}"


class _Folder(_Kind):
    """Data in a folder of generations; the zygote holds nothing."""

    def __init__(self, nature: Nature, capacity: Capacity, directory: Directory) -> None:
        super().__init__(nature, capacity, None)
        self._directory = directory
        self._readers: dict[Path, set[Worker]] = {}
        self._opening: Counter[Path] = Counter()
        self.version = directory.version

    async def _fork_from(self, zygote: Zygote) -> Worker:
        folder, version = self._directory.state()
        self._opening[folder] += 1
        try:
            worker = await zygote.fork("read", {"memory": self._memory, "folder": str(folder)})
            readers = self._readers.get(folder, set())
            self._readers[folder] = {reader for reader in readers if not reader.lost} | {worker}
        finally:
            self._opening[folder] -= 1
        worker.version, worker.outdated = version, folder != self._directory.present
        return worker

    async def write(self, job: bytes, seconds: float) -> dict[str, bool]:
        directory = self._directory
        target = directory.next()
        asked = {
            "memory": max(self._memory, _WRITING),
            "folder": str(directory.present),
            "target": str(target),
        }
        try:
            _, worker = await self._forked(lambda zygote: zygote.fork("write", asked))
            told = await _outcome(worker, job, seconds)
        except BaseException:
            await to_the_end(asyncio.to_thread(directory.discard, target))
            raise
        await to_the_end(self._publish(target))
        return told

    def copy(self) -> EmbeddedStore | None:
        nature = self._nature
        return EmbeddedStore(
            default_graph=nature.default_graph,
            prefixes=nature.prefixes,
            folder=self._directory.present,
            writable=False,
        )

    def differs(self, digest: str) -> str | None:
        if self._directory.content in (None, digest):
            return None
        path = self._directory.path
        return (
            f"the store in {path} holds other content than this version comes with, and stays as it is; "
            f"'kg load --content --store dir:{path}' takes up the new one"
        )

    def close(self) -> None:
        super().close()
        self._directory.close()

    async def _publish(self, target: Path) -> None:
        try:
            await asyncio.to_thread(self._directory.advance, target)
        except OSError as error:
            await asyncio.to_thread(self._directory.discard, target)
            raise StoreError("The change could not be written to the folder of the store.") from error
        self.version = self._directory.version
        for readers in self._readers.values():
            for reader in readers:
                reader.outdated = True
        self.changed()
        self._opening = +self._opening
        alive = {
            folder: {reader for reader in readers if not reader.lost}
            for folder, readers in self._readers.items()
        }
        self._readers = {folder: readers for folder, readers in alive.items() if readers}
        await asyncio.to_thread(self._directory.sweep, {*self._readers, *self._opening})


async def _outcome(worker: Worker, job: bytes, seconds: float) -> dict[str, bool]:
    """Have one change made; the error that ended it."""
    deadline = asyncio.get_running_loop().call_later(seconds, worker.kill, timeout(seconds))
    try:
        worker.start(job)
        while not worker.done:
            await worker.news()
        if worker.end is None:
            raise await worker.failure()
        return worker.end
    except asyncio.CancelledError:
        worker.kill()
        raise
    finally:
        deadline.cancel()
        worker.bury()


async def open_memory(
    *,
    default_graph: DefaultGraph,
    prefixes: Mapping[str, str],
    capacity: Capacity,
    nquads: bytes,
    digest: str | None,
) -> WorkerStore:
    """Open a store in memory that holds the statements; StoreError."""
    snapshot = temporary()
    try:
        await to_the_end(asyncio.to_thread(snapshots.write, snapshot, nquads))
    except BaseException:
        snapshot.close()
        raise
    store = WorkerStore(_Memory(Nature(default_graph, prefixes), capacity, snapshot, digest), capacity)
    await store.begin()
    return store


async def open_directory(
    path: Path,
    *,
    default_graph: DefaultGraph,
    prefixes: Mapping[str, str],
    capacity: Capacity,
    nquads: bytes,
    digest: str | None,
    graphs: Sequence[str],
) -> WorkerStore:
    """Open the store in a folder, which is made if it is not there; an empty one begins with the statements.

    One that is not empty stays as it is. SettingsError for a folder that holds something else or is in use,
    StoreError.
    """
    opening = asyncio.to_thread(Directory.open, path, default_graph)
    directory = await to_the_end(opening, lambda found: found.close())
    try:
        is_empty = await to_the_end(asyncio.to_thread(directory.is_empty))
        if nquads and is_empty:
            content = Source("the content", lambda: io.BytesIO(nquads), NQUADS)
            load = asyncio.to_thread(directory.load, [content], content=(digest or "", graphs))
            await to_the_end(load)
    except BaseException:
        directory.close()
        raise
    kind = _Folder(Nature(default_graph, prefixes), capacity, directory)
    store = WorkerStore(kind, capacity)
    await store.begin()
    return store
