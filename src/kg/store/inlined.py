"""What other servers have answered, written into the query in the place of its SERVICE clauses.

The engine does not know of other servers: for it, each clause is a table of values (SPARQL 1.1 Federated
Query section 4 makes them the same: the clause is a multiset of solutions to join with). Terms that no text
can hold come out of a function that knows them by number: blank nodes, which are those of one answer and no
other, and triples with blank nodes in them.
"""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pyoxigraph as ox

from kg.clauses import Service, unbound
from kg.errors import ServiceError
from kg.results import SOLUTION_FORMATS
from kg.sparql import Operation, is_iri

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Functions = dict[ox.NamedNode, Callable[..., Any]]

_RECALL = "urn:x-connectivity-kg:recall"


def inline(operation: Operation) -> tuple[Operation, Functions]:
    """Return the query with the answers in it, and the function that it calls; ServiceError."""
    if not operation.services:
        return operation, {}
    known: list[Term] = []
    parts: list[str] = []
    last = 0
    for service in operation.services:
        parts += [operation.text[last : service.start], _table(service, known)]
        last = service.end
    text = "".join([*parts, operation.text[last:]])
    return replace(operation, text=text, services=()), _recall(known)


def _table(service: Service, known: list[Term]) -> str:
    """The solutions of a clause as a pattern."""
    if service.found is None:
        return unbound(service.variables)
    before = len(known)
    try:
        found = ox.parse_query_results(io.BytesIO(service.found.body), SOLUTION_FORMATS[service.found.format])
        if not isinstance(found, ox.QuerySolutions):
            raise TypeError("it is no table of solutions")
        rows = [[solution[name] for name in _there(service, found)] for solution in found]
        return _written(_there(service, found), rows, known)
    except (SyntaxError, TypeError, ValueError, OSError, KeyError) as error:
        del known[before:]
        if service.silent:
            return unbound(service.variables)
        assert service.address
        why = " ".join(str(error).split())[:200].rstrip(".")
        raise ServiceError(
            f"The answer of the service at {service.address.origin} cannot be read: {why}.",
            remedy="Ask it yourself to see what it says; SERVICE SILENT goes on without it.",
        ) from error


def _there(service: Service, found: ox.QuerySolutions) -> list[str]:
    """The variables of an answer that its clause binds."""
    given = {variable.value for variable in found.variables}
    return [name for name in service.variables if name in given]


def _written(names: Sequence[str], rows: Iterable[Sequence[Term | None]], known: list[Term]) -> str:
    """A table as VALUES; where terms have to be recalled, within a SELECT that does."""
    nodes: dict[ox.BlankNode, ox.BlankNode] = {}
    hard: set[int] = set()
    lines = []
    for row in rows:
        cells = []
        for column, term in enumerate(row):
            own = term if term is None else _own(term, nodes)
            if own is None:
                cells.append("UNDEF")
            elif isinstance(own, ox.Literal) or (isinstance(own, ox.NamedNode) and is_iri(own.value)):
                cells.append(str(own))
            else:
                hard.add(column)
                cells.append(f'"{len(known)}"^^<{_RECALL}>')
                known.append(own)
        lines.append(f"({' '.join(cells)})")
    longer = "_" * (max(map(len, names), default=0) + 1)  # than any name, so that none is used twice
    heads = [f"?{longer}{at}" if at in hard else f"?{name}" for at, name in enumerate(names)]
    table = f"VALUES ({' '.join(heads)}) {{ {' '.join(lines)} }}"
    if not hard:
        return f"{{ {table} }}"
    binds = [f"BIND(<{_RECALL}>({heads[at]}) AS ?{names[at]})" for at in sorted(hard)]
    return f"{{ SELECT {' '.join('?' + name for name in names)} {{ {table} {' '.join(binds)} }} }}"


def _own(term: Term, nodes: dict[ox.BlankNode, ox.BlankNode]) -> Term:
    """The term with blank nodes that nobody else has."""
    if isinstance(term, ox.BlankNode):
        return nodes.setdefault(term, ox.BlankNode())
    if isinstance(term, ox.Triple):
        subject, value = _own(term.subject, nodes), _own(term.object, nodes)
        assert isinstance(subject, ox.NamedNode | ox.BlankNode)
        return ox.Triple(subject, term.predicate, value)
    return term


def _recall(known: Sequence[Term]) -> Functions:
    def recall(term: Term) -> Term:
        is_number = isinstance(term, ox.Literal) and term.datatype.value == _RECALL
        return known[int(term.value)] if is_number and isinstance(term, ox.Literal) else term

    return {ox.NamedNode(_RECALL): recall} if known else {}
