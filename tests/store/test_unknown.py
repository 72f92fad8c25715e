"""Functions that nobody knows."""

from __future__ import annotations

import io

import pytest

from kg.errors import QueryError
from kg.store.unknown import Unknown


def test_what_the_engine_complains_of() -> None:
    assert Unknown.named_in(RuntimeError("The custom function <u:f> is not supported")) == "u:f"
    assert Unknown.named_in(RuntimeError("Something else")) is None


def test_naming_is_no_fault_and_calling_is() -> None:
    unknown, sink = Unknown(), io.BytesIO()
    guarded, function = unknown.guard(sink), unknown.function("u:f")
    unknown.refuse()
    guarded.write(b"one")
    function(1, 2)
    for asked in (unknown.refuse, lambda: guarded.write(b"two")):
        with pytest.raises(QueryError, match="The function <u:f> is not known here"):
            asked()
    assert sink.getvalue() == b"one"
