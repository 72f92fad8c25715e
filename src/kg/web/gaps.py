"""/gaps: what no source that was read says, and what the record lacks; the worklist of curators.

A property is expected of a class when its shape allows it without demanding it (``sh:minCount``, SHACL
section 4.2.1) and at least half of the things of the class have it, or a question tagged ``gaps`` asks for
it. What has no such property is a gap.
"""

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from kg import vocab
from kg.directives import Question
from kg.errors import NotAcceptable, QueryError
from kg.media import HTML, negotiate
from kg.shapebook import Chapter, Rule
from kg.sparql import write_iri
from kg.web import body
from kg.web.asked import accepted, charge, kept_page, languages, site_of
from kg.web.html import Links, render
from kg.web.rules import SPACE, shapes_of
from kg.web.site import Site

PATH = "/gaps"
LISTED = 60
"""Things that a gap lists while all classes are shown; the files hold all of them."""
MOST = 1_000
"""Things that a gap lists when one class is chosen."""

_TAG = "gaps"
# Whoever has none of these lacks nothing.
_NO_LACK = (
    *(f"http://www.w3.org/2004/02/skos/core#{name}" for name in ("altLabel", "notation")),
    *(vocab.DCTERMS + name for name in ("isReplacedBy", "title")),
    *(vocab.CONN + name for name in ("editorialNote", "countQualifier")),
)


@dataclass(frozen=True)
class Expected:
    """A property that a class may be expected to have; how many of its things have it, of how many."""

    target: str
    rule: Rule
    having: int
    things: int

    @property
    def lacking(self) -> int:
        """How many do not have it."""
        return self.things - self.having


@dataclass(frozen=True)
class Gap:
    """A gap as the page shows it; ``says`` tells whether it is for sources to fill, or for the record."""

    anchor: str
    kind: str
    property: str
    href: str
    rule: str
    remedy: str
    says: bool
    lacking: int
    things: int
    listed: Sequence[tuple[str, str]]
    query: str
    files: Sequence[tuple[str, str]]


async def get(request: Request) -> Response:
    """List what is missing; QueryError for a class that lacks nothing."""
    charge(request)
    if negotiate(accepted(request), (HTML,)) is None:
        raise NotAcceptable(
            "The worklist comes as text/html only.", remedy="Its links lead to each gap as CSV or JSON."
        )
    site, wanted = site_of(request), languages(request)[:5]
    pairs = body.pairs(request.scope["query_string"])
    chosen = next((value for key, value in pairs if key == "class" and value), "")
    return await kept_page(request, ("gaps", chosen, *wanted), lambda: _page(site, chosen, wanted))


async def _page(site: Site, chosen: str, wanted: Sequence[str]) -> bytes:
    chapters = await asyncio.to_thread(lambda: shapes_of(site).chapters())
    found = [item for item in await _expected(site, chapters) if item.lacking]
    names = {chapter.target: chapter.label for chapter in chapters}
    kinds = {iri: _local(iri) for iri in dict.fromkeys(item.target for item in found)}
    if chosen and chosen not in kinds.values():
        raise QueryError(
            f"There is no worklist for the class {chosen[:80]!r}.",
            remedy=f"Classes with gaps are: {', '.join(sorted(kinds.values()))}."
            if kinds
            else "None has gaps.",
        )
    labels = await site.labels([*kinds, *(item.rule.path for item in found)], wanted)
    stated = await _stated(site, found)
    shown = [item for item in found if chosen in ("", kinds[item.target])]
    sections: dict[str, list[Gap]] = {}
    for item in shown:
        name = labels.get(item.target, names[item.target])
        gap = await _gap(site, item, name, stated, MOST if chosen else LISTED, wanted)
        sections.setdefault(item.rule.section, []).append(gap)
    return render(
        "gaps.html",
        site.settings,
        sections=sections,
        kinds=[
            (
                kinds[iri],
                labels.get(iri, names[iri]),
                sum(item.lacking for item in found if item.target == iri),
            )
            for iri in sorted(kinds, key=lambda iri: labels.get(iri, names[iri]).casefold())
        ],
        chosen=chosen,
        total=sum(item.lacking for item in shown),
        questions=[item for item in site.questions if _TAG in item.tags],
    ).encode()


