"""Commands for those who write content: fmt, check, links, build."""

import asyncio
import json
from pathlib import Path

import click

from kg import exits
from kg.cli.session import build_of, open_content, prefixes_of, progress
from kg.errors import ContentError, KgError

_DATASET_FILE = "dataset.nq"
_MANIFEST_FILE = "manifest.json"


@click.command("fmt")
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

    content = open_content()
    if not paths and content.origin != "the working folder":
        raise ContentError(
            "The working folder holds no content.",
            remedy="Name the files to format, or go to the folder that holds ontology/connectivity.ttl.",
        )
    faults = changed = number = 0
    table = content.prefixes()
    with progress() as tell:
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


@click.command("check")
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

    content = open_content()
    if content.origin == "the packaged copy":
        exits.tell("checking the packaged copy: the working folder holds no ontology/connectivity.ttl")
    with progress() as tell:
        report = check(content, source_text, tell)
    click.echo(report.render(form, prefixes_of(content)), nl=False)
    if not report.conforms:
        raise click.exceptions.Exit(1)


@click.group("links")
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

    content = open_content()
    with progress() as tell:
        report = check_links(
            content, tell, (lambda wanted: asyncio.run(reach(wanted, tell))) if online else None
        )
    click.echo(report.render(form, prefixes_of(content)), nl=False)
    if not report.conforms:
        raise click.exceptions.Exit(1)


@click.command("build")
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

    dataset = build_of(open_content())
    data = dataset.nquads()
    about = json.dumps(manifest(dataset, {_DATASET_FILE: data}), indent=2) + "\n"
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KgError(f"The folder cannot be made: {error.strerror}.", place=str(out)) from error
    write_file(out / _DATASET_FILE, [data])
    write_file(out / _MANIFEST_FILE, [about.encode()])
    click.echo(f"{out / _DATASET_FILE}: {len(dataset.quads):,} statements, digest {dataset.digest}")
