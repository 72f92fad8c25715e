"""Sources at the foot of a page, in the order one reads them in."""

from __future__ import annotations

from fastapi.testclient import TestClient

from kg import vocab
from kg.web.passages import Passage, number_passages

PASSAGE = vocab.ID + "passage/cms-cop14-initiatives-on-connectivity/"


def numbered(client: TestClient, *graphs: str) -> list[Passage]:
    site = client.app.state.site  # type: ignore[attr-defined]

    async def run() -> list[Passage]:
        return list((await number_passages(site, graphs, ("en",))).values())

    assert client.portal is not None
    return client.portal.call(run)


def test_passages_are_numbered_by_their_place_in_the_document(real: TestClient) -> None:
    found = numbered(real, PASSAGE + "18", PASSAGE + "04", PASSAGE + "18")
    assert [(one.number, one.iri, one.href) for one in found] == [
        (1, PASSAGE + "04", "/id/passage/cms-cop14-initiatives-on-connectivity/04"),
        (2, PASSAGE + "18", "/id/passage/cms-cop14-initiatives-on-connectivity/18"),
    ]
    assert found[1].label == "Initiatives on connectivity, paragraph 16 (Room to Roam Initiative)"
    assert found[1].whole and found[1].stated == "2024-02"


def test_a_source_that_nobody_describes_is_called_by_its_iri(real: TestClient) -> None:
    (found,) = numbered(real, "https://example.org/nobody")
    assert (found.label, found.whole, found.stated, found.original) == (found.iri, "", "", None)
    assert numbered(real) == []
