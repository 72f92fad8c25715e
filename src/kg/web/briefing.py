"""The query behind the board of engagements: one row an engagement and passage, with a citation each.

It is what the board's spreadsheet is made of, and reads as a query that one can change.
"""

from collections.abc import Mapping, Sequence

from kg import vocab
from kg.sparql import write_iri
from kg.web.site import Site

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


def sheet(site: Site, chosen: Mapping[str, Sequence[str]]) -> str:
    """Write the query for engagements that have a chosen value (IRI) in every facet that is given."""
    types = "|".join("conn:" + iri.removeprefix(vocab.CONN) for iri in TYPES)
    lines = [line for name, iris in chosen.items() for line in _only(site, name, iris, types)]

    def named(variable: str, name: str) -> str:
        label = site.anywhere(f"?{variable} skos:prefLabel ?{name}", f"{name}Graph")
        return f'{label} FILTER(LANG(?{name}) = "en")'

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
            '  OPTIONAL { ?engagementIri dcterms:description ?what FILTER(LANG(?what) = "en") }',
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
