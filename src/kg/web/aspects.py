"""What things are browsed by: the facets, and the ways that lead from a thing to its values.

The table that pages count in (``shelving``) and the query that says the same (``selection``) are made of the
same ways, so that both find the same things.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kg import vocab

SPACES = {
    "conn": vocab.CONN,
    "dcterms": vocab.DCTERMS,
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": vocab.GEO,
    "graph": vocab.GRAPH,
    "org": "http://www.w3.org/ns/org#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": vocab.RDFS,
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
"""Prefixes that ways are written with."""

KIND, STATUS, PERIOD = "kind", "status", "period"


@dataclass(frozen=True)
class Aspect:
    """A facet: its title, what having a value means, and the ways there.

    A way is a path of prefixed names (``^conn:leadOrganisation/conn:operatesIn``); ``otherwise`` counts for
    things that have nothing by the first ways. ``broader`` leads from a value to a wider one; ``of`` is the
    class of the values, where the ways lead to others, too.
    """

    name: str
    title: str
    told: str
    ways: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()
    broader: str = ""
    of: str = ""


ASPECTS = (
    Aspect(KIND, "Kind", "What it is.", broader="rdfs:subClassOf"),
    Aspect(
        "realm", "Realm", "The part of the living world concerned.", ("conn:realm",), broader="skos:broader"
    ),
    Aspect(
        "topic",
        "Topic",
        "What it is about, or asks for.",
        ("conn:topic", "conn:concerns"),
        broader="skos:broader",
        of="skos:Concept",
    ),
    Aspect(
        "place",
        "Place",
        "Where it works, applies, meets or lies, or where what it leads, serves or comes from does.",
        (
            "conn:operatesIn",
            "geo:sfWithin",
            "^conn:leadOrganisation/conn:operatesIn",
            "^conn:produces/conn:operatesIn",
            "conn:engagementAbout/conn:operatesIn",
            "conn:engagementWith/conn:operatesIn",
        ),
        broader="geo:sfWithin",
        of="conn:Place",
    ),
    Aspect(
        "organisation",
        "Organisation",
        "Who leads, funds, takes part, adopted, serves, publishes or is asked.",
        (
            "conn:leadOrganisation",
            "conn:partnerOrganisation",
            "conn:fundedBy",
            "conn:recognisedBy",
            "conn:adoptedBy",
            "conn:governingBody",
            "conn:secretariat",
            "conn:depositary",
            "conn:addressee",
            "conn:concerns",
            "conn:engagementOf",
            "conn:engagementWith",
            "^conn:produces",
            "^conn:ledByPerson",
            "^org:member/org:organization",
            "org:organization",
            "org:memberOf",
            "org:subOrganizationOf",
            "prov:wasAssociatedWith",
            "dcterms:publisher",
        ),
        of="org:Organization",
    ),
    Aspect(
        "instrument",
        "Instrument",
        "Under which it stands, which it serves, or whose body, target, provision or partner it is.",
        (
            "conn:underInstrument",
            "conn:contributesTo",
            "conn:contributesTo/^conn:hasTarget",
            "^conn:hasTarget",
            "^conn:establishes",
            "^conn:provides",
            "^conn:provides/conn:underInstrument",
            "^conn:produces",
            "^conn:governingBody",
            "^conn:secretariat",
            "^conn:depositary",
            "conn:leadOrganisation",
            "conn:partnerOrganisation",
            "conn:recognisedBy",
            "conn:engagementOf",
            "conn:engagementWith",
            "conn:engagementAbout",
            "dcterms:publisher",
        ),
        broader="conn:underInstrument",
        of="conn:Instrument",
    ),
    Aspect(
        STATUS,
        "Status",
        "The one that holds now, as far as sources say.",
        ("conn:currentStatus",),
        ("conn:status",),
    ),
    Aspect(
        "mode",
        "Engagement mode",
        "The way of engaging: of an engagement, and of what it is with or turns on.",
        (
            "conn:engagementMode",
            "^conn:engagementWith/conn:engagementMode",
            "^conn:engagementAbout/conn:engagementMode",
        ),
    ),
    Aspect(
        PERIOD,
        "Period",
        "Years in which it began, was agreed, adopted, signed, in force, published, or ended.",
        (
            "conn:startDate",
            "conn:textAgreedOn",
            "conn:openedForSignature",
            "conn:adoptedOn",
            "conn:entryIntoForce",
            "conn:periodStart",
            "conn:periodEnd",
            "conn:endDate",
            "dcterms:issued",
        ),
    ),
)
"""The facets, in the order in which pages show them."""


def iri_of(name: str) -> str:
    """Return the IRI that a prefixed name of a way stands for."""
    prefix, _, local = name.partition(":")
    return SPACES[prefix] + local


def steps(way: str) -> list[tuple[str, bool]]:
    """Return the properties of a way, in order, and whether each is gone backwards."""
    return [(iri_of(step.removeprefix("^")), step.startswith("^")) for step in way.split("/")]


def decade(text: str) -> str:
    """Return the decade of a date as it is written, 1990s, or nothing for a date of another kind."""
    return f"{text[:3]}0s" if re.match(r"[0-9]{4}(?![0-9])", text) else ""


def relations(pairs: Iterable[tuple[str, str, str]]) -> Callable[[str], Mapping[str, Sequence[str]]]:
    """Return what follows a way: for every thing, where it leads; ``pairs`` are subject, property, object."""
    ahead: dict[tuple[str, bool], dict[str, list[str]]] = {}
    for subject, name, value in pairs:
        ahead.setdefault((name, False), {}).setdefault(subject, []).append(value)
        ahead.setdefault((name, True), {}).setdefault(value, []).append(subject)

    def follow(way: str) -> Mapping[str, Sequence[str]]:
        first, *others = steps(way)
        found: Mapping[str, Sequence[str]] = ahead.get(first, {})
        for step in others:
            then = ahead.get(step, {})
            found = {
                thing: [*dict.fromkeys(value for middle in values for value in then.get(middle, ()))]
                for thing, values in found.items()
            }
        return found

    return follow
