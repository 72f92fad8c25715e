"""The command line: what is said where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

from kg import __version__, bundle
from kg.bundle import Bundle
from kg.cli import main
from mappings import FILE, FIRST, SCHEMES, with_links
from sample import LICENCE, Mini

HERE = "kg: using ontology/, data/ and shapes/ of the working folder, not the copy that was installed\n"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KG_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def here(mini: Mini, monkeypatch: pytest.MonkeyPatch) -> Mini:
    """The small content folder as the working folder."""
    monkeypatch.chdir(mini.root)
    return mini


def run(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=given)


def process(*arguments: str, cwd: Path, **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "kg.cli", *arguments],
        cwd=cwd,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("KG_")}, **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_mind_interrupts,  # noqa: PLW1509 - no other threads run here
    )


def _mind_interrupts() -> None:
    """A shell has what it starts in the background ignore them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_help_is_worth_reading_and_quick() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.split("Commands:\n")[1].splitlines()] == list(
        main.commands
    )
    for name in main.commands:
        text = run(name, "--help").output
        assert "Examples:" in text and f"kg {name}" in text
        assert "..." not in main.commands[name].get_short_help_str(66)
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "kg.cli", "--help"], check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.6, "0.1 s where nothing else runs"
    code = "import sys, kg.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"rdflib", "pyshacl", "fastapi", "uvicorn", "pyoxigraph", "jinja2"} & set(
        loaded.stdout.split()
    )


def test_version() -> None:
    assert run("--version").output == f"kg {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [["bogus"], ["check", "--format", "xlsx"], ["export"], ["query"], ["serve", "--port", "x"], ["--x"]],
)
def test_a_wrong_call_is_exit_code_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr and "Error:" in result.stderr


