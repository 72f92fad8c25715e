"""Every address of ours: pages and data of things, by suffix, by Accept, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import warnings
from urllib.parse import urlencode

import networkx as nx
import openpyxl
import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient
from making import MakeClient
from pyld import jsonld
from shapely.geometry import Point, shape

from kg import vocab
from kg.build import Dataset
from kg.jsonld import CONTEXT
from kg.web.facts import PAGE

THING = "/id/initiative/room-to-roam"
SAYS = "/id/passage/cms-cop14-initiatives-on-connectivity/18"
FIFTH = "/id/passage/cms-cop14-initiatives-on-connectivity/05"
FORMATS = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "trig": "application/trig",
    "nq": "application/n-quads",
    "csv": "text/csv",
    "html": "text/html",
    "bib": "application/x-bibtex",
    "csl": "application/vnd.citationstyles.csl+json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "graphml": "application/graphml+xml",
}


def triples(client: TestClient, path: str, ending: str = "nt") -> set[str]:
    answer = client.get(f"{path}.{ending}")
    assert answer.status_code == 200
    kind = ox.RdfFormat.from_extension(ending)
    return {str(quad.triple) for quad in ox.parse(answer.content, kind)}


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_by_suffix_by_name_and_by_accept(real: TestClient, ending: str) -> None:
    by_suffix = real.get(f"{THING}.{ending}", headers={"Accept": "image/png"})
    by_name = real.get(THING, params={"format": {"bib": "bibtex"}.get(ending, ending)})
    by_accept = real.get(THING, headers={"Accept": FORMATS[ending]})
    assert by_suffix.headers["content-type"].partition(";")[0] == FORMATS[ending]
    assert by_suffix.content == by_name.content == by_accept.content
    assert by_suffix.headers["etag"] == by_accept.headers["etag"]
    for answer in (by_suffix, by_name, by_accept):
        assert answer.headers["content-location"] == f"{THING}.{ending}"
        for other, kind in FORMATS.items():
            link = f'<{THING}.{other}>; rel="alternate"; type="{kind}"'
            assert (link in answer.headers["link"]) == (other != ending)
        assert f'<{vocab.CC_BY}>; rel="license"' in answer.headers["link"]


@pytest.mark.parametrize("ending", ["ttl", "jsonld", "rdf", "trig", "nq"])
def test_all_formats_of_rdf_hold_the_same(real: TestClient, ending: str) -> None:
    assert triples(real, THING, ending) == triples(real, THING)


def test_the_data_hold_what_is_said_what_points_here_and_names(
    real: TestClient, whole_dataset: Dataset
) -> None:
    iri = f"<{vocab.BASE}{THING[1:]}>"
    said = {str(quad.triple) for quad in whole_dataset.quads if iri in (str(quad.subject), str(quad.object))}
    found = triples(real, THING)
    assert said <= found
    names = found - said
    assert names and all("label>" in item or "prefLabel>" in item or "title>" in item for item in names)
    assert f'<{vocab.ID}organisation/ifaw> <{vocab.SKOS_PREF_LABEL}> "International Fund' in "\n".join(names)


def test_quads_say_which_graph_makes_a_statement(real: TestClient, whole_dataset: Dataset) -> None:
    iri = f"<{vocab.BASE}{THING[1:]}>"
    expected = {f"{quad} ." for quad in whole_dataset.quads if str(quad.subject) == iri}
    assert expected <= set(real.get(f"{THING}.nq").text.splitlines())


def test_a_passage_comes_with_what_it_says(real: TestClient, whole_dataset: Dataset) -> None:
    graph = f"<{vocab.BASE}{FIFTH[1:]}>"
    expected = {str(quad.triple) for quad in whole_dataset.quads if str(quad.graph_name) == graph}
    assert len(expected) > 40
    assert expected <= triples(real, FIFTH)
    page = real.get(f"{FIFTH}.html").text
    assert "What it says" in page and "Ramsar Convention" in page


def test_the_table_has_names_and_sources(real: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(real.get(f"{THING}.csv").text, newline="")))
    led = [row for row in rows if row["propertyLabel"] == "lead organisation"]
    assert {row["valueLabel"] for row in led} == {"International Fund for Animal Welfare"}
    assert any("Initiatives on connectivity, paragraph 16" in row["saidByLabel"] for row in led)


def test_the_sheet_is_the_same_table_with_links(real: TestClient) -> None:
    rows = list(csv.reader(io.StringIO(real.get(f"{THING}.csv").text, newline="")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(real.get(f"{THING}.xlsx").content))
    assert book.active is not None
    assert [[cell.value or "" for cell in row] for row in book.active.rows] == rows
    assert book.active["A2"].hyperlink.target == f"{vocab.BASE}{THING[1:]}"


def test_the_network_leads_to_what_is_linked(real: TestClient) -> None:
    found = nx.parse_graphml(real.get(f"{THING}.graphml").text, force_multigraph=True)
    me = f"{vocab.BASE}{THING[1:]}"
    assert found.nodes[me]["label"] == "Room to Roam"
    assert found.nodes[f"{vocab.ID}organisation/ifaw"]["label"] == "International Fund for Animal Welfare"
    assert "lead organisation" in {data["label"] for _, _, data in found.out_edges(me, data=True)}
    assert found.in_degree(me) > 0


def test_a_place_is_on_the_map_and_other_things_are_not(real: TestClient) -> None:
    (feature,) = real.get("/id/place/alps.geojson").json()["features"]
    assert shape(feature["geometry"]).contains(Point(7.66, 45.98))
    assert feature["properties"] == {"name": "Alps", "iri": f"{vocab.ID}place/alps"}
    assert 'href="/id/place/alps.geojson">GeoJSON' in real.get("/id/place/alps.html").text
    assert "geojson" not in real.get(f"{THING}.html").text
    refused = real.get(f"{THING}.geojson")
    assert (refused.status_code, refused.json()["code"]) == (406, "not-acceptable")
    assert "it is no place with a geometry" in refused.json()["detail"]
    for path, ending in (("/id/place/alps", "geojson"), (THING, "ttl")):
        answer = real.get(path, headers={"Accept": "application/geo+json, text/turtle;q=0.5"})
        assert answer.headers["content-location"] == f"{path}.{ending}"


def test_a_place_whose_geometry_is_none_is_refused(make_client: MakeClient) -> None:
    geo = "http://www.opengis.net/ont/geosparql#"
    place = f"<{vocab.ID}place/x>"
    data = f'{place} <{geo}hasGeometry> <u:g> .\n<u:g> <{geo}asWKT> "POINT (=1)"^^<{geo}wktLiteral> .\n'
    refused = make_client(data).get("/id/place/x.geojson")
    assert (refused.status_code, refused.json()["code"]) == (406, "not-acceptable")
    assert "This is no geometry in well-known text: 'POINT (=1)'" in refused.json()["detail"]


def test_the_page_of_a_thing(real: TestClient) -> None:
    page = real.get(f"{THING}.html").text
    assert "<h1>Room to Roam</h1>" in page
    assert '<dt>lead organisation</dt><dd><a href="/id/organisation/ifaw">International Fund' in page
    assert page.index(">What it is</h2>") < page.index(">Who</h2>") < page.index(">Where</h2>")
    assert 'href="#note-1" aria-label="Source 1">§1</a>' in page
    assert '<li id="note-1" value="1">' in page and "printed number 16" in page
    assert (
        '<small class="stated">as of 2024, 2024-02, 2025</small> <small class="now">holds now</small>' in page
    )
    assert f"<code>{vocab.BASE}{THING[1:]}</code>" in page


def test_links_are_by_knowledge_base_and_called_what_is_meant(real: TestClient) -> None:
    page = real.get("/id/place/alps.html").text
    linked = page[page.index(">In other knowledge bases</h2>") :].partition("</section>")[0]
    assert linked.index("<dt>GeoNames</dt>") < linked.index("<dt>Wikidata</dt>")
    assert '<a href="http://www.wikidata.org/entity/Q1286">Alps</a> <small>the same</small>' in linked


def test_the_page_speaks_the_language_of_the_reader(make_client: MakeClient) -> None:
    naming = f"<{vocab.SKOS_PREF_LABEL}>"
    alps = f"<{vocab.ID}place/alps>"
    client = make_client(f'{alps} {naming} "Alps"@en <u:g> .\n{alps} {naming} "Alpes"@fr <u:g> .\n')
    answers = [
        client.get("/id/place/alps.html", headers={"Accept-Language": wanted}) for wanted in ("fr", "en")
    ]
    assert ["<h1>Alpes</h1>" in answer.text for answer in answers] == [True, False]
    assert answers[0].headers["etag"] != answers[1].headers["etag"]
    assert "Accept-Language" in answers[0].headers["vary"]


def test_who_has_it_already_is_told_so(real: TestClient) -> None:
    first = real.get(f"{THING}.ttl")
    again = real.get(f"{THING}.ttl", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = real.head(f"{THING}.ttl")
    assert (head.content, head.headers["content-length"]) == (b"", first.headers["content-length"])
    assert head.headers["etag"] == first.headers["etag"]


def test_it_is_coded_as_asked(real: TestClient) -> None:
    plain = real.get(f"{THING}.ttl", headers={"Accept-Encoding": "identity"})
    coded = real.get(f"{THING}.ttl", headers={"Accept-Encoding": "gzip"})
    assert coded.headers["content-encoding"] == "gzip"
    assert coded.content == plain.content
    assert coded.headers["etag"] != plain.headers["etag"]


def test_hubs_come_in_pages(make_client: MakeClient) -> None:
    hub = f"{vocab.ID}place/hub"
    number = PAGE * 2 + 5
    data = "".join(f"<u:{n:05}> <u:p> <{hub}> <u:g> .\n" for n in range(number))
    client = make_client(data)
    sizes = []
    seen: set[str] = set()
    for page in (1, 2, 3):
        answer = client.get("/id/place/hub.nt", params={"page": page})
        lines = {line for line in answer.text.splitlines() if "<u:p>" in line}
        sizes.append(len(lines))
        seen |= lines
    assert (sizes, len(seen)) == ([PAGE, PAGE, 5], number)
    html = client.get("/id/place/hub.html", params={"page": 2}).text
    assert "Page 2 of 3" in html
    assert (
        'rel="prev" href="/id/place/hub?page=1"' in html and 'rel="next" href="/id/place/hub?page=3"' in html
    )
    missing = client.get("/id/place/hub.nt", params={"page": 4})
    assert (missing.status_code, missing.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e3", "1" * 12, "²"])
def test_pages_are_numbers(real: TestClient, page: str) -> None:
    answer = real.get(THING, params={"page": page})
    assert answer.status_code == 400
    assert "Give one number from 1 on." in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/id/initiative/nothing", f"{THING}.pdf", "/id/", "/graph/nothing", "/ontology/9.9", "/id/a%20b"]
)
def test_what_is_not_there(real: TestClient, path: str) -> None:
    answer = real.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    page = real.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 404 and "Nothing is known of" in page.text


def test_a_format_that_is_not_there(real: TestClient) -> None:
    answer = real.get(THING, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "text/turtle" in answer.json()["detail"]
    assert real.get(THING, params={"format": "xlsx2"}).status_code == 400


def test_what_is_retired_says_what_took_its_place(make_client: MakeClient) -> None:
    client = make_client(
        f"<{vocab.ID}place/old> <{vocab.DCTERMS}isReplacedBy> <{vocab.ID}place/new> <{vocab.REGISTER}> .\n"
    )
    answer = client.get("/id/place/old")
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert f"In its place is {vocab.ID}place/new." in answer.json()["detail"]


def test_names_outside_ascii_written_either_way(make_client: MakeClient) -> None:
    for name in ("zürich", "z%C3%BCrich"):
        client = make_client(f'<{vocab.ID}place/{name}> <u:p> "x" <u:g> .\n')
        for path in ("/id/place/z%C3%BCrich", "/id/place/zürich"):
            answer = client.get(path + ".nt")
            assert answer.text == f'<{vocab.ID}place/{name}> <u:p> "x" .\n'
            assert answer.headers["content-location"] == "/id/place/z%C3%BCrich.nt"


def test_markup_in_the_data_is_text_and_odd_links_are_none(make_client: MakeClient) -> None:
    evil = f"{vocab.ID}place/evil"
    client = make_client(
        f'<{evil}> <{vocab.SKOS_PREF_LABEL}> "<script>alert(1)</script>" <u:g> .\n'
        f'<{evil}> <u:p> "\\"><img src=x onerror=alert(1)>" <u:g> .\n'
        f"<{evil}> <u:p> <javascript:alert(1)> <u:g> .\n"
    )
    page = client.get("/id/place/evil.html").text
    assert "<script" not in page and "<img" not in page
    assert "&lt;script&gt;" in page
    assert 'href="javascript:' not in page


def test_every_thing_of_ours_answers(real: TestClient, whole_dataset: Dataset) -> None:
    iris = sorted(
        {
            term.value
            for quad in whole_dataset.quads
            for term in (quad.subject, quad.object, quad.graph_name)
            if isinstance(term, ox.NamedNode)
            and term.value.startswith((vocab.ID, vocab.GRAPH))
            and "#" not in term.value
        }
    )
    assert len(iris) > 250
    for iri in iris[:: max(1, len(iris) // 120)]:
        answer = real.get("/" + iri.removeprefix(vocab.BASE), headers={"Accept": "text/html"})
        assert answer.status_code == 200, iri
        assert f"<code>{iri}</code>" in answer.text


def test_json_ld_keeps_the_graphs_apart(real: TestClient) -> None:
    found = json.loads(real.get(f"{THING}.jsonld").text)
    assert found["id"] == vocab.BASE + THING[1:]
    register = found["sources"][0]
    assert register["id"] == vocab.REGISTER
    thing = register["says"][0]
    assert (thing["id"], thing["type"]) == (found["id"], "Initiative")
    assert thing["prefLabel"]["en"] == "Room to Roam"
    leads = {
        source["id"]: source["says"][0]["leadOrganisation"]
        for source in found["sources"]
        if "leadOrganisation" in source["says"][0]
    }
    assert leads[vocab.BASE + SAYS[1:]] == vocab.ID + "organisation/ifaw"


@pytest.mark.parametrize("path", [THING, FIFTH, "/id/place/kenya", "/id/concept/status/active"])
def test_json_ld_is_exactly_the_n_quads_for_another_library_too(real: TestClient, path: str) -> None:
    document = json.loads(real.get(f"{path}.jsonld").text)
    expected = set(ox.parse(real.get(f"{path}.nq").content, ox.RdfFormat.N_QUADS))
    assert set(ox.parse(json.dumps(document), ox.RdfFormat.JSON_LD)) == expected
    given = document["@context"]
    published = real.get("/ontology/context.jsonld").json()
    assert given.items() <= published["@context"].items()
    document["@context"] = CONTEXT

    def load(iri: str, options: object) -> dict[str, object]:
        assert iri == CONTEXT
        return {"documentUrl": iri, "contextUrl": None, "document": published}

    lines = jsonld.to_rdf(document, {"format": "application/n-quads", "documentLoader": load})
    assert set(ox.parse(lines, ox.RdfFormat.N_QUADS)) == expected


def test_citations_name_the_thing_the_dataset_and_the_sources(real: TestClient) -> None:
    text = real.get(f"{THING}.bib").text
    assert text.startswith("@misc{connectivity-kg-initiative-room-to-roam,\n")
    assert "title = {{Room to Roam}}" in text and f"url = {{{vocab.BASE}{THING[1:]}}}" in text
    (item,) = real.get(f"{THING}.csl").json()
    assert (item["title"], item["URL"]) == ("Room to Roam", vocab.BASE + THING[1:])
    assert "Initiatives on connectivity, paragraph 16" in item["note"]
    assert item["version"] in text


@pytest.mark.parametrize(
    ("name", "facet"),
    [
        ("concept/topic/corridors", "topic"),
        ("concept/status/planned", "status"),
        ("concept/engagement-mode/follow-up", "mode"),
        ("place/east-africa", "place"),
        ("organisation/ifaw", "organisation"),
        ("instrument/cbd", "instrument"),
    ],
)
def test_the_page_of_what_things_are_browsed_by_leads_there(real: TestClient, name: str, facet: str) -> None:
    href = "/browse?" + urlencode({facet: name})
    assert f'<a href="{href}">Browse by it</a>' in real.get(f"/id/{name}.html").text
    shown = real.get(href, headers={"Accept": "text/html"}).text
    assert '<span class="unseen">Drop </span>' in shown and "Nothing" not in shown
    assert "Browse by it" not in real.get(f"{THING}.html").text


def test_the_page_of_a_thing_leads_to_its_ties(real: TestClient) -> None:
    page = real.get(f"{THING}.html").text
    href = f"/network?thing={THING.removeprefix('/id/')}"
    assert f'<a href="{href}">how it is tied to others</a>' in page
    assert real.get(href, headers={"Accept": "text/html"}).status_code == 200
    concept = real.get("/id/concept/topic/animal-tracking.html")
    assert concept.status_code == 200 and "/network?thing" not in concept.text
