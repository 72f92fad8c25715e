"""Which statements an answer rests on: queries that find them, made from the query that was asked.

For each triple pattern of a WHERE clause there is one SELECT query for the statements that matched it in a
solution that the answer is made of. Solutions, not only patterns: a statement in a branch of UNION or an
OPTIONAL part counts only where that branch took part, and LIMIT, HAVING and the like hold as they do in the
answer. Property paths (SPARQL 1.1 section 9) are followed step by step. What is not traced is told in words.

The rows of an answer can be traced one by one: the queries then have the columns that tell rows apart, too,
and a solution counts for the row that shows the very same terms in them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from kg.patterns import Branch, Group, Path, Statement, Unread, Verbatim, closing, read_group, spelled
from kg.projection import Projection, read_projection
from kg.sparql import Operation, read_prologue
from kg.syntax import Token, significant

SUBJECT, PREDICATE, VALUE, GRAPH = "s", "p", "o", "g"
"""The names of the columns, each after ``Trace.own``; GRAPH is there where the query names a graph."""

MOST = 100
"""Triple patterns of a query that is traced; a path counts once for each property."""

_BATCH = 250
_BATCH_SIZE = 100_000
"""Rows that one query asks for, and characters that they take in it."""

_UNTOLD = {
    "SELECT": "What a subquery matched is not traced.",
    "EXISTS": "What is tested by EXISTS within an expression is not traced.",
    "NOT EXISTS": "That something is absent (NOT EXISTS, MINUS) is said by no passage.",
    "MINUS": "That something is absent (NOT EXISTS, MINUS) is said by no passage.",
}
_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_CUTTING = ("LIMIT", "OFFSET", "HAVING", "VALUES")


@dataclass(frozen=True)
class Trace:
    """Queries for the statements behind an answer, and what they do not find, in sentences.

    The columns of the queries are those above, with ``own`` before their names, and ``keys``: columns of the
    answer that tell its rows apart.
    """

    queries: tuple[str, ...]
    untold: tuple[str, ...]
    own: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """Rows of an answer to SELECT, with a term for each column as in N-Triples; None where nothing is bound.

    No term may be a blank node: it has no name that means the same in another query.
    """

    columns: tuple[str, ...]
    terms: Sequence[Sequence[str | None]]


@dataclass(frozen=True)
class _Site:
    """Where a triple pattern stands: what must be bound for it to have taken part, and the graph it names."""

    statement: Statement
    mark: str
    graph: str


def trace(operation: Operation, rows: Rows | None = None) -> Trace:
    """Return how to find the statements behind the answer to a query, or behind each of these rows of it."""
    try:
        return _Tracer(operation, rows).trace()
    except Unread as reason:
        return Trace((), (f"This query is not traced. {reason}",))


@dataclass
class _Parts:
    """A query in its parts, each as tokens; ``pattern`` has its braces."""

    head: Sequence[Token]
    pattern: Sequence[Token]
    modifiers: Sequence[Token]


class _Tracer:
    def __init__(self, operation: Operation, rows: Rows | None) -> None:
        if operation.volatile:
            raise Unread("It may answer otherwise each time.")
        if operation.kind == "describe":
            raise Unread("What DESCRIBE gives is chosen by the store.")
        if rows and operation.kind != "select":
            raise Unread("Only the rows of SELECT are traced one by one.")
        self.operation = operation
        tokens = significant(operation.source)
        _, start = read_prologue(tokens, operation.base)
        self.prologue = spelled(tokens[:start])
        self.parts = _parts(tokens[start:])
        self.own = next(name for name in ("kg_" * n for n in count(1)) if name not in operation.source)
        self.fresh = count(1)
        self.rows = rows
        self.shown = Projection((), "", (), is_grouped=False)
        if rows:
            self.shown = read_projection(self.parts.head, self.parts.modifiers, rows.columns)
        self.limits = self._joined() if rows else self._limits()
        self.binders: dict[str, int] = {}
        self.sites: list[_Site] = []
        self.untold: dict[str, None] = {}
        if any(token.word == "EXISTS" for token in (*self.parts.head, *self.parts.modifiers)):
            self.untold[_UNTOLD["EXISTS"]] = None

    def trace(self) -> Trace:
        group = read_group(self.parts.pattern, self.own)
        self.binders = _binders(group)
        batches = list(self.batches(_certain(group)))
        solutions = f"{self.limits} {self.written(group, '', '')}"
        queries = []
        for site in self.sites:
            for context, found in self.steps(
                site.statement.path, site.statement.subject, site.statement.value
            ):
                queries += [self.query(f"{given}{solutions}", site, context, found) for given in batches]
                if len(queries) > MOST * len(batches):
                    raise Unread(f"It has more than {MOST} triple patterns.")
        return Trace(tuple(queries), tuple(self.untold), self.own, self.shown.names)

    def batches(self, certain: set[str]) -> Iterator[str]:
        """What narrows the solutions down to the rows that are asked for, some of them at a time.

        By variables that every solution binds, as a join binds others; the keys tell the rest apart.
        """
        wanted = [name for name in self.shown.plain if f"?{name}" in certain]
        if not self.rows or not wanted:
            yield ""
            return
        places = [self.rows.columns.index(name) for name in wanted]
        head = f"VALUES ({' '.join(f'?{name}' for name in wanted)})"
        listed = dict.fromkeys(
            f"({' '.join(row[place] or 'UNDEF' for place in places)})" for row in self.rows.terms
        )
        part: list[str] = []
        for text in listed:
            part.append(text)
            if len(part) == _BATCH or sum(map(len, part)) > _BATCH_SIZE:
                yield f"{head} {{ {' '.join(part)} }} "
                part = []
        if part:
            yield f"{head} {{ {' '.join(part)} }} "

    def _joined(self) -> str:
        """The VALUES behind a query, which solutions are joined with; groups are told by their keys."""
        modifiers = self.parts.modifiers
        places = [place for place, token in enumerate(modifiers) if token.word == "VALUES"]
        return spelled(modifiers[places[0] :]) if places and not self.shown.is_grouped else ""

    def _limits(self) -> str:
        """The query as a subquery, where not every solution of its pattern goes into the answer."""
        if not any(token.word in _CUTTING for token in self.parts.modifiers):
            return ""
        head = spelled(_without_dataset(self.parts.head)) if self.operation.kind == "select" else "SELECT *"
        return f"{{ {head} WHERE {spelled(self.parts.pattern)} {spelled(self.parts.modifiers)} }}"

    # ---- the pattern, with marks

    def written(self, group: Group, mark: str, graph: str, *, binds: bool = False) -> str:
        """Write a group again; ``mark`` is a variable that is bound where it took part."""
        parts = [self.element(element, mark, graph) for element in group.elements]
        if binds:
            parts.append(f"BIND(1 AS {mark})")
        return f"{{ {' '.join(parts)} }}"

    def element(self, element: Statement | Verbatim | Branch, mark: str, graph: str) -> str:
        if isinstance(element, Statement):
            self.sites.append(_Site(element, mark, graph))
            return element.text
        if isinstance(element, Verbatim):
            if element.kind in _UNTOLD:
                self.untold[_UNTOLD[element.kind]] = None
            return element.text
        if element.kind == "GRAPH":
            return f"GRAPH {element.name} {self.written(element.groups[0], mark, element.name)}"
        if element.kind == "OPTIONAL":
            return f"OPTIONAL {self.marked(element.groups[0], graph)}"
        if len(element.groups) > 1:
            return " UNION ".join(self.marked(group, graph) for group in element.groups)
        return self.written(element.groups[0], mark, graph)

    def marked(self, group: Group, graph: str) -> str:
        """Write a group that may not take part, with a variable that shows it: one of its own if it can be.

        A BIND would do always, but keeps engines from choosing the order in which they join.
        """
        mine = _binders(group)
        own = sorted(name for name in _certain(group) if self.binders[name] == mine[name])
        if own and not self.limits:
            return self.written(group, own[0], graph)
        return self.written(group, self.name(), graph, binds=True)

    def name(self) -> str:
        return f"?{self.own}m{next(self.fresh)}"

    # ---- one query for each step of each pattern

    def query(self, solutions: str, site: _Site, context: str, found: Statement) -> str:
        predicate = _TYPE if found.path.text == "a" else found.path.text
        values = {SUBJECT: found.subject, PREDICATE: predicate, VALUE: found.value, GRAPH: site.graph}
        told = [f"({value} AS ?{self.own}{name})" for name, value in values.items() if value]
        columns = " ".join([self.shown.text, *told]).strip()
        more = f"GRAPH {site.graph} {{ {context} }}" if site.graph and context else context
        bound = f"FILTER(BOUND({site.mark}))" if site.mark else ""
        return f"{self.prologue} SELECT DISTINCT {columns} WHERE {{ {{ {solutions} {bound} }} {more} }}"

    def steps(self, path: Path, subject: str, value: str) -> Iterator[tuple[str, Statement]]:
        """The statements that a path is made of, each with the patterns that tie it to the path's ends."""
        if not path.kind:
            yield "", Statement(subject, path, value)
        elif path.kind == "^":
            yield from self.steps(path.parts[0], value, subject)
        elif path.kind == "|":
            for part in path.parts:
                yield from self.held(part, subject, value)
        elif path.kind == "/":
            ends = [subject, *(self.name() for _ in path.parts[1:]), value]
            whole = [
                Statement(start, part, end).text
                for part, start, end in zip(path.parts, ends, ends[1:], strict=False)
            ]
            for place, part in enumerate(path.parts):
                others = " ".join(whole[:place] + whole[place + 1 :])
                for context, found in self.held(part, ends[place], ends[place + 1]):
                    yield f"{others} {context}", found
        elif path.kind == "!":
            raise Unread("A path of all properties but some (!) is not traced.")
        elif path.kind == "?":
            yield from self.held(path.parts[0], subject, value)
        else:
            part = path.parts[0]
            start, end = self.name(), self.name()
            any_number = Path("*", f"({part.text}*)", (part,))
            ties = f"{Statement(subject, any_number, start).text} {Statement(end, any_number, value).text}"
            for context, found in self.held(part, start, end):
                yield f"{ties} {context}", found

    def held(self, path: Path, subject: str, value: str) -> Iterator[tuple[str, Statement]]:
        """The steps of a part of a path, which must hold itself; the pattern says so of the whole."""
        for context, found in self.steps(path, subject, value):
            yield f"{context} {found.text}", found


