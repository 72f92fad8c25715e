"""The content into another server's store, graph by graph, by the Graph Store HTTP Protocol: ``kg push``.

Each graph is put in the place of the one of its name, so that doing it again does no harm.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from kg.build import Dataset
from kg.errors import KgError, RemoteError, SettingsError, StoreError, Unavailable
from kg.media import TURTLE
from kg.settings import Settings
from kg.store import Access, Capacity, PutGraph
from kg.store.remote import RemoteStore

Progress = Callable[[str], None]

_SECONDS = 600.0
"""Seconds that one graph may take."""
_PAUSES = (1.0, 5.0)
"""Seconds before a graph is sent again that did not get through."""


@dataclass(frozen=True)
class Pushed:
    """What was sent: graphs that the store did not have, graphs that it had, statements in all."""

    made: int
    replaced: int
    statements: int


def bodies(dataset: Dataset) -> dict[str | None, bytes]:
    """The graphs of a dataset by name, each as lines of Turtle; None is what has no name."""
    found: Mapping[str | None, list[str]] = defaultdict(list)
    for quad in dataset.quads:
        name = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else None
        found[name].append(f"{quad.triple} .\n")
    return {name: "".join(found[name]).encode() for name in sorted(found, key=lambda name: name or "")}


def push(settings: Settings, dataset: Dataset, tell: Progress = lambda _: None) -> Pushed:
    """Send all graphs to the address of KG_STORE_GRAPHS; SettingsError when there is none.

    StoreError for the first graph that the store does not take; those before it are there.
    """
    if settings.store_graphs is None:
        raise SettingsError(
            "KG_STORE_GRAPHS is not set, so there is no address to push to.",
            remedy="Give it, or --graphs URL: the store's address of the Graph Store Protocol.",
        )
    return asyncio.run(_push(settings, bodies(dataset), tell))


async def _push(settings: Settings, graphs: Mapping[str | None, bytes], tell: Progress) -> Pushed:
    store = RemoteStore(settings.store, Access.of(settings), Capacity(seconds=_SECONDS))
    made = 0
    try:
        for number, (name, body) in enumerate(graphs.items()):
            tell(f"sending graph {number + 1:,} of {len(graphs):,}")
            try:
                made += await _put(store, name, body)
            except KgError as error:
                shown = f"graph {name}" if name else "the graph without a name"
                raise StoreError(
                    f"The store did not take {shown}: {error.detail}",
                    remedy=f"{number:,} of {len(graphs):,} graphs are there. Push again when that is mended; "
                    "it does no harm to those.",
                ) from error
    finally:
        await store.close()
    statements = sum(body.count(b"\n") for body in graphs.values())
    return Pushed(made, len(graphs) - made, statements)


async def _put(store: RemoteStore, name: str | None, body: bytes) -> bool:
    """Put one graph; whether the store did not have it. What may be better soon is tried again."""
    change = PutGraph(name, body, TURTLE.media_type, name or "", replace=True)
    for pause in _PAUSES:
        try:
            return (await store.write(change)).created
        except (RemoteError, Unavailable):
            await asyncio.sleep(pause)
    return (await store.write(change)).created
