"""The ties of a store, in both ways to see it, and queries that give the same."""

from __future__ import annotations

import asyncio

import pytest
from fastapi.testclient import TestClient

from kg.vocab import CONN, DERIVED, EDITORIAL, ID
from kg.web.site import Site
from kg.web.tied import Asking, ties_of

ROOM, IFAW = ID + "initiative/room-to-roam", ID + "organisation/ifaw"


@pytest.fixture(scope="module")
def site(real: TestClient) -> Site:
    found: Site = real.app.state.site  # type: ignore[attr-defined]
    return found


def test_ties_have_kinds_and_sources(site: Site) -> None:
    ties = asyncio.run(ties_of(site))
    assert ties.kinds[ROOM] == CONN + "Initiative"
    assert ties.kinds[ID + "decision/cbd-dec-15-4"] == CONN + "Decision", "the narrowest class"
    assert not [thing for thing in ties.kinds if thing.startswith((ID + "passage/", ID + "concept/"))]
    (lead,) = [tie for tie in ties.beside[ROOM][IFAW] if tie.relation == CONN + "leadOrganisation"]
    assert lead.start == ROOM and all(source.startswith(ID) for source in lead.sources) and lead.sources
    sources = {source for tie in ties.ties for source in tie.sources}
    assert EDITORIAL in sources and DERIVED not in sources
    assert all(tie.sources for tie in ties.ties)


def test_a_query_gives_the_same_ties(site: Site) -> None:
    ties, asking = asyncio.run(ties_of(site)), Asking(site)
    shown = ties.among({*ties.around(ROOM, 1)})
    expected = {(tie.start, tie.relation, tie.end, source) for tie in shown for source in tie.sources}
    for query in (asking.exactly(shown), asking.between({*ties.around(ROOM, 1)}, [])):
        rows = asyncio.run(site.rows(query))
        assert {
            tuple(row[name]["value"] for name in ("from", "relation", "to", "source")) for row in rows
        } == expected
    kinds = {CONN + "Initiative", CONN + "Target"}
    by = [CONN + "contributesTo"]
    rows = asyncio.run(site.rows(asking.of_kinds(kinds, by)))
    chosen = ties.only(kinds, by)
    assert len(rows) == sum(len(tie.sources) for tie in chosen.ties) > 10