def _binders(group: Group) -> Counter[str]:
    """How many elements of a group, at any depth, may bind each variable."""
    found: Counter[str] = Counter()
    for element in group.elements:
        if isinstance(element, Branch):
            found.update(_variables(element.name))
            for inner in element.groups:
                found += _binders(inner)
        elif isinstance(element, Statement) or element.kind in ("BIND", "VALUES", "SELECT"):
            found.update(_variables(element.text))
    return found


def _certain(group: Group) -> set[str]:
    """Variables that are bound wherever the group takes part."""
    found: set[str] = set()
    for element in group.elements:
        if isinstance(element, Statement):
            found |= _variables(element.text)
        elif isinstance(element, Branch) and element.kind == "GRAPH":
            found |= _variables(element.name) | _certain(element.groups[0])
        elif isinstance(element, Branch) and element.kind == "UNION":
            found |= set.intersection(*map(_certain, element.groups))
    return found


def _variables(text: str) -> set[str]:
    return {f"?{token.text[1:]}" for token in significant(text) if token.kind == "var"}


def _parts(tokens: Sequence[Token]) -> _Parts:
    """Take a query apart that has no prologue any more; Unread."""
    at, templates = 0, tokens[0].word == "CONSTRUCT" and tokens[1:2] and tokens[1].text == "{"
    while at < len(tokens) and (tokens[at].text != "{" or tokens[at].kind != "punct" or templates):
        if tokens[at].kind == "punct" and tokens[at].text in ("(", "{"):
            templates = templates and tokens[at].text != "{"
            at = closing(tokens, at)
        at += 1
    if at >= len(tokens):
        raise Unread("It has no pattern.")
    end = closing(tokens, at) + 1
    head = tokens[: at - 1] if tokens[at - 1].word == "WHERE" else tokens[:at]
    return _Parts(head, tokens[at:end], tokens[end:])


def _without_dataset(head: Sequence[Token]) -> list[Token]:
    """The words before a pattern but FROM clauses, which no subquery may have."""
    kept: list[Token] = []
    skipping = False
    for token in head:
        if token.word in ("FROM", "NAMED") or (skipping and token.kind in ("iri", "pname")):
            skipping = token.word in ("FROM", "NAMED")
            continue
        kept.append(token)
    return kept
