"""The OpenAPI document."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient
from openapi_spec_validator import validate
from starlette.routing import Route


def test_it_is_valid_and_names_every_address(client: TestClient) -> None:
    answer = client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    validate(found)
    routes = {route.path for route in client.app.routes if isinstance(route, Route)}  # type: ignore[attr-defined]
    assert set(found["paths"]) == {re.sub(r":\w+\}", "}", path) for path in routes}
    assert all(
        operation["summary"] for operations in found["paths"].values() for operation in operations.values()
    )
    assert found["servers"] == [{"url": "http://testserver"}]


def test_parameters_bodies_and_tokens(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    asked = {item["name"] for item in paths["/search"]["get"]["parameters"]}
    assert asked == {"q", "type", "limit", "offset", "lang"}
    assert "application/sparql-query" in paths["/sparql"]["post"]["requestBody"]["content"]
    assert paths["/update"]["post"]["security"] == [{"token": []}]
    assert "security" not in paths["/graphs"]["get"] and paths["/graphs"]["put"]["security"]
    (name,) = [item for item in paths["/id/{rest}"]["get"]["parameters"] if item["in"] == "path"]
    assert name["required"] is True
