"""A SPARQL update request as it arrives: its operations, its dataset, and whether it may be run.

Engines run an update as it stands and know nothing of the protocol's ``using-graph-uri`` and
``using-named-graph-uri`` (SPARQL 1.1 Protocol section 2.2.3), so these are written into the text as USING
clauses. LOAD is refused, for it reaches out; ``LOAD SILENT`` is a load that fails silently (SPARQL 1.1
Update section 3.1.4) and becomes an update of nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg import guards
from kg.errors import Forbidden, QueryError
from kg.sparql import UPDATES, Prologue, is_iri, read_prologue, refuse_nul, refuse_relative
from kg.syntax import FORMS, Token, decode, engine_form, for_engine, quoted, tokens

_NO_LOAD = "LOAD is not allowed: this server fetches nothing from other addresses."
_REMEDY = "Send SPARQL 1.1 Update here, and queries to /sparql."


@dataclass(frozen=True)
class Update:
    """One update request, ready for a store: ``text`` goes to the engine, ``source`` is what was sent."""

    text: str
    source: str
    base: str | None = None

    @classmethod
    def parse(
        cls,
        text: str,
        using: Sequence[str] = (),
        using_named: Sequence[str] = (),
        base: str | None = None,
    ) -> "Update":
        """Judge the text as far as it can be judged without a grammar; QueryError or Forbidden."""
        refuse_nul(text, "update")
        found = guards.read(text)
        guards.check(text, found)
        _refuse_load(guards.decoded(text) if "\\" in text else found)
        refuse_relative((*using, *using_named), "using-graph-uri and using-named-graph-uri")
        clauses = "".join(
            [*(f" USING <{iri}>" for iri in using), *(f" USING NAMED <{iri}>" for iri in using_named)]
        )
        changes: dict[int, str] = {}
        declared = Prologue(base, {})
        moved, read = "", 0
        for number, operation in enumerate(_operations(found)):
            prologue, head = read_prologue(operation, declared.base)
            body = operation[head:]
            _refuse_two_meanings(found[:read], declared, prologue)
            declared = Prologue(prologue.base, {**declared.prefixes, **prologue.prefixes})
            read += len(operation) + 1
            if number and head:
                # A prologue before a later operation (rule 29 of the grammar): the engine reads none there.
                moved += "".join(f"{engine_form(token)} " for token in operation[:head])
                changes |= {token.start: "" for token in operation[:head]}
            if body and body[0].word in FORMS:
                raise QueryError(
                    f"{body[0].word} is a query, and this address takes updates.", remedy=_REMEDY
                )
            if body and body[0].word == "LOAD":
                changes |= _load_of_nothing(body)
            elif body and clauses:
                changes |= _with_dataset(body, text, clauses)
        return cls(moved + _rewritten(text, changes), moved + text if moved else text, base)


def _refuse_two_meanings(earlier: Sequence[Token], declared: Prologue, found: Prologue) -> None:
    """Refuse a prologue that would give what stands before it another meaning, since it is moved there."""
    changed = [name for name, iri in found.prefixes.items() if declared.prefixes.get(name, iri) != iri]
    relative = any(token.kind == "iri" and not is_iri(decode(token.text[1:-1])) for token in earlier)
    if changed or (found.base != declared.base and relative):
        what = f"prefix “{changed[0][:60]}:”" if changed else "BASE"
        raise QueryError(
            f"The {what} has two meanings in this update.", remedy="Send the operations one by one."
        )


def _operations(found: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Cut the request at the semicolons between its operations."""
    depth = begin = 0
    for index, token in enumerate(found):
        if token.kind != "punct":
            continue
        depth += (token.text[0] == "{") - (token.text[-1] == "}")
        if token.text == ";" and depth == 0:
            yield found[begin:index]
            begin = index + 1
    yield found[begin:]


# What a prefixed name may follow outside braces.
_BEFORE_NAMES = {"PREFIX", "GRAPH", "INTO", "TO", "WITH", "USING", "NAMED", "SILENT", "ADD", "COPY", "MOVE"}


def _refuse_load(found: Sequence[Token]) -> None:
    """Refuse LOAD wherever an engine could read it, also run together with its neighbours."""
    depth = 0
    for index, token in enumerate(found):
        if token.kind == "punct":
            depth += (token.text[0] == "{") - (token.text[-1] == "}")
        before = found[index - 1].word if index else ""
        name = token.kind == "pname" and before not in _BEFORE_NAMES
        loads = "LOAD" in (token.text.upper().partition(":")[0] if name else token.word)
        silent = token.word == "LOAD" and [item.word for item in found[index + 1 : index + 2]] == ["SILENT"]
        if depth == 0 and loads and not silent:
            raise Forbidden(_NO_LOAD, remedy="Send the data themselves, by INSERT DATA or to /graphs.")


def _load_of_nothing(body: Sequence[Token]) -> dict[int, str]:
    """Put an update of nothing in the place of LOAD SILENT."""
    words = [token.word or token.kind for token in body]
    source, target = words[2:3], words[5:]
    names = (["iri"], ["pname"])
    if source not in names or (words[3:] and (words[3:5] != ["INTO", "GRAPH"] or target not in names)):
        raise Forbidden(_NO_LOAD, remedy="Write it as LOAD SILENT <address> INTO GRAPH <name>.")
    return {body[0].start: "INSERT DATA {}", **{token.start: "" for token in body[1:]}}


_MANAGING = UPDATES - {"WITH", "INSERT", "DELETE"}
_WORDS = {"WITH", "INSERT", "DELETE", "DATA", "WHERE", "USING", "NAMED"}


def _with_dataset(body: Sequence[Token], text: str, clauses: str) -> dict[int, str]:
    """Write the dataset of the protocol into an operation that reads one."""
    if body[0].word in _MANAGING or [token.word for token in body[1:2]] == ["DATA"]:
        return {}
    depth = 0
    where: Token | None = None
    for token in body:
        if depth == 0 and token.kind in ("word", "pname") and token.word not in _WORDS:
            raise QueryError(
                f"{quoted(token.text)} runs words together, and the request names the graphs to use.",
                remedy="Put a space between the words.",
            )
        if token.kind == "punct":
            depth += (token.text[0] == "{") - (token.text[-1] == "}")
        elif depth == 0 and token.word in ("WITH", "USING"):
            raise QueryError(
                f"The update has {token.word} and the request names the graphs to use, too.",
                remedy="Use either the clauses or the parameters using-graph-uri and using-named-graph-uri.",
            )
        elif depth == 0 and token.word == "WHERE":
            where = where or token
    if where is None:
        return {}
    if where is body[1]:  # DELETE WHERE has no room for USING: its pattern is the template, too
        pattern = text[body[2].start : body[-1].start + len(body[-1].text)] if len(body) > 2 else ""
        return {where.start: f"{for_engine(pattern)}{clauses} WHERE"}
    return {where.start: f"{clauses} WHERE"}


def _rewritten(text: str, changes: dict[int, str]) -> str:
    return "".join(
        changes[token.start]
        if token.start in changes and token.kind not in ("space", "comment")
        else engine_form(token)
        for token in tokens(text)
    )
