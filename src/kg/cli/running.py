"""Commands for those who run a server: load, push, serve, w3id."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from kg import exits, media
from kg.cli.session import build_of, open_content, progress, read_settings


@click.command("load")
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
    settings = read_settings()
    settings = settings if store is None else replace(settings, store=store)
    dataset = build_of(open_content()) if of_content else None
    with progress() as tell:
        before, after = load(settings, files, tell, graph=graph, format=form, content=dataset)
    click.echo(f"{settings.store}: {after:,} statements, {before:,} before")


@click.command("push")
@click.option("--graphs", metavar="URL", help="The store's Graph Store Protocol address; KG_STORE_GRAPHS.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
def push_content(graphs: str | None, dry_run: bool) -> None:
    """Put the content into another server's store, graph by graph.

    Each graph takes the place of the one of its name; other graphs stay. It may be done again at any time.
    The store is asked as KG_STORE_USER with KG_STORE_PASSWORD, or with KG_STORE_TOKEN, if these are set.

    \b
    Examples:
      kg push --graphs http://127.0.0.1:7878/store --dry-run
      KG_STORE_USER=dba KG_STORE_PASSWORD=… kg push --graphs https://kg.example.org/sparql-graph-crud-auth
    """
    from kg.pushing import bodies, push  # noqa: PLC0415

    settings = read_settings()
    settings = settings if graphs is None else replace(settings, store_graphs=graphs)
    dataset = build_of(open_content())
    if dry_run:
        for name, body in bodies(dataset).items():
            lines = body.count(b"\n")
            click.echo(f"{name or '(no name)'}: {lines:,} statement{'' if lines == 1 else 's'}")
        return
    with progress() as tell:
        done = push(settings, dataset, tell)
    click.echo(
        f"{settings.store_graphs}: {done.made + done.replaced:,} graphs with {done.statements:,} statements, "
        f"{done.made:,} new and {done.replaced:,} in the place of what was there"
    )


@click.command("serve")
@click.option("--host", help="Address to listen on; KG_HOST, or else 127.0.0.1.")
@click.option("--port", type=int, help="Port to listen on; KG_PORT, or else 8000. 0 takes any that is free.")
@click.option(
    "--workers", type=int, help="Long queries that are evaluated at once, each in a process; KG_WORKERS."
)
@click.option(
    "--source-text",
    metavar="DIR",
    help="Show the paragraphs of DIR/<document>.txt beside the facts; KG_SOURCE_TEXT.",
)
@click.option("--releases", metavar="DIR", help="Folder whose releases are given at /releases/; KG_RELEASES.")
def run_server(
    host: str | None, port: int | None, workers: int | None, source_text: str | None, releases: str | None
) -> None:
    """Serve the dataset: a SPARQL endpoint and a home page.

    Settings come from the environment (KG_STORE, KG_CONTENT, KG_HOST, KG_PORT, …: the README lists them); the
    options go before them. The address is printed once queries are answered; Ctrl-C ends it.

    \b
    Examples:
      kg serve
      kg serve --port 0 --workers 8
      kg serve --source-text ../texts
      kg serve --releases releases
      KG_CONTENT=other.trig kg serve --host 0.0.0.0 --port 8080
      KG_STORE=dir:/srv/kg KG_TOKEN=… kg serve
      KG_STORE=https://sparql.example.org/query kg serve
    """
    from kg.settings import unknown  # noqa: PLC0415
    from kg.web.server import serve  # noqa: PLC0415

    settings = read_settings()
    for sentence in unknown(os.environ):
        exits.tell(sentence)
    given: dict[str, Any] = {
        "host": host,
        "port": port,
        "workers": workers,
        "source_text": source_text,
        "releases": releases,
    }
    settings = replace(settings, **{name: value for name, value in given.items() if value is not None})
    serve(settings, open_content())


@click.command("w3id")
@click.argument("server", metavar="ADDRESS")
def redirect_rules(server: str) -> None:
    """Write the redirect rules of the identifiers, for w3id.org.

    They lead from the identifiers to a public server, as the .htaccess file of w3id.org, where the
    identifiers live; the README says how to register it.

    \b
    Examples:
      kg w3id https://kg.example.org > .htaccess
    """
    from kg.redirects import rules  # noqa: PLC0415

    click.echo(rules(server), nl=False)
