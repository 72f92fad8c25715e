"""Commands about the scripts of the pages: ui."""

import gzip

import click


@click.group("ui")
def interface() -> None:
    """Tell of the scripts of the pages.

    \b
    Examples:
      kg ui status
    """


@interface.command("status")
def status() -> None:
    """Tell what is bundled, and whether it was made of the sources at hand.

    Without a bundle all pages work, and the query editor is a text field. Installing makes it, where Node.js
    and npm's registry can be had; KG_UI=require makes an install without it fail, KG_UI=skip leaves it out.
    """
    from kg.bundle import fingerprint, read_bundle  # noqa: PLC0415

    bundle, sources = read_bundle(), fingerprint()
    if bundle is None:
        click.echo("bundle: none; the pages have no scripts, the query editor is a text field")
        click.echo("to make it: install the package again where npm reaches its registry")
        return
    if sources is None:
        state = "as it was packaged"
    elif sources == bundle.fingerprint:
        state = "fresh: made of the sources at hand"
    else:
        state = f"stale: the sources at hand are {sources}; installing again makes it anew"
    click.echo(f"bundle: {bundle.fingerprint}, {state}")
    for name, file in sorted([*bundle.entries.items(), *bundle.data.items()]):
        data = bundle.files[file]
        click.echo(f"{name}: {file}, {len(data):,} bytes, {len(gzip.compress(data)):,} gzipped")
    click.echo(f"packages: {', '.join(bundle.packages) or 'none'}")
