"""Commands for those who ask: query, export."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg import exits, media
from kg.cli.session import build_of, open_content, prefixes_of, read_settings, write_out
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.content import Content


# As in kg.extracts, which is imported by the command that needs it only.
_EXTRACTS = (
    "context",
    "ttl12",
    "skos",
    "xlsx",
    "zip",
    "geojson",
    "graphml",
    "gexf",
    "sssom",
    "bibtex",
    "csl",
)


@click.command("query")
@click.argument("query", metavar="FILE|NAME|-", required=False)
@click.option(
    "--list", "listing", is_flag=True, help="List the competency questions by name, and ask nothing."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *(row.name for row in media.FORMATS if row.kind != "dataset")]),
    help="Default: for SELECT and ASK a table on a terminal, else csv; for CONSTRUCT and DESCRIBE ttl.",
)
def ask(query: str | None, listing: bool, form: str | None) -> None:
    """Ask a SPARQL query of the dataset.

    The query is a FILE, the NAME of a competency question (with or without the words behind its number), or
    standard input (-). Without FROM or GRAPH it sees all graphs merged, as on the server.

    \b
    Examples:
      kg query --list
      kg query funders.rq
      kg query 07 --format csv
      kg query 07-who-funds-what --format json
      echo 'ASK { ?s ?p ?o }' | kg query -
    """
    from kg.sparql import Operation  # noqa: PLC0415
    from kg.store.embedded import EmbeddedStore  # noqa: PLC0415
    from kg.terminal import columns, table  # noqa: PLC0415

    content = open_content()
    if listing:
        for line in columns([[question.name, question.summary] for question in content.questions()]):
            click.echo(line)
        return
    if query is None:
        raise click.UsageError(
            "Name a file or a question, or give - for standard input; --list shows the questions."
        )
    text, place = _query_text(query, content)
    with _placed(place):
        operation = Operation.parse(text)
    dataset = build_of(content)
    prefixes = prefixes_of(content)
    store = EmbeddedStore(default_graph=read_settings().default_graph, prefixes=prefixes)
    store.load(dataset.nquads(), media.NQUADS)
    chosen = form or _usual_format(operation.kind)
    with _placed(place), exits.interruptible():
        if chosen == "table":
            click.echo(table(b"".join(store.query(operation, media.JSON)), prefixes), nl=False)
        else:
            write_out(store.query(operation, media.by_name(chosen)))


@click.command("export")
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice([*(row.name for row in media.RDF_FORMATS), *_EXTRACTS, "csv"]),
    help="nq, trig and jsonld keep the graphs; ttl, nt and rdf hold their merge without citations; the "
    "others are made of it: see above.",
)
@click.option("--question", metavar="NAME", help="The answer to a competency question: csv, xlsx.")
@click.option("--class", "kind", metavar="NAME", help="The table of one class, such as Initiative: csv.")
@click.option(
    "--out", required=True, metavar="FILE", help="File to write, whole or not at all; - is standard output."
)
def export_dataset(form: str, question: str | None, kind: str | None, out: str) -> None:
    """Write the whole dataset to a file, the same bytes on every run.

    nq, trig and jsonld hold every statement in its graph, and so its citation; reading them back gives the
    dataset exactly. ttl, nt and rdf carry the merge of all graphs as a set: each statement once, and not who
    says it.

    \b
    context   what the names in JSON-LD stand for
    ttl12     RDF 1.2 Turtle: each statement with a reifier for each source
    skos      the concept schemes
    xlsx      a workbook with a table for each class, one row a thing
    zip       the same tables as CSV files
    csv       one of them (--class), or the answer to a question (--question)
    geojson   places with an outline or a point
    graphml   things and the links between them; gexf the same, for Gephi
    sssom     mappings to other knowledge bases
    bibtex    the sources of the facts; csl the same as CSL-JSON

    \b
    Examples:
      kg export --format trig --out connectivity.trig
      kg export --format xlsx --out connectivity.xlsx
      kg export --format csv --class Initiative --out initiatives.csv
      kg export --format nt --out - | sort | head
      kg export --question concordance --format xlsx --out concordance.xlsx
    """
    from kg.export import export, write_file  # noqa: PLC0415

    if question and form not in ("csv", "xlsx"):
        raise click.UsageError("The answer to a question comes as csv or xlsx.")
    if kind and form != "csv":
        raise click.UsageError("The table of one class comes as csv; xlsx and zip hold those of all.")
    if form == "csv" and (question is None) == (kind is None):
        raise click.UsageError("csv is one table: name it with --class or --question. zip holds all.")
    if question or form in _EXTRACTS or form == "csv":
        data = _table(question, form) if question else _extract(form, kind)
        if out == "-":
            write_out(iter([data]))
        else:
            exits.tell(f"{out}: {write_file(Path(out), [data]):,} bytes")
        return
    row = media.by_name(form)
    dataset = build_of(open_content())
    if not row.named_graphs:
        exits.tell(f"{row.label} has no named graphs: it carries the merge of all graphs, without citations")
    if out == "-":
        write_out(export(dataset, row))
        return
    size = write_file(Path(out), export(dataset, row))
    number = len(dataset.quads) if row.named_graphs else len({quad.triple for quad in dataset.quads})
    exits.tell(f"{out}: {number:,} statements, {size:,} bytes")


def _extract(form: str, kind: str | None) -> bytes:
    from kg.extracts import extract  # noqa: PLC0415
    from kg.extracts.sheets import class_table  # noqa: PLC0415

    dataset = build_of(open_content())
    return class_table(dataset.quads, kind) if kind else extract(form, dataset.quads)


def _table(name: str, form: str) -> bytes:
    from kg.tables import write_table  # noqa: PLC0415
    from kg.validate.answers import ask, served_store  # noqa: PLC0415

    content = open_content()
    question = content.question(name)
    return write_table(ask(question, served_store(build_of(content).nquads())), form, question.summary)


def _query_text(query: str, content: "Content") -> tuple[str, str]:
    """The text of a query and the place to name in errors."""
    from kg.directives import read  # noqa: PLC0415
    from kg.turtle import decode  # noqa: PLC0415

    if query == "-":
        return decode(sys.stdin.buffer.read(), "standard input"), "standard input"
    if Path(query).is_file():
        return read(Path(query), query), query
    return (question := content.question(query)).text, question.file


def _usual_format(kind: str) -> str:
    if kind in ("construct", "describe"):
        return "ttl"
    return "table" if sys.stdout.isatty() else "csv"


@contextmanager
def _placed(place: str) -> Iterator[None]:
    """Name the file in errors about a query."""
    try:
        yield
    except KgError as error:
        if error.place is None:
            error.place = ":".join(str(part) for part in (place, error.line, error.column) if part)
        raise
