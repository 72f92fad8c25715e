"""What was made of the data, kept as long as they stay: bounded, and made once for all who ask at once."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

Key = tuple[str, ...]
T = TypeVar("T")


class Cache:
    """Bytes by what they are; a new version of the data empties it, and the least used go when it is full."""

    def __init__(self, most: int) -> None:
        """Hold at most so many bytes."""
        self._most = most
        self._size = 0
        self._version = ""
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._making: dict[tuple[str, Key], asyncio.Task[bytes]] = {}
        self.hits = self.misses = 0
        """How often something was there, also while it was being made, and how often it had to be made."""

    def __len__(self) -> int:
        """How many things are kept."""
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._size

    async def get(self, version: str, key: Key, make: Callable[[], Coroutine[Any, Any, bytes]]) -> bytes:
        """Return what is kept, or make it; whoever asks for the same meanwhile waits for the same.

        Who goes away stops nothing: what was begun is made to the end and kept. What ``make`` raises is
        raised for all who wait, and nothing is kept then.
        """
        if version != self._version:
            self._kept.clear()
            self._version, self._size = version, 0
        found = self._kept.get(key)
        if found is not None:
            self.hits += 1
            self._kept.move_to_end(key)
            return found
        task = self._making.get((version, key))
        if task is not None:
            self.hits += 1
        else:
            self.misses += 1
            task = self._making[version, key] = asyncio.get_running_loop().create_task(make())
            task.add_done_callback(lambda done: self._keep(version, key, done))
        return await asyncio.shield(task)

    def _keep(self, version: str, key: Key, task: "asyncio.Task[bytes]") -> None:
        self._making.pop((version, key), None)
        if task.cancelled() or task.exception() or version != self._version:
            return
        data = task.result()
        if len(data) > self._most // 4:
            return
        self._kept[key] = data
        self._size += len(data)
        while self._size > self._most:
            _, gone = self._kept.popitem(last=False)
            self._size -= len(gone)


class Latest(Generic[T]):
    """One thing made of the data as they are now, and made anew when they have changed."""

    def __init__(self) -> None:
        """Nothing is made yet."""
        self._version = ""
        self._made: list[T] = []
        self._making: dict[str, asyncio.Task[T]] = {}

    async def get(self, version: str, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what was made of this version, or make it; whoever asks meanwhile waits for the same.

        Who goes away stops nothing. What ``make`` raises is raised for all who wait, and nothing is kept.
        """
        if self._made and version == self._version:
            return self._made[0]
        self.drop()
        task = self._making.get(version)
        if task is None:
            task = self._making[version] = asyncio.get_running_loop().create_task(make())
            task.add_done_callback(lambda done: self._keep(version, done))
        return await asyncio.shield(task)

    def drop(self) -> None:
        """Let go of what was made."""
        self._made = []

    def _keep(self, version: str, task: "asyncio.Task[T]") -> None:
        newest = next(reversed(self._making))
        self._making.pop(version, None)
        if not task.cancelled() and not task.exception() and version == newest:
            self._version, self._made = version, [task.result()]
