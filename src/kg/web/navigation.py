"""Where the pages are: what the head and foot of every page, and the home page, link to."""

from collections.abc import Sequence
from typing import ClassVar

from kg.settings import Settings

Place = tuple[str, str]
"""The path of a page, and what links to it say."""

UNBUILT = frozenset({"/browse", "/map", "/network", "/timeline", "/explore", "/search"})
"""Paths that are no pages yet: nothing links to them. A test tells when one has become a page."""


class Navigation:
    """What this server has pages for."""

    MAIN: ClassVar[Sequence[Place]] = (
        ("/browse", "Browse"),
        ("/map", "Map"),
        ("/network", "Network"),
        ("/timeline", "Timeline"),
        ("/questions", "Questions"),
        ("/sparql", "SPARQL"),
        ("/about", "About"),
    )
    FOOT: ClassVar[Sequence[Place]] = (
        ("/engagements", "Engagements"),
        ("/explore", "Build a query"),
        ("/gaps", "What is missing"),
        ("/ontology", "Ontology"),
        ("/shapes", "Rules"),
        ("/validation", "Check of the content"),
        ("/validate", "Validate your data"),
        ("/downloads", "Downloads"),
        ("/releases/", "Releases"),
        ("/cite", "Cite"),
    )

    def __init__(self, settings: Settings) -> None:
        """Take what says whether there are releases."""
        self._without = UNBUILT if settings.releases else UNBUILT | {"/releases/"}

    def has(self, path: str) -> bool:
        """Whether a page may link to the path."""
        return path not in self._without

    @property
    def main(self) -> list[Place]:
        """The pages named at the head of every page."""
        return [place for place in self.MAIN if self.has(place[0])]

    @property
    def foot(self) -> list[Place]:
        """Those named at the foot."""
        return [place for place in self.FOOT if self.has(place[0])]
