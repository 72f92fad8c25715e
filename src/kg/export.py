"""The dataset as a file to take away, in every RDF format; the same dataset gives the same bytes.

N-Quads, TriG and JSON-LD keep the named graphs, and so the citations: reading them back gives the dataset
exactly, lexical forms included. Turtle, N-Triples and RDF/XML hold no graphs: they carry the merge of all
graphs as a set, without citations; each says so in a comment.
"""

import hashlib
import os
import re
import stat
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from kg import __version__, jsonld, vocab
from kg.build import Dataset
from kg.catalog import TITLE
from kg.content import prefix_table
from kg.errors import ContentError, KgError
from kg.media import Format
from kg.turtle import blocks_of, write_turtle

UNION_NOTICE = (
    "This is the merge of all graphs of the dataset as a set, without citations: which passage or document "
    "says what is told by the named graphs of the N-Quads, TriG and JSON-LD files."
)

# An XML name without colon, as far as it can end an IRI (Namespaces in XML section 3), in ASCII.
_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*$")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def export(dataset: Dataset, format: Format) -> Iterator[bytes]:
    """Yield the dataset in a format of RDF; KgError for a format that holds none.

    ContentError when RDF/XML cannot hold a statement: a control character, a property that ends in no name.
    """
    writers = {
        "nq": _nquads,
        "trig": _trig,
        "jsonld": _jsonld,
        "nt": _ntriples,
        "ttl": _turtle,
        "rdf": _rdfxml,
    }
    if format.name not in writers:
        raise KgError(f"{format.label} is not a format for RDF.", remedy=f"Use one of {', '.join(writers)}.")
    if any(_is_foreign(quad) for quad in dataset.quads):
        yield _by_engine(dataset, format)
        return
    yield from writers[format.name](dataset)


def manifest(dataset: Dataset, files: Mapping[str, bytes]) -> dict[str, object]:
    """Return what a build is: digest, sizes, statements by graph, checksums of its files."""
    graphs = Counter(
        quad.graph_name.value for quad in dataset.quads if isinstance(quad.graph_name, ox.NamedNode)
    )
    return {
        "title": TITLE,
        "version": __version__,
        "digest": dataset.digest,
        "statements": len(dataset.quads),
        "triples": len(_union(dataset)),
        "graphs": dict(sorted(graphs.items())),
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        },
    }


def write_file(path: Path, chunks: Iterable[bytes]) -> int:
    """Write a file whole or not at all, over an older one, whose mode it keeps; return its size in bytes.

    A link is followed. What is no regular file, as a device or a pipe, is written to as it stands, never
    replaced. KgError when it cannot be written; what stood there stays.
    """
    target = path.resolve()
    if target.exists() and not target.is_file() and not target.is_dir():
        try:
            with target.open("wb") as device:
                return sum(device.write(chunk) for chunk in chunks)
        except OSError as error:
            raise KgError(f"It cannot be written to: {error.strerror}.", place=str(path)) from error
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    except OSError as error:
        raise KgError(f"The file cannot be written: {error.strerror}.", place=str(path)) from error
    size = 0
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += file.write(chunk)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~mask)
        Path(name).replace(target)
    except OSError as error:
        raise KgError(f"The file cannot be written: {error.strerror}.", place=str(path)) from error
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
    return size


def _is_foreign(quad: ox.Quad) -> bool:
    """Whether the quad has what our content never has: a blank node, a triple term, a text direction."""
    if isinstance(quad.object, ox.Literal) and quad.object.direction:
        return True
    return not (
        isinstance(quad.subject, ox.NamedNode)
        and isinstance(quad.object, ox.NamedNode | ox.Literal)
        and isinstance(quad.graph_name, ox.NamedNode | ox.DefaultGraph)
    )


def _by_engine(dataset: Dataset, format: Format) -> bytes:
    """A foreign RDF file, written by the engine."""
    kind = ox.RdfFormat.from_media_type(format.media_type)
    assert kind is not None
    if format.named_graphs:
        return ox.serialize(dataset.quads, format=kind) or b""
    return ox.serialize(_union(dataset), format=kind) or b""


def _nquads(dataset: Dataset) -> Iterator[bytes]:
    yield dataset.nquads()


def _ntriples(dataset: Dataset) -> Iterator[bytes]:
    yield f"# {UNION_NOTICE}\n".encode()
    for triple in _union(dataset):
        yield f"{triple} .\n".encode()


def _turtle(dataset: Dataset) -> Iterator[bytes]:
    yield write_turtle(_union(dataset), _prefixes(dataset), f"# {UNION_NOTICE}\n").encode()


