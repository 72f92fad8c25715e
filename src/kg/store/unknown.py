"""Functions that a query names and nobody knows: refused when they are called, not when they are named.

A query that names such a function is a query all the same, and can be answered if nothing is found to call it
with. The engine, though, swallows whatever a function raises, so that a call is noted and refused beside it.
"""

import re
from collections.abc import Callable

from kg.errors import QueryError
from kg.results import Sink

_UNKNOWN = re.compile(r"custom function <([^<>]*)> is not supported")


class Unknown:
    """The unknown functions that one query has called."""

    def __init__(self) -> None:
        """None yet."""
        self._called: list[str] = []

    @staticmethod
    def named_in(error: Exception) -> str | None:
        """The IRI of the function that the engine complains of, if that is its complaint."""
        found = _UNKNOWN.search(str(error))
        return found[1] if found else None

    def function(self, name: str) -> Callable[..., None]:
        """A function to have in its place, which notes that it was called."""

        def note(*_: object) -> None:
            self._called.append(name)

        return note

    def refuse(self) -> None:
        """Raise QueryError if one was called."""
        if self._called:
            raise QueryError(
                f"The function <{self._called[0][:200]}> is not known here.",
                remedy="Functions of SPARQL 1.1, casts to XML Schema datatypes, and GeoSPARQL's are.",
            )

    def guard(self, sink: Sink) -> Sink:
        """A sink that takes nothing more once one was called."""
        return _Guarded(sink, self)


class _Guarded:
    def __init__(self, sink: Sink, unknown: Unknown) -> None:
        self._sink = sink
        self._unknown = unknown

    def write(self, data: bytes) -> int:
        self._unknown.refuse()
        return self._sink.write(data)

    def flush(self) -> None:
        self._sink.flush()
