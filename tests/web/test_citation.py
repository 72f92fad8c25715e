"""Citations as text, BibTeX and CSL-JSON."""

from __future__ import annotations

import json

from kg import vocab
from kg.web.citation import Citation

ONE = Citation("A & B: 100% {odd} \\\\ ~ ^", vocab.ID + "place/a_b", "v1", ("First, par. 2", "Second"))


def test_as_text() -> None:
    assert Citation("Alps", vocab.ID + "place/alps", "v1", ()).text() == (
        "Connectivity KG editors: “Alps”. Connectivity KG, dataset v1. https://w3id.org/ecoconn/id/place/alps."
    )
    assert ONE.text().endswith(" Sources: First, par. 2; Second.")


def test_as_bibtex_without_commands() -> None:
    text = ONE.bibtex().decode()
    assert text.startswith("@misc{connectivity-kg-place-a-b,\n")
    assert r"A \& B: 100\% \{odd\}" in text
    assert r"\textbackslash{}" in text and r"\textasciitilde{} \textasciicircum{}" in text
    assert text.endswith("  note = {Sources: First, par. 2; Second},\n}\n")
    assert text.replace(r"\{", "").replace(r"\}", "").count("{") == text.replace(r"\{", "").replace(
        r"\}", ""
    ).count("}")


def test_as_csl_json() -> None:
    (item,) = json.loads(ONE.csl())
    assert (item["id"], item["type"], item["title"]) == (ONE.iri, "entry", ONE.title)
    assert item["author"] == [{"literal": "Connectivity KG editors"}]
    assert "note" not in json.loads(Citation("A", "u:a", "v", ()).csl())[0]
