"""Commands for those who publish: diff, release."""

from datetime import date
from pathlib import Path

import click

from kg import exits
from kg.cli.session import open_content, progress


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--all", "whole", is_flag=True, help="Tell everything, however long; JSON always does.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 when the two differ.")
def tell_difference(before: str, after: str, form: str, whole: bool, exit_code: bool) -> None:
    """Tell in words what differs between two states of the dataset.

    A and B are each a release folder, a folder that holds ontology/, data/ and shapes/, an RDF file, or a git
    revision of the content in use: git:REV, or REV alone where no such file is. What the build makes is
    counted, not told.

    \b
    Examples:
      kg diff releases/0.1.0 .
      kg diff git:HEAD .
      kg diff v0.1.0 v0.2.0 --all
      kg diff old.nq new.nq --format json | jq .current
      kg diff --exit-code releases/0.1.0 . >/dev/null || echo "time for a release"
    """
    from kg.diff import compare, open_state, to_json, to_text  # noqa: PLC0415

    with progress() as tell:
        content = None
        if any(not Path(name).exists() for name in (before, after)):
            content = open_content()
        own = content is not None and content.origin not in ("the packaged copy", "the checkout")
        here = content.root if own and content and content.root else Path.cwd()
        first, second = open_state(before, here, tell), open_state(after, here, tell)
        tell("comparing")
        found = compare(first, second)
    click.echo(to_json(found) if form == "json" else to_text(found, whole), nl=False)
    if exit_code and not found.equal:
        raise click.exceptions.Exit(1)


@click.command("release")
@click.argument("version")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of all releases; the release becomes DIR/VERSION.",
)
@click.option(
    "--date",
    "issued",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day of the release; today.",
)
def make_release(version: str, out: Path, issued: date | None) -> None:
    """Make a release: a folder that never changes.

    DIR/VERSION holds the dataset in every format, the report of the check, a manifest and SHA256SUMS with the
    checksums, and what changed since the release before it in DIR. VERSION is a semantic version. Content
    that violates a rule is not released; a release that is there is never written over. The folder appears
    whole or not at all, and the same content on the same date gives the same bytes.

    \b
    Examples:
      kg release 0.2.0 --out releases
      kg release 1.0.0-rc.1 --out /srv/releases --date 2027-01-15
      (cd releases/0.2.0 && sha256sum -c SHA256SUMS)
    """
    from kg.release.making import release  # noqa: PLC0415

    with progress(0) as tell:
        made = release(open_content(), version, out, (issued or date.today()).strftime("%Y-%m-%d"), tell)
    click.echo(f"{out / version}: {made.statements:,} statements, digest {made.digest}")
    if made.previous:
        exits.tell(f"{out / version / 'changes.md'} tells what changed since {made.previous}")
