"""What the rows of an answer tell, read by their columns: ties, places with what is there, and dates.

A column names things where its values are IRIs. Properties between two things say how they are tied, and
named graphs say who says so; neither is a thing of the picture then.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kg import vocab
from kg.web.moments import Moment, moment
from kg.web.site import Row, Term

Stated = tuple[str, str, str, str]
"""A tie: from, relation, to, and the graph that says so; an empty one is none."""

TRIPLE = ("subject", "predicate", "object")
"""The columns of an answer that is a graph."""
ROW = "row"
"""The relation of things that a row names beside each other, with no property between them."""
_SAMPLE = 20
"""Values by which a column is known for one of properties, or of graphs."""
_DATES = frozenset(vocab.XSD + name for name in ("date", "dateTime", "dateTimeStamp", "gYear", "gYearMonth"))


@dataclass(frozen=True)
class Reading:
    """Rows of an answer, and its columns by what they name, in order."""

    columns: tuple[str, ...]
    rows: Sequence[Row]
    things: tuple[str, ...]
    properties: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()

    @property
    def ends(self) -> tuple[str, ...]:
        """The columns whose things are tied; sources are things where there is nothing else."""
        if len(self.things) > 1:
            return self.things
        return tuple(column for column in self.columns if column in (*self.things, *self.sources))

    @property
    def namer(self) -> str | None:
        """The column that names what a row is about, by IRI or else in words."""
        if self.ends:
            return self.ends[0]
        words = (column for column in self.columns if any(_words(row.get(column)) for row in self.rows))
        return next((column for column in words if column not in self.dates), None)


def iri_of(term: Term | None) -> str | None:
    """The IRI that a term is; None for any other term."""
    return str(term["value"]) if term and term["type"] == "uri" else None


def samples(columns: Sequence[str], rows: Sequence[Row]) -> Mapping[str, tuple[str, ...]]:
    """The first few IRIs of each column that has any."""
    found = {}
    for column in columns:
        iris: dict[str, None] = {}
        for row in rows:
            iri = iri_of(row.get(column))
            if iri is not None:
                iris[iri] = None
                if len(iris) == _SAMPLE:
                    break
        if iris:
            found[column] = tuple(iris)
    return found


def read(
    columns: Sequence[str], rows: Sequence[Row], properties: Collection[str], graphs: Collection[str]
) -> Reading:
    """Read an answer, given which of the samples are properties, and which are named graphs."""
    dates = tuple(column for column in columns if any(moment_of(row.get(column)) for row in rows))
    if tuple(columns) == TRIPLE:
        return Reading(TRIPLE, rows, TRIPLE[::2], TRIPLE[1:2], (), dates)
    found = samples(columns, rows)
    relations = [column for column, iris in found.items() if set(iris) <= {*properties}]
    sources = [column for column, iris in found.items() if set(iris) <= {*graphs} and column not in relations]
    rest = [column for column in found if column not in relations]
    things = [column for column in rest if column not in sources]
    if not things and sources:  # they say nothing of others: they are what the rows are about
        things, sources = sources, []
    elif not things and len(relations) > 1:
        things, relations = relations, []
    kept: list[str] = []
    for column in things:
        if not any(_same(column, other, rows) for other in kept):
            kept.append(column)
    return Reading(tuple(columns), rows, tuple(kept), tuple(relations), tuple(sources), dates)


def _same(one: str, other: str, rows: Sequence[Row]) -> bool:
    """Whether a column has what another has already, as a name beside a thing."""
    return all(one not in row or iri_of(row.get(other)) == iri_of(row[one]) for row in rows)


def _words(term: Term | None) -> str:
    return str(term["value"]) if term and term["type"] == "literal" else ""


# ---- ties
# ----------------------------------------------------------------------------------------------------------


def ties(reading: Reading) -> Iterator[Stated]:
    """What ties the things of each row, one to the next.

    The relation is the property between the two, else ``ROW``. Classes are left out.
    """
    order = {column: place for place, column in enumerate(reading.columns)}
    by = [column for column in reading.sources if column not in reading.ends]
    for row in reading.rows:
        named = [(column, iri) for column in reading.ends if (iri := iri_of(row.get(column)))]
        sources = [iri for column in by if (iri := iri_of(row.get(column)))] or [""]
        for (first, one), (second, other) in pairwise(named):
            between = (
                iri
                for column in reading.properties
                if order[first] < order[column] < order[second] and (iri := iri_of(row.get(column)))
            )
            relation = next(between, ROW)
            if one != other and relation != vocab.RDF_TYPE:
                yield from ((one, relation, other, source) for source in sources)


# ---- places
# ----------------------------------------------------------------------------------------------------------


def column_of(reading: Reading, iris: Collection[str]) -> str | None:
    """The column in which most rows have one of these; the first of several; None where no row has."""
    counts = {column: sum(iri_of(row.get(column)) in iris for row in reading.rows) for column in reading.ends}
    best = max(counts, key=lambda column: counts[column], default=None)
    return best if best and counts[best] else None


def placed(
    reading: Reading, column: str, of: str | None, places: Collection[str]
) -> Iterator[tuple[str, str]]:
    """What each row puts at a place: what it has in the column ``of``, else the row itself, as ``row 1``."""
    for number, row in enumerate(reading.rows, 1):
        place = iri_of(row.get(column))
        if place in places and place is not None:
            yield (iri_of(row.get(of)) if of else None) or f"row {number}", place


# ---- dates
# ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Happening:
    """A date of a row: of what (an IRI, else words), what happened then (a property or column), and when."""

    thing: str
    event: str
    moment: Moment
    is_iri: bool


def moment_of(term: Term | None) -> Moment | None:
    """The date that a term is; of a time of day only the day."""
    if not term or term.get("datatype") not in _DATES:
        return None
    return moment(str(term["value"]).partition("T")[0])


def happenings(reading: Reading) -> Iterator[Happening]:
    """The dates of all rows, each once for its thing and event."""
    column, seen = reading.namer, set()
    if column is None:
        return
    for row in reading.rows:
        named = iri_of(row.get(column))
        thing = named or _words(row.get(column))
        said = next((iri for other in reading.properties if (iri := iri_of(row.get(other)))), None)
        for date in reading.dates:
            when = moment_of(row.get(date))
            if thing and when:
                found = Happening(thing, said or f"?{date}", when, named is not None)
                if found not in seen:
                    seen.add(found)
                    yield found


# ---- names
# ----------------------------------------------------------------------------------------------------------


def names(columns: Iterable[str], rows: Iterable[Row], longest: int) -> Iterator[Term]:
    """The texts of an answer that may be names of things: those with a language."""
    chosen, seen = tuple(columns), set()
    for row in rows:
        for column in chosen:
            term = row.get(column)
            if term and "xml:lang" in term and len(str(term["value"])) <= longest:
                key = (term["value"], term["xml:lang"])
                if key not in seen:
                    seen.add(key)
                    yield term


def renamed(
    columns: Iterable[str], rows: Iterable[Row], find: Callable[[Term], Collection[str]]
) -> list[Row]:
    """The rows with IRIs in the place of names, given the things that have a name.

    Of several things it is the only one under the address that most others of the column are under.
    """
    made: list[dict[str, Term]] = [dict(row) for row in rows]
    for column in columns:
        named = [(row, find(row[column])) for row in made if "xml:lang" in row.get(column, {})]
        under = Counter(_folder(iri) for _, iris in named if len(iris) == 1 for iri in iris)
        usual = under.most_common(1)[0][0] if under else ""
        for row, iris in named:
            chosen = [iri for iri in iris if len(iris) == 1 or _folder(iri) == usual]
            if len(chosen) == 1:
                row[column] = {"type": "uri", "value": chosen[0]}
    return list(made)


def _folder(iri: str) -> str:
    return iri.rpartition("/")[0]
