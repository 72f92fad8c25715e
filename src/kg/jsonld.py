"""Compact JSON-LD 1.1 of the dataset: short names in place of IRIs, and the graphs, so the citations, kept.

A document has ``sources``, each a graph with what it ``says``: one object for each thing, statements that
point to the thing in question reversed beside its own. The names are one context, published at ``CONTEXT``;
every document carries the part of it that it uses, so that nobody has to fetch anything to read it.

How a value is written depends on its property alone, as the ontology declares it, or, for properties of other
vocabularies, as all their values in the content are. A value that is otherwise stands written out in full.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from kg import vocab
from kg.errors import NotAcceptable

CONTEXT = vocab.ONTOLOGY + "/context.jsonld"
"""The IRI of the context."""

_KEYWORDS = {"id": "@id", "type": "@type", "value": "@value", "sources": "@included", "says": "@graph"}
_IRI, _MAP = "@id", "@language"
_OWL = "http://www.w3.org/2002/07/owl#"
_RANGE = "https://schema.org/rangeIncludes"
_LANGUAGES = vocab.RDF + "langString"
# Datatypes whose usual lexical forms are strings, numbers and truth values of JSON (JSON-LD 1.1 section 8.6).
_OF_JSON = (vocab.XSD_STRING, vocab.XSD_INTEGER, vocab.XSD_BOOLEAN)
_LOCAL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}")

Json = dict[str, Any]


@dataclass(frozen=True)
class Name:
    """A name for an IRI; ``manner`` is ``@id``, ``@language``, a datatype that is left out, or empty."""

    name: str
    manner: str = ""


@dataclass(frozen=True)
class Context:
    """Names by IRI; those of our own ontology go before others of the same name."""

    names: Mapping[str, Name] = field(default_factory=dict)

    @classmethod
    def of(cls, quads: Iterable[ox.Quad]) -> "Context":
        """Make the context of a dataset that holds its ontology."""
        seen = _Seen(quads)
        taken = set(_KEYWORDS)
        names = {}
        for iri in sorted(seen.manners, key=lambda iri: (not iri.startswith(vocab.CONN), iri)):
            local = _LOCAL.search(iri)
            if local and local[0] not in taken:
                taken.add(local[0])
                names[iri] = Name(local[0], seen.manner(iri))
        return cls(names)

    def define(self, used: Iterable[str]) -> Json:
        """Return the definitions of the names for these IRIs, and of the keywords."""
        defined = {self.names[iri].name: _definition(iri, self.names[iri].manner) for iri in used}
        return {"@version": 1.1, **_KEYWORDS, **dict(sorted(defined.items()))}

    def document(self) -> bytes:
        """Return the context as it is published."""
        return _dumped({"@context": self.define(self.names)})


def write(quads: Iterable[ox.Quad], context: Context, root: str = "") -> bytes:
    """Return quads as one document, with the thing ``root``, if any, at its root.

    NotAcceptable when there are triple terms among them, which JSON-LD does not know.
    """
    writer = _Writer(context, root)
    graphs = _by_graph(quads)
    unnamed = writer.things(graphs.pop("", ()))
    first = unnamed.pop(0) if root and unnamed and unnamed[0]["id"] == root else {"id": root} if root else {}
    sources = [writer.source(graph, graphs[graph]) for graph in sorted(graphs, key=_order(graphs, root))]
    return _dumped({"@context": context.define(writer.used), **first, "sources": [*sources, *unnamed]})


def stream(quads: Iterable[ox.Quad], context: Context) -> Iterator[bytes]:
    """Yield a dataset as one document, graph by graph, with all names; NotAcceptable as ``write``."""
    writer = _Writer(context, "")
    head = json.dumps(context.define(context.names), ensure_ascii=False, indent=1)
    yield f'{{"@context": {head},\n"sources": ['.encode()
    separator = "\n"
    for graph, triples in sorted(_by_graph(quads).items()):
        for item in [writer.source(graph, triples)] if graph else writer.things(triples):
            yield (separator + json.dumps(item, ensure_ascii=False, indent=1)).encode()
            separator = ",\n"
    yield b"\n]}\n"


class _Seen:
    """What stands in a dataset that can have a name: properties, classes and datatypes, and their values."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        # By IRI: the manners that values of a property have; nothing for classes and datatypes.
        self.manners: dict[str, set[str]] = defaultdict(set)
        self.declared: dict[str, set[str]] = defaultdict(set)
        for quad in quads:
            predicate, value = quad.predicate.value, quad.object
            if isinstance(value, ox.Literal):
                self.manners[predicate].add(_MAP if value.language else value.datatype.value)
                if not value.language and value.datatype.value not in _OF_JSON:
                    self.manners.setdefault(value.datatype.value, set())
            elif predicate != vocab.RDF_TYPE:
                self.manners[predicate].add(_IRI)
            elif isinstance(value, ox.NamedNode):
                self.manners.setdefault(value.value, set())
            if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(vocab.CONN):
                self._declare(quad.subject.value, predicate, value)

    def _declare(self, term: str, predicate: str, value: Any) -> None:
        if predicate == vocab.RDF_TYPE and value.value.startswith(_OWL):
            self.manners.setdefault(term, set())
            if value.value == _OWL + "ObjectProperty":
                self.declared[term].add(_IRI)
        elif predicate == _RANGE and value.value == _LANGUAGES:
            self.declared[term].add(_MAP)
        elif predicate == _RANGE and value.value.startswith(vocab.XSD):
            self.declared[term].add(value.value)

    def manner(self, iri: str) -> str:
        found = self.declared.get(iri) or self.manners[iri]
        manner = min(found) if len(found) == 1 else ""
        return "" if manner in _OF_JSON else manner


