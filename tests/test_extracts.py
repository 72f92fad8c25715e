"""Files made of the dataset, each read back by a library that others use."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import networkx as nx
import openpyxl
import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.namespace import RDF, SKOS
from shapely.geometry import Point, shape

from kg import vocab
from kg.build import Dataset
from kg.errors import KgError
from kg.extracts import EXTRACTS, Extract, extract
from kg.extracts.sheets import class_table
from kg.extracts.view import View

ROOM = f"{vocab.ID}initiative/room-to-roam"
IFAW = f"{vocab.ID}organisation/ifaw"


@pytest.fixture(scope="module")
def files(whole_dataset: Dataset) -> dict[str, bytes]:
    """All extracts by name."""
    view = View(whole_dataset.quads)
    return {item.name: item.make(view) for item in EXTRACTS}


@pytest.fixture(scope="module")
def view(whole_dataset: Dataset) -> View:
    return View(whole_dataset.quads)


@pytest.mark.parametrize("item", EXTRACTS, ids=lambda item: item.name)
def test_the_same_data_give_the_same_bytes(
    item: Extract, files: dict[str, bytes], whole_dataset: Dataset
) -> None:
    again = item.make(View(reversed(whole_dataset.quads)))
    if item.name != "zip":
        assert again == files[item.name]
    assert extract(item.name, whole_dataset.quads)[:4] == files[item.name][:4]


def test_files_end_as_programs_expect() -> None:
    endings = {item.name: item.file.partition(".")[2] for item in EXTRACTS}
    assert endings == {
        "context": "jsonld",
        "ttl12": "ttl",
        "skos": "ttl",
        "xlsx": "xlsx",
        "zip": "zip",
        "geojson": "geojson",
        "graphml": "graphml",
        "gexf": "gexf",
        "sssom": "sssom.tsv",
        "bibtex": "bib",
        "csl": "json",
    }


def test_an_extract_that_is_not_there() -> None:
    with pytest.raises(KgError, match="There is no extract 'pdf'"):
        extract("pdf", ())


def test_a_view_knows_names_classes_and_sources(view: View) -> None:
    assert view.name(ROOM) == "Room to Roam"
    assert view.things[ROOM] == f"{vocab.CONN}Initiative"
    (lead,) = [fact for fact in view.facts[ROOM] if fact.predicate == f"{vocab.CONN}leadOrganisation"]
    assert "Initiatives on connectivity, paragraph 16 (Room to Roam Initiative)" in view.cited(lead.graphs)
    assert view.shown(lead).startswith("International Fund for Animal Welfare (as of 2022-03-07, ")
    assert view.name("https://example.org/a#b") == "b"


# ---- RDF
# ------------------------------------------------------------------------------------------------------------


def test_annotated_turtle_gives_each_statement_and_its_sources(
    files: dict[str, bytes], whole_dataset: Dataset
) -> None:
    found = list(ox.parse(files["ttl12"], ox.RdfFormat.TURTLE))
    reified = {quad.subject: quad.object for quad in found if quad.predicate.value == vocab.RDF + "reifies"}
    source = {
        quad.subject: quad.object
        for quad in found
        if quad.predicate.value == vocab.DCTERMS + "source" and quad.subject in reified
    }
    assert {(triple, source[name]) for name, triple in reified.items()} == {
        (quad.triple, quad.graph_name) for quad in whole_dataset.quads
    }
    plain = {quad.triple for quad in found if quad.subject not in reified}
    assert plain == {quad.triple for quad in whole_dataset.quads}


def test_the_concepts_are_skos_for_others(files: dict[str, bytes]) -> None:
    graph = Graph().parse(data=files["skos"], format="turtle")
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    schemes = set(graph.subjects(RDF.type, SKOS.ConceptScheme))
    assert len(concepts) > 100 and len(schemes) == 12
    assert all(any(graph.objects(item, SKOS.inScheme)) for item in concepts)
    assert all(any(graph.objects(item, SKOS.prefLabel)) for item in concepts)


# ---- tables
# ---------------------------------------------------------------------------------------------------------


def rows_of(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    data = zipfile.ZipFile(io.BytesIO(files["zip"])).read(f"{name}.csv")
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_table_has_a_row_for_each_thing(files: dict[str, bytes], view: View) -> None:
    rows = rows_of(files, "initiative")
    assert {row["IRI"] for row in rows} == {
        iri for iri, kind in view.things.items() if kind == f"{vocab.CONN}Initiative"
    }
    (room,) = [row for row in rows if row["Name"] == "Room to Roam"]
    assert room["IRI"] == ROOM
    assert room["lead organisation"].startswith("International Fund for Animal Welfare (as of 2022-03-07")
    assert room["lead organisation (IRI)"] == IFAW
    assert "planned (as of 2022-03-07)" in room["status"].split(" | ")
    assert room["current status"] == "active"
    assert room["home page"] == "https://www.ifaw.org/campaigns/room-to-roam"
    assert "Initiatives on connectivity, paragraph 16 (Room to Roam Initiative)" in room["Sources"].split(
        " | "
    )


def test_the_workbook_holds_the_same_tables(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    names = zipfile.ZipFile(io.BytesIO(files["zip"])).namelist()
    assert [f"{name.lower().replace(' ', '-')}.csv" for name in book.sheetnames] == names
    sheet = book["Initiative"]
    rows = rows_of(files, "initiative")
    assert [cell.value for cell in sheet[1]] == list(rows[0])
    assert [str(row[0].value) for row in sheet.iter_rows(min_row=2)] == [row["Name"] for row in rows]
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_one_table_by_the_name_of_the_class(files: dict[str, bytes], whole_dataset: Dataset) -> None:
    archived = zipfile.ZipFile(io.BytesIO(files["zip"])).read("site-network.csv")
    for name in ("Site network", "site-network", "SiteNetwork"):
        assert class_table(whole_dataset.quads, name) == archived
    with pytest.raises(KgError, match="No thing is of the class 'Spaceship'"):
        class_table(whole_dataset.quads, "Spaceship")


# ---- network
# --------------------------------------------------------------------------------------------------------


def test_the_network_opens_in_other_tools(files: dict[str, bytes], view: View) -> None:
    older = files["gexf"].replace(b"gexf.net/1.3", b"www.gexf.net/1.2draft")  # as far as this library goes
    graphs = [
        nx.parse_graphml(files["graphml"].decode(), force_multigraph=True),
        nx.read_gexf(io.BytesIO(older), version="1.2draft"),
    ]
    for graph in graphs:
        assert set(graph.nodes) == {iri.removeprefix(vocab.ID) for iri in view.things}
        room = graph.nodes["initiative/room-to-roam"]
        assert (room["label"], room["kind"], room["iri"]) == ("Room to Roam", "Initiative", ROOM)
        assert graph.has_edge("initiative/room-to-roam", "organisation/ifaw")
    edges = graphs[0].get_edge_data("initiative/room-to-roam", "organisation/ifaw").values()
    led = next(edge for edge in edges if edge["property"] == f"{vocab.CONN}leadOrganisation")
    assert led["label"] == "lead organisation" and "paragraph 16" in led["sources"]
    assert graphs[0].number_of_edges() == graphs[1].number_of_edges() > 1000


def test_gexf_has_colours_by_class(files: dict[str, bytes]) -> None:
    space = {"g": "http://gexf.net/1.3", "viz": "http://gexf.net/1.3/viz"}
    root = ET.fromstring(files["gexf"])
    assert root.get("version") == "1.3"
    colours: dict[str, set[str]] = {}
    for node in root.iterfind(".//g:node", space):
        colour = node.find("viz:color", space)
        kind = node.find("g:attvalues/g:attvalue[@for='kind']", space)
        assert colour is not None and kind is not None
        colours.setdefault(str(kind.get("value")), set()).add(str(sorted(colour.attrib.items())))
    assert all(len(found) == 1 for found in colours.values())
    assert colours["Initiative"] != colours["Instrument"] != colours["Organisation"]


# ---- places
# ---------------------------------------------------------------------------------------------------------


def test_places_are_where_they_should_be(files: dict[str, bytes]) -> None:
    found = json.loads(files["geojson"])
    assert found["type"] == "FeatureCollection"
    places = {item["properties"]["name"]: item for item in found["features"]}
    alps = shape(places["Alps"]["geometry"])
    assert alps.is_valid and alps.contains(Point(7.66, 45.98)) and not alps.contains(Point(2.35, 48.86))
    assert places["Alps"]["id"] == f"{vocab.ID}place/alps"
    assert "DinAlpCONNECT" in places["Alps"]["properties"]["operates in of"]
    assert shape(places["Yellowstone National Park"]["geometry"]).equals(Point(-110.588, 44.428))


# ---- mappings and sources
# -------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")  # of the library, about itself
def test_the_mappings_are_one_sssom_table(files: dict[str, bytes], tmp_path: Path) -> None:
    from sssom.parsers import parse_sssom_table

    path = tmp_path / "all.sssom.tsv"
    path.write_bytes(files["sssom"])
    table = parse_sssom_table(str(path)).df
    assert len(table) == 968
    cms = table[table["subject_id"].str.endswith("instrument/cms") & (table["object_label"] != "")]
    assert len(cms) > 5 and set(table["mapping_justification"].str.partition(":")[0]) == {"semapv"}


def test_the_sources_are_a_bibliography(files: dict[str, bytes]) -> None:
    text = files["bibtex"].decode()
    keys = re.findall(r"^@misc\{([^,\s]+),$", text, re.MULTILINE)
    items = json.loads(files["csl"])
    assert len(keys) == len(set(keys)) == len(items) > 200
    assert text.count("{") == text.count("}")
    by_iri = {item["id"]: item for item in items}
    page = by_iri[f"{vocab.ID}document/web-ifaw-room-to-roam"]
    assert page["title"] == "Room to Roam (IFAW)" and page["URL"].startswith("https://www.ifaw.org/")
    assert page["accessed"] == {"raw": "2026-11-26"} or page["accessed"]["raw"].startswith("2026-")
    assert f"{vocab.ID}document/cms-cop14-initiatives-on-connectivity" in by_iri