def test_the_content_in_use_is_said(here: Mini, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = ("query", "-", "--format", "csv")
    query = "SELECT (COUNT(*) AS ?n) { ?s a <https://w3id.org/ecoconn/ontology#Place> }"
    result = run(*ask, given=query)
    assert (result.stdout, result.stderr) == ("n\n1\n", HERE)
    monkeypatch.chdir(tmp_path)
    result = run(*ask, given=query)
    assert int(result.stdout.split()[1]) > 1
    assert "using" not in result.stderr
    monkeypatch.setenv("KG_CONTENT", str(here.root))
    result = run(*ask, given=query)
    assert (result.stdout, result.stderr) == ("n\n1\n", f"kg: using the folder {here.root} (KG_CONTENT)\n")
    monkeypatch.setenv("KG_CONTENT", "none")
    result = run(*ask, given=query)
    assert (result.stdout, result.stderr) == ("n\n0\n", "")
    monkeypatch.setenv("KG_CONTENT", str(tmp_path / "gone"))
    result = run(*ask, given=query)
    assert (result.exit_code, result.stderr) == (
        1,
        f"kg: {tmp_path / 'gone'}: There is no such file or folder.\n",
    )


def test_fmt_rewrites_what_differs(here: Mini) -> None:
    assert run("fmt", "--check").exit_code == 0
    here.write("data/editorial/a.ttl", LICENCE + "<http://a.example/> a <http://b.example/>.")
    result = run("fmt", "--check")
    assert (result.exit_code, result.stdout) == (1, "data/editorial/a.ttl\n")
    assert result.stderr == HERE + "kg: 1 of 13 files would be rewritten\n"
    result = run("fmt")
    assert (result.exit_code, result.stdout) == (0, "data/editorial/a.ttl\n")
    assert result.stderr == HERE + "kg: 1 of 13 files rewritten\n"
    assert run("fmt").stderr == HERE + "kg: 0 of 13 files rewritten\n"


def test_fmt_leaves_alone_what_it_cannot_read_and_does_the_rest(here: Mini) -> None:
    broken = here.write("data/editorial/a.ttl", LICENCE + "<http://a.example/> a nonsense .")
    here.write("data/editorial/b.ttl", LICENCE + "<http://a.example/> a <http://b.example/>. # lost")
    here.write("data/editorial/c.ttl", LICENCE + "<http://a.example/> a <http://b.example/>.")
    here.write("data/editorial/d.ttl", b"\xff")
    result = run("fmt", "data/editorial", "data/gone.ttl")
    assert result.exit_code == 1
    assert result.stdout == "data/editorial/c.ttl\n"
    told = result.stderr.splitlines()
    assert told[1].startswith("kg: data/editorial/a.ttl:2:23: Found nonsense where a value is expected.")
    assert told[2].startswith("kg: data/editorial/b.ttl:2:44: A comment stands below")
    assert told[3].startswith("kg: data/editorial/d.ttl:1:1: The file is not UTF-8")
    assert told[4] == "kg: data/gone.ttl: The file cannot be read: No such file or directory."
    assert told[5] == "kg: 1 of 5 files rewritten, 4 left as they are"
    assert broken.read_text(encoding="utf-8").endswith("nonsense .")


def test_fmt_without_content_wants_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("fmt")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("kg: The working folder holds no content. Name the files to format")
    (tmp_path / "a.ttl").write_text("<http://a.example/> a [] .", encoding="utf-8")
    assert run("fmt", "a.ttl").exit_code == 0
    assert (tmp_path / "a.ttl").read_text(encoding="utf-8") == "<http://a.example/>\n    a [] ;\n.\n"


def test_check_says_what_is_wrong_with_exit_code_1(here: Mini) -> None:
    result = run("check")
    assert (result.exit_code, result.stderr) == (0, HERE)
    looked = "14 files, [0-9]+ triples, 4 shapes, 1 lint, 1 question, no mappings"
    assert re.fullmatch(f"passed: no violations in {looked}\n", result.stdout)
    here.card("place/harz", "conn:Place", "Harz.")
    result = run("check")
    assert result.exit_code == 1
    assert result.stdout.startswith(
        "violation: data/register/place/harz.ttl:6\n  thing:  Harz. (place:harz)\n"
    )
    found = json.loads(run("check", "--format", "json").stdout)
    assert [finding["label"] for finding in found["findings"]] == ["Harz."]
    report = run("check", "--format", "turtle").stdout
    assert len(list(ox.parse(report, ox.RdfFormat.TURTLE))) > 5


def test_check_of_digests(here: Mini, tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    result = run("check", "--source-text", str(texts))
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"kg: {texts}: There is no such folder." in result.stderr
    texts.mkdir()
    (texts / "report.txt").write_text("1. One.\n\n2. Two.\n", encoding="utf-8")
    result = run("check", "--source-text", str(texts))
    assert result.exit_code == 1
    assert result.stdout.count("  rule:   digest:") == 2


def test_a_warning_alone_is_no_failure(here: Mini) -> None:
    path = here.root / "shapes/lint/name-ends.rq"
    text = path.read_text(encoding="utf-8").replace("#+ remedy", "#+ severity: warning\n#+ remedy")
    path.write_text(text, encoding="utf-8")
    here.card("place/harz", "conn:Place", "Harz.")
    result = run("check")
    assert result.exit_code == 0
    assert "passed: no violations, 1 warning in" in result.stdout


def test_build_writes_dataset_and_manifest(here: Mini) -> None:
    result = run("build")
    assert result.exit_code == 0
    data = (here.root / "build" / "dataset.nq").read_bytes()
    manifest = json.loads((here.root / "build" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["statements"] == len(list(ox.parse(data, ox.RdfFormat.N_QUADS)))
    assert (
        result.stdout
        == f"build/dataset.nq: {manifest['statements']} statements, digest {manifest['digest']}\n"
    )
    first = (here.root / "build" / "manifest.json").read_bytes()
    assert run("build", "--out", "again/deep").exit_code == 0
    assert (here.root / "again/deep/dataset.nq").read_bytes() == data
    assert (here.root / "again/deep/manifest.json").read_bytes() == first
    here.write("file", "")
    result = run("build", "--out", "file")
    assert (result.exit_code, result.stderr) == (
        1,
        HERE + "kg: file: The folder cannot be made: File exists.\n",
    )


def test_build_of_faulty_content_leaves_nothing(here: Mini) -> None:
    here.write("data/register/place/alps.ttl", LICENCE + "nowhere:a a nowhere:b .")
    result = run("build")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "kg: data/register/place/alps.ttl:2:1: The prefix 'nowhere:' is not declared." in result.stderr
    assert not (here.root / "build").exists()


def test_query_by_file_name_number_and_standard_input(here: Mini) -> None:
    expected = "initiative,place\nGreen Way,Alps\n"
    assert run("query", "01-where").stdout == expected
    assert run("query", "01").stdout == expected
    assert run("query", "ontology/questions/01-where.rq", "--format", "csv").stdout == expected
    assert run("query", "-", given="ASK {}").stdout.strip() == "true"
    assert run(
        "query", "-", given="CONSTRUCT WHERE { ?s <https://w3id.org/ecoconn/ontology#operatesIn> ?o }"
    ).stdout.endswith(" .\ninitiative:green-way conn:operatesIn place:alps .\n")


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("table", "initiative  place\n"),
        ("json", '{"head":'),
        ("xml", "<?xml"),
        ("csv", "initiative,place"),
        ("tsv", "?initiative\t?place"),
    ],
)
def test_query_formats(here: Mini, form: str, start: str) -> None:
    result = run("query", "01", "--format", form)
    assert result.exit_code == 0
    assert result.stdout.startswith(start)
    assert "Green Way" in result.stdout


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "kg: standard input: The query is empty."),
        ("SELECT * {", "kg: standard input:1:11: The query ends too early"),
        ("SELECT * {} SELECT * {}", "standard input:1:13"),
        ("SELECT * { ?s nowhere:p ?o }", "kg: standard input:1:15: The prefix “nowhere:” is not declared"),
        ("INSERT DATA { <a:b> <a:c> 1 }", "kg: standard input"),
        ("SELECT * { SERVICE <http://x.example/> {} }", "kg: standard input"),
        (b"SELECT \xff", "kg: standard input:1:8: The file is not UTF-8"),
    ],
)
def test_faulty_queries(here: Mini, query: str | bytes, words: str) -> None:
    result = run("query", "-", given=query)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_question_that_is_not_there(here: Mini) -> None:
    result = run("query", "01-wher")
    assert result.exit_code == 1
    assert (
        "kg: 01-wher: There is no such file, and no question of that name. Did you mean 01-where?"
        in result.stderr
    )
    assert "'kg query --list' names the questions." in run("query", "zzz").stderr