class _Writer:
    """Writes things, and notes the IRIs whose names it used."""

    def __init__(self, context: Context, root: str) -> None:
        self.used: set[str] = set()
        self._context = context
        self._root = root

    def source(self, graph: str, triples: Sequence[ox.Triple]) -> Json:
        """A graph with what it says."""
        return {"id": graph, "says": self.things(triples)}

    def things(self, triples: Sequence[ox.Triple]) -> list[Json]:
        """One object for each thing that something is said of, the root first, the others by IRI."""
        said: dict[str, list[tuple[str, Any]]] = defaultdict(list)
        reversed_: list[tuple[str, Any]] = []
        for triple in triples:
            subject, predicate, value = _id(triple.subject), triple.predicate.value, triple.object
            if self._root and subject != self._root and _is(value, self._root):
                reversed_.append((predicate, triple.subject))
            else:
                said[subject].append((predicate, value))
        if reversed_:
            said.setdefault(self._root, [])
        things = []
        for subject in sorted(said, key=lambda subject: (subject != self._root, subject)):
            thing = {"id": subject, **self._facts(said[subject])}
            if subject == self._root and reversed_:
                thing["@reverse"] = self._facts(reversed_, keyword=False)
            things.append(thing)
        return things

    def _facts(self, facts: Iterable[tuple[str, Any]], *, keyword: bool = True) -> Json:
        types: list[str] = []
        found: dict[str, list[Any]] = defaultdict(list)
        maps: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for predicate, value in sorted(facts, key=lambda fact: (fact[0], str(fact[1]))):
            if keyword and predicate == vocab.RDF_TYPE and not isinstance(value, ox.Literal):
                types.append(self._name(_id(value)))
                continue
            name = self._context.names.get(predicate, Name(predicate))
            if name.manner == _MAP and (not isinstance(value, ox.Literal) or not value.language):
                name = Name(predicate)  # nothing but texts in a language goes into a map by language
            if name.name != predicate:
                self.used.add(predicate)
            if name.manner == _MAP and not value.direction:
                maps[name.name][value.language].append(value.value)
            else:
                plain = Name(predicate) if name.manner == _MAP else name
                found[plain.name].append(self._value(value, plain.manner))
        by_language = {
            name: {language: _one(texts) for language, texts in sorted(languages.items())}
            for name, languages in maps.items()
        }
        values = {**{name: _one(items) for name, items in found.items()}, **by_language}
        return {**({"type": _one(types)} if types else {}), **dict(sorted(values.items()))}

    def _value(self, value: Any, manner: str) -> Any:
        if isinstance(value, ox.Triple):
            raise NotAcceptable("JSON-LD cannot hold triple terms.", remedy="Ask for Turtle.")
        if not isinstance(value, ox.Literal):
            return _id(value) if manner == _IRI else {"id": _id(value)}
        text, datatype = value.value, value.datatype.value
        if value.language:
            direction = {"@direction": str(value.direction)} if value.direction else {}
            return {**direction, "@language": value.language, "value": text}
        if datatype == manner:
            return text
        if not manner and datatype == vocab.XSD_INTEGER and _WHOLE.fullmatch(text):
            return int(text)
        if not manner and datatype == vocab.XSD_BOOLEAN and text in ("true", "false"):
            return text == "true"
        if datatype == vocab.XSD_STRING:
            return {"value": text} if manner else text
        return {"type": self._name(datatype), "value": text}

    def _name(self, iri: str) -> str:
        """The name of a class or datatype."""
        name = self._context.names.get(iri)
        if name is None:
            return iri
        self.used.add(iri)
        return name.name


def _definition(iri: str, manner: str) -> str | Json:
    if not manner:
        return iri
    return {"@id": iri, "@container": _MAP} if manner == _MAP else {"@id": iri, "@type": manner}


def _by_graph(quads: Iterable[ox.Quad]) -> dict[str, list[ox.Triple]]:
    """Triples by the name of their graph; those of the unnamed one under the empty string."""
    found: dict[str, list[ox.Triple]] = defaultdict(list)
    for quad in set(quads):
        found["" if isinstance(quad.graph_name, ox.DefaultGraph) else _id(quad.graph_name)].append(
            quad.triple
        )
    return found


def _order(graphs: Mapping[str, Sequence[ox.Triple]], root: str) -> Any:
    """Graphs that speak of the root go first, and the register before all."""
    of_root = {name for name, triples in graphs.items() if any(_is(item.subject, root) for item in triples)}
    return lambda name: (name not in of_root, name != vocab.REGISTER, name)


def _is(term: Any, iri: str) -> bool:
    return isinstance(term, ox.NamedNode) and term.value == iri


def _id(term: Any) -> str:
    if isinstance(term, ox.Triple):
        raise NotAcceptable("JSON-LD cannot hold triple terms.", remedy="Ask for Turtle.")
    return str(term) if isinstance(term, ox.BlankNode) else str(term.value)


def _one(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items


def _dumped(document: Json) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
