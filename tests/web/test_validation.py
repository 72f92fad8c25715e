"""/validate as a client sees it: forms and bodies in, reports in every format out, errors in words."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from kg.store import jail
from serving import Server, running

pytestmark = pytest.mark.skipif(not jail.LINUX, reason="validation needs Linux")

PREFIXES = """\
@prefix ex: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DATA = PREFIXES + 'ex:ann a ex:Person ; rdfs:label "Ann"@en ; ex:age "x", 3 .\n'
SHAPES = (
    PREFIXES
    + """\
ex:PersonShape a sh:NodeShape ; rdfs:label "Person" ; sh:targetClass ex:Person ;
    sh:property [ sh:path ex:age ; sh:name "age" ; sh:maxCount 1 ; sh:datatype xsd:integer ] ;
    sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:message "A person needs a name."@en ] .
"""
)
GOOD = PREFIXES + 'ex:ann a ex:Person ; ex:age 3 ; ex:name "Ann" .\n'
SLOW = PREFIXES + 'ex:S a sh:NodeShape ; sh:targetNode "%s!" ; sh:pattern "(a+)+$" .\n' % ("a" * 60)
SH = "http://www.w3.org/ns/shacl#"
RDF_NAMES = ("ttl", "nt", "jsonld", "rdf")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with the project's content and short limits, which has nothing to report in the end."""
    with running(KG_QUERY_TIMEOUT="3", KG_QUERY_MEMORY="150MB", KG_BODY_LIMIT="2MB") as found:
        yield found
        assert found.process.poll() is None, found.log()
        assert "Traceback" not in found.log(), found.log()


@pytest.fixture(scope="module")
def web(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.root, timeout=30) as client:
        yield client


def files(data: str = DATA, shapes: str | None = SHAPES) -> dict[str, tuple[str, str]]:
    found = {"data": ("data.ttl", data)}
    return found if shapes is None else {**found, "shapes": ("shapes.ttl", shapes)}


def send(
    web: httpx.Client, form: dict[str, tuple[str, str]], accept: str = "*/*", **query: str
) -> httpx.Response:
    return web.post("/validate", files=form, params=query, headers={"Accept": accept})


