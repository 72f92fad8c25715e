"""/network as its readers see it, without scripts."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from fastapi.testclient import TestClient
from making import MakeClient

PAGE = {"Accept": "text/html"}
SVG = "{http://www.w3.org/2000/svg}"


def see(client: TestClient, **asked: object) -> str:
    answer = client.get("/network", params=asked, headers=PAGE)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return answer.text


def words(page: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", "", page.partition("<main")[2])).split())


def rows(client: TestClient, **asked: object) -> list[dict[str, str]]:
    answer = client.get("/network", params={**asked, "format": "csv"})  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_all_that_is_tied(real: TestClient) -> None:
    page = see(real)
    told = re.search(r"(\d+) things, (\d+) ties\.", words(page))
    assert told and 200 < int(told[1]) <= 400 and page.count('<a href="/network?thing=') == int(told[1])
    assert page.count("<tr>") == int(told[2]) + 1
    assert "Places, living things and documents are left out" in words(page)


def test_how_two_things_are_tied_and_who_says_so(real: TestClient) -> None:
    page = see(real, thing="Room to Roam", to="CBD")
    assert "<h1>How Room to Roam and Convention on Biological Diversity are tied</h1>" in page
    assert "3 shortest paths tie them, 3 steps long." in words(page)
    assert page.count('<section class="way"') == 3
    assert "Kunming-Montreal Global Biodiversity Framework under instrument → Convention on" in words(page)
    assert 'href="/id/passage/' in page.partition('<section class="way"')[2].partition("<figure")[0]
    query = unescape(re.findall(r'href="/sparql\?([^"]+)">As SPARQL', page)[0])
    answer = real.get(f"/sparql?{query}", headers={"Accept": "text/csv"})
    assert len(answer.text.splitlines()) - 1 == len(rows(real, thing="Room to Roam", to="CBD")) >= 7
    cited = real.get(f"/cite?{query}", headers=PAGE).text
    assert "Kunming-Montreal Global Biodiversity Framework (International Legal Materials)" in cited


def test_around_one(full: TestClient) -> None:
    near = rows(full, thing="initiative/room-to-roam")
    lead = next(row for row in near if row["relation"] == "lead organisation")
    assert lead["from"] == "Room to Roam" and "Animal Welfare" in lead["to"]
    assert lead["source"] and lead["sourceIri"].startswith("https://w3id.org/ecoconn/id/")
    assert len(rows(full, thing="initiative/room-to-roam", depth=2)) > len(near)
    assert {row["relation"] for row in rows(full, thing="room to roam", relation="leadOrganisation")} == {
        "lead organisation"
    }
    kinds = {row["toIri"].split("/")[-2] for row in rows(full, thing="Room to Roam", kind="Place")}
    assert kinds == {"place"}
    assert "Nothing is tied to it" in words(see(full, thing="Room to Roam", kind="Person"))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (
            {"thing": "rom to roam"},
            "“rom to roam” is taken to mean Room to Roam (Initiative). Or did you mean one",
        ),
        ({"thing": "convention"}, "“convention” may mean several things. Which of these?"),
        ({"thing": "xyzzyq"}, "Nothing in the network is called “xyzzyq”."),
        ({"thing": "CBD", "to": "instrument/cbd"}, "Both are the same thing."),
        (
            {"thing": "CMS", "to": "WWF", "kind": "Person"},
            "There is one once all kinds and relations are taken in",
        ),
        (
            {"relation": "revises", "kind": "Person"},
            "Nothing is tied by the kinds and relations that are chosen.",
        ),
        ({"to": "CBD"}, "What Convention on Biological Diversity is tied to"),
    ],
)
def test_what_is_said_of_what_is_asked(full: TestClient, asked: dict[str, str], says: str) -> None:
    assert says in words(see(full, **asked))


def test_the_first_of_several_things_counts(full: TestClient) -> None:
    for first, second in (("CMS", "CBD"), ("CBD", "CMS")):
        page = full.get(f"/network?thing={first}&thing={second}", headers=PAGE).text
        assert page == see(full, thing=first)


def test_candidates_lead_on(full: TestClient) -> None:
    page = see(full, thing="convention", to="CMS", depth=2)
    offered = re.findall(r'<li><a href="(/network\?[^"]+)">', page)
    assert len(offered) > 3 and "<svg" not in page
    following = full.get(unescape(offered[0]), headers=PAGE).text
    assert "and Convention on Migratory Species are tied</h1>" in following and "<svg" in following


def test_a_form_in_which_no_kind_was_chosen_leads_to_a_short_address(full: TestClient) -> None:
    sent = [("thing", "Room to Roam"), ("to", ""), ("depth", "1"), ("relation", "contributesTo")]
    kinds = [("kind", kind) for kind, _ in re.findall(r'name="kind" value="([^"]+)" (checked)', see(full))]
    assert len(kinds) > 10

    def send(pairs: list[tuple[str, str]]) -> Any:
        return full.get("/network", params=pairs, headers=PAGE, follow_redirects=False)

    answer = send([*sent, *kinds])
    assert answer.status_code == 303
    assert answer.headers["location"] == "/network?thing=Room+to+Roam&relation=contributesTo"
    assert send(kinds).headers["location"] == "/network"
    assert send([*sent, ("depth", "2"), *kinds]).status_code == 400
    assert send(kinds[1:]).status_code == send([*kinds, ("kind", "Place")]).status_code == 200
    assert send([*kinds, ("kind", "Nonsense")]).status_code == 400
    assert send([*kinds, ("format", "csv")]).headers["content-type"].startswith("text/csv")


def test_things_that_nothing_ties(make_client: MakeClient) -> None:
    names = "".join(
        f'<urn:x:{name}> <http://www.w3.org/2000/01/rdf-schema#label> "Thing {name}" <urn:g> .\n'
        f"<urn:x:{name}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:x:Kind> <urn:g> .\n"
        for name in ("one", "two", "three")
    )
    ties = "<urn:x:one> <urn:x:by> <urn:x:three> .\n"
    client = make_client(names + ties)
    page = words(see(client, thing="Thing one", to="Thing two"))
    assert "No path ties them" in page and "Nor through any others: nothing that is stated here ties" in page
    assert "no source" in words(see(client))
    assert "Nothing is tied" in words(see(make_client("<urn:a> <urn:b> <urn:c> .")))


def test_too_many_are_told(make_client: MakeClient) -> None:
    client = make_client(
        "".join(
            f'<urn:x:{n}> <http://www.w3.org/2000/01/rdf-schema#label> "Thing {n}" <urn:g> .\n'
            f"<urn:x:{n}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:x:Kind> <urn:g> .\n"
            f"<urn:x:{n}> <urn:x:by> <urn:x:{n // 2}> <urn:g> .\n"
            for n in range(450)
        )
    )
    assert "50 more have no room: a picture has 400 things and 2 000 ties at most" in words(see(client))


def test_files(full: TestClient) -> None:
    asked = {"thing": "Room to Roam", "to": "CBD"}
    drawn = full.get("/network", params={**asked, "format": "svg"})
    assert drawn.headers["content-type"] == "image/svg+xml"
    svg = ET.fromstring(drawn.content)
    assert svg.tag == f"{SVG}svg" and len(list(svg.iter(f"{SVG}a"))) == 6
    assert all(link.get("href", "").startswith("http://") for link in svg.iter(f"{SVG}a"))
    assert {path.get("fill") for path in svg.iter(f"{SVG}path")} >= {"#009e73", "#0072b2"}
    graph = nx.parse_graphml(full.get("/network", params={**asked, "format": "graphml"}).text)
    assert graph.number_of_nodes() == 6 and "label" in graph.nodes[next(iter(graph.nodes))]
    assert full.get("/network", headers={"Accept": "image/svg+xml"}).content.startswith(b"<?xml")


def test_names_in_the_language_of_the_reader(full: TestClient) -> None:
    page = full.get("/network?thing=CBD", headers={**PAGE, "Accept-Language": "fr"})
    assert "Convention sur la diversité biologique" in page.text and "Accept-Language" in page.headers["vary"]


def test_who_has_it_already_is_told_so(full: TestClient) -> None:
    first = full.get("/network?thing=CMS", headers=PAGE)
    again = full.get("/network?thing=CMS", headers={**PAGE, "If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert full.get("/network?thing=CBD", headers=PAGE).headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("parameters", "status", "says"),
    [
        ("depth=4", 400, "The parameter depth is 4."),
        ("depth=x", 400, "The parameter depth is"),
        ("kind=Spaceship", 400, "There is no kind 'Spaceship' in the network."),
        ("relation=eats", 400, "There is no relation 'eats' in the network."),
        ("thing=" + "a" * 301, 400, "has 301 characters"),
        ("format=pdf", 400, "There is no format 'pdf'."),
        ("thing=convention&format=csv", 404, "It is not clear what 'convention' means."),
        ("thing=xyzzyq&format=svg", 404, "Nothing in the network is called 'xyzzyq'."),
        ("thing=CMS&to=WWF&kind=Person&format=svg", 404, "There is nothing to draw."),
        ("thing=%FF", 400, "do not spell valid UTF-8"),
    ],
)
def test_what_cannot_be_read(full: TestClient, parameters: str, status: int, says: str) -> None:
    answer = full.get(f"/network?{parameters}")
    assert answer.status_code == status
    assert says in answer.json()["detail"]


@pytest.mark.parametrize("text", ['"><script>alert(1)</script>', "\u0000", "🦅", "\u202e", "<urn:x>", "%"])
def test_odd_names_break_nothing(full: TestClient, text: str) -> None:
    assert "<script>alert" not in see(full, thing=text, to=text)
