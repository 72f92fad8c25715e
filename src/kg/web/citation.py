"""How to cite the dataset, a thing in it, or an answer: as text, BibTeX and CSL-JSON.

Each form names the release with its date and the sources behind what is cited.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kg import vocab
from kg.catalog import TITLE
from kg.media import Format
from kg.references import entry
from kg.web.site import Site

TEXT = Format("text", "text", "text/plain", "txt", "page")
BIBTEX = Format("bibtex", "BibTeX", "application/x-bibtex", "bib", "page")
CSL = Format("csl", "CSL-JSON", "application/vnd.citationstyles.csl+json", "csl", "page")

AUTHOR = "Connectivity KG editors"
_SHORT = 12


@dataclass(frozen=True)
class Release:
    """Which data: the version, the digest of its content, and the date; each empty when it is not stated.

    Data that were changed after loading have no digest; ``state`` names them, unless another server keeps
    them.
    """

    version: str
    digest: str
    date: str
    state: str | None

    @property
    def name(self) -> str:
        """The release for people, with as much of the digest as tells it from others."""
        state = self.digest or self.state or ""
        parts = [
            f"version {self.version}" if self.version else "",
            f"dataset {state[:_SHORT] if self.version else state}" if state else "",
        ]
        return ", ".join(part for part in parts if part)

    @property
    def full(self) -> str:
        """The release with the whole digest."""
        return "+".join(part for part in (self.version, self.digest or self.state) if part)


def today() -> str:
    """The day, as ISO 8601 writes it, in UTC."""
    return datetime.now(UTC).date().isoformat()


async def release(site: Site) -> Release:
    """Read what the dataset states of itself."""
    wanted = (vocab.DCAT_VERSION, vocab.DCTERMS_IDENTIFIER, vocab.DCTERMS + "issued")
    rows = await site.rows(
        f"SELECT ?p ?o WHERE {{ GRAPH <{vocab.VOID}> {{ <{vocab.DATASET}> ?p ?o }} }} ORDER BY ?p ?o"
    )
    found = {row["p"]["value"]: str(row["o"]["value"]) for row in rows}
    version, digest, date = (found.get(name, "") for name in wanted)
    return Release(version, digest.removeprefix("sha256:"), date, site.store.version)


@dataclass(frozen=True)
class Citation:
    """What is cited: its title, its address, the release, and the sources behind it by name.

    ``accessed`` is the day it was looked at (ISO 8601). ``key`` is what its BibTeX entry is called; ``note``
    is said beside the sources. ``link`` is the address that leads to the very thing, where it is longer than
    people would print (a whole query).
    """

    title: str
    address: str
    release: Release
    accessed: str
    sources: tuple[str, ...] = ()
    key: str = "connectivity-kg"
    note: str = ""
    link: str = ""

    @property
    def _is_whole(self) -> bool:
        return self.title == TITLE

    def _behind(self) -> str:
        sources = f"Sources: {'; '.join(self.sources)}." if self.sources else ""
        return f"{sources} {self.note}".strip()

    def text(self) -> str:
        """One paragraph."""
        year = f" ({self.release.date[:4]})" if self.release.date else ""
        within = "" if self._is_whole else "Connectivity KG"
        parts = [f"“{self.title}”", within, self.release.name, self.release.date]
        named = ", ".join(part for part in parts if part)
        text = f"{AUTHOR}{year}: {named}. {self.address} (accessed {self.accessed}). {self._behind()}"
        return text.strip()

    def bibtex(self) -> bytes:
        """One entry of BibTeX."""
        fields = {
            "author": "{" + AUTHOR + "}",
            "title": "{" + self.title + "}",
            "howpublished": ", ".join(part for part in ("Connectivity KG", self.release.name) if part),
            "version": self.release.full,
            "year": self.release.date[:4],
            "date": self.release.date,
            "url": self.link or self.address,
            "urldate": self.accessed,
            "note": self._behind(),
        }
        return entry("misc", self.key, fields).encode()

    def csl(self) -> bytes:
        """One item of CSL-JSON (schema of citationstyles.org, version 1.0.2)."""
        item: dict[str, Any] = {
            "id": self.link or self.address,
            "type": "dataset" if self._is_whole else "entry",
            "title": self.title,
            "author": [{"literal": AUTHOR}],
            "URL": self.link or self.address,
            "accessed": _date(self.accessed),
        }
        if self.release.full:
            item["version"] = self.release.full
        if not self._is_whole:
            item["container-title"] = "Connectivity KG"
        if self.release.date:
            item["issued"] = _date(self.release.date)
        if self._behind():
            item["note"] = self._behind()
        return (json.dumps([item], indent=2, ensure_ascii=False) + "\n").encode()


def _date(text: str) -> dict[str, list[list[int]]]:
    return {"date-parts": [[int(part) for part in text.split("-")]]}
