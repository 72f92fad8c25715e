"""/lexicon: the words that queries of this graph are made of, for editors that propose and explain them.

JSON: ``prefixes``; ``terms``, most used first, each with IRI, prefixed name, kind (class or property), label,
definition and the number of its uses; ``complete``: namespaces of which there is no other term; ``own``:
what names of things begin with that can be asked for here.

With ``?name=`` (an IRI, up to 30 of them) it tells which of these nothing in the graph has. JSON: ``absent``,
for each of them the ``iri`` and, where one is likely, ``meant``: IRI and label of what was meant by it.
"""

import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from kg import vocab
from kg.errors import QueryError
from kg.sparql import is_iri
from kg.web import body
from kg.web.absent import MOST, absent, meant
from kg.web.asked import charge, choose, languages, site_of, terms_of
from kg.web.find import PLAIN_JSON
from kg.web.html import shorten
from kg.web.reply import VARY, is_known, not_modified, while_there, whole
from kg.web.site import Site

PATH = "/lexicon"
_OWL = "http://www.w3.org/2002/07/owl#"
_DEFINITION = "http://www.w3.org/2004/02/skos/core#definition"
_DECLARED = {
    _OWL + "Class": "class",
    _OWL + "ObjectProperty": "property",
    _OWL + "DatatypeProperty": "property",
}
_MOST = 2000
"""Terms of each kind."""
_LONGEST = 500
"""Characters of a name that is asked for."""


async def get(request: Request) -> Response:
    """Give the words, or tell of names; QueryError. Labels are in the reader's language where there are."""
    charge(request)
    choose(request, (), (PLAIN_JSON,), "The list of terms")
    site, wanted = site_of(request), languages(request)[:5]
    names = _names(body.pairs(request.scope["query_string"]))
    terms = terms_of(request, None)
    parts = (site.store.version, site.settings.default_graph, "lexicon", *names, "", *wanted)
    headers = {"Vary": f"{VARY}, Accept-Language"}
    if known := is_known(request, parts, terms.encoding):
        return not_modified(known)
    if names:
        data = await while_there(request, _told(site, names, wanted))
    else:
        data = await site.keep(("lexicon", *wanted), lambda: _made(site, wanted))
    return whole(
        request,
        data,
        content_type=PLAIN_JSON.content_type,
        parts=parts,
        headers=headers,
        coding=(terms.encoding, terms.always),
    )


async def _made(site: Site, wanted: Sequence[str]) -> bytes:
    used = {
        "class": await _uses(site, "COUNT(DISTINCT ?s)", "?s a ?t"),
        "property": await _uses(site, "COUNT(*)", "?s ?t ?o"),
    }
    kinds = {iri: kind for kind, found in used.items() for iri in found}
    declared = " ".join(f"<{name}>" for name in _DECLARED)
    rows = await site.rows(
        f"SELECT ?t ?kind ?text WHERE {{ VALUES ?kind {{ {declared} }} GRAPH <{vocab.ONTOLOGY_GRAPH}> {{ "
        f"?t a ?kind OPTIONAL {{ ?t <{_DEFINITION}> ?text }} }} }} ORDER BY ?text"
    )
    own = [row for row in rows if row["t"]["type"] == "uri"]
    kinds |= {row["t"]["value"]: _DECLARED[row["kind"]["value"]] for row in own}
    told = {row["t"]["value"]: row["text"]["value"] for row in own if "text" in row}
    labels = await site.labels(kinds, wanted)
    found = [
        {
            "iri": iri,
            "name": shorten(iri, site.prefixes),
            "kind": kind,
            "label": labels.get(iri, ""),
            "definition": told.get(iri, ""),
            "uses": used[kind].get(iri, 0),
        }
        for iri, kind in kinds.items()
    ]
    found.sort(key=lambda item: (-int(item["uses"]), item["iri"]))
    complete = [vocab.CONN] if own else []
    document = {
        "prefixes": dict(site.prefixes),
        "terms": found,
        "complete": complete,
        "own": [vocab.BASE] if own else [],
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _names(pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Read which names are asked for; QueryError."""
    names = tuple(dict.fromkeys(value for key, value in pairs if key == "name"))
    for name in names:
        if not is_iri(name) or len(name) > _LONGEST:
            raise QueryError(
                f"The name {name[:80]!r} is no IRI, or has more than {_LONGEST:,} characters.",
                remedy="Give the IRI of a thing in full.",
            )
    if len(names) > MOST:
        raise QueryError(f"There are {len(names):,} names.", remedy=f"Ask for {MOST} at most.")
    return names


async def _told(site: Site, names: Sequence[str], wanted: Sequence[str]) -> bytes:
    found = {name: await meant(site, name) for name in await absent(site, names)}
    labels = await site.labels(filter(None, found.values()), wanted)
    told = [
        {"iri": name, "meant": {"iri": iri, "label": labels.get(iri, "")} if iri else None}
        for name, iri in found.items()
    ]
    return json.dumps({"absent": told}, ensure_ascii=False).encode()


async def _uses(site: Site, count: str, pattern: str) -> dict[str, int]:
    rows = await site.rows(
        f"SELECT ?t ({count} AS ?n) WHERE {site.anywhere(pattern)} GROUP BY ?t "
        f"ORDER BY DESC(?n) LIMIT {_MOST}"
    )
    return {
        row["t"]["value"]: int(row["n"]["value"]) for row in rows if "t" in row and row["t"]["type"] == "uri"
    }
