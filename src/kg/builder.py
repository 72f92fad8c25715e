"""Queries made of choices: a class, conditions on its things, columns, and the SPARQL that they come to.

Whatever goes into a query was read before: IRIs, numbers, dates, and texts that are written as literals. One
row of an answer is one thing; the values of a column stand in one cell.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kg import vocab
from kg.conditions import (
    BETWEEN,
    CONTAINS,
    IS,
    MISSING,
    NUMBER,
    TEXT,
    THING,
    WIDER,
    Condition,
    Property,
    Selection,
)
from kg.results import write_term
from kg.sparql import write_iri

_NAMES = (vocab.SKOS_PREF_LABEL, vocab.RDFS_LABEL)
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")


@dataclass(frozen=True)
class Builder:
    """Writes queries: with these prefixes, names of values for comments, and names in this language.

    ``language`` is a tag of letters, as ``fr``, and goes before English. Without ``is_union`` the default
    graph of a query is not the merge of all.
    """

    prefixes: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    is_union: bool = True

    def query(self, selection: Selection, limit: int = 0, offset: int = 0) -> str:
        """The query itself, one row a thing, in the order of their names."""
        return _Query(self, selection).whole(limit, offset)

    def count(self, selection: Selection) -> str:
        """A query for the number of things, as ``?count``."""
        made = _Query(self, selection)
        return made.finished(
            [f"SELECT (COUNT(DISTINCT {made.thing}) AS ?count) WHERE {{", *made.conditions(), "}"]
        )

    def values(self, selection: Selection, property: Property, most: int) -> str:
        """A query for each ``?value`` of a property, and those above: how many ``?things`` have it."""
        made = _Query(self, selection)
        met = made.anywhere(made.triple(property, "?narrow"))
        above = "|".join(map(made.iri, WIDER))
        return made.finished(
            [
                f"SELECT ?value (COUNT(DISTINCT {made.thing}) AS ?things) WHERE {{",
                *made.conditions(),
                f"  {met}",
                f"  {made.anywhere(f'?narrow ({above})* ?value')}",
                "  FILTER(isIRI(?value))",
                f"}} GROUP BY ?value ORDER BY DESC(?things) ?value LIMIT {most}",
            ]
        )


class _Query:
    """One query that is being written."""

    def __init__(self, builder: Builder, selection: Selection) -> None:
        self.builder = builder
        self.selection = selection
        self._used: set[str] = set()
        self._taken: set[str] = {"?name", "?count", "?value", "?things", "?narrow", "?saidBy"}
        self._graphs = 0
        self.thing = self.variable(selection.kind.name, "thing")

    # ---- small parts

    def variable(self, name: str, otherwise: str = "value") -> str:
        """A new variable that is called after something."""
        words = re.findall(r"[A-Za-z0-9]+", name)
        made = "".join(word.lower() if not place else word.capitalize() for place, word in enumerate(words))
        plain = f"?{made if made and made[0].isalpha() else otherwise}"
        found, number = plain, 1
        while found in self._taken:
            number += 1
            found = f"{plain}{number}"
        self._taken.add(found)
        return found

    def iri(self, iri: str) -> str:
        """An IRI, by a prefix where there is one."""
        fitting = [
            (len(space), prefix)
            for prefix, space in self.builder.prefixes.items()
            if iri.startswith(space) and _LOCAL.fullmatch(iri[len(space) :])
        ]
        if not fitting:
            return write_iri(iri)
        length, prefix = max(fitting)
        self._used.add(prefix)
        return f"{prefix}:{iri[length:]}"

    def anywhere(self, pattern: str) -> str:
        """A pattern that is matched in the dataset as a whole."""
        if self.builder.is_union:
            return f"{pattern} ."
        self._graphs += 1
        return f"{{ {{ {pattern} }} UNION {{ GRAPH ?graph{self._graphs} {{ {pattern} }} }} }}"

    def triple(self, property: Property, value: str) -> str:
        """A thing with a value, whichever end it stands at."""
        iri = self.iri(property.iri)
        return f"{value} {iri} {self.thing}" if property.is_inverse else f"{self.thing} {iri} {value}"

    def finished(self, lines: Sequence[str]) -> str:
        """The lines below the prefixes that they use."""
        table = self.builder.prefixes
        head = [f"PREFIX {prefix}: {write_iri(table[prefix])}" for prefix in sorted(self._used)]
        return "\n".join([*self._told(), *head, *[""][: len(head)], *lines]) + "\n"

    def _told(self) -> Iterator[str]:
        yield comment(self.selection.kind.plural)
        for item in self.selection.conditions:
            yield comment(f"{item.property.name}: {item.words(self.builder.names)}", 3)

    # ---- conditions

    def conditions(self) -> list[str]:
        """The group of patterns that things must match."""
        lines = [f"  {self.anywhere(f'{self.thing} a {self.iri(self.selection.kind.iri)}')}"]
        for item in self.selection.conditions:
            lines += ["", f"  {comment(f'{item.property.name}: {item.words(self.builder.names)}')}"]
            lines += [f"  {line}" for line in self._condition(item)]
        return lines

    def _condition(self, item: Condition) -> list[str]:
        value = self.variable(item.property.name)
        met = self.anywhere(self.triple(item.property, value))
        if item.how == MISSING:
            return [f"FILTER NOT EXISTS {{ {met} }}"]
        return [met, *self._limits(item, value)]

    def _limits(self, item: Condition, value: str) -> list[str]:
        """What a value must be beside being there."""
        if item.how == IS:
            wanted = self.variable("wanted")
            above = "|".join(map(self.iri, WIDER))
            listed = [f"  {self.iri(iri)} {self._named(iri)}".rstrip() for iri in item.values]
            wider = self.anywhere(f"{value} ({above})* {wanted}")
            return [f"VALUES {wanted} {{", *listed, "}", f"{wider} {comment('itself, or what is within it')}"]
        if item.how == CONTAINS:
            text = write_term({"type": "literal", "value": item.text.lower()})
            return [f"FILTER(CONTAINS(LCASE(STR({value})), {text}))"]
        if item.how == BETWEEN:
            return [
                f"FILTER({test})"
                for end, sign in ((item.low, ">="), (item.high, "<="))
                if end
                for test in [_compared(item.property.kind, value, end, sign)]
            ]
        return []

    def _named(self, iri: str) -> str:
        name = self.builder.names.get(iri, "")
        return comment(name) if name else ""

    # ---- columns

    def whole(self, limit: int, offset: int) -> str:
        """All of the query."""
        chosen = self.selection
        columns = [(item, self.variable(item.name)) for item in chosen.columns]
        told = [shown for _, shown in columns] + (["?saidBy"] if chosen.cites else [])
        lines = [f"SELECT DISTINCT {' '.join([self.thing, '?name', *told])} WHERE {{", *self.conditions()]
        lines += ["", *self._title()]
        for item, shown in columns:
            lines += ["", f"  {comment(item.name)}", *self._column(item, shown)]
        if chosen.cites:
            lines += ["", f"  {comment('who says so')}", *self._sources()]
        lines += ["}", f"ORDER BY LCASE(?name) {self.thing}"]
        lines += [f"LIMIT {limit:d}"] * (limit > 0) + [f"OFFSET {offset:d}"] * (offset > 0)
        return self.finished(lines)

    def _title(self) -> list[str]:
        called = self.variable("label")
        return [
            f"  {comment('what they are called')}",
            f"  {{ SELECT {self.thing} (MIN({called}) AS ?name) WHERE {{",
            f"      {self.anywhere(f'{self.thing} a {self.iri(self.selection.kind.iri)}')}",
            *self._name(self.thing, called, "      "),
            f"  }} GROUP BY {self.thing} }}",
        ]

    def _name(self, thing: str, shown: str, indent: str) -> list[str]:
        """What a thing is called, or else its address; a literal stands for itself."""
        languages = [tag for tag in (self.builder.language, "en") if tag]
        lines, found = [], []
        for tag in dict.fromkeys(languages):
            called = self.variable("label")
            pattern = self.anywhere(f"{thing} {'|'.join(map(self.iri, _NAMES))} {called}")
            fits = f'LANG({called}) IN ("en", "")' if tag == "en" else f'LANG({called}) = "{tag}"'
            lines.append(f"{indent}OPTIONAL {{ {pattern} FILTER({fits}) }}")
            found.append(called)
        return [*lines, f"{indent}BIND(COALESCE({', '.join(found)}, STR({thing})) AS {shown})"]

    def _column(self, item: Property, shown: str) -> list[str]:
        value, text = self.variable("value"), self.variable("text")
        lines = [f"      {self.anywhere(self.triple(item, value))}"]
        if item.kind == THING:
            lines += self._name(value, text, "      ")
        else:
            spoken = ", ".join(f'"{tag}"' for tag in dict.fromkeys(["", "en", self.builder.language]))
            lines += [f"      FILTER(isIRI({value}) || LANG({value}) IN ({spoken}))"] * (item.kind == TEXT)
            lines += [f"      BIND(STR({value}) AS {text})"]
        return self._gathered(shown, text, lines)

    def _sources(self) -> list[str]:
        """Whoever states what the columns and conditions rest on."""
        value, source = self.variable("value"), "?source"
        columns = {item.key for item in self.selection.columns}
        stated: list[tuple[Property, list[str]]] = [(item, []) for item in self.selection.columns]
        for item in self.selection.conditions:
            if item.how != MISSING and item.property.key not in columns:
                stated.append((item.property, self._limits(item, value)))
        branches = []
        for property, limits in stated:
            triple = self.triple(property, value)
            place = f"GRAPH {source} {{ {triple} }}"
            if property.is_derived:
                place = self._recorded(property, value, source)
            branches.append([place, *limits])
        if not branches:
            branches = [[f"GRAPH {source} {{ {self.thing} ?stated {value} }}"]]
        branches = [["      {", *(f"        {line}" for line in one), "      }"] for one in branches]
        lines = [line for place, one in enumerate(branches) for line in (["      UNION"] * (place > 0) + one)]
        number, text = self.variable("printed number"), self.variable("text")
        called = self.variable("source name")
        printed = self.anywhere(f"{source} {self.iri(vocab.PRINTED_NUMBER)} {number}")
        machinery = ", ".join(map(self.iri, vocab.MACHINERY))
        lines += [
            f"      FILTER({source} NOT IN ({machinery}))",
            *self._name(source, called, "      "),
            f"      OPTIONAL {{ {printed} }}",
            f'      BIND(CONCAT({called}, COALESCE(CONCAT(" [", STR({number}), "]"), "")) AS {text})',
        ]
        return self._gathered("?saidBy", text, lines)

    def _recorded(self, property: Property, value: str, source: str) -> str:
        subject, predicate, target, origin = map(
            self.iri, (vocab.RDF_SUBJECT, vocab.RDF_PREDICATE, vocab.RDF_OBJECT, vocab.PROV_DERIVED_FROM)
        )
        record = self.variable("record")
        return self.anywhere(
            f"{record} {subject} {self.thing} ; {predicate} {self.iri(property.iri)} ; "
            f"{target} {value} ; {origin} {source}"
        )

    def _gathered(self, shown: str, text: str, lines: Sequence[str]) -> list[str]:
        return [
            "  OPTIONAL {",
            f'    SELECT {self.thing} (GROUP_CONCAT({text}; SEPARATOR="; ") AS {shown}) WHERE {{',
            f"      {{ SELECT DISTINCT {self.thing} {text} WHERE {{",
            *(f"    {line}" for line in lines),
            f"      }} ORDER BY {text} }}",
            f"    }} GROUP BY {self.thing}",
            "  }",
        ]


def _compared(kind: str, value: str, end: str, sign: str) -> str:
    """A test against one end; of a date and an end only what both are precise about is compared."""
    if kind == NUMBER:
        return f"{value} {sign} {end}"
    known = f'"{end}"' if len(end) == 4 else f'SUBSTR("{end}", 1, STRLEN(STR({value})))'
    return f"SUBSTR(STR({value}), 1, {len(end)}) {sign} {known}"


def comment(text: str, indent: int = 1) -> str:
    """A text as a comment of one line, whatever it holds: a code point escape could end the line, too."""
    plain = "".join(c if c.isprintable() and c != "\\" else " " for c in text)
    return "#" + " " * indent + " ".join(plain.split())
