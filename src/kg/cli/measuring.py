"""Commands for those who measure: bench data."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from kg import exits
from kg.cli.session import progress, write_out

_STEP = 50_000


@click.group("bench")
def bench() -> None:
    """Make what the measurements in bench/ need.

    \b
    Examples:
      kg bench data --triples 1000000 --out million.nt
    """


@bench.command("data")
@click.option("--triples", "count", type=click.IntRange(1, 10**9), required=True, help="How many triples.")
@click.option(
    "--out", default="-", metavar="FILE", help="File to write, whole or not at all; else standard output."
)
def made_up_data(count: int, out: str) -> None:
    """Write a made-up graph of any size in the vocabulary of this project, as N-Triples.

    No fact in it is one. The same number gives the same bytes.

    \b
    Examples:
      kg bench data --triples 1000000 --out million.nt
      KG_CONTENT=million.nt kg serve
    """
    from kg.export import write_file  # noqa: PLC0415

    if out == "-":
        write_out(_written(count))
        return
    with progress() as tell:
        tell(f"writing {count:,} triples")
        size = write_file(Path(out), _written(count))
    exits.tell(f"{out}: {count:,} triples, {size:,} bytes")


def _written(count: int) -> Iterator[bytes]:
    from kg.scaled import triples  # noqa: PLC0415

    lines = triples(count)
    while chunk := "".join(islice(lines, _STEP)).encode():
        yield chunk
