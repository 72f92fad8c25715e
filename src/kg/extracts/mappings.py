"""All mappings to other knowledge bases as one SSSOM table, read back from graph ``links``."""

import csv
import io
from collections import defaultdict

import pyoxigraph as ox

from kg import vocab
from kg.extracts.view import View

_OWL = "http://www.w3.org/2002/07/owl#"
# Columns of SSSOM in its order (mapping-commons.github.io/sssom), with the property that holds each.
_COLUMNS = {
    "subject_id": _OWL + "annotatedSource",
    "subject_label": "",
    "predicate_id": _OWL + "annotatedProperty",
    "object_id": _OWL + "annotatedTarget",
    "object_label": vocab.SSSOM + "object_label",
    "mapping_justification": vocab.SSSOM + "mapping_justification",
    "object_type": "",
    "mapping_date": vocab.DCTERMS + "created",
    "confidence": vocab.SSSOM + "confidence",
    "see_also": vocab.RDFS + "seeAlso",
}
_PREFIXES = {
    "dcterms": vocab.DCTERMS,
    "rdfs": vocab.RDFS,
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}


def mappings(view: View) -> bytes:
    """Return the file: metadata as comments, then one row for each mapping, with IRIs in full."""
    records: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]] = defaultdict(lambda: defaultdict(list))
    for quad in view.quads:
        if quad.graph_name != _LINKS or not isinstance(quad.subject, ox.NamedNode):
            continue
        if isinstance(quad.object, ox.NamedNode | ox.Literal):
            records[quad.subject.value][quad.predicate.value].append(quad.object)
    text = io.StringIO()
    text.write("#curie_map:\n")
    text.writelines(f"#  {prefix}: {space}\n" for prefix, space in _PREFIXES.items())
    text.write(f"#mapping_set_id: {vocab.LINKS}\n")
    text.write("#mapping_set_title: Mappings of Connectivity KG\n")
    text.write(f"#license: {vocab.CC_BY}\n")
    table = csv.writer(text, delimiter="\t", lineterminator="\n")
    table.writerow(_COLUMNS)
    table.writerows(sorted(_row(view, record) for record in records.values() if _is_mapping(record)))
    return text.getvalue().encode()


_LINKS = ox.NamedNode(vocab.LINKS)
_Record = dict[str, list[ox.NamedNode | ox.Literal]]


def _is_mapping(record: _Record) -> bool:
    return any(kind.value == vocab.SSSOM + "Mapping" for kind in record.get(vocab.RDF_TYPE, ()))


def _row(view: View, record: _Record) -> list[str]:
    target = record[_COLUMNS["object_id"]][0]
    literal = isinstance(target, ox.Literal)
    row: list[str] = []
    for name, source in _COLUMNS.items():
        if name == "subject_label":
            row.append(view.name(row[0]))
        elif name == "object_type":
            row.append("rdfs literal" if literal else "")
        elif name == "object_id":
            row.append("" if literal else target.value)
        else:
            row.append("|".join(sorted(_short(item.value) for item in record.get(source, ()))))
    return row


def _short(iri: str) -> str:
    for prefix, space in _PREFIXES.items():
        if iri.startswith(space) and iri[len(space) :].isalnum():
            return f"{prefix}:{iri[len(space) :]}"
    return iri