def test_the_list_of_questions(here: Mini) -> None:
    question = here.content.questions()[0]
    result = run("query", "--list")
    assert (result.exit_code, result.stdout) == (0, f"01-where  {question.summary}\n")
    result = run("query")
    assert result.exit_code == 2
    assert "--list shows the questions" in result.stderr


def test_a_format_that_cannot_hold_the_answer(here: Mini) -> None:
    result = run("query", "01", "--format", "ttl")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Turtle cannot hold the answer" in result.stderr


def test_export_to_a_file_and_to_standard_output(here: Mini) -> None:
    assert run("export", "--format", "nq", "--out", "all.nq").exit_code == 0
    data = (here.root / "all.nq").read_bytes()
    assert run("export", "--format", "nq", "--out", "-").stdout_bytes == data
    result = run("export", "--format", "ttl", "--out", "all.ttl")
    assert (
        "kg: Turtle has no named graphs: it carries the merge of all graphs, without citations\n"
        in result.stderr
    )
    assert re.search(r"kg: all\.ttl: \d+ statements, [\d,]+ bytes\n$", result.stderr)
    result = run("export", "--format", "ttl", "--out", "gone/all.ttl")
    assert result.exit_code == 1
    assert "kg: gone/all.ttl: The file cannot be written: No such file or directory." in result.stderr


def test_a_reader_that_leaves_is_no_fault(here: Mini) -> None:
    with process("export", "--format", "nq", "--out", "-", cwd=here.root) as export:
        assert export.stdout is not None and export.stderr is not None
        export.stdout.readline()
        export.stdout.close()
        assert export.stderr.read() == HERE
        assert export.wait(timeout=20) in (0, 1)


