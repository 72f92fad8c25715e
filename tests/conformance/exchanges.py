"""The HTTP exchanges that tests of the protocols are made of: a request to replay, and what must come back.

The manifests write them in the vocabularies HTTP in RDF and Content in RDF; the comments there say how to
read what is expected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pyoxigraph as ox
from compare import Term
from manifests import MF, Case, Facts, Node

HT = "http://www.w3.org/2011/http#"
HTS = "http://www.w3.org/2011/http-statusCodes#"
CNT = "http://www.w3.org/2011/content#"

STATUSES = {
    "StatusCode2xx": range(200, 300),
    "StatusCode3xx": range(300, 400),
    "StatusCode4xx": range(400, 500),
    "OK": range(200, 201),
    "Created": range(201, 202),
    "NoContent": range(204, 205),
    "NotFound": range(404, 405),
}


@dataclass(frozen=True)
class Exchange:
    """One request, and what the response to it must be like; None and "" where that is left open."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    statuses: tuple[range, ...]
    boolean: bool | None
    format: str
    location: str
    received_headers: dict[str, str]
    received_body: bytes | None

    def accepts(self, answer: httpx.Response) -> bool:
        """Whether the status is one of those expected."""
        return any(answer.status_code in statuses for statuses in self.statuses)

    @property
    def refused(self) -> bool:
        """Whether the request must fail."""
        return all(statuses.start >= 400 for statuses in self.statuses)


def exchanges(case: Case) -> Iterator[Exchange]:
    """The exchanges of a test, in order."""
    facts = case.facts
    for request in facts.members(case.action, HT + "requests"):
        response = facts.node(request, HT + "resp")
        statuses = facts.objects(response, MF + "expectedStatus")
        boolean = facts.text(response, MF + "expectedBoolean")
        yield Exchange(
            method=facts.text(request, HT + "methodName"),
            path=facts.text(request, HT + "absolutePath"),
            headers=_headers(facts, request),
            body=_body(facts, request),
            statuses=tuple(map(_statuses, statuses)),
            boolean=boolean == "true" if boolean else None,
            format=facts.text(response, MF + "expectedFormat"),
            location=facts.text(response, MF + "expectedLocation"),
            received_headers=_headers(facts, response),
            received_body=_body(facts, response),
        )


def _statuses(term: Term) -> range:
    assert isinstance(term, ox.NamedNode)
    return STATUSES[term.value.removeprefix(HTS)]


def _headers(facts: Facts, message: Node) -> dict[str, str]:
    return {
        facts.text(header, HT + "fieldName").lower(): facts.text(header, HT + "fieldValue")
        for header in facts.members(message, HT + "headers")
    }


def _body(facts: Facts, message: Node) -> bytes | None:
    body = facts.object(message, HT + "body")
    if not isinstance(body, ox.NamedNode | ox.BlankNode):
        return None
    return facts.text(body, CNT + "chars").encode(facts.text(body, CNT + "characterEncoding"))
