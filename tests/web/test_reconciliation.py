"""The Reconciliation Service API 0.2, as OpenRefine and others speak it.

The schemas say in our words what the specification says of its answers; with the specification's own, laid
into ../shared/reconciliation-api/ as they are published, the answers are checked as well.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient

from kg import vocab

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "reconciliation-api" / "0.2" / "schemas"
ID = vocab.ID
Y2Y = "Yellowstone to Yukon Conservation Initiative"

TEXT = {"type": "string", "minLength": 1}
NAMED = {"type": "object", "required": ["id", "name"], "properties": {"id": TEXT, "name": TEXT}}
CANDIDATE = {
    "type": "object",
    "required": ["id", "name", "score", "match", "type"],
    "properties": {
        **NAMED["properties"],  # type: ignore[dict-item]
        "description": TEXT,
        "score": {"type": "number", "minimum": 0, "maximum": 100},
        "match": {"type": "boolean"},
        "type": {"type": "array", "items": NAMED},
        "features": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "value"],
                "properties": {"id": TEXT, "value": {"type": ["number", "boolean"]}},
            },
        },
    },
    "additionalProperties": False,
}
RESULTS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["result"],
        "properties": {"result": {"type": "array", "items": CANDIDATE}},
    },
}
SUGGESTED = {
    "type": "object",
    "required": ["result"],
    "properties": {"result": {"type": "array", "items": NAMED}},
}
CELL = {
    "oneOf": [
        {**NAMED, "additionalProperties": False},
        *(
            {
                "type": "object",
                "required": [kind],
                "properties": {kind: {"type": form}},
                "additionalProperties": False,
            }
            for kind, form in (("str", "string"), ("int", "integer"), ("float", "number"), ("date", "string"))
        ),
    ]
}
EXTENDED = {
    "type": "object",
    "required": ["meta", "rows"],
    "properties": {
        "meta": {"type": "array", "items": NAMED},
        "rows": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": CELL},
            },
        },
    },
}


def fits(schema: dict[str, Any], found: Any, official: str) -> None:
    """Check an answer by our schema, and by the specification's where it lies at hand."""
    jsonschema.validate(found, schema)
    path = SCHEMAS / official
    if path.exists():
        jsonschema.Draft7Validator(json.loads(path.read_text(encoding="utf-8"))).validate(found)


