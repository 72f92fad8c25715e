"""The command ``kg``: fmt, check, links, build, query, export, load, serve.

Answers go to standard output, everything else to standard error. Exit code 0 means done, 1 a fault that is
told in a sentence, 2 a wrong way of calling, 130 interrupted. Modules are imported by the commands that need
them, so that ``kg --help`` is quick.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg import __version__, exits, media
from kg.errors import ContentError, KgError

if TYPE_CHECKING:
    from kg.build import Dataset
    from kg.content import Content
    from kg.settings import Settings
    from kg.terminal import Progress

_DATASET_FILE = "dataset.nq"
_MANIFEST_FILE = "manifest.json"


class _Group(click.Group):
    """Ends every fault with a sentence and an exit code, never with a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and exit."""
        kwargs = {**kwargs, "standalone_mode": False, "prog_name": "kg"}
        sys.exit(exits.exit_code(lambda: super(_Group, self).main(*args, **kwargs)))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of work."""
        return list(self.commands)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="kg %(version)s")
def main() -> None:
    """Work with Connectivity KG, the knowledge graph of ecological-connectivity initiatives.

    In a folder that holds ontology/connectivity.ttl, the commands use its ontology/, data/ and shapes/, and
    say so; elsewhere they use the copy that was installed. KG_CONTENT names another folder or RDF file.

    \b
    Examples:
      kg serve                          answer SPARQL queries at http://127.0.0.1:8000/
      kg query 07                       ask the competency question that begins with 07
      kg fmt && kg check                write canonical Turtle, then check everything
      kg export --format trig --out connectivity.trig
    """


@main.command("fmt")
@click.option("--check", is_flag=True, help="Change nothing; name the files that would change, and exit 1.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def format_turtle_files(check: bool, paths: tuple[Path, ...]) -> None:
    """Write Turtle files in canonical form.

    PATHS are files, or folders that are searched for *.ttl; without any, all Turtle files of the content in
    the working folder. A file that does not parse, or has comments that would be lost, stays as it is; the
    others are rewritten, one statement a line, so that one new fact is one new line.

    \b
    Examples:
      kg fmt
      kg fmt data/sources/cms-cop14-initiatives-on-connectivity
      kg fmt --check            for continuous integration
    """
    from kg.formatting import format_file, turtle_files  # noqa: PLC0415

    content = _content()
    if not paths and content.origin != "the working folder":
        raise ContentError(
            "The working folder holds no content.",
            remedy="Name the files to format, or go to the folder that holds ontology/connectivity.ttl.",
        )
    faults = changed = number = 0
    table = content.prefixes()
    with _progress() as tell:
        for path in turtle_files(paths, content):
            number += 1
            tell(f"formatting {path}")
            try:
                differs = format_file(path, table, content, write=not check)
            except KgError as error:
                faults += 1
                exits.tell(str(error))
                continue
            if differs:
                changed += 1
                click.echo(path)
    done = "would be rewritten" if check else "rewritten"
    exits.tell(f"{changed} of {number} files {done}" + (f", {faults} left as they are" if faults else ""))
    if faults or (check and changed):
        raise click.exceptions.Exit(1)


@main.command("check")
@click.option(
    "--source-text",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also compare the digests of the passages with the documents' texts, DIR/<document>.txt.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "turtle"]),
    default="text",
    show_default=True,
    help="turtle is a SHACL validation report.",
)
def check_content(source_text: Path | None, form: str) -> None:
    """Check form, shapes, lints, questions, mappings and digests.

    Every fault is told in plain words with its file, the thing it is about, the rule and the remedy. Exit
    code 1 when a rule is violated; warnings alone leave it 0.

    \b
    Examples:
      kg check
      kg check --source-text ../texts
      kg check --format json | jq .findings
    """
    from kg.validate import check  # noqa: PLC0415

    content = _content()
    if content.origin == "the packaged copy":
        exits.tell("checking the packaged copy: the working folder holds no ontology/connectivity.ttl")
    with _progress() as tell:
        report = check(content, source_text, tell)
    click.echo(report.render(form, _prefixes(content)), nl=False)
    if not report.conforms:
        raise click.exceptions.Exit(1)


@main.group("links")
def links() -> None:
    """Work with the mappings to other knowledge bases.

    They are the files data/links/<scheme>.sssom.tsv, in SSSOM.

    \b
    Examples:
      kg links check
    """


@links.command("check")
@click.option("--online", is_flag=True, help="Also ask for every address; dead ones are faults.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "turtle"]), default="text", show_default=True
)
def check_mappings(online: bool, form: str) -> None:
    """Check the mappings: form, scheme, pattern of the identifiers, twice exact, subjects that are not there.

    \b
    Examples:
      kg links check
      kg links check --online
    """
    from kg.validate import check_links  # noqa: PLC0415
    from kg.validate.reach import reach  # noqa: PLC0415

    content = _content()
    with _progress() as tell:
        report = check_links(
            content, tell, (lambda wanted: asyncio.run(reach(wanted, tell))) if online else None
        )
    click.echo(report.render(form, _prefixes(content)), nl=False)
    if not report.conforms:
        raise click.exceptions.Exit(1)


@main.command("build")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("build"),
    show_default=True,
    metavar="DIR",
    help="Folder for dataset.nq and manifest.json.",
)
def build_dataset(out: Path) -> None:
    """Build the dataset that is served, and its digest.

    Writes dataset.nq (all named graphs, derived ones included, as sorted N-Quads) and manifest.json (digest,
    number of statements in all and by graph, checksum of the file). The digest is the SHA-256 of the
    canonical N-Quads (RDFC-1.0) of all graphs but the one that states it; the same content gives the same
    digest on every machine.

    \b
    Examples:
      kg build
      kg build --out /srv/connectivity
    """
    from kg.export import manifest, write_file  # noqa: PLC0415

    dataset = _build(_content())
    data = dataset.nquads()
    about = json.dumps(manifest(dataset, {_DATASET_FILE: data}), indent=2) + "\n"
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KgError(f"The folder cannot be made: {error.strerror}.", place=str(out)) from error
    write_file(out / _DATASET_FILE, [data])
    write_file(out / _MANIFEST_FILE, [about.encode()])
    click.echo(f"{out / _DATASET_FILE}: {len(dataset.quads):,} statements, digest {dataset.digest}")


