"""/explore: questions put together by choosing, without SPARQL: a class, conditions on its things, columns.

Every step is an address that holds all that was chosen. What the form of a condition sends is resolved here,
and leads to the address with that condition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kg.builder import Builder
from kg.conditions import HOW, IS, THING, Property
from kg.errors import QueryError
from kg.media import CSV, JSON, XLSX
from kg.sparql import write_iri
from kg.store import Terms
from kg.web import body
from kg.web.adding import Asked, Form, Reader, add
from kg.web.asked import for_people, languages, number_of, page, terms_of
from kg.web.choices import (
    PATH,
    TABLE,
    Chosen,
    address,
    name_of,
    property_of,
    read,
    unknown,
    values_of,
    write,
)
from kg.web.html import Cell, Links, cell, render
from kg.web.lookup import meant
from kg.web.offers import Uses, kinds, offered
from kg.web.reply import VARY, while_there
from kg.web.sights import Sight, fitting, see
from kg.web.site import Row, Site

ROWS = 100
"""Things on a page."""

_FURTHEST = 100_000


@dataclass(frozen=True)
class Choice:
    """A property to choose for a condition or a column, and how many things have it."""

    value: str
    label: str
    things: int
    is_chosen: bool


async def get(request: Request) -> Response:
    """Show what is chosen and what it comes to, or lead to the address of what was just added."""
    site = for_people(request)
    return await while_there(request, _answer(request, site))


async def _answer(request: Request, site: Site) -> Response:
    terms = terms_of(request, None)
    reader = Reader(site, Terms(terms.seconds, terms.client), languages(request)[:5])
    pairs = [(name, value.strip()) for name, value in body.pairs(request.scope["query_string"])]
    every = await kinds(site)
    wanted = _last(pairs, "class")
    iri = meant(site, wanted, every, lambda iri: (every[iri].name, every[iri].plural)) if wanted else None
    if iri is None:
        problems = [f"No things here are of the class {wanted[:80]!r}. Choose one."] if wanted else []
        return _page(
            request, site, problems, kinds=[(kind, address(site, Chosen(kind))) for kind in every.values()]
        )
    kind, uses = await offered(site, every[iri])
    chosen = await _known(site, read(site, kind, pairs))
    form: Form | None = None
    if name := _last(pairs, "property"):
        try:
            found = await add(reader, chosen, property_of(site, kind, name), _asked(pairs))
        except QueryError as error:
            chosen = replace(chosen, problems=(*chosen.problems, error.detail))
        else:
            if isinstance(found, Chosen):
                return RedirectResponse(address(site, found) + "#count", 303, {"Vary": VARY})
            form = found
    return await _shown(request, reader, chosen, uses, form, pairs)


def _last(pairs: Sequence[tuple[str, str]], wanted: str) -> str:
    return next((value for name, value in reversed(pairs) if name == wanted and value), "")


def _asked(pairs: Sequence[tuple[str, str]]) -> Asked:
    place = _last(pairs, "or")
    return Asked(
        _last(pairs, "how"),
        int(place) if place.isascii() and place.isdecimal() and len(place) < 4 else None,
        tuple(value for name, value in pairs if name == "pick" and value),
        _last(pairs, "named")[:1_000],
        _last(pairs, "from"),
        _last(pairs, "to"),
        _last(pairs, "text"),
    )


async def _known(site: Site, chosen: Chosen) -> Chosen:
    """What was chosen without the values that are nothing here, which are told."""
    iris = values_of(chosen.conditions)
    if not iris:
        return chosen
    values = f"VALUES ?t {{ {' '.join(map(write_iri, iris))} }}"
    said, told = site.anywhere("?t ?p ?o"), site.anywhere("?s ?p ?t")
    rows = await site.rows(f"SELECT DISTINCT ?t WHERE {{ {values} FILTER(EXISTS {said} || EXISTS {told}) }}")
    known = {row["t"]["value"] for row in rows}
    problems = unknown(site, chosen, known)
    kept = [
        replace(item, values=tuple(iri for iri in item.values if iri in known)) for item in chosen.conditions
    ]
    conditions = tuple(item for item in kept if item.values or item.how != IS)
    return replace(chosen, conditions=conditions, problems=(*chosen.problems, *problems))


async def _shown(
    request: Request,
    reader: Reader,
    chosen: Chosen,
    uses: Uses,
    form: Form | None,
    pairs: Sequence[tuple[str, str]],
) -> Response:
    site, links = reader.site, Links(reader.site.settings)
    problems = list(chosen.problems)
    number = 1
    try:
        number = number_of("page", [value for name, value in pairs if name == "page"], 1, 1, _FURTHEST)
    except QueryError as error:
        problems.append(error.detail)
    labels = await site.labels(values_of(chosen.conditions), reader.languages)
    builder, selection = reader.builder(labels), chosen.selection
    _, counted = await reader.ask(builder.count(selection))
    total = int(counted[0]["count"]["value"])
    start = (number - 1) * ROWS
    if start >= total:
        number, start = 1, 0
    sight = await see(reader, chosen, total) if total and chosen.view != TABLE else Sight()
    has_table = total > 0 and not sight.html
    names, rows = await reader.ask(builder.query(selection, ROWS, start)) if has_table else ([], [])
    query = builder.query(selection)
    conditions = [_told(site, builder, chosen, place) for place in range(len(chosen.conditions))]
    heads = ["name", *(item.name for item in selection.columns), *["who says so"] * selection.cites]
    return _page(
        request,
        site,
        problems,
        chosen=chosen,
        state=write(site, chosen),
        selection=selection,
        conditions=conditions,
        form=form,
        form_property=name_of(site, form.property) if form else "",
        preset=name_of(site, form.property) if form else _preset(site, chosen, uses),
        usual=HOW[form.property.kind] if form else "",
        groups=_groups(site, chosen, uses),
        total=total,
        heads=heads,
        rows=[_cells(site, names, row) for row in rows],
        first=start + 1,
        before=address(site, chosen, number - 1) if number > 1 else "",
        after=address(site, chosen, number + 1) if start + ROWS < total else "",
        query=query,
        editor=links.query(query),
        views=_views(site, chosen, uses, chosen.view if sight.html else TABLE),
        sight=sight.html,
        instead=sight.instead,
        files=[(row.label, links.query(query, [("format", row.name)])) for row in (CSV, XLSX, JSON)],
        citing=links.cite([("query", query), ("page", f"{PATH}?{urlencode(write(site, chosen))}")]),
        permalink=address(site, chosen),
        words=" · ".join([chosen.kind.plural, *(f"{item['name']}: {item['words']}" for item in conditions)]),
    )


def _preset(site: Site, chosen: Chosen, uses: Uses) -> str:
    """The property that is proposed next: the first that leads to things and is not asked for yet."""
    asked = {item.property for item in chosen.conditions}
    free = (item for item in chosen.kind.properties if item.kind == THING and item not in asked)
    return next((name_of(site, item) for item in free if uses.get(item.key)), "")


def _views(site: Site, chosen: Chosen, uses: Uses, seen: str) -> list[tuple[str, str, bool]]:
    """The views to choose from: name, address, whether it is the one that is seen."""
    return [
        (view, address(site, replace(chosen, view=view)) + "#count", view == seen)
        for view in dict.fromkeys((*fitting(chosen.kind, uses), seen))
    ]


def _told(site: Site, builder: Builder, chosen: Chosen, place: int) -> Mapping[str, str]:
    """A condition in words, and where it is removed or gets more values."""
    item = chosen.conditions[place]
    more = [("property", name_of(site, item.property)), ("or", str(place))]
    return {
        "name": item.property.name,
        "words": item.words(builder.names),
        "remove": address(site, chosen.without(place)) + "#count",
        "more": address(site, chosen, more=more) + "#add" if item.how == IS else "",
    }


def _groups(site: Site, chosen: Chosen, uses: Uses) -> list[tuple[str, list[Choice]]]:
    """The properties that things of the class have, by section, in the order of the shape."""
    shown = {item.key for item in chosen.selection.columns}
    usable = [item for item in chosen.kind.properties if uses.get(item.key) or item.key in shown]

    def choice(item: Property) -> Choice:
        return Choice(name_of(site, item), item.name, uses.get(item.key, 0), item.key in shown)

    return [
        (section, [choice(item) for item in group])
        for section, group in groupby(usable, key=lambda item: item.section)
    ]


def _cells(site: Site, names: Sequence[str], row: Row) -> list[Cell]:
    """A thing by its name, with its link, and the texts of its columns."""
    thing, name, *columns = names
    iri = str(row[thing]["value"])
    labels: Mapping[str, str] = {iri: str(row[name]["value"])} if name in row else {}
    first = cell(row[thing], labels, site.prefixes, Links(site.settings))
    texts = [str(row[column]["value"]) if column in row else "" for column in columns]
    return [first, *(Cell(text, kind="literal" if text else "unbound") for text in texts)]


def _page(request: Request, site: Site, problems: Sequence[str], **values: Any) -> Response:
    given = {"chosen": None, "form": None, "problems": problems, **values}
    response = page(request, render("explore.html", site.settings, **given))
    response.status_code = 400 if problems else 200
    return response
