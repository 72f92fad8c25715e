"""The sources of the facts, documents and web pages, for reference managers: BibTeX and CSL-JSON."""

import json
from typing import Any

import pyoxigraph as ox

from kg import vocab
from kg.extracts.view import View
from kg.references import entry

_URL = "https://schema.org/url"
_PAV = "http://purl.org/pav/retrievedOn"


def bibtex(view: View) -> bytes:
    """Return one entry for each source, by its key."""
    return "\n".join(entry("misc", item["key"], _fields(item)) for item in _sources(view)).encode()


def csl(view: View) -> bytes:
    """Return one item for each source (schema of citationstyles.org, version 1.0.2)."""
    items = []
    for item in _sources(view):
        found: dict[str, Any] = {
            "id": item["iri"],
            "type": "webpage",
            "title": item["title"],
            "URL": item["url"],
        }
        if item["issued"]:
            found["issued"] = {"raw": item["issued"]}
        if item["retrieved"]:
            found["accessed"] = {"raw": item["retrieved"]}
        items.append(found)
    return (json.dumps(items, ensure_ascii=False, indent=1) + "\n").encode()


def _fields(item: dict[str, str]) -> dict[str, str]:
    fields = {"title": "{" + item["title"] + "}", "howpublished": item["publisher"], "url": item["url"]}
    if item["issued"]:
        fields["date"] = item["issued"]
    if item["retrieved"]:
        fields["urldate"] = item["retrieved"]
    return fields


def _sources(view: View) -> list[dict[str, str]]:
    """The documents that state facts: those that have a graph of their own, or passages that do."""
    graphs = {quad.graph_name.value for quad in view.quads if isinstance(quad.graph_name, ox.NamedNode)}
    of = {graph: graph for graph in graphs}
    for iri in graphs:
        for fact in view.facts.get(iri, ()):
            if fact.predicate == vocab.DCTERMS_IS_PART_OF:
                of[iri] = fact.object.value
    found = []
    for iri in sorted({document for document in of.values() if "/document/" in document}):
        values = {fact.predicate: fact.object.value for fact in view.facts.get(iri, ())}
        found.append(
            {
                "iri": iri,
                "key": iri.rpartition("/")[2],
                "title": values.get(vocab.DCTERMS_TITLE) or view.name(iri),
                "publisher": view.name(values[_PUBLISHER]) if _PUBLISHER in values else "",
                "url": values.get(_URL, iri),
                "issued": values.get(vocab.DCTERMS + "issued", ""),
                "retrieved": values.get(_PAV, ""),
            }
        )
    return found


_PUBLISHER = vocab.DCTERMS + "publisher"