def reconcile(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.post("/reconcile", data={"queries": json.dumps({"q": query})})
    assert answer.status_code == 200, answer.text
    fits(RESULTS, answer.json(), "reconciliation-result-batch.json")
    found: list[dict[str, Any]] = answer.json()["q"]["result"]
    assert [item["score"] for item in found] == sorted((item["score"] for item in found), reverse=True)
    assert not any(item["match"] for item in found[1:])
    return found


def certain(client: TestClient, **query: Any) -> str | None:
    found = reconcile(client, **query)
    return found[0]["id"].removeprefix(ID) if found and found[0]["match"] else None


def refused(answer: Any, status: int) -> str:
    """The text of an error in the form of this API."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    told = answer.json()
    assert told["status"] == "error" and set(told) == {"status", "code", "message", "details"}
    return f"{told['message']} {told['details']}"


# ---- manifest
# -------------------------------------------------------------------------------------------------------


def test_the_manifest(full: TestClient) -> None:
    answer = full.get("/reconcile", headers={"Origin": "https://refine.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    found = answer.json()
    fits({"type": "object", "required": ["versions", "name", "identifierSpace"]}, found, "manifest.json")
    assert (found["versions"], found["identifierSpace"]) == (["0.2"], ID)
    assert found["schemaSpace"] == "https://w3id.org/ecoconn/ontology#"
    assert found["batchSize"] == 250
    kinds = {item["id"]: item["name"] for item in found["defaultTypes"]}
    assert kinds["https://w3id.org/ecoconn/ontology#Initiative"] == "Initiative"
    assert kinds["http://www.w3.org/ns/org#Organization"] == "Organisation"
    for service in found["suggest"].values():
        assert (
            full.get(service["service_url"] + service["service_path"], params={"prefix": "a"}).status_code
            == 200
        )
    proposing = found["extend"]["propose_properties"]
    assert full.get(proposing["service_url"] + proposing["service_path"]).status_code == 200


def test_the_templates_of_the_manifest_lead_to_things(full: TestClient) -> None:
    found = full.get("/reconcile").json()
    escaped = "https%3A%2F%2Fw3id.org%2Fecoconn%2Fid%2Finstrument%2Fcms"
    page = full.get(found["view"]["url"].replace("{{id}}", escaped), headers={"Accept": "text/html"})
    assert page.status_code == 200 and "<h1>Convention on Migratory Species</h1>" in page.text
    frame = full.get(found["preview"]["url"].replace("{{id}}", escaped))
    assert frame.status_code == 200 and frame.headers["content-type"] == "text/html; charset=utf-8"
    assert "Convention on Migratory Species" in frame.text and "Bonn Convention" in frame.text
    assert "frame-ancestors *" in frame.headers["content-security-policy"]
    assert "x-frame-options" not in frame.headers
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


# ---- candidates
# -----------------------------------------------------------------------------------------------------


def test_a_batch_by_get_and_post_is_the_same(full: TestClient) -> None:
    batch = json.dumps({"q0": {"query": "Ramsar Convention"}, "é": {"query": "xyzzy nothing"}})
    answers = [
        full.get("/reconcile", params={"queries": batch}),
        full.post("/reconcile", data={"queries": batch}),
    ]
    assert answers[0].json() == answers[1].json()
    found = answers[0].json()
    fits(RESULTS, found, "reconciliation-result-batch.json")
    assert list(found) == ["q0", "é"] and found["é"]["result"] == []
    first = found["q0"]["result"][0]
    assert first["id"] == f"{ID}instrument/ramsar-convention"
    assert (first["name"], first["match"], first["score"]) == ("Ramsar Convention", True, 100)
    assert {"id": "https://w3id.org/ecoconn/ontology#Instrument", "name": "Instrument"} in first["type"]
    assert {"same-name", "name", "statements"} <= {item["id"] for item in first["features"]}


@pytest.mark.parametrize(
    "text", [f"{ID}organisation/ifaw", "organisation/ifaw", "IFAW", "International Fund for Animal Welfare"]
)
def test_an_identifier_or_a_name_finds_the_thing(full: TestClient, text: str) -> None:
    assert certain(full, query=text) == "organisation/ifaw"


def test_one_name_of_two_things_needs_a_class(full: TestClient) -> None:
    assert certain(full, query=Y2Y) is None
    assert certain(full, query=Y2Y, type="Initiative") == "initiative/yellowstone-to-yukon"
    assert certain(full, query=Y2Y, type=["org:Organization"]) == "organisation/y2y"
    assert certain(full, query=Y2Y, type={"id": "org:Organization"}) == "organisation/y2y"
    assert certain(full, query=Y2Y, type="Initiative", type_strict="all") == "initiative/yellowstone-to-yukon"
    assert reconcile(full, query=Y2Y, type=["Place", "Initiative"], type_strict="all") == []


def test_a_class_that_should_be_is_no_must(full: TestClient) -> None:
    found = reconcile(full, query="Ramsar Convention", type="Place", type_strict="should")
    assert f"{ID}instrument/ramsar-convention" in {item["id"] for item in found}
    assert not found[0]["match"]


def test_properties_confirm_or_speak_against(real: TestClient) -> None:
    for value in ("IFAW", {"id": f"{ID}organisation/ifaw"}, {"id": "organisation/ifaw"}, ["WWF", "IFAW"]):
        query = {"query": "Room to Roam", "properties": [{"pid": "conn:leadOrganisation", "v": value}]}
        assert certain(real, **query) == "initiative/room-to-roam"
    (first, *_) = reconcile(
        real, query="Room to Roam", properties=[{"pid": "conn:leadOrganisation", "v": "WWF"}]
    )
    assert not first["match"]
    features = {item["id"]: item["value"] for item in first["features"]}
    assert features["properties"] in (0.0, 50.0)


def test_a_property_tells_things_of_one_name_apart(full: TestClient) -> None:
    by_class = [{"pid": "rdf:type", "v": {"id": "conn:Initiative"}}]
    assert certain(full, query=Y2Y, properties=by_class) == "initiative/yellowstone-to-yukon"
    assert certain(full, query=Y2Y, properties=by_class[:1] * 2) == "initiative/yellowstone-to-yukon"


def test_properties_alone_give_candidates_and_no_match(real: TestClient) -> None:
    found = reconcile(real, properties=[{"pid": "conn:leadOrganisation", "v": "IFAW"}])
    assert f"{ID}initiative/room-to-roam" in {item["id"] for item in found}
    assert not any(item["match"] for item in found)
    dated = reconcile(real, properties=[{"pid": "conn:adoptedOn", "v": "1979"}], type="Instrument")
    assert f"{ID}instrument/cms" in {item["id"] for item in dated}
    assert reconcile(real, properties=[{"pid": "conn:leadOrganisation", "v": "nobody at all"}]) == []


def test_the_limit_and_the_language(full: TestClient) -> None:
    assert len(reconcile(full, query="Convention", limit=3)) == 3
    assert len(reconcile(full, query="Convention", limit=1e9)) <= 100
    batch = {"queries": '{"q": {"query": "CBD"}}'}
    answer = full.post("/reconcile", data=batch, headers={"Accept-Language": "fr"})
    assert answer.json()["q"]["result"][0]["name"] == "Convention sur la diversité biologique"
    assert "Accept-Language" in answer.headers["vary"]


# ---- suggestions and values
# -----------------------------------------------------------------------------------------


def test_suggestions(full: TestClient) -> None:
    def suggested(kind: str, prefix: str, **more: Any) -> list[dict[str, Any]]:
        answer = full.get(f"/reconcile/suggest/{kind}", params={"prefix": prefix, **more})
        assert answer.status_code == 200
        plural = {"entity": "entities", "type": "types", "property": "properties"}[kind]
        fits(SUGGESTED, answer.json(), f"suggest-{plural}-response.json")
        found: list[dict[str, Any]] = answer.json()["result"]
        return found

    entity = suggested("entity", "rams")[0]
    assert entity["id"] == f"{ID}instrument/ramsar-convention" and entity["description"]
    assert "https://w3id.org/ecoconn/ontology#Instrument" in {item["id"] for item in entity["notable"]}
    assert suggested("entity", f"{ID}place/bonn")[0]["id"] == f"{ID}place/bonn"
    first, second = suggested("entity", "convention"), suggested("entity", "convention", cursor=20)
    assert len(first) == 20 and not {item["id"] for item in first} & {item["id"] for item in second}
    kinds = suggested("type", "init")
    assert [item["name"] for item in kinds] == ["Initiative"]
    assert suggested("type", "conn:Initiative")[0]["name"] == "Initiative"
    (lead, *_) = suggested("property", "lead")
    assert lead["id"] == "https://w3id.org/ecoconn/ontology#leadOrganisation"
    assert suggested("property", lead["id"])[0] == lead
    assert suggested("property", "zzz") == suggested("type", "zzz") == suggested("entity", "zzzz") == []


def test_properties_for_a_class(real: TestClient) -> None:
    answer = real.get("/reconcile/properties", params={"type": "conn:Initiative", "limit": 500})
    fits(
        {"type": "object", "required": ["properties"]}, answer.json(), "data-extension-property-proposal.json"
    )
    found = answer.json()
    assert (found["type"], found["limit"]) == ("https://w3id.org/ecoconn/ontology#Initiative", 500)
    names = [item["id"].partition("#")[2] for item in found["properties"]]
    assert "leadOrganisation" in names and "partyCount" not in names
    few = real.get("/reconcile/properties", params={"type": "Initiative", "limit": 2}).json()
    assert few["properties"] == found["properties"][:2]
    assert "no" in refused(real.get("/reconcile/properties?type=Spaceship"), 400).lower()
    refused(real.get("/reconcile/properties?limit=0"), 400)


def test_values_of_entities(real: TestClient) -> None:
    properties = ["conn:adoptedOn", "conn:partyCount", "homepage", "conn:focusTaxon", "conn:leadOrganisation"]
    properties.append("skos:prefLabel")
    asked = {
        "ids": [f"{ID}instrument/cms", "initiative/room-to-roam", "nothing/here"],
        "properties": [{"id": name} for name in properties],
    }
    asked["properties"][-1]["settings"] = {"language": "en", "limit": "1"}  # type: ignore[index]
    for answer in (
        real.get("/reconcile", params={"extend": json.dumps(asked)}),
        real.post("/reconcile", data={"extend": json.dumps(asked)}),
    ):
        found = answer.json()
        fits(EXTENDED, found, "data-extension-response.json")
        assert [item["id"] for item in found["meta"]] == properties
        assert found["meta"][3]["type"]["id"] == "https://w3id.org/ecoconn/ontology#Taxon"
        assert "type" not in found["meta"][4]  # organisations and instruments
        rows = found["rows"]
        assert list(rows) == asked["ids"]
        assert rows[asked["ids"][0]]["conn:adoptedOn"] == [{"date": "1979-06-23T00:00:00Z"}]
        assert {"int"} == set(rows[asked["ids"][0]]["conn:partyCount"][0])
        assert rows["initiative/room-to-roam"]["conn:leadOrganisation"] == [
            {"id": f"{ID}organisation/ifaw", "name": "International Fund for Animal Welfare"}
        ]
        assert rows["initiative/room-to-roam"]["skos:prefLabel"] == [{"str": "Room to Roam"}]
        assert rows["nothing/here"] == {name: [] for name in properties}


# ---- what is refused
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("queries", "status", "says"),
    [
        ("", 400, "is not JSON at line 1, column 1"),
        ("{", 400, "is not JSON at line 1, column 2"),
        ("[]", 400, "is no JSON object"),
        ("null", 400, "is no JSON object"),
        ('{"q": 1}', 400, "Query 'q': it is no object."),
        ('{"q": {}}', 400, "neither query nor properties"),
        ('{"q": {"query": ""}}', 400, "neither query nor properties"),
        ('{"q": {"query": "a", "properties": {}, "type": 7}}', 400, "no list of classes"),
        ('{"q": {"query": 7}}', 400, "is no text"),
        ('{"q": {"query": "a", "limit": 0}}', 400, "the limit is 0"),
        ('{"q": {"query": "a", "limit": 1.5}}', 400, "the limit is 1.5"),
        ('{"q": {"query": "a", "limit": true}}', 400, "the limit is True"),
        ('{"q": {"query": "a", "limit": NaN}}', 400, "NaN is no number"),
        ('{"q": {"query": "a", "limit": 1e999}}', 400, "the limit is inf"),
        ('{"q": {"query": "a", "type": "Spaceship"}}', 400, "no thing here is of the type 'Spaceship'"),
        ('{"q": {"query": "a", "type_strict": "maybe"}}', 400, "type_strict is not known"),
        ('{"q": {"query": "a", "properties": [{"pid": "conn:nothing", "v": 1}]}}', 400, "'conn:nothing'"),
        ('{"q": {"query": "a", "properties": [{"pid": "conn:place"}]}}', 400, "no pid or no v"),
        ('{"q": {"query": "a", "properties": [{"pid": "conn:operatesIn", "v": []}]}}', 400, "0 values"),
        (
            '{"q": {"query": "a", "properties": [{"pid": "conn:operatesIn", "v": null}]}}',
            400,
            "a value is no",
        ),
        ('{"q": {"query": "a"}, "q": {"query": "b"}}', 400, "the key 'q' is there twice"),
        ('{"q": {"query": "\\ud800"}}', 400, "half a character"),
        ("[" * 100_000, 400, "is not JSON"),
        (json.dumps({"q": {"query": "a" * 2001}}), 400, "too long"),
        (json.dumps({f"q{n}": {"query": "a"} for n in range(251)}), 413, "The batch has 251 queries."),
    ],
)
def test_batches_that_cannot_be_read(full: TestClient, queries: str, status: int, says: str) -> None:
    assert says in refused(full.post("/reconcile", data={"queries": queries}), status)


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ("{}", 400, "no list of ids"),
        ('{"ids": [1], "properties": [{"id": "homepage"}]}', 400, "no list of ids"),
        ('{"ids": []}', 400, "no list of properties"),
        ('{"ids": [], "properties": [{"id": "nothing"}]}', 400, "the property 'nothing'"),
        ('{"ids": [], "properties": [{"id": "homepage", "settings": {"limit": "x"}}]}', 400, "limit is 'x'"),
        (json.dumps({"ids": ["a"] * 1001, "properties": [{"id": "homepage"}]}), 413, "1,001 entities"),
    ],
)
def test_extensions_that_cannot_be_read(full: TestClient, asked: str, status: int, says: str) -> None:
    assert says in refused(full.post("/reconcile", data={"extend": asked}), status)


def test_other_ways_to_go_wrong(full: TestClient) -> None:
    assert "is 'text/plain'" in refused(
        full.post("/reconcile", content="x", headers={"Content-Type": "text/plain"}), 415
    )
    both = full.get("/reconcile", params={"queries": "{}", "extend": "{}"})
    assert "Send one of them" in refused(both, 400)
    assert "one parameter id" in refused(full.get("/reconcile/view"), 400)
    assert "no entity 'nothing'" in refused(full.get("/reconcile/preview?id=nothing"), 404)
    assert "cursor" in refused(full.get("/reconcile/suggest/entity?prefix=a&cursor=x"), 400)
    huge = full.post("/reconcile", data={"queries": "x" * 4_000_001})
    assert "4,000,000" in refused(huge, 413)
    assert full.get("/reconcile", params={"queries": "{}"}).json() == {}
