"""Tables for spreadsheets: one for each class, one row a thing, with names, IRIs and citations."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

import pyoxigraph as ox

from kg import vocab
from kg.directives import Answer
from kg.errors import KgError
from kg.extracts.view import Fact, View
from kg.tables import write_sheets, write_table

_LEFT_OUT = (vocab.RDF_TYPE, vocab.SKOS_PREF_LABEL)
_BETWEEN = " | "


def tables(view: View) -> Mapping[str, Answer]:
    """Return the table of each class by its name, in order.

    The columns are the name and IRI of the thing, then for each property that any thing of the class has
    its values by name, for links their IRIs beside, and last the sources that say something of the thing.
    """
    rows: dict[str, list[str]] = {}
    for iri, kind in view.things.items():
        rows.setdefault(kind, []).append(iri)
    return {view.name(kind): _table(view, rows[kind]) for kind in sorted(rows, key=view.name)}


def class_table(quads: Iterable[ox.Quad], kind: str) -> bytes:
    """Return the table of one class, by its name in any case, as CSV; KgError when no thing is of it."""
    found = tables(View(quads))
    wanted = kind.casefold().replace("-", "").replace(" ", "")
    name = next((name for name in found if name.casefold().replace(" ", "") == wanted), None)
    if name is None:
        raise KgError(f"No thing is of the class {kind[:60]!r}.", remedy=f"Classes are: {', '.join(found)}.")
    return write_table(found[name], "csv", name)


def workbook(view: View) -> bytes:
    """Return all tables as sheets of one workbook."""
    return write_sheets(tables(view), "Connectivity KG")


def archive(view: View) -> bytes:
    """Return all tables as CSV files in one archive, without moments of writing."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, table in tables(view).items():
            entry = zipfile.ZipInfo(f"{name.lower().replace(' ', '-')}.csv", (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            zipped.writestr(entry, write_table(table, "csv", name))
    return file.getvalue()


def _table(view: View, things: Sequence[str]) -> Answer:
    links: dict[str, bool] = {}
    by_thing: dict[str, dict[str, list[Fact]]] = {}
    for iri in things:
        facts = by_thing[iri] = {}
        for fact in view.facts.get(iri, ()):
            if fact.predicate not in _LEFT_OUT:
                facts.setdefault(fact.predicate, []).append(fact)
                links[fact.predicate] = links.get(fact.predicate, False) or fact.object.value in view.names
    properties = sorted(links, key=lambda iri: (view.name(iri), iri))
    header = ["Name", "IRI"]
    for iri in properties:
        header += [view.name(iri), f"{view.name(iri)} (IRI)"] if links[iri] else [view.name(iri)]
    rows = []
    for thing in sorted(things, key=lambda iri: (view.name(iri).casefold(), iri)):
        row = [view.name(thing), thing]
        for iri in properties:
            facts_of = by_thing[thing].get(iri, [])
            row.append(_BETWEEN.join(dict.fromkeys(view.shown(fact) for fact in facts_of)))
            if links[iri]:
                row.append(
                    _BETWEEN.join(fact.object.value for fact in facts_of if fact.object.value in view.names)
                )
        graphs = {
            graph for facts_of in by_thing[thing].values() for fact in facts_of for graph in fact.graphs
        }
        rows.append((*row, _BETWEEN.join(sorted(view.cited(graphs)))))
    return Answer((*header, "Sources"), tuple(tuple(row) for row in rows))
