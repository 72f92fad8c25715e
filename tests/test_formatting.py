"""Which files ``kg fmt`` means, and what it does to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.errors import ContentError
from kg.formatting import format_file, turtle_files
from sample import LICENCE, PREFIXES, Mini

UNTIDY = (
    LICENCE + "@prefix place: <https://w3id.org/ecoconn/id/place/> .\nplace:b <http://a.example/> 2, 1 .\n"
)
TIDY = LICENCE + (
    "@prefix place: <https://w3id.org/ecoconn/id/place/> .\n\n"
    "place:b\n    <http://a.example/> 1 ;\n    <http://a.example/> 2 ;\n.\n"
)


def test_no_path_means_the_whole_content(mini: Mini) -> None:
    found = [path.relative_to(mini.root).as_posix() for path in turtle_files([], mini.content)]
    assert len(found) == 12
    assert found == sorted(found)
    assert "shapes/place.ttl" in found


def test_a_folder_is_searched_and_other_files_are_refused(mini: Mini) -> None:
    folder = mini.root / "data/register/place"
    assert list(turtle_files([folder], mini.content)) == [folder / "alps.ttl"]
    with pytest.raises(ContentError, match=r"does not end in \.ttl"):
        list(turtle_files([mini.root / "ontology/questions/01-where.rq"], mini.content))


def test_a_file_is_rewritten_once(mini: Mini) -> None:
    path = mini.write("data/editorial/a.ttl", UNTIDY)
    assert format_file(path, PREFIXES, mini.content, write=False)
    assert path.read_text(encoding="utf-8") == UNTIDY
    assert format_file(path, PREFIXES, mini.content, write=True)
    assert path.read_text(encoding="utf-8") == TIDY
    assert not format_file(path, PREFIXES, mini.content, write=True)


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + TIDY.encode(), TIDY.replace("\n", "\r\n").encode()])
def test_a_byte_order_mark_and_foreign_line_ends_go(mini: Mini, text: bytes) -> None:
    path = mini.write("data/editorial/a.ttl", text)
    assert format_file(path, PREFIXES, mini.content, write=True)
    assert path.read_bytes() == TIDY.encode()


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("data/editorial/a.ttl", False),
        ("ontology/a.ttl", False),
        ("shapes/a.ttl", True),
        ("../elsewhere.ttl", True),
    ],
)
def test_anonymous_nodes_only_outside_data_and_ontology(mini: Mini, name: str, allowed: bool) -> None:
    path = mini.write(name, "<http://a.example/> <http://b.example/> [] .\n")
    if allowed:
        assert format_file(path, PREFIXES, mini.content, write=False)
    else:
        with pytest.raises(ContentError, match="blank node"):
            format_file(path, PREFIXES, mini.content, write=True)


def test_a_link_stays_a_link(mini: Mini, tmp_path: Path) -> None:
    target = tmp_path / "target.ttl"
    target.write_text(UNTIDY, encoding="utf-8")
    link = tmp_path / "link.ttl"
    link.symlink_to(target)
    assert format_file(link, PREFIXES, mini.content, write=True)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == TIDY