@main.command("query")
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

    content = _content()
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
    dataset = _build(content)
    prefixes = _prefixes(content)
    store = EmbeddedStore(default_graph=_settings().default_graph, prefixes=prefixes)
    store.load(dataset.nquads(), media.NQUADS)
    chosen = form or _usual_format(operation.kind)
    with _placed(place), exits.interruptible():
        if chosen == "table":
            click.echo(table(b"".join(store.query(operation, media.JSON)), prefixes), nl=False)
        else:
            _write_out(store.query(operation, media.by_name(chosen)))


@main.command("export")
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice([row.name for row in media.RDF_FORMATS]),
    help="nq, trig and jsonld keep the graphs; ttl, nt and rdf hold their merge without citations.",
)
@click.option(
    "--out", required=True, metavar="FILE", help="File to write, whole or not at all; - is standard output."
)
def export_dataset(form: str, out: str) -> None:
    """Write the whole dataset to a file, the same bytes on every run.

    nq, trig and jsonld hold every statement in its graph, and so its citation; reading them back gives the
    dataset exactly. ttl, nt and rdf carry the merge of all graphs as a set: each statement once, and not who
    says it.

    \b
    Examples:
      kg export --format trig --out connectivity.trig
      kg export --format nt --out - | sort | head
    """
    from kg.export import export, write_file  # noqa: PLC0415

    row = media.by_name(form)
    dataset = _build(_content())
    if not row.named_graphs:
        exits.tell(f"{row.label} has no named graphs: it carries the merge of all graphs, without citations")
    if out == "-":
        _write_out(export(dataset, row))
        return
    size = write_file(Path(out), export(dataset, row))
    number = len(dataset.quads) if row.named_graphs else len({quad.triple for quad in dataset.quads})
    exits.tell(f"{out}: {number:,} statements, {size:,} bytes")


