"""Where the pages are: what the head and foot of every page, and the home page, link to."""

from collections.abc import Sequence
from typing import ClassVar

from kg.settings import Settings

Place = tuple[str, str]
"""The path of a page, and what links to it say."""


class Navigation:
    """What this server has pages for."""

    MAIN: ClassVar[Sequence[Place]] = (
        ("/browse", "Browse"),
        ("/explore", "Explore"),
        ("/engagements", "Engagements"),
        ("/map", "Map"),
        ("/network", "Network"),
        ("/timeline", "Timeline"),
        ("/questions", "Questions"),
        ("/sparql", "SPARQL"),
        ("/about", "About"),
    )
    FOOT: ClassVar[Sequence[Place]] = (
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
        self._without = () if settings.releases else ("/releases/",)

    @property
    def files(self) -> str:
        """Where all of it can be taken."""
        return "/downloads" if self._without else "/releases/"

    @property
    def main(self) -> list[Place]:
        """The pages named at the head of every page."""
        return [place for place in self.MAIN if place[0] not in self._without]

    @property
    def foot(self) -> list[Place]:
        """Those named at the foot."""
        return [place for place in self.FOOT if place[0] not in self._without]
