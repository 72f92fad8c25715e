"""Mappings to other knowledge bases: ``data/links/<scheme>.sssom.tsv``, a file for each scheme.

The form is SSSOM/TSV (SSSOM 1.1): metadata as YAML in lines that begin with ``#``, then a table. The stem of
the file is the scheme, described in ``ontology/schemes.ttl``. A mapping to an IRI is a triple of that
predicate; one to an identifier that is no IRI (SSSOM: a literal mapping) is ``dcterms:identifier`` with the
scheme as its datatype. Each mapping has a record beside it: justification, date, confidence, evidence.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from kg import vocab
from kg.errors import ContentError

COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "mapping_date",
    "confidence",
    "see_also",
)
"""What every row states, besides ``comment`` and ``object_type``; ``object_id`` is empty for a literal."""
_OPTIONAL = ("object_type", "comment")
_LITERAL = "rdfs literal"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_OWL = "http://www.w3.org/2002/07/owl#"
MATCHES = {
    _SKOS + "exactMatch": "exact match",
    _SKOS + "closeMatch": "close match",
    _SKOS + "broadMatch": "broader match",
    _SKOS + "narrowMatch": "narrower match",
    _SKOS + "relatedMatch": "related match",
    vocab.RDFS + "seeAlso": "see also",
    vocab.DCTERMS_IDENTIFIER: "identifier",
}
"""The predicates that a mapping may have, and how a person reads them."""
EXACT = _SKOS + "exactMatch"
# Prefixes that a file need not declare (SSSOM 1.1, section "Built-in prefixes").
_BUILT_IN = {
    "dcterms": vocab.DCTERMS,
    "owl": _OWL,
    "rdf": vocab.RDF,
    "rdfs": vocab.RDFS,
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": _SKOS,
    "sssom": "https://w3id.org/sssom/",
    "xsd": vocab.XSD,
}


@dataclass(frozen=True)
class Link:
    """One mapping, with the line that states it; ``evidence`` are addresses, ``confidence`` is 0 to 1."""

    line: int
    subject: str
    subject_label: str
    predicate: str
    object: ox.NamedNode | ox.Literal
    object_label: str
    justification: str
    date: str
    confidence: str
    evidence: tuple[str, ...]
    comment: str

    @property
    def key(self) -> str:
        """What no other mapping may state again."""
        return f"<{self.subject}> <{self.predicate}> {self.object}"


@dataclass(frozen=True)
class MappingSet:
    """One file: its name relative to the root, its scheme, its metadata, and its mappings."""

    file: str
    slug: str
    title: str
    description: str
    licence: str
    links: tuple[Link, ...]

    @property
    def scheme(self) -> str:
        """The IRI of the scheme."""
        return vocab.SCHEME + self.slug

    @property
    def iri(self) -> str:
        """The IRI of the set."""
        return f"{vocab.LINKS}#{self.slug}"


def read_mappings(text: str, file: str) -> tuple[MappingSet | None, list[ContentError]]:
    """Read a file; what is wrong in it, row by row. Without usable metadata there is no set."""
    slug = file.rpartition("/")[2].removesuffix(".sssom.tsv")
    lines = text.splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    if lines[: len(head)] != head:
        return None, [ContentError("Metadata stand below the table.", place=file, remedy="Put them first.")]
    try:
        about, prefixes = _metadata("".join(line[1:] for line in head), slug)
    except ContentError as error:
        return None, [ContentError(error.message, place=file, line=1, remedy=error.remedy)]
    problems: list[ContentError] = []
    table = "".join(lines[len(head) :])
    links = tuple(_rows(table, file=file, slug=slug, before=len(head), prefixes=prefixes, problems=problems))
    described = [str(about.get(f"mapping_set_{name}") or "").strip() for name in ("title", "description")]
    return MappingSet(file, slug, described[0], described[1], str(about["license"]), links), problems


def _metadata(text: str, slug: str) -> tuple[dict[str, Any], dict[str, str]]:
    import yaml  # noqa: PLC0415 - loaded only when it is used

    try:
        about = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ContentError(
            f"The metadata are not YAML: {' '.join(str(error).split())[:200]}.",
            remedy="Mend the lines that begin with #.",
        ) from error
    if not isinstance(about, dict):
        raise ContentError(
            "The file has no metadata.",
            remedy="Begin it with '#curie_map:', '#mapping_set_id:' and '#license:' (SSSOM/TSV).",
        )
    for name in ("curie_map", "mapping_set_id", "mapping_set_title", "license"):
        if not about.get(name):
            raise ContentError(f"The metadata lack {name}.", remedy=f"Add a line '#{name}: …' at the top.")
    wanted = f"{vocab.LINKS}#{slug}"
    if about["mapping_set_id"] != wanted:
        raise ContentError(
            f"The mapping_set_id is {about['mapping_set_id']}.", remedy=f"For this file it is {wanted}."
        )
    table = about["curie_map"]
    if not isinstance(table, dict):
        raise ContentError("The curie_map is no map.", remedy="List it as '#  prefix: namespace'.")
    return about, {**_BUILT_IN, **{str(prefix): str(space) for prefix, space in table.items()}}


def _rows(
    text: str,
    *,
    file: str,
    slug: str,
    before: int,
    prefixes: Mapping[str, str],
    problems: list[ContentError],
) -> Iterator[Link]:
    reader = csv.reader(io.StringIO(text), delimiter="\t", strict=True)

    def refuse(message: str, remedy: str) -> None:
        line = before + max(reader.line_num, 1)
        problems.append(ContentError(message, place=f"{file}:{line}", line=line, remedy=remedy))

    try:
        header = next(reader, [])
        missing = [name for name in COLUMNS if name not in header]
        unknown = [name for name in header if name not in (*COLUMNS, *_OPTIONAL)]
        if missing or unknown or len(set(header)) != len(header):
            told = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(unknown) or 'a name twice'}"
            refuse(
                f"The header of the table {told}.", f"Its columns are {', '.join((*COLUMNS, *_OPTIONAL))}."
            )
            return
        for cells in reader:
            if len(cells) != len(header):
                refuse(
                    f"The row has {len(cells)} cells, the header {len(header)}.", "Separate cells by one tab."
                )
                continue
            try:
                yield _link(dict(zip(header, cells, strict=True)), before + reader.line_num, slug, prefixes)
            except ContentError as error:
                refuse(error.message, error.remedy or "")
    except csv.Error as error:
        refuse(f"The table cannot be read: {error}.", "Quote a cell that holds quotation marks or tabs.")


def _link(row: Mapping[str, str], line: int, slug: str, prefixes: Mapping[str, str]) -> Link:
    for name in COLUMNS:
        if not row[name].strip() and name != "object_id":
            raise ContentError(f"The cell {name} is empty.", remedy="Every mapping states it.")
    predicate = _iri(row["predicate_id"], prefixes)
    if predicate not in MATCHES:
        raise ContentError(
            f"The predicate {row['predicate_id']} is not for mappings.",
            remedy="Use skos:exactMatch, closeMatch, broadMatch, narrowMatch or relatedMatch, rdfs:seeAlso, "
            "or dcterms:identifier.",
        )
    is_literal = row.get("object_type", "") == _LITERAL
    if is_literal != (predicate == vocab.DCTERMS_IDENTIFIER) or is_literal == bool(row["object_id"]):
        raise ContentError(
            "An identifier that is no IRI and a match with an IRI are mixed.",
            remedy=f"For an identifier: dcterms:identifier, object_type '{_LITERAL}', the identifier as "
            "object_label, object_id empty; for an IRI: object_id, and no object_type.",
        )
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", row["mapping_date"]):
        raise ContentError(f"The date {row['mapping_date']} is no day.", remedy="Write it as 2026-11-26.")
    if not re.fullmatch(r"1(\.0+)?|0(\.\d+)?", row["confidence"]):
        raise ContentError(
            f"The confidence {row['confidence']} is no number from 0 to 1.", remedy="Write it as 0.95."
        )
    if not row["mapping_justification"].startswith("semapv:"):
        raise ContentError(
            f"The justification {row['mapping_justification']} is not of the vocabulary for it.",
            remedy="Use a term of SEMAPV, such as semapv:ManualMappingCuration.",
        )
    evidence = tuple(part.strip() for part in row["see_also"].split("|"))
    for address in evidence:
        if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", address):
            raise ContentError(
                f"The evidence {address[:80]} is no address.", remedy="Give the full address of the page."
            )
    datatype = ox.NamedNode(vocab.SCHEME + slug)
    return Link(
        line,
        _iri(row["subject_id"], prefixes),
        row["subject_label"],
        predicate,
        ox.Literal(row["object_label"], datatype=datatype)
        if is_literal
        else ox.NamedNode(_iri(row["object_id"], prefixes)),
        row["object_label"],
        _iri(row["mapping_justification"], prefixes),
        row["mapping_date"],
        row["confidence"],
        evidence,
        row.get("comment", "").strip(),
    )


def _iri(name: str, prefixes: Mapping[str, str]) -> str:
    """Read a CURIE or a whole IRI; ContentError."""
    prefix, colon, local = name.partition(":")
    iri = name if local.startswith("//") or prefix in ("urn", "http", "https") else ""
    if not iri and colon and prefix in prefixes:
        iri = prefixes[prefix] + local
    if not iri:
        raise ContentError(
            f"The prefix of {name[:80]!r} is not declared.", remedy="Add it to the curie_map at the top."
        )
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", iri):
        raise ContentError(f"{iri[:80]!r} is no IRI.", remedy="Write it as the other knowledge base does.")
    return iri


# ---- as triples
# ------------------------------------------------------------------------------------------------


def mapping_quads(sets: Iterable[MappingSet], names: Mapping[str, str]) -> Iterator[ox.Quad]:
    """Yield graph ``links``: each mapping as a triple, with its record; ``names`` are labels by IRI."""
    graph = ox.NamedNode(vocab.LINKS)
    for group in sets:
        for subject, predicate, value in (*_about(group), *_statements(group, names)):
            yield ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), value, graph)


Statement = tuple[str, str, ox.NamedNode | ox.Literal]


def _about(group: MappingSet) -> Iterator[Statement]:
    yield group.iri, vocab.RDF_TYPE, ox.NamedNode(vocab.SSSOM + "MappingSet")
    yield group.iri, vocab.RDFS_LABEL, ox.Literal(group.title, language="en")
    if group.description:
        yield group.iri, vocab.DCTERMS_DESCRIPTION, ox.Literal(group.description, language="en")
    yield group.iri, vocab.DCTERMS_LICENSE, ox.NamedNode(group.licence)
    yield group.iri, vocab.VOID_NS + "objectsTarget", ox.NamedNode(group.scheme)


def _statements(group: MappingSet, names: Mapping[str, str]) -> Iterator[Statement]:
    scheme = names.get(group.scheme, group.slug)
    for link in group.links:
        yield link.subject, link.predicate, link.object
        node = f"{vocab.LINKS}#{hashlib.sha256(link.key.encode()).hexdigest()[:16]}"
        name = names.get(link.subject, link.subject)
        label = f"{name}: {MATCHES[link.predicate]} {link.object_label} ({scheme})"
        yield node, vocab.RDF_TYPE, ox.NamedNode(vocab.SSSOM + "Mapping")
        yield node, vocab.RDFS_LABEL, ox.Literal(label, language="en")
        yield node, vocab.DCTERMS_IS_PART_OF, ox.NamedNode(group.iri)
        yield node, _OWL + "annotatedSource", ox.NamedNode(link.subject)
        yield node, _OWL + "annotatedProperty", ox.NamedNode(link.predicate)
        yield node, _OWL + "annotatedTarget", link.object
        yield node, vocab.SSSOM + "object_label", ox.Literal(link.object_label)
        yield node, vocab.SSSOM + "mapping_justification", ox.NamedNode(link.justification)
        yield node, vocab.SSSOM + "confidence", _typed(link.confidence, "decimal")
        yield node, vocab.DCTERMS + "created", _typed(link.date, "date")
        for address in link.evidence:
            yield node, vocab.RDFS + "seeAlso", ox.NamedNode(address)
        if link.comment:
            yield node, vocab.RDFS_COMMENT, ox.Literal(link.comment, language="en")


def _typed(text: str, datatype: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(vocab.XSD + datatype))


def linksets(sets: Sequence[MappingSet]) -> Iterator[tuple[MappingSet, str, int]]:
    """Yield scheme and predicate of every set of links to IRIs, with their number (VoID section 5)."""
    for group in sets:
        kinds = [link.predicate for link in group.links if isinstance(link.object, ox.NamedNode)]
        for predicate in sorted(set(kinds)):
            yield group, predicate, kinds.count(predicate)