@main.command("load")
@click.argument("files", metavar="FILE…", nargs=-1, type=click.Path(path_type=Path))
@click.option("--content", "of_content", is_flag=True, help="Take up the content that kg serve begins with.")
@click.option("--graph", metavar="IRI", help="Graph for the triples of files without graphs of their own.")
@click.option("--store", metavar="dir:PATH", help="The store to load into; KG_STORE, if that is a folder.")
@click.option(
    "--format",
    "form",
    type=click.Choice([row.name for row in media.RDF_FORMATS]),
    help="Format; else by the ending, .gz set aside.",
)
def load_files(
    files: tuple[Path, ...], of_content: bool, graph: str | None, store: str | None, form: str | None
) -> None:
    """Load RDF files into a store on disk, all of them or none.

    No server may use the store meanwhile; it is made if need be. Statements are added to what is in it;
    --content puts the graphs of the present content in the place of those of the one before.

    \b
    Examples:
      kg load data.nt --graph https://example.org/data --store dir:/srv/kg
      kg load dump.nq.gz --store dir:/srv/kg
      kg load --content --store dir:/srv/kg
    """
    from kg.loading import load  # noqa: PLC0415

    if bool(files) == of_content:
        raise click.UsageError("Name the files to load, or give --content.")
    settings = _settings()
    settings = settings if store is None else replace(settings, store=store)
    dataset = _build(_content()) if of_content else None
    with _progress() as tell:
        before, after = load(settings, files, tell, graph=graph, format=form, content=dataset)
    click.echo(f"{settings.store}: {after:,} statements, {before:,} before")


@main.command("serve")
@click.option("--host", help="Address to listen on; KG_HOST, or else 127.0.0.1.")
@click.option("--port", type=int, help="Port to listen on; KG_PORT, or else 8000. 0 takes any that is free.")
def run_server(host: str | None, port: int | None) -> None:
    """Serve the dataset: a SPARQL endpoint and a home page.

    Settings come from the environment (KG_STORE, KG_CONTENT, KG_HOST, KG_PORT, …: the README lists them); the
    options go before them. The address is printed once queries are answered; Ctrl-C ends it.

    \b
    Examples:
      kg serve
      kg serve --port 0
      KG_CONTENT=other.trig kg serve --host 0.0.0.0 --port 8080
      KG_STORE=dir:/srv/kg KG_TOKEN=… kg serve
    """
    from kg.web.app import serve  # noqa: PLC0415

    settings = _settings()
    if host is not None:
        settings = replace(settings, host=host)
    if port is not None:
        settings = replace(settings, port=port)
    serve(settings, _content())


def _settings() -> "Settings":
    from kg.settings import Settings  # noqa: PLC0415

    return Settings.from_env(os.environ)


def _content() -> "Content":
    """The content to work on, named on standard error when it is not what was installed."""
    from kg.content import find_content  # noqa: PLC0415

    content = find_content(_settings().content)
    if content.origin == "the working folder":
        exits.tell(
            "using ontology/, data/ and shapes/ of the working folder, not the copy that was installed"
        )
    elif content.kind != "none" and content.root and str(content.root) in content.origin:
        exits.tell(f"using {content.origin} (KG_CONTENT)")
    return content


def _prefixes(content: "Content") -> dict[str, str]:
    try:
        return content.prefixes()
    except ContentError:
        return {}  # a check tells it; an answer is only longer without


@contextmanager
def _progress() -> Iterator["Progress"]:
    from kg.terminal import Progress  # noqa: PLC0415

    with Progress() as progress:
        yield progress


def _build(content: "Content") -> "Dataset":
    from kg.build import build as build_dataset  # noqa: PLC0415

    with _progress() as tell:
        return build_dataset(content, tell)


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


def _write_out(chunks: Iterator[bytes]) -> None:
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
