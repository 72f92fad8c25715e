"""The rules for w3id.org, applied as Apache would."""

from __future__ import annotations

import re

import pytest

from kg import vocab
from kg.build import Dataset
from kg.errors import SettingsError
from kg.redirects import rules

SERVER = "https://kg.example.org/graph"


def led(iri: str, server: str = SERVER) -> str | None:
    """Where an identifier leads, by the first rule that fits (mod_rewrite, in a folder of its own)."""
    path = iri.removeprefix(vocab.BASE).partition("#")[0]
    for line in rules(server).splitlines():
        found = re.fullmatch(r"RewriteRule (\S+) (\S+) \[(R=303,L[A-Z,]*)\]", line)
        match = re.search(found[1], path) if found else None
        if found and match:
            return match.expand(re.sub(r"\$(\d)", r"\\\1", found[2]))
    return None


def test_every_identifier_leads_to_its_path(whole_dataset: Dataset) -> None:
    ours = {
        term.value
        for quad in whole_dataset.quads
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)
        if getattr(term, "value", "").startswith(vocab.BASE) and "literal" not in type(term).__name__.lower()
    }
    assert len(ours) > 1000
    for iri in ours:
        path = iri.removeprefix(vocab.BASE).partition("#")[0]
        assert led(iri) == f"{SERVER}/{path or 'about'}", iri


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("", "/about"),
        ("id/place/alps.ttl", "/id/place/alps.ttl"),
        ("ontology", "/ontology"),
        ("ontology.ttl", "/ontology.ttl"),
        ("ontology/shapes/InitiativeShape", "/ontology/shapes/InitiativeShape"),
        ("void", "/void"),
        ("releases/1.0.0/connectivity-kg.nq", "/releases/1.0.0/connectivity-kg.nq"),
    ],
)
def test_where_paths_lead(path: str, leads: str) -> None:
    assert led(vocab.BASE + path) == SERVER + leads


@pytest.mark.parametrize("path", ["nothing", "idle", "id2/x", "update", "ontologyx"])
def test_what_is_no_identifier_leads_nowhere(path: str) -> None:
    assert led(vocab.BASE + path) is None


@pytest.mark.parametrize(
    "server", ["", "kg.example.org", "ftp://kg.example.org", "https://a.b/ [R]", "https://a\n"]
)
def test_what_is_no_address(server: str) -> None:
    with pytest.raises(SettingsError, match="is no address such as"):
        rules(server)
