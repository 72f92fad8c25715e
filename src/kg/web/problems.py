"""Errors as documents for machines (RFC 9457)."""

import json
from http import HTTPStatus

from kg.errors import KgError

PROBLEM = "application/problem+json"
_MOST = 4096
_DETAIL = 1000


def problem(error: KgError, request_id: str = "") -> bytes:
    """The error as a problem document: type, title, status, detail, code, request, the place in a query."""
    document: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.detail if len(error.detail) <= _DETAIL else error.detail[: _DETAIL - 1] + "…",
        "code": error.code,
    }
    if request_id:
        document["request_id"] = request_id
    if error.line is not None and error.column is not None:
        document |= {"line": error.line, "column": error.column}
    text = json.dumps(document, ensure_ascii=False, indent=2).encode()
    return text if len(text) <= _MOST else json.dumps({**document, "detail": ""}).encode()