def _trig(dataset: Dataset) -> Iterator[bytes]:
    prologs: set[str] = set()
    parts = []
    prefixes = _prefixes(dataset)
    for graph, triples in _graphs(dataset):
        prolog, body = blocks_of(triples, prefixes)
        prologs.update(prolog.splitlines(keepends=True))
        parts.append(f"<{graph}> {{\n\n{body}\n}}\n" if graph else f"{{\n\n{body}\n}}\n")
    yield "\n".join(part for part in ("".join(sorted(prologs)), *parts) if part).encode()


def _jsonld(dataset: Dataset) -> Iterator[bytes]:
    yield from jsonld.stream(dataset.quads, jsonld.Context.of(dataset.quads))


def _rdfxml(dataset: Dataset) -> Iterator[bytes]:
    """RDF/XML with typed property elements only (RDF 1.1 XML Syntax section 2)."""
    triples = _union(dataset)
    names = {item.predicate.value: _split(item) for item in triples}
    spaces = _spaces({namespace for namespace, _ in names.values()}, _prefixes(dataset))
    declared = "".join(
        f"\n  xmlns:{prefix}={quoteattr(space)}"
        for space, prefix in sorted(spaces.items(), key=lambda kv: kv[1])
    )
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {UNION_NOTICE} -->\n<rdf:RDF{declared}>\n'.encode()
    for subject, statements in _by_subject(triples).items():
        yield f"<rdf:Description rdf:about={quoteattr(subject)}>\n".encode()
        for item in statements:
            namespace, local = names[item.predicate.value]
            yield f"  {_element(f'{spaces[namespace]}:{local}', item)}\n".encode()
        yield b"</rdf:Description>\n"
    yield b"</rdf:RDF>\n"


def _element(tag: str, item: ox.Triple) -> str:
    value = item.object
    if isinstance(value, ox.NamedNode):
        return f"<{tag} rdf:resource={quoteattr(value.value)}/>"
    assert isinstance(value, ox.Literal)
    if _NOT_XML.search(value.value):
        raise ContentError(
            f"RDF/XML cannot hold the control character in {item.predicate} of {item.subject}.",
            remedy="Export another format, or remove the character.",
        )
    about = ""
    if value.language:
        about = f" xml:lang={quoteattr(value.language)}"
    elif value.datatype.value != vocab.XSD_STRING:
        about = f" rdf:datatype={quoteattr(value.datatype.value)}"
    text = escape(value.value, {"\r": "&#13;"})
    return f"<{tag}{about}>{text}</{tag}>"


def _split(item: ox.Triple) -> tuple[str, str]:
    """Namespace and local name of a property."""
    iri = item.predicate.value
    found = _LOCAL.search(iri)
    if not found:
        raise ContentError(
            f"RDF/XML cannot hold the property {item.predicate}: it does not end in a name.",
            remedy="Export another format.",
        )
    return iri[: found.start()], found.group()


def _spaces(namespaces: Iterable[str], prefixes: Mapping[str, str]) -> dict[str, str]:
    """A prefix for every namespace in use: that of the table, or ns1, ns2, …."""
    known = {namespace: prefix for prefix, namespace in sorted(prefixes.items(), reverse=True)}
    found = {vocab.RDF: "rdf"}
    number = 0
    for namespace in sorted(set(namespaces) - {vocab.RDF}):
        prefix = known.get(namespace)
        while not prefix or prefix in found.values():
            number += 1
            prefix = f"ns{number}"
        found[namespace] = prefix
    return found


def _union(dataset: Dataset) -> list[ox.Triple]:
    return sorted({quad.triple for quad in dataset.quads}, key=str)


def _graphs(dataset: Dataset) -> list[tuple[str, list[ox.Triple]]]:
    """The unnamed graph, if anything is in it, then the named ones by IRI."""
    found: dict[str, list[ox.Triple]] = defaultdict(list)
    for quad in dataset.quads:
        graph = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
        found[graph].append(quad.triple)
    return sorted(found.items())


def _by_subject(triples: Iterable[ox.Triple]) -> dict[str, list[ox.Triple]]:
    found: dict[str, list[ox.Triple]] = defaultdict(list)
    for item in sorted(triples, key=str):
        if isinstance(item.subject, ox.NamedNode):
            found[item.subject.value].append(item)
    return found


def _prefixes(dataset: Dataset) -> dict[str, str]:
    return prefix_table(quad.triple for quad in dataset.quads)
