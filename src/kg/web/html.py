"""Templates, the only builder of links, and how a term of an answer looks on a page.

Everything is escaped by the template engine; a link goes to our own addresses or to http, https and mailto
only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jinja2

from kg import vocab
from kg.bundle import Bundle, read_bundle
from kg.settings import Settings
from kg.sparql import is_iri, write_iri
from kg.web.navigation import Navigation
from kg.web.site import Term

_HERE = Path(__file__).parent
STYLE = (_HERE / "static" / "kg.css").read_bytes()
STYLE_NAME = f"kg-{sha256(STYLE).hexdigest()[:8].upper()}.css"
"""What the style sheet is called as long as it is this one."""
_BUNDLE = read_bundle()
_TEMPLATES = [path.read_bytes() for path in sorted((_HERE / "templates").iterdir())]
LOOK = sha256(b"".join([STYLE, *_TEMPLATES, _BUNDLE.fingerprint.encode() if _BUNDLE else b""])).hexdigest()[
    :8
]
"""Stands for all that pages are made with, beside what they say."""

_ENGINE = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENGINE.filters["lower_first"] = lambda name: name[:1].lower() + name[1:]
_ENGINE.filters["count"] = lambda number: f"{number:,}".replace(",", "\u202f")


def render(template: str, settings: Settings, **values: Any) -> str:
    """Fill a template; all have ``link``, ``nav``, ``style`` (a file) and ``scripts`` (files by name)."""
    bundle = bundle_of(settings)
    scripts = bundle.entries if bundle else {}
    known = {
        "link": Links(settings),
        "nav": Navigation(settings),
        "style": STYLE_NAME,
        "scripts": scripts,
    }
    return _ENGINE.get_template(template).render(known | values)


def bundle_of(settings: Settings) -> Bundle | None:
    """The scripts that pages may use, if there are any and the settings want them."""
    return None if settings.ui == "skip" else _BUNDLE


class Links:
    """Addresses of this server, as a path from its root, whatever name it is reached by."""

    base = vocab.BASE
    """What our own IRIs begin with, in the place of that root."""

    def __init__(self, settings: Settings) -> None:
        """Take the path under which the public address puts the server."""
        self._root = urlsplit(settings.public_url or "").path.rstrip("/")
        self._union = settings.default_graph == "union"

    def to(self, path: str) -> str:
        """Address of a page: ``/``, ``/sparql``, …"""
        return self._root + path

    def query(self, text: str, parameters: Sequence[tuple[str, str]] = ()) -> str:
        """Address that runs a query; ``parameters`` are others of the protocol."""
        return f"{self._root}/sparql?{urlencode([('query', text), *parameters])}"

    def cite(self, parameters: Sequence[tuple[str, str]]) -> str:
        """Address that cites the answer to a query, by its parameters; without them the dataset."""
        return f"{self._root}/cite" + (f"?{urlencode(parameters)}" if parameters else "")

    def thing(self, iri: str) -> str:
        """Address of the page of a thing: its own, if it is ours, else what is said of it."""
        name, hash, _ = iri.partition("#")
        if iri.startswith(vocab.BASE) and (not hash or name == vocab.ONTOLOGY):
            return self._root + "/" + quote(iri.removeprefix(vocab.BASE), safe="/#:@!$&'()*+,;=~")
        return self.facts(iri)

    def facts(self, iri: str) -> str:
        """Address that shows what is said of a thing, and in which graph."""
        return self.query(facts_query(iri, self._union))


def facts_query(iri: str, union: bool) -> str:
    """A query for everything said of a thing and the graph that says it; ``iri`` must be an IRI."""
    fact = f"{write_iri(iri)} ?property ?value"
    if union:
        body = f"  {fact} .\n  OPTIONAL {{ GRAPH ?saidBy {{ {fact} }} }}\n"
    else:
        body = f"  {{ {fact} }} UNION {{ GRAPH ?saidBy {{ {fact} }} }}\n"
    return f"SELECT ?property ?value ?saidBy WHERE {{\n{body}}}\nORDER BY ?property ?value ?saidBy"


@dataclass(frozen=True)
class Cell:
    """A term as it is shown: text, link, what a pointer reveals, and marks for style and language."""

    text: str
    href: str | None = None
    title: str = ""
    kind: str = "literal"
    language: str = ""
    note: str = ""


def cell(term: Term | None, labels: Mapping[str, str], prefixes: Mapping[str, str], links: Links) -> Cell:
    """Show a term: by its label, else by a prefixed name, else by the IRI itself."""
    if term is None:
        return Cell("", kind="unbound")
    kind = term["type"]
    if kind == "triple":
        parts = [cell(term["value"][part], labels, prefixes, links).text for part in _PARTS]
        return Cell(f"<<( {' '.join(parts)} )>>", kind="triple")
    value = str(term["value"])
    if kind == "bnode":
        return Cell(f"_:{value}", title="A blank node: it has no name of its own", kind="bnode")
    if kind == "uri":
        known = value in labels and is_iri(value)
        text = labels.get(value) or shorten(value, prefixes)
        return Cell(text, links.thing(value) if known else outward(value), value, "iri")
    datatype = str(term.get("datatype", ""))
    is_plain = not datatype or datatype.startswith(_XSD)
    note = "" if is_plain else labels.get(datatype) or shorten(datatype, prefixes)
    return Cell(value, outward(value) if datatype == _ANY_URI else None, "", "literal", _language(term), note)


_PARTS = ("subject", "predicate", "object")
_XSD = "http://www.w3.org/2001/XMLSchema#"
_ANY_URI = _XSD + "anyURI"


def _language(term: Term) -> str:
    return str(term.get("xml:lang", ""))


def outward(iri: str) -> str | None:
    """The IRI as a link, when it is of a kind that may be one."""
    try:
        scheme = urlsplit(iri).scheme
    except ValueError:
        return None
    return iri if scheme in ("http", "https", "mailto") else None


def shorten(iri: str, prefixes: Mapping[str, str]) -> str:
    """Write an IRI with the longest prefix that fits, when what remains is a plain name."""
    fitting = [(len(space), prefix, space) for prefix, space in prefixes.items() if iri.startswith(space)]
    if fitting:
        _, prefix, space = max(fitting)
        local = iri[len(space) :]
        if local and not set(local) & set("/#?:"):
            return f"{prefix}:{local}"
    return iri
