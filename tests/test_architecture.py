"""The shape of the code: ladder of imports, doors of libraries, sizes, names, tests that mirror modules."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "kg"
TESTS = ROOT / "tests"
MODULES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))

# From the ground up; a module imports from lower rungs and from its own package only.
LADDER = (
    ("errors", "vocab", "media", "references", "origins", "bundle"),
    ("settings", "syntax", "turtle", "redirects", "scaled", "geometry", "workbook", "ties", "arrangement"),
    ("exits", "faults", "guards", "jsonld", "results", "terminal", "conditions"),
    ("clauses",),
    ("sparql",),
    ("updates", "patterns"),
    ("projection",),
    ("directives", "store", "sssom", "tracing"),
    ("layout", "catalog", "errand"),
    ("content",),
    ("derived", "forms", "search", "paragraphs", "shapebook", "builder"),
    ("build",),
    ("validate", "export", "loading", "pushing", "tables", "diff"),
    ("extracts",),
    ("release", "offer"),
    ("formatting", "web"),
    ("cli",),
)
LEVEL = {name: level for level, names in enumerate(LADDER) for name in names}

# Which modules may touch a library; a package stands for all its modules.
DOORS = {
    "pyoxigraph": {
        "turtle",
        "results",
        "store",
        "layout",
        "paragraphs",
        "pushing",
        "shapebook",
        "catalog",
        "content",
        "derived",
        "diff",
        "forms",
        "jsonld",
        "build",
        "export",
        "extracts",
        "sssom",
        "validate",
    },
    "rdflib": {"validate"},
    "pyshacl": {"validate"},
    "fastapi": {"web"},
    "starlette": {"web"},
    "uvicorn": {"web"},
    "jinja2": {"web"},
    "httpx": {"validate", "store"},
    "click": {"cli", "exits"},
    "brotli": {"store"},
    "zstandard": {"store"},
    "python_multipart": {"store"},
    "httptools": {"web"},
    "yaml": {"sssom"},
    "prometheus_client": {"web"},
    "rapidfuzz": {"search"},
    "xlsxwriter": {"workbook"},
}
FORBIDDEN = {"utils", "util", "helpers", "common", "services", "manager", "base", "misc"}
SIZE_CAP = 450

# Tests that mirror no single module, and what they are about.
OF_THE_WHOLE = {
    "test_architecture.py": "the code as a whole",
    "test_clients.py": "clients that people use",
    "test_packaging.py": "how the package is built",
    "test_mutation.py": "the data: no statement can be lost unnoticed",
    "test_questions.py": "the questions and their accepted answers",
    "test_readme.py": "what the README says",
    "shapes/test_lints.py": "the lints and their fixtures",
    "shapes/test_shapes.py": "the shapes and their fixtures",
    "store/test_contract.py": "what every store must do",
    "web/test_accept.py": "content negotiation of all addresses",
    "web/test_fair.py": "the ontology, as others find, reach and reuse it",
    "web/test_serve.py": "the server as a process",
    "web/test_source_text.py": "paragraphs on pages",
}

# Folders whose tests mirror nothing.
WHOLE_FOLDERS = {
    "browser": "the pages in a browser",
    "conformance": "the W3C suites, over HTTP",
    "reconciliation": "names as the world spells them",
    "torture": "attacks on a running server",
}


def module_of(path: str) -> str:
    """The name on the ladder: the module, or the package that it is in."""
    return path.partition("/")[0].removesuffix(".py")


def imports(path: str) -> Iterator[str]:
    """Every import in a module, inside functions and for types too, as a dotted name."""
    for node in ast.walk(ast.parse((SOURCE / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            if node.module == "kg":
                yield from (f"kg.{alias.name}" for alias in node.names)
            elif node.module:
                yield node.module


def test_every_module_has_a_rung() -> None:
    names = {module_of(path) for path in MODULES} - {"__init__"}
    assert names == set(LEVEL)


@pytest.mark.parametrize("path", MODULES)
def test_imports_go_down_the_ladder(path: str) -> None:
    own = module_of(path)
    for name in imports(path):
        if not name.startswith("kg.") or name == "kg.__version__":
            continue
        other = name.split(".")[1]
        assert own != "__init__", "the package imports nothing of its own"
        assert other == own or LEVEL[other] < LEVEL[own], f"{path} imports {name}"


@pytest.mark.parametrize("path", MODULES)
def test_libraries_have_doors(path: str) -> None:
    own = module_of(path)
    for name in imports(path):
        library = name.partition(".")[0]
        if library in DOORS:
            assert own in DOORS[library], f"{path} imports {name}"
        else:
            assert library == "kg" or library in sys.stdlib_module_names, (
                f"{path} imports {name}: give it a door"
            )


def test_doors_are_to_declared_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    imported_as = {"pyyaml": "yaml", "XlsxWriter": "xlsxwriter"}
    names = [text.partition(">")[0].partition("[")[0] for text in project["dependencies"]]
    declared = {imported_as.get(name, name.replace("-", "_")) for name in names}
    assert declared <= set(DOORS)
    assert set(DOORS) - declared == {"starlette", "httptools"}, "come with fastapi and uvicorn"


@pytest.mark.parametrize("path", MODULES)
def test_sizes_and_first_lines(path: str) -> None:
    text = (SOURCE / path).read_text(encoding="utf-8")
    assert text.count("\n") <= SIZE_CAP
    assert ast.get_docstring(ast.parse(text)), f"{path} does not say what it is"


def test_names_say_what_is_inside() -> None:
    stems = {path.stem.removeprefix("test_") for folder in (SOURCE, TESTS) for path in folder.rglob("*.py")}
    assert not stems & FORBIDDEN


def test_nothing_is_left_unfinished() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "X" * 3)
    files = [path for folder in (SOURCE, TESTS) for path in folder.rglob("*.py")]
    assert not [path for path in files if any(mark in path.read_text(encoding="utf-8") for mark in marks)]


def mirrors(path: str) -> set[str]:
    """The tests that a module may have: of its own, or those of its package as a whole."""
    folder, _, file = path.rpartition("/")
    if file != "__init__.py":
        return {f"{folder}/test_{file}", whole(folder)} if folder else {f"test_{file}"}
    return {whole(folder), f"{folder}/test_contract.py"}


def whole(folder: str) -> str:
    """The tests of a package as a whole, beside it."""
    above, _, name = folder.rpartition("/")
    return f"{above}/test_{name}.py" if above else f"test_{name}.py"


def test_every_module_has_its_tests() -> None:
    present = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}
    code = [path for path in MODULES if path != "__init__.py" and len(list(imports(path))) > 0]
    assert not [path for path in code if not mirrors(path) & present]


def test_every_test_has_its_module() -> None:
    expected = set().union(*(mirrors(path) for path in MODULES)) | set(OF_THE_WHOLE)
    present = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}
    present = {path for path in present if path.partition("/")[0] not in WHOLE_FOLDERS}
    assert not present - expected
    assert not set(OF_THE_WHOLE) - present
    assert all(list((TESTS / folder).glob("test_*.py")) for folder in WHOLE_FOLDERS)


def test_every_entry_point_starts() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    installed = {
        entry.name: entry for entry in entry_points(group="console_scripts") if entry.value.startswith("kg.")
    }
    assert set(installed) == set(declared) == {"kg"}
    for entry in installed.values():
        assert callable(entry.load())
    for command in ([str(Path(sys.executable).with_name("kg"))], [sys.executable, "-m", "kg.cli"]):
        result = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
        assert result.stdout.startswith("kg ")


def test_the_package_is_typed_and_carries_the_content() -> None:
    assert (SOURCE / "py.typed").exists()
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    included = build["targets"]["wheel"]["force-include"]
    assert included == {name: f"kg/_content/{name}" for name in ("ontology", "data", "shapes")}
