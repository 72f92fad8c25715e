"""Federation switched on: who is not on the list is not contacted, however the query says it."""

from __future__ import annotations

import pytest
from listening import Trap, aimed, clean
from target import Target
from test_way_out import LOADS, SERVICES, SPELLINGS, unloaded

pytestmark = pytest.mark.slow

ENVIRON = {"KG_SERVICE_ALLOW": "http://127.0.0.1:1, http://localhost:*, http://example.org"}


@pytest.mark.parametrize("text", SERVICES.values(), ids=SERVICES.keys())
def test_service_reaches_nobody(target: Target, snare: Trap, text: str) -> None:
    answer = clean(target.ask(aimed(text, snare), accept="*/*"))
    assert answer.outcome in ("ok", "forbidden"), answer
    assert answer.outcome != "ok" or "silent" in text.lower()


@pytest.mark.parametrize("address", SPELLINGS)
def test_service_reaches_nobody_in_any_spelling(target: Target, snare: Trap, address: str) -> None:
    for text in (
        "SELECT * { SERVICE SPOT { ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT SPOT { ?s ?p ?o } }",
        "SELECT * { SERVICE <http://127.0.0.1:1/> { SERVICE SPOT { ?s ?p ?o } } }",
        "BASE SPOT SELECT * { SERVICE SILENT <//127.0.0.1:1/> { ?s ?p ?o } SERVICE SILENT <> { ?s ?p ?o } }",
    ):
        answer = clean(target.ask(aimed(text, snare, address)))
        assert answer.status in (200, 400, 403, 502), answer


@pytest.mark.parametrize("text", LOADS.values(), ids=LOADS.keys())
def test_load_still_fetches_nothing(target: Target, snare: Trap, text: str) -> None:
    unloaded(target, target.update(aimed(text, snare)))
