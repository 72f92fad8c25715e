"""What the README says is true: its commands and queries run, its tables equal the code."""

from __future__ import annotations

import configparser
import csv
import io
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pyoxigraph as ox
import pytest
from starlette.routing import Route

from kg.cli import main
from kg.content import find_content
from kg.settings import Settings, unknown
from kg.turtle import format_turtle
from kg.web.app import create_app

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^( *)```(\w+)\n(.*?)^ *```$", README, flags=re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, without the indentation of the list they stand in."""
    return [
        "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))
        for indent, name, text in BLOCKS
        if name == language
    ]


def table(name: str) -> list[list[str]]:
    """The rows of the table between the comments `<!-- name -->` and `<!-- /name -->`, cell by cell."""
    text = README.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.strip().splitlines()[2:]]


def kg(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kg.cli", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_begins_with_the_two_commands() -> None:
    assert blocks("sh")[0] == "pip install . && kg serve\n"
    assert blocks("sh")[1] == "pip install '.[test]' && pytest\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A working folder with the content and the README's query in it."""
    for folder in ("ontology", "data", "shapes"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "data.ttl").write_text("<https://example.org/a> <https://example.org/b> 1 .")
    (tmp_path / "funders.rq").write_text(blocks("sparql")[0], encoding="utf-8")
    return tmp_path


def test_the_commands_run(checkout: Path) -> None:
    commands = [line for block in blocks("sh")[2:] for line in block.splitlines() if line.startswith("kg ")]
    assert len(commands) >= 3
    for command in commands:
        result = kg(*shlex.split(command)[1:], cwd=checkout)
        assert result.returncode == 0, f"{command}: {result.stderr}"
    assert (checkout / "connectivity.nq").stat().st_size > 100_000
    assert (checkout / "build" / "dataset.nq").exists()


def test_the_worked_example_gives_the_printed_answer(checkout: Path) -> None:
    result = kg("query", "funders.rq", "--format", "csv", cwd=checkout)
    assert list(csv.reader(io.StringIO(result.stdout))) == list(csv.reader(io.StringIO(blocks("csv")[0])))


@pytest.fixture
def server(checkout: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "kg.cli", "serve", "--port", "0"],
        cwd=checkout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        address = next(
            m[0] for m in (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stdout) if m
        )
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def test_the_curl_command_gives_the_same_answer(server: str, checkout: Path) -> None:
    command = next(line for block in blocks("sh") for line in block.splitlines() if line.startswith("curl "))
    assert shutil.which("curl"), "the README's example needs curl"
    words = [word.replace("http://127.0.0.1:8000", server) for word in shlex.split(command)]
    answer = subprocess.run(
        words, cwd=checkout, capture_output=True, text=True, timeout=30, check=True
    ).stdout
    assert list(csv.reader(io.StringIO(answer))) == list(csv.reader(io.StringIO(blocks("csv")[0])))


def test_the_example_passage_is_canonical() -> None:
    example = blocks("turtle")[0]
    prefixes = find_content(str(ROOT)).prefixes()
    assert format_turtle(example, prefixes, source="README.md") == example
    assert len(list(ox.parse(example, ox.RdfFormat.TURTLE))) > 10


def test_the_table_of_questions_is_complete() -> None:
    expected = [
        [f"[{question.name}](ontology/questions/{question.name}.rq)", question.summary]
        for question in find_content(str(ROOT)).questions()
    ]
    assert table("questions") == expected, "\n".join(f"| {a} | {b} |" for a, b in expected)


def test_the_table_of_federated_questions_is_complete() -> None:
    expected = [
        [f"[{item.name}](ontology/federated/{item.name}.rq)", item.summary, ", ".join(item.services)]
        for item in find_content(str(ROOT)).federated()
    ]
    assert table("federated") == expected and len(expected) == 3


def test_the_table_of_commands_is_complete() -> None:
    assert isinstance(main, click.Group)
    expected = [
        [f"`kg {name}`", command.get_short_help_str(200)] for name, command in sorted(main.commands.items())
    ]
    assert table("commands") == expected, "\n".join(f"| {a} | {b} |" for a, b in expected)


def test_the_table_of_settings_is_complete() -> None:
    expected = [
        [f"`{row.variable}`", f"`{row.default}`" if row.default else "", row.unit, row.description]
        for row in Settings.rows()
    ]
    assert table("settings") == expected, "\n".join(f"| {' | '.join(row)} |" for row in expected)


UNIT_KEYS = {
    "Unit": "Description After Wants",
    "Service": "Type ExecStart Environment EnvironmentFile DynamicUser StateDirectory WorkingDirectory "
    "Restart KillMode TimeoutStopSec MemoryMax OOMPolicy TasksMax LimitNOFILE NoNewPrivileges "
    "ProtectSystem ProtectHome PrivateTmp PrivateDevices ProtectKernelTunables ProtectKernelModules "
    "ProtectControlGroups ProtectProc RestrictNamespaces RestrictAddressFamilies MemoryDenyWriteExecute "
    "LockPersonality CapabilityBoundingSet SystemCallArchitectures SystemCallFilter UMask",
    "Install": "WantedBy",
}


def set_by(words: str) -> dict[str, str]:
    """The variables of an example, each of which must be a setting that takes the value."""
    given = dict(word.split("=", 1) for word in shlex.split(words))
    assert not unknown(given)
    Settings.from_env(given)
    return given


def test_the_unit_for_systemd_is_sound(tmp_path: Path) -> None:
    (text,) = blocks("ini")
    unit = configparser.RawConfigParser(delimiters="=", interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(text)
    assert {name: " ".join(unit[name]) for name in unit.sections()} == UNIT_KEYS
    service = unit["Service"]
    assert service["ExecStart"].endswith("/bin/kg serve")
    given = set_by(service["Environment"])
    assert float(service["TimeoutStopSec"]) >= float(given["KG_GRACE"]) + 10
    assert given["KG_STORE"] == f"dir:/var/lib/{service['StateDirectory']}/store"
    assert "AF_UNIX" in service["RestrictAddressFamilies"]
    if shutil.which("systemd-analyze"):
        path = tmp_path / "kg.service"
        path.write_text(text.replace("/opt/kg/bin/kg", str(Path(sys.executable).with_name("kg"))))
        found = subprocess.run(
            ["systemd-analyze", "verify", path], capture_output=True, text=True, check=False
        )
        assert str(path) not in found.stderr, found.stderr


def test_the_container_file_is_sound() -> None:
    (text,) = blocks("dockerfile")
    lines = [line.partition(" ") for line in text.splitlines()]
    names = [name for name, _, _ in lines]
    assert " ".join(names) == "FROM COPY RUN USER WORKDIR ENV VOLUME EXPOSE HEALTHCHECK CMD"
    said = {name: words for name, _, words in lines}
    given = set_by(said["ENV"])
    assert given["KG_STORE"] == f"dir:{said['VOLUME']}/store"
    assert said["EXPOSE"] == str(Settings().port)
    assert json.loads(said["CMD"]) == ["kg", "serve"]
    command = json.loads(said["HEALTHCHECK"].removeprefix("CMD "))
    assert command[:2] == ["python", "-c"]
    compile(command[2], "HEALTHCHECK", "exec")
    assert f":{said['EXPOSE']}/readyz" in command[2]


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))))
def test_the_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_table_of_addresses_is_complete() -> None:
    told = [
        name.rstrip("…/") or "/" for row in table("addresses") for name in re.findall("`([^`]+)`", row[0])
    ]
    paths = [route.path for route in create_app(Settings()).routes if isinstance(route, Route)]
    for path in paths:
        fixed = path.partition("{")[0].rstrip("./") or "/"
        assert fixed in told, f"{path} is not in the README"
    for name in told:
        assert any(path.startswith(name) for path in paths), f"there is no {name}"
