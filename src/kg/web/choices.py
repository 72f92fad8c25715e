"""The address of /explore: what was chosen, as it is read from it and written into it.

``class`` is the class; each ``if`` a condition, as ``conn:operatesIn is place:kenya place:uganda``,
``conn:startDate between 2010 *``, ``conn:aim contains corridor``, ``conn:focusTaxon stated`` or ``missing``,
with ``^`` before a property that leads to the things; each ``show`` a column, and an empty one says that no
others are; ``cite`` adds who says so; ``view`` is how it is seen; ``page`` is the part of the table.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from kg.conditions import (
    BETWEEN,
    CONTAINS,
    HOW,
    IS,
    LONGEST_TEXT,
    MISSING,
    MOST_COLUMNS,
    MOST_CONDITIONS,
    MOST_VALUES,
    STATED,
    TEXT,
    Condition,
    Kind,
    Property,
    Selection,
    read_range,
)
from kg.errors import QueryError
from kg.sparql import is_iri
from kg.web.html import Links, shorten
from kg.web.lookup import expand
from kg.web.site import Site

PATH = "/explore"
Pairs = Sequence[tuple[str, str]]
TABLE, MAP, NETWORK, TIMELINE = VIEWS = ("table", "map", "network", "timeline")
_OPEN = "*"
_USUAL_COLUMNS = 3


@dataclass(frozen=True)
class Chosen:
    """What an address says; ``columns`` is None where it leaves them open. ``problems`` are sentences.

    ``view`` is one of ``VIEWS``.
    """

    kind: Kind
    conditions: tuple[Condition, ...] = ()
    columns: tuple[Property, ...] | None = None
    cites: bool = False
    problems: tuple[str, ...] = ()
    view: str = TABLE

    @property
    def selection(self) -> Selection:
        """What is asked for: with the columns that were chosen, else those that matter here."""
        return Selection(
            self.kind, self.conditions, self._usual() if self.columns is None else self.columns, self.cites
        )

    def _usual(self) -> tuple[Property, ...]:
        """What the conditions are about; without any, what the shape asks of every thing."""
        asked = dict.fromkeys(item.property for item in self.conditions if item.how != MISSING)
        required = (item for item in self.kind.properties if item.is_required and item.kind != TEXT)
        return tuple(asked)[:MOST_COLUMNS] or tuple(required)[:_USUAL_COLUMNS]

    def with_condition(self, condition: Condition, place: int | None = None) -> "Chosen":
        """The same with one more condition, or with more values for the one at a place."""
        before = self.conditions
        if place is None or not 0 <= place < len(before):
            return replace(self, conditions=(*before, condition))
        old = before[place]
        values = tuple(dict.fromkeys((*old.values, *condition.values)))
        return replace(self, conditions=(*before[:place], replace(old, values=values), *before[place + 1 :]))

    def without(self, place: int) -> "Chosen":
        """The same without the condition at a place."""
        return replace(self, conditions=self.conditions[:place] + self.conditions[place + 1 :])


def write(site: Site, chosen: Chosen) -> list[tuple[str, str]]:
    """The parameters that say what was chosen."""
    pairs = [("class", shorten(chosen.kind.iri, site.prefixes))]
    pairs += [("if", _written(site, item)) for item in chosen.conditions]
    if chosen.columns is not None:
        pairs += [("show", name_of(site, item)) for item in chosen.columns] or [("show", "")]
    return pairs + [("cite", "yes")] * chosen.cites + [("view", chosen.view)] * (chosen.view != TABLE)


def address(site: Site, chosen: Chosen, page: int = 1, more: Pairs = ()) -> str:
    """Where what was chosen is shown: a part of its table, or with ``more`` parameters."""
    pairs = [*write(site, chosen), *more, *[("page", str(page))] * (page > 1)]
    return f"{Links(site.settings).to(PATH)}?{urlencode(pairs)}"


def name_of(site: Site, property: Property) -> str:
    """What a property is called in the address."""
    return "^" * property.is_inverse + shorten(property.iri, site.prefixes)


def _written(site: Site, item: Condition) -> str:
    parts: Iterable[str] = ()
    if item.how == IS:
        parts = [shorten(iri, site.prefixes) for iri in item.values]
    elif item.how == BETWEEN:
        parts = [item.low or _OPEN, item.high or _OPEN]
    elif item.how == CONTAINS:
        parts = [item.text]
    return " ".join([name_of(site, item.property), item.how, *parts])


def read(site: Site, kind: Kind, pairs: Pairs) -> Chosen:
    """Read what was chosen; what cannot be read is told and left out."""
    given: dict[str, list[str]] = {"if": [], "show": [], "cite": [], "view": []}
    for name, value in pairs:
        if name in given:
            given[name].append(value.strip())
    problems: list[str] = []
    conditions: dict[Condition, None] = {}
    for text in filter(None, given["if"]):
        try:
            conditions[_condition(site, kind, text)] = None
        except QueryError as error:
            problems.append(error.detail)
    if len(conditions) > MOST_CONDITIONS:
        problems.append(
            f"There are {len(conditions)} conditions, and {MOST_CONDITIONS} at most are asked at once: "
            "the others were left out."
        )
    columns: dict[Property, None] = {}
    for text in filter(None, given["show"]):
        try:
            columns[property_of(site, kind, text)] = None
        except QueryError as error:
            problems.append(error.detail)
    if len(columns) > MOST_COLUMNS:
        problems.append(
            f"There are {len(columns)} columns, and {MOST_COLUMNS} at most are shown: "
            "the others were left out."
        )
    view = next((text for text in reversed(given["view"]) if text), TABLE)
    if view not in VIEWS:
        problems.append(f"There is no view {view[:40]!r}. What is found is seen as {', '.join(VIEWS)}.")
        view = TABLE
    return Chosen(
        kind,
        tuple(conditions)[:MOST_CONDITIONS],
        tuple(columns)[:MOST_COLUMNS] if columns or (given["show"] and not any(given["show"])) else None,
        given["cite"] != [] and given["cite"][-1] not in ("", "no"),
        tuple(problems),
        view,
    )


def property_of(site: Site, kind: Kind, text: str) -> Property:
    """The property of a class that a name means; QueryError."""
    iri = expand(site, text.removeprefix("^"))
    for item in kind.properties:
        if item.key == (iri, text.startswith("^")):
            return item
    raise QueryError(
        f"{kind.plural[:1].upper()}{kind.plural[1:]} have no property {text[:80]!r}.",
        remedy="Choose one from the list.",
    )


def _condition(site: Site, kind: Kind, text: str) -> Condition:
    name, _, rest = text.partition(" ")
    how, _, rest = rest.strip().partition(" ")
    return condition_of(site, property_of(site, kind, name), how, rest.split(), rest)


def condition_of(site: Site, property: Property, how: str, words: Sequence[str], text: str = "") -> Condition:
    """Read a condition on a property from the words after ``how``, or a text; QueryError."""
    text = " ".join(text.split())
    if how in (STATED, MISSING):
        return Condition(property, how)
    if how != HOW[property.kind]:
        raise QueryError(
            f"{property.name!r} cannot be asked for by {how[:40]!r}.",
            remedy=f"Write {HOW[property.kind]}, {STATED} or {MISSING}.",
        )
    if how == CONTAINS:
        return Condition(property, how, text=_text(property, text))
    if how == BETWEEN:
        if len(words) != 2:
            raise QueryError(f"The range for {property.name!r} needs a first and a last value.")
        low, high = read_range(property.kind, *("" if word == _OPEN else word for word in words))
        return Condition(property, how, low=low, high=high)
    iris = tuple(dict.fromkeys(expand(site, word) for word in words))
    wrong = next((iri for iri in iris if not is_iri(iri)), None)
    if not iris:
        raise QueryError(
            f"No value was given for {property.name!r}.", remedy="Choose one, or write its name."
        )
    if wrong is not None:
        raise QueryError(
            f"{wrong[:80]!r} names nothing that {property.name!r} could be.",
            remedy="Choose a value, or write its name.",
        )
    if len(iris) > MOST_VALUES:
        raise QueryError(
            f"There are {len(iris)} values for {property.name!r}.", remedy=f"Choose {MOST_VALUES} at most."
        )
    return Condition(property, how, iris)


def _text(property: Property, text: str) -> str:
    if not text:
        raise QueryError(f"There is no text to look for in {property.name!r}.", remedy="Write a part of it.")
    if len(text) > LONGEST_TEXT:
        raise QueryError(
            f"The text to look for in {property.name!r} has {len(text)} characters.",
            remedy=f"Write {LONGEST_TEXT} at most.",
        )
    return text


def values_of(conditions: Iterable[Condition]) -> list[str]:
    """The IRIs of all values in conditions."""
    return list(dict.fromkeys(iri for item in conditions for iri in item.values))


def unknown(site: Site, chosen: Chosen, known: Collection[str]) -> list[str]:
    """The values in conditions that are not known, as sentences."""
    return [
        f"There is no {shorten(iri, site.prefixes)[:99]!r} here, so nothing has it as {item.property.name!r}."
        for item in chosen.conditions
        for iri in item.values
        if iri not in known
    ]
