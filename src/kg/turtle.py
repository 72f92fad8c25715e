"""The one writer of Turtle, and the one reader of Turtle files.

Canonical form: the leading comment block as it stands, the prefixes in use, then one block a subject in the
order of IRIs, one triple a line, ``a`` first, properties by IRI, the closing dot alone on its line. One new
fact is one new line. Language tags are written in lower case (RDF 1.1 Concepts section 3.3); other lexical
forms are kept.

Parsing is pyoxigraph's: it starts ten times faster than rdflib and says where a file is at fault.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import pyoxigraph as ox

from kg import vocab
from kg.errors import ContentError

# Tokens of valid Turtle (Turtle 1.1 section 6.5) as far as comments and anonymous nodes need telling apart.
_TOKEN = re.compile(
    r"""
    (?P<skip> <[^\x00-\x20<>"{}|^`]*>
            | \"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
            | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*' )
  | (?P<comment> \#[^\r\n]* )
  | (?P<newer> <<\(? | \{\| | ~ )
  | (?P<anonymous> _: | \[ | \((?!\s*\)) )
  | (?P<name> (?: \\. | [^\s<>"'#\\\[\](),;{}|~] )+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_LEADING = re.compile(r"(?:\s*#[^\r\n]*)*")
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
# Controls, line separators, byte-order mark, non-characters: escaped, so that no editor trips over them.
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}

_INDENT = "    "


@dataclass(frozen=True)
class Place:
    """A position in a file, from 1."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        """Return FILE:LINE:COLUMN."""
        return f"{self.source}:{self.line}:{self.column}"


def _fault(place: Place, message: str, remedy: str | None = None) -> ContentError:
    return ContentError(message, place=str(place), line=place.line, column=place.column, remedy=remedy)


def decode(data: bytes, source: str) -> str:
    """Return the text of a file; ContentError with line and byte where it is not UTF-8."""
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        head = data[: error.start]
        line, column = head.count(b"\n") + 1, error.start - (head.rfind(b"\n") + 1) + 1
        raise _fault(
            Place(source, line, column),
            f"The file is not UTF-8: byte 0x{data[error.start]:02X} (byte {column} of line {line}, "
            f"byte {error.start + 1} of the file) cannot stand here.",
            "Save the file as UTF-8.",
        ) from error


def read_turtle(
    text: str, prefixes: Mapping[str, str], *, source: str, allow_anonymous: bool = False
) -> tuple[ox.Triple, ...]:
    """Return the triples of a Turtle text in the order of the file (Turtle 1.1).

    ContentError with file, line and column when it does not parse, when it holds a triple term of RDF 1.2,
    and, unless ``allow_anonymous``, when it holds a blank node.
    """
    triples = []
    try:
        for quad in ox.parse(text, ox.RdfFormat.TURTLE):
            triples.append(quad.triple)
    except SyntaxError as error:
        raise _explain(error, text, prefixes, source) from error
    if any(isinstance(triple.object, ox.Triple) for triple in triples):
        raise _fault(
            _first(text, source, "newer") or Place(source, 1, 1),
            "The file holds a triple term of RDF 1.2.",
            "State the triple in the graph of its source.",
        )
    if not allow_anonymous and any(
        isinstance(term, ox.BlankNode) for triple in triples for term in (triple.subject, triple.object)
    ):
        raise _fault(
            _first(text, source, "anonymous") or Place(source, 1, 1),
            "A node without an IRI (blank node) stands here.",
            "Give the thing an IRI of its own; only shapes may hold lists and anonymous nodes.",
        )
    return tuple(triples)


def format_turtle(
    text: str, prefixes: Mapping[str, str], *, source: str, allow_anonymous: bool = False
) -> str:
    """Return the text in canonical form: idempotent, and the same graph.

    ContentError when it does not parse, holds a blank node that is not allowed or not written in place, or a
    comment below the leading block, which would be lost.
    """
    triples = read_turtle(text, prefixes, source=source, allow_anonymous=allow_anonymous)
    header = leading_comment(text)
    leading = len(re.findall("^#", header, re.MULTILINE))
    if place := _first(text, source, "comment", skip=leading):
        raise _fault(
            place,
            "A comment stands below the leading comment block; rewriting the file would lose it.",
            "Make it a conn:editorialNote of the thing, or move it to the top of the file.",
        )
    try:
        return write_turtle(triples, prefixes, header)
    except ContentError as error:
        raise ContentError(error.message, place=source, remedy=error.remedy) from error


def leading_comment(text: str) -> str:
    """Return the comment lines before the first statement, blank lines between them included."""
    block = _LEADING.match(text.removeprefix("\ufeff"))
    if not block or not block.group():
        return ""
    return "".join(f"{line.strip()}\n" for line in re.split(r"\r\n|\r|\n", block.group().strip()))


def write_turtle(triples: Iterable[ox.Triple], prefixes: Mapping[str, str], header: str = "") -> str:
    """Write triples canonically under ``header``, a comment block that ends with a line feed or is empty.

    ContentError for a blank node that cannot be written in place: shared, circular, or not referred to.
    """
    writer = _Writer(triples, prefixes)
    blocks = list(writer.blocks())
    return "\n".join(part for part in (header + writer.prolog(), *blocks) if part)


def blocks_of(triples: Iterable[ox.Triple], prefixes: Mapping[str, str]) -> tuple[str, str]:
    """Return prolog and body apart, for formats that put something between them (TriG)."""
    writer = _Writer(triples, prefixes)
    body = "\n".join(writer.blocks())
    return writer.prolog(), body


def shorten(iri: str, prefixes: Mapping[str, str]) -> str:
    """Return ``prefix:local`` where the table allows it, else ``<iri>``."""
    best = ""
    for prefix, namespace in prefixes.items():
        if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
            candidate = f"{prefix}:{iri[len(namespace) :]}"
            if not best or (len(candidate), candidate) < (len(best), best):
                best = candidate
    return best or f"<{iri}>"


def quote(text: str) -> str:
    """Return a Turtle string on one line."""
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return _SHORT.get(char) or f"\\u{ord(char):04X}"


class _Writer:
    """Renders one graph; remembers which prefixes it used."""

    def __init__(self, triples: Iterable[ox.Triple], prefixes: Mapping[str, str]) -> None:
        self._prefixes = prefixes
        self._short: dict[str, str] = {}
        self._used: set[str] = set()
        self._of: dict[
            ox.NamedNode | ox.BlankNode, list[tuple[str, ox.NamedNode | ox.BlankNode | ox.Literal]]
        ]
        self._of = {}
        self._references: Counter[ox.BlankNode] = Counter()
        self._written: set[ox.BlankNode] = set()
        for triple in set(triples):
            subject, node = triple.subject, triple.object
            if isinstance(subject, ox.Triple) or isinstance(node, ox.Triple):
                raise ContentError("A triple term of RDF 1.2 cannot be written here.")
            self._of.setdefault(subject, []).append((triple.predicate.value, node))
            if isinstance(node, ox.BlankNode):
                self._references[node] += 1

    def prolog(self) -> str:
        """The prefix lines; complete once the blocks are written."""
        return "".join(f"@prefix {name}: <{self._prefixes[name]}> .\n" for name in sorted(self._used))

    def blocks(self) -> Iterator[str]:
        """One block a subject with an IRI; every blank node is written inside one of them."""
        subjects = sorted(node.value for node in self._of if isinstance(node, ox.NamedNode))
        for subject in subjects:
            lines = [f"{_INDENT}{line} ;\n" for line in self._statements(ox.NamedNode(subject))]
            yield f"{self._iri(subject)}\n{''.join(lines)}.\n"
        left = {node for node in self._of if isinstance(node, ox.BlankNode)} - self._written
        if left:
            raise ContentError(
                "A node without an IRI stands on its own: nothing with an IRI refers to it.",
                remedy="Give it an IRI.",
            )

    def _statements(self, subject: ox.NamedNode | ox.BlankNode) -> list[str]:
        rows = [
            (predicate != vocab.RDF_TYPE, predicate, self._key(node), self._term(node))
            for predicate, node in self._of.get(subject, ())
        ]
        return [
            f"{'a' if predicate == vocab.RDF_TYPE else self._iri(predicate)} {text}"
            for _, predicate, _, text in sorted(rows)
        ]

    def _key(self, node: ox.NamedNode | ox.BlankNode | ox.Literal) -> tuple[int, str, str, str]:
        if isinstance(node, ox.NamedNode):
            return (0, node.value, "", "")
        if isinstance(node, ox.Literal):
            return (1, node.value, node.language or "", node.datatype.value)
        return (2, "", "", "")  # told apart by its text, which comes next in the sort

    def _term(self, node: ox.NamedNode | ox.BlankNode | ox.Literal) -> str:
        if isinstance(node, ox.NamedNode):
            return "()" if node.value == vocab.RDF_NIL else self._iri(node.value)
        if isinstance(node, ox.Literal):
            return self._literal(node)
        return self._anonymous(node)

    def _iri(self, iri: str) -> str:
        short = self._short.get(iri)
        if short is None:
            short = self._short[iri] = shorten(iri, self._prefixes)
        if not short.startswith("<"):
            self._used.add(short.partition(":")[0])
        return short

    def _literal(self, node: ox.Literal) -> str:
        value, datatype = node.value, node.datatype.value
        if node.language:
            direction = f"--{node.direction.value}" if node.direction else ""
            return f"{quote(value)}@{node.language}{direction}"
        if datatype == vocab.XSD_STRING:
            return quote(value)
        if datatype == vocab.XSD_INTEGER and _INTEGER.fullmatch(value):
            return value
        if datatype == vocab.XSD_BOOLEAN and value in ("true", "false"):
            return value
        return f"{quote(value)}^^{self._iri(datatype)}"

    def _anonymous(self, node: ox.BlankNode) -> str:
        if self._references[node] > 1 or node in self._written:
            raise ContentError(
                "A node without an IRI is used in more than one place.", remedy="Give it an IRI."
            )
        self._written.add(node)
        items = self._list(node)
        if items is not None:
            return f"( {' '.join(items)} )"
        return f"[ {' ; '.join(self._statements(node))} ]" if node in self._of else "[]"

    def _list(self, node: ox.BlankNode) -> list[str] | None:
        """The rendered items of a well-formed list that starts here, else None."""
        items = []
        links: list[ox.BlankNode] = []
        link: ox.NamedNode | ox.BlankNode | ox.Literal = node
        while isinstance(link, ox.BlankNode):
            parts = dict(self._of.get(link, ()))
            if len(self._of.get(link, ())) != 2 or set(parts) != {vocab.RDF_FIRST, vocab.RDF_REST}:
                return None
            if link in links or self._references[link] > 1:
                return None
            links.append(link)
            items.append(parts[vocab.RDF_FIRST])
            link = parts[vocab.RDF_REST]
        if not isinstance(link, ox.NamedNode) or link.value != vocab.RDF_NIL:
            return None
        self._written.update(links)
        return [self._term(item) for item in items]


def _first(text: str, source: str, group: str, skip: int = 0) -> Place | None:
    """Place of the first token of a group past ``skip`` of them, in text that is known to be valid Turtle."""
    starts = (match.start() for match in _TOKEN.finditer(text) if match.lastgroup == group)
    start = next(islice(starts, skip, None), None)
    if start is None:
        return None
    return Place(source, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))


def _explain(error: SyntaxError, text: str, prefixes: Mapping[str, str], source: str) -> ContentError:
    """Turn the parser's words into plain ones."""
    line, column = error.lineno or 1, error.offset or 1
    said = re.sub(r"^Parser error .*?: ", "", error.msg, flags=re.DOTALL)
    place = Place(source, line, column)
    if found := re.fullmatch(r"The prefix (.*):? has not been declared", said, re.DOTALL):
        return _unknown_prefix(found.group(1).removesuffix(":"), prefixes, place)
    for pattern, message, remedy in _MEANINGS:
        if found := re.search(pattern, said, re.DOTALL):
            what = found.group(1) if found.groups() else ""
            return _fault(place, message.format(what), remedy)
    return _fault(place, f"The text is not Turtle: {said}.")


def _unknown_prefix(prefix: str, prefixes: Mapping[str, str], place: Place) -> ContentError:
    if prefix in ("http", "https", "urn", "mailto"):
        return _fault(place, "An IRI stands here without its angle brackets.", "Write it as <…>.")
    namespace = prefixes.get(prefix)
    remedy = (
        f"Add the line '@prefix {prefix}: <{namespace}> .' at the top."
        if namespace
        else f"Correct or add '@prefix {prefix}: <…> .' at the top and the prefix in ontology/prefixes.ttl."
    )
    return _fault(place, f"The prefix '{prefix}:' is not declared.", remedy)


# What pyoxigraph says, what it means, what to do.
_MEANINGS = (
    (
        r"A dot is expected at the end of statements",
        "A full stop or semicolon is missing before this.",
        "End each statement with ' ;' and each block with ' .'.",
    ),
    (
        r"^Unexpected end of file",
        "A text or IRI that begins here is never closed.",
        "Close it with the same quotation marks, or with '>'.",
    ),
    (
        r"^Line jumps are not allowed in string literals",
        "A text is not closed before the line ends here.",
        "Close it with '\"', or write line breaks in it as \\n.",
    ),
    (
        r"^Unexpected end$",
        "The file ends in the middle of a statement.",
        "End the last block with a full stop.",
    ),
    (r"^\. is not a valid RDF object", "The value is missing before this full stop.", None),
    (r"^(.*) is not a valid RDF object", "Found {0} where a value is expected.", None),
    (
        r"^(.*) is not a valid predicate",
        "Found {0} where a property is expected.",
        "A property is an IRI, a prefixed name or 'a'.",
    ),
    (
        r"^(.*) is not a valid subject or graph name",
        "Found {0} where a new block should begin with the IRI of a thing.",
        "Look for a missing or surplus full stop, semicolon or bracket just before.",
    ),
    (
        r"^No scheme found in an absolute IRI",
        "The IRI is relative, so it names nothing by itself.",
        "Write it in full, or with a prefix.",
    ),
    (r"^Invalid IRI code point '(.*)'", "The IRI holds a character that no IRI may hold: {0!r}.", None),
    (
        r"^Invalid IRI percent encoding '(.*)'",
        "The IRI holds a broken percent escape: {0}.",
        "Write '%' as '%25'.",
    ),
    (
        r"^Unexpected escape character '(.*)'",
        "The text holds an escape that Turtle does not know: {0}.",
        "Write a backslash as '\\\\'.",
    ),
    (r"language code|subtag", "The language tag is not well-formed.", "Write a tag such as @en."),
    (
        r"^'(.*)' is not allowed at the beginning of a prefix name",
        "Found {0}, which means nothing in Turtle.",
        None,
    ),
)
