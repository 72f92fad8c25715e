"""Digests of passages, compared with the documents' text."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.content import find_content
from kg.errors import ContentError
from kg.paragraphs import Locator, digest, passages
from kg.validate.digests import check_digests
from sample import PASSAGE, Mini, value

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT.parent / "shared" / "source"
DOCUMENT = "cms-cop14-initiatives-on-connectivity"


def told(mini: Mini, folder: Path) -> list[tuple[str, str]]:
    return [(finding.file, finding.message) for finding in check_digests(mini.content.parsed([]), folder, {})]


def test_digests_are_compared(mini: Mini, tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text("1. One.\n\n2. Two.\n", encoding="utf-8")
    one, two = digest("1. One."), digest("2. Two.")
    for number, stated in ((1, one), (2, two)):
        path = mini.root / f"data/sources/report/{number:02}-text.ttl"
        path.write_text(path.read_text(encoding="utf-8").replace("0" * 64, stated), encoding="utf-8")
    assert told(mini, tmp_path) == []
    (tmp_path / "report.txt").write_text("1. One.\n\n2. Three.\n", encoding="utf-8")
    ((file, message),) = told(mini, tmp_path)
    assert file == "data/sources/report/02-text.ttl"
    assert two in message and digest("2. Three.") in message
    (finding,) = check_digests(mini.content.parsed([]), tmp_path, {PASSAGE + "02": "Report, paragraph 2"})
    assert (finding.thing, finding.label) == (PASSAGE + "02", "Report, paragraph 2")


def test_missing_digests_passages_files_and_folders_are_told(mini: Mini, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no such folder"):
        list(check_digests(mini.content.parsed([]), tmp_path / "gone", {}))
    ((_, message),) = told(mini, tmp_path)
    assert "cannot be read: No such file" in message
    (tmp_path / "report.txt").write_text("1. One.\n", encoding="utf-8")
    path = mini.root / "data/sources/report/01-text.ttl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "textDigest" not in line), encoding="utf-8")
    (_, first), (_, second) = told(mini, tmp_path)
    assert first == f"The digest is missing; that of the text is {digest('1. One.')}."
    assert second == "The passage is not found in the text of report."


@pytest.mark.skipif(not SOURCES.is_dir(), reason="needs ../shared/source")
def test_the_worked_values_of_the_first_document() -> None:
    content = find_content(str(ROOT))
    parsed = content.parsed([])
    assert list(check_digests(parsed, SOURCES, {})) == []
    stated = {
        value(triple.object)
        for file, triples in parsed.items()
        for triple in triples
        if triple.predicate.value.endswith("#textDigest")
    }
    assert len(stated) == 21
    text = (SOURCES / f"{DOCUMENT}.txt").read_text(encoding="utf-8")
    cut = passages(
        text,
        [Locator(18, "16", "Room to Roam Initiative"), Locator(20, None, "Great Eastern Ranges (Australia)")],
    )
    assert digest(cut[20]) == "b621d9e49c3d8a6227ffb3fb9aa6429ff3fa5a73cbf584b039b62d06017e3062"
    assert "36835163cc37cf793e71557ef9609105e1e72239032b8683ab26fc371f1daf03" in stated