def test_an_unforeseen_error_is_a_sentence(here: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles(*_: object) -> None:
        raise RuntimeError("oops")

    monkeypatch.setattr("kg.build.build", stumbles)
    result = run("build")
    assert result.exit_code == 1
    assert "kg: This is a fault of the program, not of yours: RuntimeError: oops." in result.stderr
    assert "Traceback" not in result.stderr


def test_an_interrupt_is_exit_code_130(here: Mini) -> None:
    with process("query", "-", cwd=here.root) as query:  # waits for its standard input
        assert query.stderr is not None
        assert query.stderr.readline() == HERE
        time.sleep(0.3)
        query.send_signal(signal.SIGINT)
        _, told = query.communicate(timeout=20)
    assert query.returncode == 130
    assert told.strip() == "kg: interrupted"


def test_serve_says_its_address_and_stops(here: Mini) -> None:
    with process("serve", "--port", "0", cwd=here.root) as server:
        assert server.stdout is not None and server.stderr is not None
        line = server.stdout.readline()
        assert re.search(r"http://127\.0\.0\.1:\d+/", line)
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == 0
        assert server.stderr.read() == HERE


def test_serve_on_a_port_in_use(here: Mini) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert result.stderr.startswith(HERE + "kg: ")
    assert "in use" in result.stderr


def test_settings_that_are_wrong(here: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "kg: KG_PORT is 70000" in run("serve", "--port", "70000").stderr
    monkeypatch.setenv("KG_PORT", "many")
    result = run("check")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "kg: KG_PORT is 'many'" in result.stderr


def test_a_byte_order_mark_is_not_canonical(here: Mini) -> None:
    card = here.root / "data/register/place/alps.ttl"
    card.write_bytes(b"\xef\xbb\xbf" + card.read_bytes())
    assert "data/register/place/alps.ttl" in run("check").stdout
    assert run("fmt").exit_code == 0
    assert run("check").exit_code == 0


def test_a_pattern_that_is_none_is_a_finding(here: Mini) -> None:
    shapes = here.root / "shapes/place.ttl"
    text = shapes.read_text(encoding="utf-8")
    broken = text.replace(
        "    sh:path skos:prefLabel ;\n", '    sh:path skos:prefLabel ;\n    sh:pattern "[" ;\n'
    )
    assert broken != text
    shapes.write_text(broken, encoding="utf-8")
    result = run("check")
    assert result.exit_code == 1
    assert "fault of the program" not in result.stderr
    assert "FAILED" in result.stdout


def test_a_full_device_is_a_sentence(here: Mini) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "kg.cli", "query", "01"],
            cwd=here.root,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert "kg: A file or stream cannot be used: No space left on device." in result.stderr
    assert "Traceback" not in result.stderr


def test_mappings_are_checked_alone(here: Mini) -> None:
    with_links(here, {})
    result = run("links", "check")
    assert (result.exit_code, result.stdout) == (
        0,
        "note: no address was asked for; --online does\n"
        "passed: no violations in 1 file, 1 mapping, 1 target\n",
    )
    with_links(here, {"object_id": "wd:1286"}, {"confidence": "sure"})
    result = run("links", "check", "--format", "json")
    assert result.exit_code == 1
    findings = json.loads(result.stdout)["findings"]
    assert [(row["line"], row["rule"].partition(":")[0]) for row in findings] == [
        (FIRST, "mapping, identifier"),
        (FIRST + 1, "mapping"),
    ]


def test_addresses_are_asked_for_when_wished(here: Mini) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/Q1"
        with_links(here, {"object_id": address})
        here.turtle(
            "ontology/schemes.ttl", SCHEMES.replace("^http://www\\\\.wikidata", "^http://.*|wikidata")
        )
        result = run("links", "check", "--online")
    assert result.exit_code == 0
    assert f"warning: {FILE}:{FIRST}" in result.stdout
    assert f"{address} is not reached: It cannot be connected to." in result.stdout


def test_the_answer_to_a_question_is_exported_as_a_table(here: Mini) -> None:
    result = run("export", "--question", "where", "--format", "xlsx", "--out", "where.xlsx")
    assert (result.exit_code, result.stdout) == (0, "")
    data = Path("where.xlsx").read_bytes()
    assert f"where.xlsx: {len(data):,} bytes" in result.stderr and data.startswith(b"PK")
    result = run("export", "--question", "01", "--format", "csv", "--out", "-")
    assert result.stdout_bytes == b"\xef\xbb\xbfinitiative,place\r\nGreen Way,Alps\r\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--format", "csv"], "csv is one table: name it with --class or --question."),
        (["--format", "csv", "--class", "Place", "--question", "01"], "csv is one table"),
        (["--format", "ttl", "--question", "01"], "The answer to a question comes as csv or xlsx."),
        (["--format", "xlsx", "--class", "Place"], "The table of one class comes as csv"),
    ],
)
def test_tables_are_named(here: Mini, arguments: list[str], says: str) -> None:
    result = run("export", *arguments, "--out", "-")
    assert result.exit_code == 2
    assert says in result.stderr


