"""The endpoint under test: where it takes queries, updates and graphs, and how it is filled and read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import pyoxigraph as ox
from compare import Row
from manifests import Dataset
from solutions import JSON, Solutions, read_results

QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
PROBLEM = "application/problem+json"
EVERYTHING = "SELECT ?g ?s ?p ?o { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"


@dataclass(frozen=True)
class Endpoint:
    """Three addresses, the token that writing needs, and the connection."""

    queries: str
    updates: str
    graphs: str
    token: str
    client: httpx.Client

    @classmethod
    def at(cls, root: str, token: str, client: httpx.Client) -> Endpoint:
        """Find the addresses of a server under test."""
        return cls(f"{root}/sparql", f"{root}/update", f"{root}/graphs", token, client)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> httpx.Response:
        """Send a request as it is: no header but these is added, and no escape in the address is touched."""
        target = httpx.URL(url.partition("?")[0])
        if "?" in url:
            target = target.copy_with(raw_path=target.raw_path + b"?" + url.partition("?")[2].encode("ascii"))
        return self.client.send(httpx.Request(method, target, headers=headers, content=body))

    @property
    def authorization(self) -> dict[str, str]:
        """The header that writing needs."""
        return {"Authorization": f"Bearer {self.token}"}

    def query(self, text: str, accept: str) -> httpx.Response:
        """Ask, with the query itself as the body."""
        return self.send("POST", self.queries, {"Content-Type": QUERY, "Accept": accept}, text.encode())

    def update(self, text: str) -> httpx.Response:
        """Change, with the update itself as the body."""
        return self.send("POST", self.updates, {"Content-Type": UPDATE, **self.authorization}, text.encode())

    def hold(self, dataset: Dataset) -> None:
        """Make the store hold this and nothing else, by one request."""
        blocks = [
            f"{quad.triple} ."
            if isinstance(quad.graph_name, ox.DefaultGraph)
            else f"GRAPH {quad.graph_name} {{ {quad.triple} }}"
            for quad in dataset.quads
        ]
        graphs = (f"CREATE SILENT GRAPH <{graph}>" for graph in dataset.graphs)
        answer = self.update(" ;\n".join(["DROP ALL", *graphs, "\n".join(["INSERT DATA {", *blocks, "}"])]))
        if not answer.is_success:
            raise RuntimeError(f"the data of a test could not be loaded: {answer.status_code} {answer.text}")

    def state(self) -> list[Row]:
        """Every triple with its graph, the default one as None."""
        answer = self.query(EVERYTHING, JSON.media_type)
        assert answer.status_code == 200, answer.text
        found = read_results(answer.content, JSON)
        assert isinstance(found, Solutions)
        return list(found.rows)  # by name: g, o, p, s

    def explains(self, answer: httpx.Response) -> bool:
        """Whether a refusal says in words what is wrong: a problem document (RFC 9457)."""
        return answer.headers.get("Content-Type") == PROBLEM and bool(answer.json()["detail"])

    def refuses(self, answer: httpx.Response) -> bool:
        """Whether an answer says that the text it was sent is no query or update."""
        return answer.status_code == 400 and self.explains(answer) and not self.lacks_function(answer)

    def forbids(self, answer: httpx.Response) -> bool:
        """Whether an answer says that the text was read, and asks for what this server does not do."""
        return answer.status_code == 403 and self.explains(answer) and answer.json()["code"] == "forbidden"

    def reads_but_is_not_answered(self, answer: httpx.Response) -> bool:
        """Whether an answer says that the text was read, and that a service in it is none."""
        return answer.status_code == 502 and self.explains(answer) and answer.json()["code"] == "service"

    def lacks_function(self, answer: httpx.Response) -> bool:
        """Whether an answer says that the text was read, but names a function that is not known here.

        Such a call is within the grammar (SPARQL 1.1 Query, section 17.6); a fault of form would have a line.
        """
        if answer.status_code != 400 or not self.explains(answer) or "line" in answer.json():
            return False
        return re.search(r"function <[^<>]+> is not known here", answer.json()["detail"]) is not None
