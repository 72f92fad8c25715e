"""Answers that were given, kept to be given again: correct by construction, and bounded.

A key names all that an answer depends on, the version of the data first, so that nothing ever has to be
thrown away to stay right; what is used least goes when there is too much. Only whole answers are kept, never
those that may differ each time, nor those of a store whose version nobody knows.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from kg.errors import KgError

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Values by key, up to a number of bytes; those that were used last stay longest."""

    def __init__(self, most: int) -> None:
        """Hold at most so many bytes, and nothing that is a tenth of them."""
        self._most = most
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self.size = 0
        """Bytes that are kept, the keys included as their owners count them."""
        self.hits = self.misses = 0

    def __len__(self) -> int:
        """How many values are kept."""
        return len(self._kept)

    def find(self, key: Key) -> Value | None:
        """Return what is kept under the key."""
        found = self._kept.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Key, value: Value, size: int) -> None:
        """Keep a value of so many bytes, unless it is too large."""
        if size > self._most // 10:
            return
        before = self._kept.pop(key, None)
        self._kept[key] = (value, size)
        self.size += size - (before[1] if before else 0)
        while self.size > self._most:
            _, (_, gone) = self._kept.popitem(last=False)
            self.size -= gone


@dataclass
class Asking:
    """A question that the store is working on: ``fault`` is what it came to, where all would come to that."""

    done: asyncio.Event = field(default_factory=asyncio.Event)
    fault: KgError | None = None