async def _expected(site: Site, chapters: Sequence[Chapter]) -> list[Expected]:
    """What each class of things is expected to have, in the order of the shapes; most lacking first."""
    registered = await site.rows(
        f"SELECT DISTINCT ?class WHERE {{ GRAPH <{vocab.REGISTER}> {{ ?s a ?class }} }}"
    )
    cards = {row["class"]["value"] for row in registered} | {vocab.PASSAGE_CLASS}
    targets = [chapter.target for chapter in chapters if chapter.target in cards]
    if not targets:
        return []
    listed = " ".join(map(write_iri, targets))
    given = f"VALUES ?class {{ {listed} }} {site.anywhere('?s a ?class', 'typeGraph')}"
    whole, having = await asyncio.gather(
        site.rows(f"SELECT ?class (COUNT(DISTINCT ?s) AS ?n) WHERE {{ {given} }} GROUP BY ?class"),
        site.rows(
            f"SELECT ?class ?p (COUNT(DISTINCT ?s) AS ?n) WHERE {{ {given} {site.anywhere('?s ?p ?o')} }} "
            "GROUP BY ?class ?p"
        ),
    )
    things = {row["class"]["value"]: int(row["n"]["value"]) for row in whole}
    counts = {(row["class"]["value"], row["p"]["value"]): int(row["n"]["value"]) for row in having}
    asked = _asked(site.questions, site.prefixes)
    found = [
        Expected(chapter.target, rule, counts.get((chapter.target, rule.path), 0), things[chapter.target])
        for chapter in chapters
        if chapter.target in things
        for rule in chapter.rules
        if _may_lack(site, rule)
    ]
    kept = [
        item for item in found if 2 * item.having >= item.things or (item.target, item.rule.path) in asked
    ]
    order = {section: place for place, section in enumerate(_sections(chapters))}
    return sorted(kept, key=lambda item: (order[item.rule.section], -item.lacking, item.target))


def _may_lack(site: Site, rule: Rule) -> bool:
    """Whether someone could add the property: it is neither demanded nor derived, and can be missed."""
    derived = site.forms.current_of.values()
    return bool(rule.path) and not rule.is_required and rule.path not in (*_NO_LACK, *derived)


def _sections(chapters: Iterable[Chapter]) -> list[str]:
    """The sections that rules stand in, in the order of the shapes."""
    ordered = sorted((rule.section_order, rule.section) for chapter in chapters for rule in chapter.rules)
    return list(dict.fromkeys(section for _, section in ordered))


def _asked(questions: Sequence[Question], prefixes: Mapping[str, str]) -> Collection[tuple[str, str]]:
    """The classes and properties that questions tagged gaps speak of together."""
    found = set()
    for question in questions:
        if _TAG not in question.tags:
            continue
        classes = re.findall(r"\ba\s+(\w+):(\w+)", question.query)
        terms = re.findall(r"\b(\w+):(\w+)", question.query)
        found |= {
            (prefixes[space] + kind, prefixes[prefix] + name)
            for space, kind in classes
            for prefix, name in terms
            if space in prefixes and prefix in prefixes
        }
    return found


async def _stated(site: Site, items: Iterable[Expected]) -> Collection[str]:
    """Those of the properties that sources state of other things than themselves."""
    listed = " ".join(dict.fromkeys(write_iri(item.rule.path) for item in items))
    machinery = ", ".join(map(write_iri, (*vocab.MACHINERY, vocab.REFERENCE, vocab.LINKS)))
    whole = site.anywhere(f"?g <{vocab.DCTERMS_IS_PART_OF}> ?s", "partGraph")
    rows = await site.rows(
        f"SELECT DISTINCT ?p WHERE {{ VALUES ?p {{ {listed} }} GRAPH ?g {{ ?s ?p ?o }} "
        f"FILTER(?g NOT IN ({machinery}) && ?g != ?s) FILTER NOT EXISTS {whole} }}"
    )
    return {row["p"]["value"] for row in rows}


async def _gap(
    site: Site, item: Expected, kind: str, stated: Collection[str], most: int, wanted: Sequence[str]
) -> Gap:
    links = Links(site.settings)
    pattern, name = _lacking(site, item), _local(item.rule.path)
    rows = await site.rows(f"SELECT DISTINCT ?thing WHERE {{ {pattern} }} ORDER BY ?thing LIMIT {most}")
    things = [row["thing"]["value"] for row in rows if row["thing"]["type"] == "uri"]
    labels = await site.labels(things, wanted)
    named = site.anywhere(f"?thing <{vocab.SKOS_PREF_LABEL}> ?name", "nameGraph")
    query = (
        f"SELECT DISTINCT ?thing ?name WHERE {{\n  {pattern}\n"
        f'  OPTIONAL {{ {named} FILTER(LANG(?name) = "en") }}\n}}\nORDER BY ?name ?thing\n'
    )
    listed = sorted(((labels.get(iri, iri), links.thing(iri)) for iri in things), key=_first)
    return Gap(
        f"{_local(item.target)}-{name}",
        kind,
        item.rule.name,
        links.thing(item.rule.path),
        f"{links.to('/shapes')}#{item.rule.shape.removeprefix(SPACE).partition('-')[0]}",
        item.rule.message,
        item.rule.path in stated,
        item.lacking,
        item.things,
        listed,
        links.query(query),
        [(label, links.query(query, [("format", label.lower())])) for label in ("CSV", "JSON", "XLSX")],
    )


def _first(pair: tuple[str, str]) -> str:
    return pair[0].casefold()


def _lacking(site: Site, item: Expected) -> str:
    """The pattern of things of the class that do not have the property."""
    typed = site.anywhere(f"?thing a {write_iri(item.target)}", "typeGraph")
    having = site.anywhere(f"?thing {write_iri(item.rule.path)} ?any", "statingGraph")
    return f"{typed}\n  FILTER NOT EXISTS {having}"


def _local(iri: str) -> str:
    return iri.rstrip("/#").rpartition("#")[2].rpartition("/")[2]
