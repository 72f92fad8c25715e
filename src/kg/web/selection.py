"""A selection of things in SPARQL, as people read it: what is chosen by facets, and names of the things."""

import re
from collections.abc import Callable, Sequence

from kg.sparql import write_iri
from kg.web.aspects import KIND, PERIOD, SPACES, Aspect
from kg.web.site import Site


class Writer:
    """Writes selections as queries that people read; ``prefixes`` are those of the content."""

    def __init__(self, site: Site) -> None:
        """Take the prefixes, and how the unnamed graph is meant."""
        self._spaces = {**site.prefixes, **SPACES}
        self._names = sorted(self._spaces.items(), key=lambda item: (-len(item[1]), item[0]))
        self._site = site
        self._union = site.settings.default_graph == "union"
        self._graphs = 0

    def query(
        self,
        chosen: Sequence[tuple[Aspect, Sequence[str], str]],
        narrower: Callable[[str, Sequence[str]], Sequence[str]],
        carded: bool,
    ) -> str:
        """Return the query for a selection.

        ``chosen`` has an aspect, its values that are known, and what all are called; ``narrower`` gives all
        values that count as some, for a store whose paths do not go from graph to graph; ``carded`` says that
        only things with a card in the register count.
        """
        self._graphs = 0
        head = ["?thing", "(COALESCE(MIN(STR(?english)), MIN(STR(?other))) AS ?name)"]
        lines: list[str] = []
        if carded:
            head.append("(MIN(STR(?called)) AS ?kind)")
            lines += [
                "GRAPH graph:register { ?thing a ?card }",
                self._optional('?card rdfs:label ?called FILTER(LANG(?called) = "en")'),
            ]
        for aspect, values, told in chosen:
            lines += ["", f"# {aspect.title}: {' '.join(told.split())}"]
            lines += self._chosen(aspect, values, narrower)
        naming = "skos:prefLabel|rdfs:label|dcterms:title|foaf:name"
        lines += [
            "",
            self._optional(f'?thing {naming} ?english FILTER(LANG(?english) = "en")'),
            self._optional(f"?thing {naming} ?other"),
            self._optional('?thing dcterms:description ?line FILTER(LANG(?line) = "en")'),
        ]
        head.append("(MIN(STR(?line)) AS ?description)")
        body = "".join(f"  {line}\n" if line else "\n" for part in lines for line in part.split("\n"))
        shown = "\n       ".join(head)
        text = f"SELECT {shown}\nWHERE {{\n{body}}}\nGROUP BY ?thing\nORDER BY ?name ?thing\n"
        bare = re.sub(r"(?m)^\s*#.*$|<[^<>]*>|\"[^\"]*\"", "", text)
        used = [
            prefix for prefix in sorted(self._spaces) if re.search(rf"(?<![\w-]){re.escape(prefix)}:", bare)
        ]
        return "".join(f"PREFIX {name}: {write_iri(self._spaces[name])}\n" for name in used) + "\n" + text

    def _chosen(
        self,
        aspect: Aspect,
        values: Sequence[str],
        narrower: Callable[[str, Sequence[str]], Sequence[str]],
    ) -> list[str]:
        if not values:
            return ["FILTER(false)"]
        if aspect.name == PERIOD:
            listed = ", ".join(f'"{value[:3]}"' for value in values)
            return [
                self._by(aspect.ways, "?date"),
                f"FILTER(SUBSTR(STR(?date), 1, 3) IN ({listed}))",
            ]
        if aspect.broader and not self._union and aspect.name != KIND:
            values = narrower(aspect.name, values)
        terms = [self._term(value) for value in values]
        value, lines = terms[0], []
        if len(terms) > 1:
            value = "?class" if aspect.name == KIND else f"?{aspect.name}"
            lines = [f"VALUES {value} {{ {' '.join(terms)} }}"]
        if aspect.name == KIND:
            return [*lines, self._anywhere(f"?thing a {value}")]
        goal = value
        if aspect.broader and self._union:
            goal = f"?{aspect.name}Itself"
        first = self._by(aspect.ways, goal)
        if aspect.otherwise:
            having = "\n".join(self._anywhere(f"?thing {way} ?any") for way in aspect.ways)
            rest = f"{self._by(aspect.otherwise, goal)}\nFILTER NOT EXISTS {{ {having} }}"
            first = f"{{ {first} }}\nUNION {{\n{_indented(rest)}\n}}"
        lines.append(first)
        if goal != value:
            lines.append(f"{goal} {aspect.broader}* {value} .")
        return lines

    def _by(self, ways: Sequence[str], goal: str) -> str:
        """A pattern from ?thing to the goal by any of the ways."""
        if self._union:
            if len(ways) < 4:
                return f"?thing {'|'.join(ways)} {goal} ."
            listed = "\n  |".join(ways)
            return f"?thing\n  {listed}\n  {goal} ."
        parts = []
        for way in ways:
            found, at = [], "?thing"
            links = way.split("/")
            for place, link in enumerate(links):
                after = goal if place == len(links) - 1 else f"?by{place}"
                found.append(self._anywhere(f"{at} {link} {after}"))
                at = after
            parts.append("{ " + " ".join(found) + " }")
        return "\nUNION ".join(parts)

    def _anywhere(self, pattern: str) -> str:
        if self._union:
            return f"{pattern} ."
        self._graphs += 1
        return self._site.anywhere(pattern, f"graph{self._graphs}")

    def _optional(self, pattern: str) -> str:
        if self._union:
            return f"OPTIONAL {{ {pattern} }}"
        return f"OPTIONAL {self._anywhere(pattern)}"

    def _term(self, iri: str) -> str:
        for prefix, space in self._names:
            local = iri[len(space) :]
            if iri.startswith(space) and re.fullmatch(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?", local):
                return f"{prefix}:{local}"
        return write_iri(iri)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
