"""/openapi.json: this server's addresses in OpenAPI 3.1, made of the routes themselves."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg import __version__, vocab
from kg.catalog import DESCRIPTION, TITLE
from kg.media import of_answer
from kg.web.asked import address, charge
from kg.web.aspects import ASPECTS
from kg.web.edge import Resource
from kg.web.problems import PROBLEM

PATH = "/openapi.json"

_NAMES = ", ".join(dict.fromkeys(row.name for form in ("select", "construct") for row in of_answer(form)))
_FORMAT = ("format", "string", "Name of a format, instead of Accept")
_KIND = ("kind", "string", "A kind of things to show, any number")
_PAGE = ("page", "integer", "Which page of what points here, from 1")
_ON_WHAT_TERMS = (
    ("default-graph-uri", "string", "A graph of the default graph, any number"),
    ("named-graph-uri", "string", "A named graph, any number"),
    ("timeout", "number", "Seconds, fewer than the server's limit"),
)
_QUERY: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "/sparql": (
        ("query", "string", "The query; without it the endpoint describes itself"),
        *_ON_WHAT_TERMS,
        ("format", "string", f"Instead of Accept, one of {_NAMES}"),
        ("sources", "string", "`yes` for the passages behind each row of SELECT"),
        ("view", "string", "How a page shows the answer: table, network, map or timeline"),
    ),
    "/cite": (
        ("query", "string", "The query whose answer is cited; else the dataset"),
        (
            "page",
            "string",
            "The page of this server that shows that answer, to be cited in the query's place",
        ),
        *_ON_WHAT_TERMS,
        _FORMAT,
    ),
    "/graphs": (
        ("graph", "string", "The graph that is meant"),
        ("default", "string", "Given without a value: what is stored without a name"),
        _FORMAT,
    ),
    "/explore": (
        ("class", "string", "The class of the things"),
        ("if", "string", "A condition, as `conn:operatesIn is place:kenya`, any number"),
        ("show", "string", "A property that is a column, any number"),
        ("cite", "string", "`yes` for a column of who says so"),
        ("page", "integer", "Which part of the table, from 1"),
    ),
    "/lexicon": (("name", "string", "An IRI: is it absent, and what was meant? Up to 30; else all words"),),
    "/search": (
        ("q", "string", "Words of names or descriptions"),
        ("type", "string", "Only things of this class, any number"),
        ("limit", "integer", "How many, 1 to 100"),
        ("offset", "integer", "How many to pass over"),
        ("lang", "string", "Language of labels, any number, best first"),
    ),
    "/network": (
        ("thing", "string", "A thing, by identifier, name or acronym: what is around it"),
        ("to", "string", "Another: the shortest paths between the two"),
        ("depth", "integer", "How many ties away from the thing, 1 to 3"),
        ("kind", "string", "Only things of this class, any number"),
        ("relation", "string", "Only ties by this property, any number"),
        ("format", "string", "Instead of Accept, one of html, svg, graphml, csv"),
    ),
    "/browse": (
        *((aspect.name, "string", f"{aspect.title}: any number of values") for aspect in ASPECTS),
        ("sort", "string", "relevance or name"),
        ("page", "integer", "Which page of the list, from 1"),
    ),
    "/engagements": (
        *(
            (name, "string", f"Only engagements with this {what}, any number")
            for name, what in (
                ("mode", "mode"),
                ("topic", "topic"),
                ("kind", "kind of partner"),
                ("with", "partner"),
                ("status", "status"),
            )
        ),
        ("rows", "string", "Rows of the board: with or topic"),
        ("lang", "string", "Language of names, any number, best first"),
        ("format", "string", "Instead of Accept, one of html, xlsx, csv, json"),
    ),
    "/gaps": (("class", "string", "Only what things of this class lack"),),
    "/reconcile": (
        ("queries", "string", "A batch of queries, as JSON"),
        ("extend", "string", "A data extension query, as JSON"),
    ),
    "/reconcile/view": (("id", "string", "Identifier of an entity"),),
    "/reconcile/preview": (("id", "string", "Identifier of an entity"),),
    "/reconcile/properties": (
        ("type", "string", "A class"),
        ("limit", "integer", "How many, 1 to 1,000"),
    ),
    "/map": (_KIND,),
    "/timeline": (_KIND,),
    "/validate": (_FORMAT, ("timeout", "number", "Seconds, fewer than the server's limit")),
    "/validation": (_FORMAT,),
    "/id/{rest}": (_FORMAT, _PAGE),
    "/graph/{rest}": (_FORMAT, _PAGE),
    "/ontology": (_FORMAT,),
    "/ontology/{rest}": (_FORMAT, _PAGE),
    "/shapes": (_FORMAT,),
    "/ontology/shapes/{name}": (_FORMAT,),
    "/void": (_FORMAT,),
    "/.well-known/void": (_FORMAT,),
    "/.well-known/sparql-examples": (_FORMAT,),
}
_TYPED = ("prefix", "string", "What was typed so far"), ("cursor", "integer", "How many to pass over")
_FORM, _RDF = (
    "application/x-www-form-urlencoded",
    ("text/turtle", "application/n-triples", "application/ld+json"),
)
_BODIES: Mapping[str, Sequence[str]] = {
    "/sparql": (_FORM, "application/sparql-query"),
    "/cite": (_FORM, "application/sparql-query"),
    "/update": (_FORM, "application/sparql-update"),
    "/graphs": (*_RDF, "application/rdf+xml", "multipart/form-data"),
    "/graphs/{name}": (*_RDF, "application/rdf+xml"),
    "/reconcile": (_FORM,),
    "/validate": ("multipart/form-data", *_RDF),
}
_METHODS = ("GET", "POST", "PUT", "DELETE")  # QUERY is none of OpenAPI 3.1
_WRITING = ("/update",)


async def get(request: Request) -> Response:
    """Describe the addresses of this server in OpenAPI."""
    charge(request)
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    text = json.dumps(describe(routes, address(request)), ensure_ascii=False, indent=1)
    return Response(
        text + "\n", headers={"Content-Type": "application/json", "Cache-Control": "max-age=3600"}
    )


def describe(routes: Iterable[Route], server: str) -> dict[str, Any]:
    """Return the OpenAPI document of routes to resources."""
    paths: dict[str, Any] = {}
    for route in routes:
        if isinstance(route.app, Resource):
            path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
            paths[path] = {
                method.lower(): _operation(path, method, handler.__doc__ or "")
                for method, handler in route.app.handlers.items()
                if method in _METHODS
            }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": __version__,
            "description": DESCRIPTION,
            "license": {"name": "CC BY 4.0 (data)", "url": vocab.CC_BY},
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Problem": {
                    "type": "object",
                    "description": "A problem document (RFC 9457)",
                    "properties": {
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "code": {"type": "string"},
                    },
                }
            },
        },
    }


def _operation(path: str, method: str, words: str) -> dict[str, Any]:
    asked = [(name, "string", "") for name in re.findall(r"\{(\w+)\}", path)]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": kind}} for name, kind, _ in asked
    ]
    known = _TYPED if path.startswith("/reconcile/suggest/") else _QUERY.get(path, ())
    if method == "GET" or path not in ("/sparql", "/reconcile"):
        parameters += [
            {"name": name, "in": "query", "description": told, "schema": {"type": kind}}
            for name, kind, told in known
        ]
    problem = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation: dict[str, Any] = {
        "summary": words.partition("\n")[0].rstrip("."),
        "parameters": parameters,
        "responses": {
            "2XX": {"description": "The answer, in the format agreed on"},
            "default": {"description": "What stood in the way, and what to do", "content": problem},
        },
    }
    if method in ("POST", "PUT"):
        taken = {kind: {"schema": {"type": "string"}} for kind in _BODIES.get(path, ())}
        operation["requestBody"] = {"content": taken or {"application/octet-stream": {}}}
    if path in _WRITING or (path.startswith("/graphs") and method != "GET"):
        operation["security"] = [{"token": []}]
    return operation