def test_the_table_of_a_class_and_other_extracts(here: Mini, tmp_path: Path) -> None:
    result = run("export", "--format", "csv", "--class", "place", "--out", "-")
    assert result.exit_code == 0
    assert result.stdout.lstrip("\ufeff").startswith("Name,IRI,")
    path = tmp_path / "network.gexf"
    assert run("export", "--format", "gexf", "--out", str(path)).exit_code == 0
    assert b"<gexf " in path.read_bytes()
    missing = run("export", "--format", "csv", "--class", "spaceship", "--out", "-")
    assert missing.exit_code == 1
    assert "No thing is of the class 'spaceship'. Classes are: " in missing.stderr


def test_diff_tells_in_words_and_for_programs(here: Mini) -> None:
    assert run("build", "--out", "before").exit_code == 0
    result = run("diff", "before", ".")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "before and . are equal.\n", "")
    assert run("diff", "before", ".", "--exit-code").exit_code == 0
    here.card("place/harz", "conn:Place", "Harz")
    result = run("diff", "before", ".")
    assert result.exit_code == 0
    assert "\nAdded\n  1 place: Harz\n" in result.stdout
    assert "\nRemoved\n  1 place: Harz\n" in run("diff", ".", "before/dataset.nq", "--all").stdout
    result = run("diff", "before", ".", "--format", "json", "--exit-code")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["things"]["added"]["by_class"] == {"Place": 1}
    result = run("diff", "before", "after")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "kg: after: There is no such file or folder, and no git revision of that name." in result.stderr


def test_a_release_is_made_and_told(here: Mini) -> None:
    result = run("release", "1.0.0", "--out", "releases", "--date", "2026-12-01")
    assert result.exit_code == 0
    assert re.fullmatch(r"releases/1\.0\.0: \d+ statements, digest [0-9a-f]{64}\n", result.stdout)
    assert "kg: writing connectivity-kg.trig …\n" in result.stderr
    here.card("place/harz", "conn:Place", "Harz")
    result = run("release", "1.0.1", "--out", "releases")
    assert "kg: releases/1.0.1/changes.md tells what changed since 1.0.0\n" in result.stderr
    today = time.strftime("%Y-%m-%d")
    assert json.loads(Path("releases/1.0.1/manifest.json").read_text())["issued"] <= today
    assert "Added\n  1 place: Harz\n" in run("diff", "releases/1.0.0", "releases/1.0.1").stdout
    result = run("release", "1.0.1", "--out", "releases")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "releases/1.0.1: There is such a release, and a release never changes." in result.stderr
    assert run("release", "1.0.2", "--out", "releases", "--date", "soon").exit_code == 2


def test_a_folder_of_releases_that_is_none(here: Mini) -> None:
    result = run("serve", "--port", "0", "--releases", "gone")
    assert result.exit_code == 1
    assert "kg: KG_RELEASES is 'gone', which is no folder." in result.stderr


def test_redirect_rules_are_written(here: Mini) -> None:
    result = run("w3id", "https://kg.example.org/")
    assert result.exit_code == 0
    assert "RewriteRule ^$ https://kg.example.org/about [R=303,L]\n" in result.stdout
    assert run("w3id", "nowhere").exit_code == 1


def test_bench_data_are_as_many_triples_as_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "made-up.nt"
    result = run("bench", "data", "--triples", "1200", "--out", str(target))
    assert result.exit_code == 0 and "1,200 triples" in result.stderr
    assert target.read_text(encoding="utf-8").count(" .\n") == 1200
    assert run("bench", "data", "--triples", "1200").stdout == target.read_text(encoding="utf-8")
    assert run("bench", "data", "--triples", "0").exit_code == 2


def test_ui_status_tells_what_is_bundled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = run("ui", "status")
    assert told.exit_code == 0
    assert told.stdout.startswith("bundle: ")
    found = Bundle("f00", {"editor": "editor-A.js"}, {"editor-A.js": b"1" * 1000}, ("p 1 (MIT)",))
    monkeypatch.setattr(bundle, "read_bundle", lambda: found)
    for sources, state in (
        ("f00", "fresh"),
        ("f01", "stale: the sources at hand are f01"),
        (None, "as it was packaged"),
    ):
        monkeypatch.setattr(bundle, "fingerprint", lambda sources=sources: sources)
        lines = run("ui", "status").stdout.splitlines()
        assert lines[0].startswith(f"bundle: f00, {state}")
        assert lines[1].startswith("editor: editor-A.js, 1,000 bytes, ")
        assert lines[2] == "packages: p 1 (MIT)"
    monkeypatch.setattr(bundle, "read_bundle", lambda: None)
    assert "the query editor is a text field" in run("ui", "status").stdout
