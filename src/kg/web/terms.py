"""/ontology: the vocabulary, as RDF or as a page on which every term has its place, use and questions."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from kg import jsonld, vocab
from kg.media import GRAPH_FORMATS, HTML, JSONLD
from kg.store import ReadGraph
from kg.web import body
from kg.web.asked import answer, charge, choose, formats_of, languages, site_of, terms_of
from kg.web.dossier import names_in
from kg.web.facts import about_all
from kg.web.html import Cell, Links, cell, render
from kg.web.reply import VARY, is_known, not_modified, whole
from kg.web.site import Site, Term

CONTEXT = "/" + jsonld.CONTEXT.removeprefix(vocab.BASE)
_ENDINGS = {row.extension: row for row in (*GRAPH_FORMATS, HTML)}
_OWL = "http://www.w3.org/2002/07/owl#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_SCHEMA = "https://schema.org/"
_KINDS = (
    ("Classes", (_OWL + "Class",)),
    ("Properties", (_OWL + "ObjectProperty", _OWL + "DatatypeProperty")),
)
_WORDS = (
    ("used of", _SCHEMA + "domainIncludes"),
    ("has as value", _SCHEMA + "rangeIncludes"),
    ("is a", vocab.RDFS_SUBCLASS_OF),
    ("current value of", vocab.CURRENT_VALUE_OF),
)


@dataclass
class Word:
    """A term of the vocabulary as the page shows it."""

    name: str
    label: str
    definition: str
    notes: list[str] = field(default_factory=list)
    facts: list[tuple[str, list[Cell]]] = field(default_factory=list)
    is_time_bound: bool = False
    uses: int = 0
    questions: list[tuple[str, str]] = field(default_factory=list)


async def get(request: Request) -> Response:
    """Give the vocabulary; ``/ontology.ttl`` and the like name the format."""
    charge(request)
    site = site_of(request)
    ending = request.path_params.get("ending", "")
    pairs = body.pairs(request.scope["query_string"])
    names = formats_of(pairs)
    if ending:
        names = [_ENDINGS[ending].name if ending in _ENDINGS else ending]
    chosen = choose(request, names, (*GRAPH_FORMATS, HTML), "The vocabulary")
    terms = terms_of(request, None)
    if chosen is not HTML:
        return await answer(
            request, ReadGraph(vocab.ONTOLOGY_GRAPH), chosen, terms, ("graph", vocab.ONTOLOGY_GRAPH)
        )
    wanted = languages(request)[:5]
    parts = (site.store.version, site.settings.default_graph, "ontology", *wanted)
    if known := is_known(request, parts, terms.encoding):
        return not_modified(known)
    data = await site.keep(("ontology", *wanted), lambda: _page(site, wanted))
    return whole(
        request,
        data,
        content_type=HTML.content_type,
        parts=parts,
        headers={"Vary": f"{VARY}, Accept-Language"},
        coding=(terms.encoding, terms.always),
    )


async def context(request: Request) -> Response:
    """Give the JSON-LD context: the names in JSON-LD of the content, and what they stand for."""
    charge(request)
    choose(request, (), (JSONLD,), "The context")
    site = site_of(request)
    terms = terms_of(request, None)
    data = (await site.context()).document()
    parts = ("context", sha256(data).hexdigest())
    if known := is_known(request, parts, terms.encoding):
        return not_modified(known)
    coding = (terms.encoding, terms.always)
    return whole(request, data, content_type=JSONLD.media_type, parts=parts, headers={}, coding=coding)


async def _page(site: Site, wanted: Sequence[str]) -> bytes:
    said, names = await about_all(site, vocab.CONN)
    labels = names_in(names, wanted)
    uses = await _uses(site)
    scheme = f"GRAPH <{vocab.ONTOLOGY_GRAPH}> {{ ?s a <{_SKOS}ConceptScheme> }}"
    rows = await site.rows(f"SELECT DISTINCT ?s WHERE {{ {scheme} }} ORDER BY ?s")
    schemes = [row["s"]["value"] for row in rows]
    called = await site.labels(schemes, wanted)
    links = Links(site.settings)
    listed = [(called.get(iri, iri), links.thing(iri)) for iri in schemes]

    def words(kinds: Sequence[str]) -> list[Word]:
        found = (
            _word(site, iri, facts, labels, uses)
            for iri, facts in said.items()
            if any(term["value"] in kinds for term in facts.get(vocab.RDF_TYPE, ()))
        )
        return sorted(found, key=lambda word: word.label.lower())

    text = await asyncio.to_thread(
        lambda: render(
            "ontology.html",
            site.settings,
            groups=[(title, words(kinds)) for title, kinds in _KINDS],
            schemes=listed,
            formats=[(row.label, links.to(f"/ontology.{row.extension}")) for row in GRAPH_FORMATS],
            namespace=vocab.CONN,
            context=links.to(CONTEXT),
        )
    )
    return text.encode()


def _word(
    site: Site,
    iri: str,
    facts: Mapping[str, Sequence[Term]],
    labels: Mapping[str, str],
    uses: Mapping[str, int],
) -> Word:
    name = iri.removeprefix(vocab.CONN)
    links = Links(site.settings)

    def texts(predicate: str) -> list[str]:
        return [str(term["value"]) for term in facts.get(predicate, ())]

    return Word(
        name,
        labels.get(iri, name),
        " ".join(texts(_SKOS + "definition")),
        [*texts(_SKOS + "scopeNote"), *(f"Example: {text}" for text in texts(_SKOS + "example"))],
        [
            (word, [cell(term, labels, site.prefixes, links) for term in facts[predicate]])
            for word, predicate in _WORDS
            if predicate in facts
        ],
        any(term["value"] == vocab.TIME_BOUND for term in facts.get(vocab.RDF_TYPE, ())),
        uses.get(iri, 0),
        [
            (question.summary, links.query(question.query))
            for question in site.questions
            if re.search(rf"\bconn:{re.escape(name)}\b", question.query)
        ],
    )


async def _uses(site: Site) -> dict[str, int]:
    """How many things have each class, and how many statements each property."""
    typed, stated = site.anywhere("?s a ?t"), site.anywhere("?s ?t ?o")
    rows = await site.rows(
        f"SELECT ?t (COUNT(DISTINCT ?s) AS ?n) WHERE {typed} GROUP BY ?t"
    ) + await site.rows(f"SELECT ?t (COUNT(*) AS ?n) WHERE {stated} GROUP BY ?t")
    return {row["t"]["value"]: int(row["n"]["value"]) for row in rows if "t" in row}
