"""/engagements: what parties do or could do with others, by mode and topic; each card cites its passage.

The address holds the filters: a card is shown when it has one of the chosen values in every facet. The same
comes as a spreadsheet, too, with names in the reader's language (``lang=``, else what the browser wants).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from kg import vocab
from kg.errors import QueryError
from kg.media import CSV, HTML, JSON, XLSX, Format
from kg.sparql import Operation, write_iri
from kg.web import body
from kg.web.asked import answer, charge, choose, formats_of, kept_page, languages, site_of, terms_of
from kg.web.briefing import KIND, TYPES, sheet, tongues
from kg.web.html import Links, render
from kg.web.passages import Passage, number_passages
from kg.web.reply import VARY
from kg.web.site import Row, Site, rank_of

PATH = "/engagements"
ROWS = ("with", "topic")
"""What the rows of the board may be; the first is usual."""

_CONN = vocab.CONN
_ENGAGEMENT = _CONN + "Engagement"
_OF, _ABOUT, _STATUS = (_CONN + name for name in ("engagementOf", "engagementAbout", "status"))
_NOW = _CONN + "currentStatus"
FACETS: Mapping[str, str] = {
    "mode": _CONN + "engagementMode",
    "topic": _CONN + "topic",
    "kind": KIND,
    "with": _CONN + "engagementWith",
    "status": _STATUS,
}
"""What can be chosen, by its name in the address, and the property that says it."""


@dataclass
class Card:
    """An engagement: values by property, what it is in a sentence, and the graphs that state it."""

    iri: str
    values: dict[str, list[str]] = field(default_factory=dict)
    accounts: list[tuple[int, str]] = field(default_factory=list)
    graphs: list[str] = field(default_factory=list)

    def has(self, name: str) -> list[str]:
        """Its values in a facet."""
        return self.values.get(FACETS[name], [])

    def fits(self, chosen: Mapping[str, Sequence[str]], besides: str = "") -> bool:
        """Whether it has a chosen value in every facet, one of them left aside."""
        return all(
            name == besides or not wanted or set(wanted) & set(self.has(name))
            for name, wanted in chosen.items()
        )


@dataclass(frozen=True)
class Shown:
    """A card in words: names and addresses of what it has, by property."""

    name: str
    href: str
    account: str
    values: Mapping[str, Sequence[tuple[str, str]]]
    now: str
    marks: tuple[int, ...]
    stated: str


@dataclass(frozen=True)
class Option:
    """A value that can be chosen, its definition, and how many cards there are with it."""

    value: str
    label: str
    cards: int
    is_chosen: bool


async def get(request: Request) -> Response:
    """Show or give what could be done with whom; QueryError for a value that no engagement has."""
    charge(request)
    site = site_of(request)
    pairs = body.pairs(request.scope["query_string"])
    form = choose(request, formats_of(pairs), (HTML, *_FILES), "The board")
    asked = {name: tuple(sorted({value for key, value in pairs if key == name and value})) for name in FACETS}
    rows = next((value for key, value in pairs if key == "rows" and value), ROWS[0])
    if rows not in ROWS:
        raise QueryError(
            f"The board has no rows by {rows[:40]!r}.", remedy=f"Rows are by {' or '.join(ROWS)}."
        )
    named = tuple(value for key, value in pairs if key == "lang" and value.strip())[:5]
    wanted = languages(request, named)[:5]
    if form is not HTML:
        return await _file(request, asked, wanted, form)
    key = (
        "engagements",
        rows,
        *(f"{name}={item}" for name in asked for item in asked[name]),
        "",
        *named,
        "",
        *wanted,
    )
    return await kept_page(request, key, lambda: _page(site, asked, rows, wanted, named))


async def _file(
    request: Request, asked: Mapping[str, Sequence[str]], wanted: Sequence[str], form: Format
) -> Response:
    site = site_of(request)
    tags = await tongues(site, wanted)
    query = sheet(site, _chosen(asked, await _cards(site, wanted)), tags)
    found = await answer(request, Operation.parse(query), form, terms_of(request, None), (query,))
    found.headers["Content-Language"] = ", ".join([*tags, "en"])
    found.headers["Content-Disposition"] = f'attachment; filename="engagements.{form.extension}"'
    found.headers["Vary"] = f"{VARY}, Accept-Language"
    return found


def short(iri: str) -> str:
    """How an address names a thing: without what all of ours begin with."""
    return iri.removeprefix(vocab.ID).removeprefix("concept/")


async def _page(
    site: Site,
    asked: Mapping[str, Sequence[str]],
    rows: str,
    wanted: Sequence[str],
    named: Sequence[str],
) -> bytes:
    cards = await _cards(site, wanted)
    chosen = _chosen(asked, cards)
    shown = [card for card in cards if card.fits(chosen)]
    passages = await number_passages(site, [graph for card in shown for graph in card.graphs], wanted)
    shown.sort(key=lambda card: min((passages[graph].number for graph in card.graphs), default=10**6))
    labels = await site.labels(_iris(cards), wanted)
    links = Links(site.settings)
    told = {card.iri: _told(card, labels, passages, links) for card in shown}
    columns = _heads("mode", shown, chosen, labels)
    query = sheet(site, chosen, await tongues(site, wanted))
    spoken = [("lang", tag) for tag in named]
    kept = [(name, value) for name in FACETS for value in asked[name]] + spoken
    here = links.to(PATH)
    return render(
        "engagements.html",
        site.settings,
        total=len(cards),
        cards=[told[card.iri] for card in shown],
        facets={name: _options(name, cards, chosen, labels) for name in FACETS},
        rows=rows,
        columns=[label for _, label in columns],
        board=[
            (
                label,
                [
                    [told[card.iri] for card in shown if value in card.has(rows) and mode in card.has("mode")]
                    for mode, _ in columns
                ],
            )
            for value, label in _heads(rows, shown, chosen, labels)
        ],
        passages=sorted(passages.values(), key=lambda item: item.number),
        properties={"of": _OF, "with": FACETS["with"], "about": _ABOUT, "status": _STATUS}
        | {name: FACETS[name] for name in ("mode", "topic")},
        files=[(form.label, f"{here}?{urlencode([*kept, ('format', form.name)])}") for form in _FILES],
        named=named,
        every=f"{here}?{urlencode(spoken)}" if spoken else here,
        query=links.query(query),
        citing=links.cite([("query", query), ("page", f"{PATH}?{urlencode(kept)}".rstrip("?"))]),
    ).encode()


_FILES = (XLSX, CSV, JSON)


async def _cards(site: Site, wanted: Sequence[str]) -> list[Card]:
    stated = (iri for name, iri in FACETS.items() if name != KIND)
    said = " ".join(map(write_iri, (*stated, _OF, _ABOUT, _NOW, vocab.DCTERMS_DESCRIPTION)))
    typed = site.anywhere(f"?e a {write_iri(_ENGAGEMENT)}", "typeGraph")
    rows = await site.rows(
        f"SELECT ?e ?p ?o ?g WHERE {{ {site.cited('?e ?p ?o', f'{typed} VALUES ?p {{ {said} }}')} }} "
        "ORDER BY ?e ?p ?o ?g"
    )
    found: dict[str, Card] = {}
    for row in rows:
        _take(found.setdefault(row["e"]["value"], Card(row["e"]["value"])), row, wanted)
    await _add_kinds(site, found.values())
    return list(found.values())


def _take(card: Card, row: Row, wanted: Sequence[str]) -> None:
    predicate, value = row["p"]["value"], str(row["o"]["value"])
    graph = row["g"]["value"] if "g" in row else ""
    if graph and graph not in vocab.MACHINERY and graph not in card.graphs:
        card.graphs.append(graph)
    if predicate == vocab.DCTERMS_DESCRIPTION:
        card.accounts.append((rank_of(str(row["o"].get("xml:lang", "")).lower(), wanted), value))
        return
    values = card.values.setdefault(predicate, [])
    if row["o"]["type"] == "uri" and value not in values:
        values.append(value)


async def _add_kinds(site: Site, cards: Iterable[Card]) -> None:
    """Give each card the kinds of those it is with."""
    partners = {iri for card in cards for iri in card.has("with")}
    if not partners:
        return
    listed, types = (" ".join(map(write_iri, group)) for group in (sorted(partners), TYPES))
    rows = await site.rows(
        f"SELECT DISTINCT ?w ?t WHERE {{ VALUES ?w {{ {listed} }} VALUES ?p {{ {types} }} "
        f"{site.anywhere('?w ?p ?t')} }} ORDER BY ?w ?t"
    )
    for card in cards:
        kinds = [row["t"]["value"] for row in rows if row["w"]["value"] in card.has("with")]
        card.values[KIND] = list(dict.fromkeys(kinds))


def _chosen(asked: Mapping[str, Sequence[str]], cards: Sequence[Card]) -> dict[str, list[str]]:
    """The IRIs that the values in the address stand for, by facet; QueryError."""
    return {name: [_known(name, item, cards) for item in asked[name]] for name in FACETS}


def _known(name: str, value: str, cards: Iterable[Card]) -> str:
    """The IRI of a value in the address; QueryError when no engagement has it."""
    there = {short(iri): iri for card in cards for iri in card.has(name)}
    if value not in there:
        raise QueryError(
            f"No engagement has the {name} {value[:80]!r}.",
            remedy=f"Values are {', '.join(sorted(there)[:20])}." if there else "There are no engagements.",
        )
    return there[value]


def _iris(cards: Iterable[Card]) -> Iterable[str]:
    for card in cards:
        yield card.iri
        for values in card.values.values():
            yield from values


def _told(card: Card, labels: Mapping[str, str], passages: Mapping[str, Passage], links: Links) -> Shown:
    cited = sorted((passages[graph] for graph in card.graphs), key=lambda item: item.number)
    now = [iri for iri in card.values.get(_NOW, ()) if iri not in card.has("status")]
    return Shown(
        labels.get(card.iri, short(card.iri)),
        links.thing(card.iri),
        min(card.accounts, default=(0, ""))[1],
        {
            predicate: [(labels.get(iri, short(iri)), links.thing(iri)) for iri in values]
            for predicate, values in card.values.items()
        },
        ", ".join(labels.get(iri, short(iri)) for iri in now),
        tuple(item.number for item in cited),
        ", ".join(dict.fromkeys(item.stated for item in cited if item.stated)),
    )


def _heads(
    name: str, cards: Sequence[Card], chosen: Mapping[str, Sequence[str]], labels: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The values of a facet that the cards have, the most frequent first; only the chosen, if some are."""
    counts: dict[str, int] = {}
    for card in cards:
        for iri in card.has(name):
            counts[iri] = counts.get(iri, 0) + 1
    kept = [iri for iri in counts if not chosen[name] or iri in chosen[name]]
    named = [(iri, labels.get(iri, short(iri))) for iri in kept]
    return sorted(named, key=lambda item: (-counts[item[0]], item[1].casefold()))


def _options(
    name: str, cards: Sequence[Card], chosen: Mapping[str, Sequence[str]], labels: Mapping[str, str]
) -> list[Option]:
    values = {iri for card in cards for iri in card.has(name)}
    found = [
        Option(
            short(iri),
            labels.get(iri, short(iri)),
            sum(iri in card.has(name) and card.fits(chosen, name) for card in cards),
            iri in chosen[name],
        )
        for iri in values
    ]
    return sorted(found, key=lambda option: (option.label.casefold(), option.value))
