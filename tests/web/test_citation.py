"""Citations as text, BibTeX and CSL-JSON."""

from __future__ import annotations

import json
from dataclasses import replace

from kg import vocab
from kg.catalog import TITLE
from kg.web.citation import Citation, Release

BARE = Release("", "", "", "v1")
NAMED = Release("1.2.0", "0123456789abcdef" * 4, "2026-11-26", "v1")
ONE = Citation(
    "A & B: 100% {odd} \\\\ ~ ^",
    vocab.ID + "place/a_b",
    BARE,
    "2026-12-01",
    ("First, par. 2", "Second"),
    "connectivity-kg-place/a_b",
)


def test_as_text() -> None:
    alps = Citation("Alps", vocab.ID + "place/alps", BARE, "2026-12-01")
    assert alps.text() == (
        "Connectivity KG editors: “Alps”, Connectivity KG, dataset v1. "
        "https://w3id.org/ecoconn/id/place/alps (accessed 2026-12-01)."
    )
    assert replace(alps, release=NAMED).text() == (
        "Connectivity KG editors (2026): “Alps”, Connectivity KG, version 1.2.0, dataset 0123456789ab, "
        "2026-11-26. https://w3id.org/ecoconn/id/place/alps (accessed 2026-12-01)."
    )
    assert ONE.text().endswith(" Sources: First, par. 2; Second.")
    assert replace(ONE, note="Not all is traced.").text().endswith("; Second. Not all is traced.")


def test_the_dataset_is_within_nothing() -> None:
    whole = Citation(TITLE, "https://kg.example/", NAMED, "2026-12-01")
    assert whole.text().count("Connectivity KG") == 2  # the editors and the title
    (item,) = json.loads(whole.csl())
    assert item["type"] == "dataset" and "container-title" not in item


def test_as_bibtex_without_commands() -> None:
    text = ONE.bibtex().decode()
    assert text.startswith("@misc{connectivity-kg-place-a-b,\n")
    assert r"A \& B: 100\% \{odd\}" in text
    assert r"\textbackslash{}" in text and r"\textasciitilde{} \textasciicircum{}" in text
    assert text.endswith("  urldate = {2026-12-01},\n  note = {Sources: First, par. 2; Second.},\n}\n")
    assert text.replace(r"\{", "").replace(r"\}", "").count("{") == text.replace(r"\{", "").replace(
        r"\}", ""
    ).count("}")
    dated = replace(ONE, release=NAMED).bibtex().decode()
    assert "  year = {2026},\n  date = {2026-11-26},\n" in dated
    assert f"  version = {{1.2.0+{NAMED.digest}}},\n" in dated


def test_as_csl_json() -> None:
    (item,) = json.loads(ONE.csl())
    assert (item["id"], item["type"], item["title"]) == (ONE.address, "entry", ONE.title)
    assert item["author"] == [{"literal": "Connectivity KG editors"}]
    assert item["accessed"] == {"date-parts": [[2026, 12, 1]]}
    assert "issued" not in item
    (item,) = json.loads(replace(ONE, release=NAMED, sources=()).csl())
    assert item["issued"] == {"date-parts": [[2026, 11, 26]]}
    assert "note" not in item
