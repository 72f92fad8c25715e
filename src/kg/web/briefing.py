"""The query behind the board of engagements: one row an engagement and passage, with a citation each.

It is what the board's spreadsheet is made of, and reads as a query that one can change. Names and accounts
are in English where the data have them in none of the languages that are wanted.
"""

from collections.abc import Callable, Mapping, Sequence

from kg import vocab
from kg.sparql import write_iri
from kg.web.site import Site, rank_of

KIND = "kind"
"""Stands for the kind of a partner, which is said by the property of its class."""
TYPES = tuple(vocab.CONN + name for name in ("organisationType", "instrumentType", "initiativeType"))

_CHOSEN = {
    "mode": "?engagementIri conn:engagementMode ?chosenMode",
    "topic": "?engagementIri conn:topic ?chosenTopic",
    "with": "?engagementIri conn:engagementWith ?chosenWith",
    "status": "?engagementIri conn:status ?chosenStatus",
}
_LISTS = {
    "mode": "modes",
    "topic": "topics",
    "party": "parties",
    "partner": "partners",
    "kind": "kindsOfPartner",
}


async def tongues(site: Site, wanted: Sequence[str]) -> list[str]:
    """Return the language tags of names on the board that are wanted rather than English, best first."""
    said = "|".join(
        write_iri(vocab.CONN + name)
        for name in ("engagementMode", "engagementOf", "engagementWith", "topic", "status")
    )
    parts = (
        site.anywhere(f"?engagement a {write_iri(vocab.CONN + 'Engagement')}", "typeGraph"),
        site.anywhere(f"?engagement {said} ?thing", "saidBy"),
        site.anywhere(f"?thing {write_iri(vocab.SKOS_PREF_LABEL)} ?name", "nameGraph"),
    )
    rows = await site.rows(
        f"SELECT DISTINCT (LANG(?name) AS ?tag) WHERE {{ {' '.join(parts)} }} ORDER BY ?tag"
    )
    spoken = [row["tag"]["value"] for row in rows if row["tag"]["value"]]
    ranked = [(rank_of(tag.lower(), wanted), tag) for tag in spoken]
    return [tag for rank, tag in sorted(ranked) if rank < rank_of("en", wanted)]


def sheet(site: Site, chosen: Mapping[str, Sequence[str]], tags: Sequence[str] = ()) -> str:
    """Write the query for engagements that have a chosen value (IRI) in every facet that is given.

    ``tags`` are those of languages that names are in where there are such, best first; else it is English.
    """
    types = "|".join("conn:" + iri.removeprefix(vocab.CONN) for iri in TYPES)
    lines = [line for name, iris in chosen.items() if iris for line in _only(site, name, iris, types)]

    def named(variable: str, name: str) -> str:
        return spoken(name, lambda text: site.anywhere(f"?{variable} skos:prefLabel ?{text}", f"{text}Graph"))

    def spoken(name: str, said: Callable[[str], str]) -> str:
        """A group that binds a text in the best language; that of English is there, or nothing is."""
        if not tags:
            return f'{said(f"{name}0")} FILTER(LANG(?{name}0) = "en") BIND(STR(?{name}0) AS ?{name})'
        texts = [(f"{name}{number}", tag) for number, tag in enumerate(tags, 1)]
        others = [f'OPTIONAL {{ {said(text)} FILTER(LANG(?{text}) = "{tag}") }}' for text, tag in texts]
        english = f"{name}0"
        best = ", ".join(f"?{text}" for text in (*(text for text, _ in texts), english))
        return " ".join(
            [
                f'{said(english)} FILTER(LANG(?{english}) = "en")',
                *others,
                f"BIND(STR(COALESCE({best})) AS ?{name})",
            ]
        )

    lists = "\n  ".join(
        f'(GROUP_CONCAT(DISTINCT ?{name}; SEPARATOR="; ") AS ?{many})' for name, many in _LISTS.items()
    )
    body = "\n  ".join(
        [
            *lines,
            "GRAPH ?passage {",
            "  ?engagementIri conn:engagementMode ?m ; conn:engagementOf ?o ; conn:engagementWith ?w .",
            "  OPTIONAL { ?engagementIri conn:topic ?t }",
            "  OPTIONAL { ?engagementIri conn:status ?s }",
            f"  OPTIONAL {{ {spoken('what', lambda text: f'?engagementIri dcterms:description ?{text}')} }}",
            "}",
            site.anywhere("?engagementIri a conn:Engagement", "typeGraph"),
            named("engagementIri", "engagement"),
            named("m", "mode"),
            named("o", "party"),
            named("w", "partner"),
            named("passage", "citation"),
            f"OPTIONAL {{ {named('t', 'topic')} }}",
            f"OPTIONAL {{ {named('s', 'status')} }}",
            f"OPTIONAL {{ {site.anywhere(f'?w {types} ?k', 'ofKindGraph')} {named('k', 'kind')} }}",
            f"OPTIONAL {{ {site.anywhere('?passage conn:statedAsOf ?statedAsOf', 'statedGraph')} }}",
        ]
    )
    single = "?engagement ?what ?status ?statedAsOf ?citation ?passage ?engagementIri"
    return (
        "# What CMS does or could do, and with whom\n"
        f"PREFIX conn: <{vocab.CONN}>\nPREFIX dcterms: <{vocab.DCTERMS}>\n"
        f"PREFIX skos: <{vocab.SKOS_PREF_LABEL.removesuffix('prefLabel')}>\n\n"
        f"SELECT ?engagement ?what\n  {lists}\n  ?status ?statedAsOf ?citation ?passage ?engagementIri\n"
        f"WHERE {{\n  {body}\n}}\nGROUP BY {single}\nORDER BY ?passage ?engagement\n"
    )


def _only(site: Site, name: str, iris: Sequence[str], types: str) -> Sequence[str]:
    variable = f"chosen{name.capitalize()}"
    values = f"VALUES ?{variable} {{ {' '.join(map(write_iri, iris))} }}"
    if name != KIND:
        return values, site.anywhere(_CHOSEN[name], f"{name}Of")
    return (
        values,
        site.anywhere(f"?ofKind {types} ?{variable}", "kindOf"),
        site.anywhere("?engagementIri conn:engagementWith ?ofKind", "withOf"),
    )
