"""Sources as the foot of a page lists them: numbered passages, each with the document it is a part of."""

from collections.abc import Sequence
from dataclasses import dataclass

from kg import vocab
from kg.web.facts import sources
from kg.web.html import Links, outward
from kg.web.site import Site


@dataclass(frozen=True)
class Passage:
    """A source as the foot of the page lists it."""

    number: int
    iri: str
    label: str
    href: str
    whole: str
    whole_href: str
    stated: str
    original: str | None


async def number_passages(site: Site, graphs: Sequence[str], wanted: Sequence[str]) -> dict[str, Passage]:
    """Return the sources by IRI, numbered in the order one reads them in, for a reader of these languages."""
    listed = list(dict.fromkeys(graphs))
    facts: dict[tuple[str, str], str] = {}
    for fact in await sources(site, listed) if listed else ():
        facts.setdefault((str(fact.subject["value"]), fact.predicate), str(fact.value["value"]))
    wholes = {graph: facts.get((graph, vocab.DCTERMS_IS_PART_OF), graph) for graph in listed}
    labels = await site.labels([*listed, *wholes.values()], wanted)
    links = Links(site.settings)

    def place(graph: str) -> tuple[str, int, str]:
        position = facts.get((graph, vocab.POSITION), "")
        return wholes[graph], int(position) if position.isdecimal() else 0, graph

    found = {}
    for number, graph in enumerate(sorted(listed, key=place), 1):
        whole = wholes[graph]
        original = facts.get((whole, "https://schema.org/url"), "")
        stated = facts.get((graph, vocab.STATED_AS_OF)) or facts.get((whole, vocab.STATED_AS_OF), "")
        found[graph] = Passage(
            number,
            graph,
            labels.get(graph, graph),
            links.thing(graph),
            labels.get(whole, whole) if whole != graph else "",
            links.thing(whole),
            stated,
            outward(original) if original else None,
        )
    return found
