"""How to cite a thing: as text, BibTeX and CSL-JSON, with the dataset's version and the sources behind it."""

import json
import re
from dataclasses import dataclass

from kg import vocab
from kg.media import Format
from kg.web.dossier import Dossier

BIBTEX = Format("bibtex", "BibTeX", "application/x-bibtex", "bib", "page")
CSL = Format("csl", "CSL-JSON", "application/vnd.citationstyles.csl+json", "csl", "page")

AUTHOR = "Connectivity KG editors"
_TEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


@dataclass(frozen=True)
class Citation:
    """What is cited: the title and IRI of a thing, the version of the data, and the sources by name."""

    title: str
    iri: str
    version: str
    sources: tuple[str, ...]

    @classmethod
    def of(cls, view: Dossier, version: str) -> "Citation":
        """Cite the page of a thing."""
        return cls(view.title, view.iri, version, tuple(note.label for note in view.notes))

    def text(self) -> str:
        """One paragraph."""
        behind = f" Sources: {'; '.join(self.sources)}." if self.sources else ""
        return f"{AUTHOR}: “{self.title}”. Connectivity KG, dataset {self.version}. {self.iri}.{behind}"

    def bibtex(self) -> bytes:
        """One entry of BibTeX; what TeX would take for a command is escaped."""
        key = re.sub(r"[^A-Za-z0-9]+", "-", self.iri.removeprefix(vocab.ID)).strip("-")
        fields = {
            "author": "{" + _tex(AUTHOR) + "}",
            "title": "{" + _tex(self.title) + "}",
            "howpublished": f"Connectivity KG, dataset {_tex(self.version)}",
            "url": self.iri,
        }
        if self.sources:
            fields["note"] = "Sources: " + _tex("; ".join(self.sources))
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
        return f"@misc{{connectivity-kg-{key},\n{lines}}}\n".encode()

    def csl(self) -> bytes:
        """One item of CSL-JSON (schema of citationstyles.org, version 1.0.2)."""
        item = {
            "id": self.iri,
            "type": "entry",
            "title": self.title,
            "container-title": "Connectivity KG",
            "author": [{"literal": AUTHOR}],
            "version": self.version,
            "URL": self.iri,
            **({"note": "Sources: " + "; ".join(self.sources)} if self.sources else {}),
        }
        return (json.dumps([item], indent=2, ensure_ascii=False) + "\n").encode()


def _tex(text: str) -> str:
    return re.sub(r"[\\~^#$%&_{}]", lambda found: _TEX.get(found[0], "\\" + found[0]), text)
