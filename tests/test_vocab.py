"""Our names in the code are those of the ontology, the folders and the table of prefixes."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from kg import vocab

ROOT = Path(__file__).resolve().parent.parent
NAMES = {name: value for name, value in vars(vocab).items() if name.isupper() and isinstance(value, str)}


def subjects(path: Path) -> set[str]:
    quads = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
    return {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}


def test_each_own_term_is_defined() -> None:
    terms = {value for value in NAMES.values() if value.startswith(vocab.CONN) and value != vocab.CONN}
    assert len(terms) > 10
    assert not terms - subjects(ROOT / "ontology" / "connectivity.ttl")


def test_the_ontology_and_the_prefix_table_have_their_names() -> None:
    assert vocab.ONTOLOGY in subjects(ROOT / "ontology" / "connectivity.ttl")
    assert vocab.PREFIXES in subjects(ROOT / "ontology" / "prefixes.ttl")


def test_each_foreign_term_has_a_label() -> None:
    foreign = {
        value for value in NAMES.values() if value.startswith("http") and not value.startswith(vocab.BASE)
    }
    spaces = {value for value in foreign if value.endswith(("#", "/"))} - {vocab.CC_BY}
    unnamed = {
        vocab.RDF_FIRST,
        vocab.RDF_REST,
        vocab.RDF_NIL,
    }  # lists stand in shapes only, which are not served
    assert not foreign - spaces - unnamed - subjects(ROOT / "ontology" / "labels.ttl")


def test_every_kind_of_thing_has_a_prefix_and_every_card_a_kind() -> None:
    table = (ROOT / "ontology" / "prefixes.ttl").read_text(encoding="utf-8")
    assert all(f'"{vocab.ID}{kind}/"' in table for kind in vocab.KINDS)
    assert {path.name for path in (ROOT / "data" / "register").iterdir()} <= set(vocab.KINDS)
    assert list(vocab.KINDS) == sorted(set(vocab.KINDS))


def test_graphs_have_a_name_each() -> None:
    graphs = [value for value in NAMES.values() if value.startswith(vocab.GRAPH) and "#" not in value]
    graphs.remove(vocab.GRAPH)
    assert len(graphs) == len(set(graphs)) == 9
