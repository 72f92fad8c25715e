"""What can be made of the dataset besides RDF in its usual forms: tables, a network, places, a bibliography.

Every extract is made of the same ``View`` of the dataset; the same dataset gives the same bytes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from kg.catalog import FILE
from kg.errors import KgError
from kg.extracts.annotated import annotated
from kg.extracts.bibliography import bibtex, csl
from kg.extracts.concepts import concepts
from kg.extracts.mappings import mappings
from kg.extracts.network import gexf, graphml
from kg.extracts.places import places
from kg.extracts.sheets import archive, workbook
from kg.extracts.view import View
from kg.jsonld import Context


@dataclass(frozen=True)
class Extract:
    """A kind of file: ``name`` on the command line, ``file`` under /downloads, and what it is for."""

    name: str
    file: str
    label: str
    media_type: str
    tells: str
    make: Callable[[View], bytes]


EXTRACTS = (
    Extract(
        "context",
        f"{FILE}-context.jsonld",
        "JSON-LD context",
        "application/ld+json",
        "the names in the JSON-LD files and what they stand for",
        lambda view: Context.of(view.quads).document(),
    ),
    Extract(
        "ttl12",
        f"{FILE}-annotated.ttl",
        "Turtle 1.2, annotated",
        "text/turtle; version=1.2; charset=utf-8",
        "every statement once, with a reifier for each source that makes it",
        annotated,
    ),
    Extract(
        "skos",
        f"{FILE}-concepts.ttl",
        "SKOS",
        "text/turtle; charset=utf-8",
        "the concept schemes alone",
        concepts,
    ),
    Extract(
        "xlsx",
        f"{FILE}-tables.xlsx",
        "Excel workbook",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "a sheet for each class, one row a thing, with its citations",
        workbook,
    ),
    Extract(
        "zip",
        f"{FILE}-tables.zip",
        "CSV tables",
        "application/zip",
        "the same tables as CSV files, for Excel and others",
        archive,
    ),
    Extract(
        "geojson",
        f"{FILE}-places.geojson",
        "GeoJSON",
        "application/geo+json",
        "places with an outline or a point, and what goes on there",
        places,
    ),
    Extract(
        "graphml",
        f"{FILE}-network.graphml",
        "GraphML",
        "application/graphml+xml",
        "things and the links between them, for network tools",
        graphml,
    ),
    Extract(
        "gexf",
        f"{FILE}-network.gexf",
        "GEXF",
        "application/gexf+xml",
        "the same network for Gephi, coloured by class",
        gexf,
    ),
    Extract(
        "sssom",
        f"{FILE}-mappings.sssom.tsv",
        "SSSOM",
        "text/tab-separated-values; charset=utf-8",
        "all mappings to other knowledge bases",
        mappings,
    ),
    Extract(
        "bibtex",
        f"{FILE}-sources.bib",
        "BibTeX",
        "application/x-bibtex",
        "the documents and pages that state the facts",
        bibtex,
    ),
    Extract(
        "csl",
        f"{FILE}-sources.json",
        "CSL-JSON",
        "application/vnd.citationstyles.csl+json",
        "the same for Zotero and other reference managers",
        csl,
    ),
)


def extract(name: str, quads: Iterable[ox.Quad]) -> bytes:
    """Make an extract by its name; KgError when there is none of that name."""
    found = next((item for item in EXTRACTS if item.name == name), None)
    if found is None:
        names = ", ".join(item.name for item in EXTRACTS)
        raise KgError(f"There is no extract {name[:40]!r}.", remedy=f"Name one of {names}.")
    return found.make(View(quads))
