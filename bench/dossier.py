"""How long pages and data of the biggest hubs take: ``python bench/dossier.py [HUBS]`` (20).

A server of the content is started as its users start it, and asked over one connection for the things that
most statements point to: first with nothing kept, then again. Times are those of the client, in milliseconds;
those of the biggest hub alone are medians over readers of made-up languages, each of which is served anew.
"""

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time
from urllib.parse import quote

BASE = "https://w3id.org/ecoconn/"
HUBS = """
SELECT ?thing (COUNT(*) AS ?n) WHERE { ?s ?p ?thing FILTER(STRSTARTS(STR(?thing), "%sid/")) }
GROUP BY ?thing ORDER BY DESC(?n) ?thing LIMIT %d
"""
FORMATS = ("html", "ttl", "nt", "jsonld", "rdf", "trig", "nq", "csv")


class Client:
    """One connection to the server."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def get(self, path: str, language: str = "en") -> tuple[float, bytes]:
        """Return milliseconds and the answer."""
        begin = time.perf_counter()
        self._connection.request("GET", path, headers={"Accept-Language": language})
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {data[:300]!r}")
        return (time.perf_counter() - begin) * 1000, data


def report(name: str, times: list[float]) -> None:
    """Print the median and the longest."""
    print(f"{name:34} median {statistics.median(times):7.2f}  longest {max(times):7.2f} ms")


def measure(client: Client, count: int) -> None:
    """Measure and print."""
    query = quote(HUBS % (BASE, count))
    rows = json.loads(client.get(f"/sparql?format=json&query={query}")[1])["results"]["bindings"]
    paths = ["/" + row["thing"]["value"].removeprefix(BASE) for row in rows]
    print(f"{len(paths)} hubs, {rows[0]['n']['value']} to {rows[-1]['n']['value']} incoming statements")
    for ending in FORMATS:
        client.get(f"/id/concept/realm/coastal.{ending}")  # every kind of answer has been made once
    for ending in FORMATS:
        report(f"{ending}, nothing kept", [client.get(f"{path}.{ending}")[0] for path in paths])
        report(f"{ending}, kept", [client.get(f"{path}.{ending}")[0] for path in paths for _ in range(5)])
    times = [client.get(f"{paths[0]}.html", f"en-x{number}")[0] for number in range(20)]
    report(f"page of {paths[0].rpartition('/')[2]}, nothing kept", times)


def main() -> None:
    """Start a server, and measure it."""
    command = [sys.executable, "-m", "kg.cli", "serve", "--port", "0"]
    environ = {**os.environ, "KG_LOG_LEVEL": "warning"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as server:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", server.stdout.readline())
        try:
            assert found, "the server did not start"
            measure(Client(int(found[1])), int(sys.argv[1]) if len(sys.argv) > 1 else 20)
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
