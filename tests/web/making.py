"""The small dataset of the tests of pages, and what makes applications over it and others."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from kg.settings import DefaultGraph

DATA = """\
<https://example.org/alps> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://example.org/Place> <https://example.org/g1> .
<https://example.org/alps> <http://www.w3.org/2000/01/rdf-schema#label> "Alps"@en <https://example.org/g1> .
<https://example.org/alps> <http://www.w3.org/2000/01/rdf-schema#label> "Alps"@en <https://example.org/g2> .
<https://example.org/alps> <http://www.w3.org/2000/01/rdf-schema#label> "Alpen"@de <https://example.org/g2> .
<https://example.org/alps> <https://example.org/height> "4808"^^<http://www.w3.org/2001/XMLSchema#integer> <https://example.org/g2> .
<https://example.org/Place> <http://www.w3.org/2000/01/rdf-schema#label> "place"@en <https://example.org/g1> .
<https://example.org/evil> <https://example.org/note> "<script>alert(1)</script> & \\"x\\"" <https://example.org/g3> .
<https://example.org/evil> <https://example.org/link> <javascript:alert(1)> <https://example.org/g3> .
<https://example.org/evil> <https://example.org/link> <mailto:a@example.org> <https://example.org/g3> .
"""  # noqa: E501 - one statement a line

MakeClient = Callable[..., TestClient]
MakeReal = Callable[[DefaultGraph], TestClient]
