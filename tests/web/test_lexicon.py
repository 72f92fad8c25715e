"""/lexicon: the words of queries, with labels, kinds and uses."""

from __future__ import annotations

from fastapi.testclient import TestClient

CONN = "https://w3id.org/ecoconn/ontology#"


def test_terms_with_label_kind_definition_and_uses(real: TestClient) -> None:
    found = real.get("/lexicon").json()
    terms = {term["name"]: term for term in found["terms"]}
    assert found["prefixes"]["conn"] == CONN
    assert found["complete"] == [CONN]
    assert found["own"] == ["https://w3id.org/ecoconn/"]
    funded = terms["conn:fundedBy"]
    assert (funded["iri"], funded["kind"], funded["label"]) == (CONN + "fundedBy", "property", "funded by")
    assert funded["definition"].endswith(".")
    assert funded["uses"] > 5
    assert terms["conn:Initiative"]["kind"] == "class"
    assert terms["skos:prefLabel"]["uses"] > 500
    assert terms["conn:reviewedOn"]["uses"] == 0, "a term that is declared and not used"
    uses = [term["uses"] for term in found["terms"]]
    assert uses == sorted(uses, reverse=True)


def test_of_any_data(client: TestClient) -> None:
    found = client.get("/lexicon", headers={"Accept-Language": "de"}).json()
    assert (found["complete"], found["own"]) == ([], [])
    assert {"https://example.org/height", "https://example.org/Place"} <= {
        term["iri"] for term in found["terms"]
    }


def test_who_has_it_is_told_so(client: TestClient) -> None:
    first = client.get("/lexicon")
    assert first.headers["content-type"] == "application/json"
    again = client.get("/lexicon", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/lexicon", headers={"Accept": "text/csv"}).status_code == 406
