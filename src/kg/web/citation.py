"""How to cite a thing: as text, BibTeX and CSL-JSON, with the dataset's version and the sources behind it."""

import json
from dataclasses import dataclass

from kg import vocab
from kg.media import Format
from kg.references import entry
from kg.web.dossier import Dossier

BIBTEX = Format("bibtex", "BibTeX", "application/x-bibtex", "bib", "page")
CSL = Format("csl", "CSL-JSON", "application/vnd.citationstyles.csl+json", "csl", "page")

AUTHOR = "Connectivity KG editors"


@dataclass(frozen=True)
class Citation:
    """What is cited: the title and IRI of a thing, the version of the data if known, the sources by name."""

    title: str
    iri: str
    version: str | None
    sources: tuple[str, ...]

    @classmethod
    def of(cls, view: Dossier, version: str | None) -> "Citation":
        """Cite the page of a thing."""
        return cls(view.title, view.iri, version, tuple(note.label for note in view.notes))

    @property
    def _where(self) -> str:
        return f"Connectivity KG, dataset {self.version}" if self.version else "Connectivity KG"

    def text(self) -> str:
        """One paragraph."""
        behind = f" Sources: {'; '.join(self.sources)}." if self.sources else ""
        return f"{AUTHOR}: “{self.title}”. {self._where}. {self.iri}.{behind}"

    def bibtex(self) -> bytes:
        """One entry of BibTeX."""
        key = "connectivity-kg-" + self.iri.removeprefix(vocab.ID)
        fields = {
            "author": "{" + AUTHOR + "}",
            "title": "{" + self.title + "}",
            "howpublished": self._where,
            "url": self.iri,
            "note": "Sources: " + "; ".join(self.sources) if self.sources else "",
        }
        return entry("misc", key, fields).encode()

    def csl(self) -> bytes:
        """One item of CSL-JSON (schema of citationstyles.org, version 1.0.2)."""
        item = {
            "id": self.iri,
            "type": "entry",
            "title": self.title,
            "container-title": "Connectivity KG",
            "author": [{"literal": AUTHOR}],
            **({"version": self.version} if self.version else {}),
            "URL": self.iri,
            **({"note": "Sources: " + "; ".join(self.sources)} if self.sources else {}),
        }
        return (json.dumps([item], indent=2, ensure_ascii=False) + "\n").encode()