def workers(server: Server) -> list[int]:
    """All processes below the server's that judge: its children's children too."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if rest[0] != "Z":
            parents[int(stat.parent.name)] = int(rest[1])
    found = {server.process.pid}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    judging = []
    for pid in found:
        try:
            if b"kg.validate.judge" in Path(f"/proc/{pid}/cmdline").read_bytes():
                judging.append(pid)
        except OSError:
            continue
    return sorted(judging)


def busy(server: Server) -> list[int]:
    """Those of them that use the processor now."""

    def used() -> dict[int, int]:
        found = {}
        for pid in workers(server):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            found[pid] = int(fields[11]) + int(fields[12])
        return found

    before = used()
    time.sleep(0.3)
    return [pid for pid, ticks in used().items() if ticks - before.get(pid, 0) > 10]


# ---- reports


def test_faults_are_told_in_plain_words(web: httpx.Client) -> None:
    answer = send(web, files())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.splitlines() == [
        "violation: Ann (ex:ann)",
        "  property: age",
        "  fault:    There is more than one value.",
        "  asked:    The property must have at most 1 value.",
        "",
        "violation: Ann (ex:ann)",
        "  property: age",
        "  fault:    “x” is not a well-formed value of the datatype whole number (xsd:integer).",
        "  value:    “x”",
        "  asked:    Each value must be a well-formed whole number (xsd:integer).",
        "",
        "violation: Ann (ex:ann)",
        "  property: ex:name",
        "  fault:    A person needs a name.",
        "  asked:    The property must have at least 1 value.",
        "",
        "The data do not conform to the shapes: 3 violations (4 triples, 1 shape, 1 thing judged).",
    ]


def test_data_that_conform(web: httpx.Client) -> None:
    answer = send(web, files(GOOD))
    assert (answer.status_code, answer.text) == (
        200,
        "The data conform to the shapes: no fault (3 triples, 1 shape, 1 thing judged).\n",
    )


def test_data_that_no_shape_speaks_of(web: httpx.Client) -> None:
    found = send(web, files(PREFIXES + "ex:a ex:b 1 ."), format="json").json()
    assert found["conforms"] is True
    assert found["notes"] == ["No shape says anything of what is in the data: nothing was judged."]


def test_the_report_as_json(web: httpx.Client) -> None:
    answer = send(web, files(), "application/json")
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert found["conforms"] is False
    assert found["counts"] == {"violation": 3, "warning": 0, "info": 0}
    assert found["results"][2] == {
        "severity": "violation",
        "thing": "Ann (ex:ann)",
        "thing_iri": "https://example.org/ann",
        "path": "ex:name",
        "path_iri": "https://example.org/name",
        "message": "A person needs a name.",
        "asks": "The property must have at least 1 value.",
        "constraint": "MinCount",
    }


@pytest.mark.parametrize("name", RDF_NAMES)
def test_the_report_in_every_format_of_rdf(web: httpx.Client, name: str) -> None:
    answer = send(web, files(), format=name)
    kind = ox.RdfFormat.from_media_type(answer.headers["content-type"].partition(";")[0])
    triples = [quad.triple for quad in ox.parse(answer.content, kind)]
    assert sum(triple.predicate.value == SH + "result" for triple in triples) == 3
    assert sum(triple.predicate.value == SH + "resultMessage" for triple in triples) == 3
    (conforms,) = [triple.object for triple in triples if triple.predicate.value == SH + "conforms"]
    assert isinstance(conforms, ox.Literal)
    assert conforms.value == "false"


def test_the_report_as_a_page(web: httpx.Client) -> None:
    answer = send(web, files(DATA.replace("Ann", "<b>Ann & Co")), "text/html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "No: it does not conform" in answer.text
    assert "&lt;b&gt;Ann &amp; Co (ex:ann)" in answer.text
    assert "A person needs a name." in answer.text
    assert "<b>" not in answer.text
    assert "<script" not in answer.text


def test_a_format_that_is_not_offered(web: httpx.Client) -> None:
    assert send(web, files(), "text/csv").status_code == 406
    assert send(web, files(), format="pdf").status_code == 400


# ---- our own shapes


def test_our_shapes_judge_without_others(web: httpx.Client) -> None:
    data = "<https://w3id.org/ecoconn/id/initiative/x> a <https://w3id.org/ecoconn/ontology#Initiative> ."
    found = send(web, files(data, None), format="json").json()
    assert found["conforms"] is False
    assert {"initiative:x"} == {result["thing"] for result in found["results"]}
    assert any("needs one name in English" in result["message"] for result in found["results"])


ROOT = Path(__file__).resolve().parents[2]
OURS = sorted(ROOT.glob("data/sources/*/0[1-4]*.ttl")) + sorted(ROOT.glob("data/register/initiative/a*.ttl"))
FIXTURES = (
    sorted(ROOT.glob("tests/shapes/valid/*.ttl"))[::4] + sorted(ROOT.glob("tests/shapes/invalid/*.ttl"))[::6]
)


@pytest.mark.parametrize("path", [*OURS, *FIXTURES], ids=lambda path: path.stem)
def test_our_files_conform_each_by_itself_and_broken_ones_do_not(web: httpx.Client, path: Path) -> None:
    found = send(web, files(path.read_text(encoding="utf-8"), None), format="json").json()
    assert found["looked"]["things"] > 0
    assert found["conforms"] is (path.parent.name != "invalid"), found["results"]


def test_a_server_without_shapes_says_so(client: TestClient) -> None:
    answer = client.post("/validate", files=files(DATA, None))
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("This server has no shapes of its own.")
    assert client.post("/validate", files=files()).status_code == 200


# ---- what is sent


def test_rdf_as_the_body(web: httpx.Client) -> None:
    answer = web.post("/validate", content=DATA, headers={"Content-Type": "text/turtle"})
    assert (answer.status_code, "4 triples" in answer.text) == (200, True)


def test_texts_in_a_form(web: httpx.Client) -> None:
    answer = web.post("/validate", data={"data": DATA, "shapes": SHAPES})
    assert "3 violations" in answer.text


def test_the_form_of_a_browser_with_empty_fields(web: httpx.Client) -> None:
    parts = [
        ("data", ("", b"", "application/octet-stream")),
        ("data", (None, DATA)),
        ("data-format", (None, "")),
        ("shapes", ("s.ttl", SHAPES, "application/octet-stream")),
        ("shapes", (None, "")),
    ]
    assert "3 violations" in web.post("/validate", files=parts).text


JSONLD = json.dumps({"@id": "https://example.org/ann", "@type": "https://example.org/Person"})


@pytest.mark.parametrize(
    "part",
    [
        ("data.jsonld", JSONLD, "application/octet-stream"),
        ("data", JSONLD, "application/ld+json"),
        ("data", JSONLD, "application/json"),
        (None, JSONLD),
        (
            "x.nt",
            "<https://example.org/ann> a <https://example.org/Person> .".replace(
                " a ", " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
            ),
        ),
    ],
)
def test_the_format_by_type_name_or_look(web: httpx.Client, part: tuple[str, ...]) -> None:
    answer = web.post("/validate", files={"data": part, "shapes": ("s.ttl", SHAPES)})
    assert "1 violation (1 triple" in answer.text


def test_the_format_by_a_field(web: httpx.Client) -> None:
    form = {"data": ("x.ttl", JSONLD), "shapes": ("s.ttl", SHAPES), "data-format": (None, "jsonld")}
    assert "1 violation" in web.post("/validate", files=form).text


# ---- faults


def test_faulty_data_have_their_place(web: httpx.Client) -> None:
    answer = send(web, files("<urn:a> <urn:b> 1 .\n<urn:a> <urn:b> }"))
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    found = answer.json()
    assert (found["code"], found["line"], found["column"]) == ("rdf", 2, 17)
    assert found["detail"].startswith("The text of the data cannot be read as Turtle: ")
    assert "Correct the data there" in found["detail"]


def test_faulty_shapes_have_their_place(web: httpx.Client) -> None:
    found = send(web, files(shapes="\n\nno:prefix a 1 .")).json()
    assert found["line"] == 3
    assert found["detail"].startswith("The text of the shapes cannot be read as Turtle: ")


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("sh:path [] ; sh:minCount 1", "shapes cannot be used"),
        ('sh:path ex:b ; sh:pattern "((("', "shapes cannot be used: missing )"),
        ("sh:path ex:b ; sh:in 1, 2", "shapes cannot be used"),
        ("sh:path _:p . _:p sh:inversePath _:p", "shapes cannot be used: Path traversal depth"),
        (
            'sh:path ex:b ; sh:sparql [ sh:select "SELECT $this { SERVICE <urn:x> { $this ?p 1 } }" ]',
            "shapes cannot be used: A SPARQL Constraint must not contain a federated query",
        ),
        ('sh:path ex:b ; sh:sparql [ sh:select "SELECT" ]', "shapes cannot be used"),
    ],
)
def test_shapes_that_cannot_be_used(web: httpx.Client, shape: str, words: str) -> None:
    shapes = f"{PREFIXES} ex:S a sh:PropertyShape ; sh:targetNode ex:a ; {shape} ."
    answer = send(web, files(PREFIXES + 'ex:a ex:b "1" .', shapes))
    assert (answer.status_code, answer.json()["code"]) == (400, "rdf")
    assert words in answer.json()["detail"]
    assert not re.search(r"Traceback|site-packages|/[a-z]+/[a-z]+\.py", answer.text)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "text/turtle", 400),
        (b"a,b", "text/csv", 415),
        (b"x", "multipart/form-data", 400),
        (b"x", "multipart/form-data; boundary=x", 400),
        (b"data=%FF", "application/x-www-form-urlencoded", 400),
        (b"\xff", "text/turtle", 400),
        (b"<urn:a> <urn:b> <<( <urn:a> <urn:b> 1 )>> .", "text/turtle", 400),
        (b"[" * 1000, "text/turtle", 400),
        (b"#" * 2_000_001, "text/turtle", 413),
    ],
)
def test_bodies_that_cannot_be_used(web: httpx.Client, body: bytes, content_type: str, status: int) -> None:
    answer = web.post("/validate", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]


def test_two_texts_of_one_name(web: httpx.Client) -> None:
    answer = web.post("/validate", files=[("data", ("a.ttl", DATA)), ("data", (None, DATA))])
    assert answer.json()["detail"].startswith("The request holds 2 parts named data.")


# ---- limits


def test_nothing_is_fetched(web: httpx.Client) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        context = json.dumps({"@context": address, "@id": "urn:a", "b": 1})
        answer = web.post("/validate", content=context, headers={"Content-Type": "application/ld+json"})
        assert answer.status_code == 400
        assert "nothing is fetched" in answer.json()["detail"]
        select = f"SELECT $this FROM <{address}> FROM <file:///etc/passwd> {{ $this ?p ?o }}"
        shapes = f"""{PREFIXES} @prefix owl: <http://www.w3.org/2002/07/owl#> .
            <{address}> a owl:Ontology ; owl:imports <{address}> ; sh:shapesGraph <{address}> .
            ex:S a sh:NodeShape ; sh:targetNode ex:ann ; sh:entailment <{address}> .
            ex:T a sh:NodeShape ; sh:targetNode ex:ann ; sh:sparql [ sh:select "{select}" ] ."""
        data = f"{DATA} <{address}> <http://www.w3.org/2002/07/owl#imports> <{address}> ."
        assert send(web, files(data, shapes)).status_code < 500
        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_endless_work_is_stopped(web: httpx.Client, server: Server) -> None:
    begun = time.monotonic()
    answer = send(web, files(shapes=SLOW))
    assert (answer.status_code, answer.json()["code"]) == (504, "timeout")
    assert 2.5 < time.monotonic() - begun < 6
    assert not busy(server)


def test_less_time_can_be_asked_for(web: httpx.Client) -> None:
    answer = send(web, files(shapes=SLOW), timeout="0.5")
    assert answer.status_code == 504
    assert answer.json()["detail"].startswith("The validation was stopped after 0.5 s")


def test_work_that_needs_too_much_memory(web: httpx.Client) -> None:
    large = f"REPLACE('{'a' * 20000}', 'a', '{'b' * 90000}')"
    select = f"SELECT $this ?value {{ $this ?p ?o . BIND ({large} AS ?value) }}"
    shapes = f'{PREFIXES} ex:S a sh:NodeShape ; sh:targetNode ex:ann ; sh:sparql [ sh:select "{select}" ] .'
    answer = send(web, files(shapes=shapes))
    assert (answer.status_code, answer.json()["code"]) == (503, "memory")
    assert answer.headers["retry-after"]


def test_a_client_that_goes_away_stops_the_work(web: httpx.Client, server: Server) -> None:
    send(web, files())
    with pytest.raises(httpx.TimeoutException):
        web.post("/validate", files=files(shapes=SLOW), timeout=1)
    deadline = time.monotonic() + 1.5  # less than the limit of the work itself
    while busy(server):
        assert time.monotonic() < deadline


def test_many_at_once_are_all_answered(server: Server) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def ask(number: int) -> int:
        with httpx.Client(base_url=server.root, timeout=60) as client:
            return send(client, files(shapes=SLOW if number % 8 == 0 else SHAPES), timeout="1.5").status_code

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(ask, range(32)))
    assert found.count(504) == 4
    assert found.count(200) == 28


def test_no_process_is_left_behind() -> None:
    with running(KG_CONTENT="none") as server, httpx.Client(base_url=server.root, timeout=30) as client:
        assert send(client, files()).status_code == 200
        judging = workers(server)
        assert len(judging) > 1
        assert len(judging) < 6
    deadline = time.monotonic() + 5
    while any(_lives(pid) for pid in judging):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# ---- GET


def test_a_form_for_people(client: TestClient) -> None:
    answer = client.get("/validate", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert 'enctype="multipart/form-data"' in answer.text
    assert answer.text.count('type="file"') == 2
    assert answer.text.count("<textarea") == 2
    assert "style=" not in answer.text
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_description_for_programs(client: TestClient) -> None:
    plain = client.get("/validate")
    assert plain.headers["content-type"] == "text/plain; charset=utf-8"
    assert "POST data" in plain.text
    found = client.get("/validate", headers={"Accept": "application/json"}).json()
    assert found["example"].endswith("/validate")
    assert client.get("/validate", headers={"Accept": "text/turtle"}).status_code == 406


def test_other_methods(client: TestClient) -> None:
    answer = client.put("/validate")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
