"""Query and update syntax: what must be read is read, and what must not is refused as such.

Files are sent byte for byte, so that nothing put before them can make or mend a fault.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest
from endpoint import Endpoint
from manifests import Case, Dataset, needs_suites, text_of, to_run
from solutions import JSON

pytestmark = [needs_suites, pytest.mark.slow]

ANY = f"{JSON.media_type}, text/turtle"
LOAD = re.compile(r"\bLOAD\b", re.IGNORECASE)
PRESENT = re.compile(r"\b(?:CLEAR|DROP)\s+GRAPH\s+<([^<>]*)>", re.IGNORECASE)


@pytest.mark.parametrize("case", to_run("PositiveSyntaxTest"))
def test_queries_that_are(case: Case, endpoint: Endpoint) -> None:
    answer = endpoint.query(text_of(case.request), ANY)
    read = endpoint.lacks_function(answer) or endpoint.reads_but_is_not_answered(answer)
    assert answer.status_code == 200 or read, answer.text


@pytest.mark.parametrize("case", to_run("NegativeSyntaxTest"))
def test_queries_that_are_not(case: Case, endpoint: Endpoint) -> None:
    """Some of these are updates: their files say so, not their type."""
    text = text_of(case.request)
    answer = endpoint.update(text) if case.request.endswith(".ru") else endpoint.query(text, ANY)
    assert endpoint.refuses(answer), answer.text


@pytest.mark.parametrize("case", to_run("PositiveUpdateSyntaxTest"))
def test_updates_that_are(case: Case, endpoint: Endpoint) -> None:
    """What is read also runs, so graphs to be dropped are there. LOAD counts as read when it is forbidden."""
    text = text_of(case.request)
    endpoint.hold(Dataset(graphs=[urljoin(endpoint.updates, iri) for iri in PRESENT.findall(text)]))
    answer = endpoint.update(text)
    assert answer.is_success or (LOAD.search(text) and endpoint.forbids(answer)), answer.text


@pytest.mark.parametrize("case", to_run("NegativeUpdateSyntaxTest"))
def test_updates_that_are_not(case: Case, endpoint: Endpoint) -> None:
    """None runs. One with LOAD may be refused for that, before anything else in it is judged."""
    text = text_of(case.request)
    answer = endpoint.update(text)
    assert endpoint.refuses(answer) or (LOAD.search(text) and endpoint.forbids(answer)), answer.text
