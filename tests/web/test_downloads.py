"""The content as files: whole, in ranges, known already, and the list of them with checksums."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient
from making import MakeClient

from kg.build import Dataset
from kg.extracts import EXTRACTS, Extract
from kg.media import RDF_FORMATS, Format
from kg.offer import FILES, Weight

FILE = "/downloads/connectivity-kg.nq"


@pytest.mark.parametrize("row", RDF_FORMATS, ids=lambda row: row.name)
def test_every_file_reads_back(full: TestClient, row: Format, whole_dataset: Dataset) -> None:
    answer = full.get(f"/downloads/connectivity-kg.{row.extension}")
    assert answer.headers["content-type"] == row.content_type
    assert f'filename="connectivity-kg.{row.extension}"' in answer.headers["content-disposition"]
    found = list(ox.parse(answer.content, ox.RdfFormat.from_extension(row.extension)))
    if row.named_graphs:
        assert set(found) == set(whole_dataset.quads)
    else:
        assert {quad.triple for quad in found} == {quad.triple for quad in whole_dataset.quads}


def listed(client: TestClient) -> str:
    """The list of files, as soon as it has what they weigh."""
    for _ in range(60):
        page = client.get("/downloads", headers={"Accept": "text/html"}).text
        if "come back in a moment" not in page:
            return page
        assert page.count("<td></td><td></td>") == len(FILES)
    raise AssertionError(page)


def test_the_list_has_sizes_and_checksums(full: TestClient) -> None:
    page = listed(full)
    assert "<td></td>" not in page
    for row in RDF_FORMATS:
        data = full.get(f"/downloads/connectivity-kg.{row.extension}").content
        assert sha256(data).hexdigest() in page
        assert f"{len(data):,}".replace(",", "\u202f") in page


@pytest.mark.parametrize("item", EXTRACTS, ids=lambda item: item.name)
def test_every_extract_is_on_offer(full: TestClient, item: Extract) -> None:
    answer = full.get(f"/downloads/{item.file}")
    assert answer.status_code == 200 and answer.headers["content-type"] == item.media_type
    page = listed(full)
    assert sha256(answer.content).hexdigest() in page and item.tells in page


def test_of_what_is_too_large_the_list_has_names_alone(make_client: MakeClient) -> None:
    client = make_client()
    site = client.app.state.site  # type: ignore[attr-defined]

    async def nothing() -> dict[str, Weight]:
        return {}

    asyncio.run(site.weights.get("", nothing))
    page = client.get("/downloads", headers={"Accept": "text/html"}).text
    assert "There is too much here" in page and page.count("<td></td><td></td>") == len(FILES)


RANGES = {
    "the first bytes": ("bytes=0-99", slice(0, 100)),
    "from a byte on": ("bytes=100-", slice(100, None)),
    "the last bytes": ("bytes=-50", slice(-50, None)),
    "beyond the end": ("bytes=10-99999999999", slice(10, None)),
    "more than all of the last": ("bytes=-99999999999", slice(0, None)),
}


@pytest.mark.parametrize(("asked", "part"), RANGES.values(), ids=RANGES.keys())
def test_ranges(full: TestClient, asked: str, part: slice) -> None:
    whole = full.get(FILE).content
    answer = full.get(FILE, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == whole[part]
    first = part.indices(len(whole))[0]
    expected = f"bytes {first}-{first + len(answer.content) - 1}/{len(whole)}"
    assert answer.headers["content-range"] == expected


@pytest.mark.parametrize("asked", ["bytes=99999999999-", "bytes=-0"])
def test_ranges_without_bytes(full: TestClient, asked: str) -> None:
    size = len(full.get(FILE).content)
    answer = full.get(FILE, headers={"Range": asked})
    assert (answer.status_code, answer.json()["code"]) == (416, "range")
    assert answer.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "asked", ["lines=1-2", "bytes=5-2", "bytes=0-1,3-4", "bytes=x-y", "bytes=-", "bytes"]
)
def test_ranges_that_are_none_are_passed_over(full: TestClient, asked: str) -> None:
    answer = full.get(FILE, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, full.get(FILE).content)


def test_a_range_of_another_version_gets_the_whole(full: TestClient) -> None:
    tag = full.get(FILE).headers["etag"]
    same = full.get(FILE, headers={"Range": "bytes=0-9", "If-Range": tag})
    other = full.get(FILE, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)


def test_who_has_it_is_told_so(full: TestClient) -> None:
    tag = full.get(FILE).headers["etag"]
    answer = full.get(FILE, headers={"If-None-Match": f'"x", {tag}'})
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize("name", ["connectivity-kg.pdf", "other.nq", "..%2Fkg.nq"])
def test_there_are_no_other_files(make_client: MakeClient, name: str) -> None:
    answer = make_client().get(f"/downloads/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
