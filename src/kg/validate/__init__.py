"""One check of all: form, syntax, structure, shapes, lints, questions, mappings and digests, as a Report.

A file that cannot be read hides no fault elsewhere: the shapes and lints run on the rest. What could not be
judged is said in the report's notes. This level stands above ``build``, since lints and questions judge what
is served.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pyoxigraph as ox

from kg import vocab
from kg.build import Dataset, assemble
from kg.content import Content, labels
from kg.directives import Lint, Question
from kg.errors import ContentError
from kg.layout import ContentFile
from kg.validate.answers import check_answers, served_store
from kg.validate.digests import check_digests
from kg.validate.form import check_form
from kg.validate.lint import lint_store, run_lints
from kg.validate.mappings import check_mappings
from kg.validate.places import Places
from kg.validate.reach import addresses_of, unreached
from kg.validate.report import Finding, Report, from_error, in_order
from kg.validate.shacl import check_shapes
from kg.validate.timebound import check_queries, time_bound

__all__ = ["Finding", "Report", "check", "check_links"]

Progress = Callable[[str], None]
# No shape speaks of what these graphs hold: the build makes it. Mappings have rules of their own.
_UNSHAPED = (vocab.VOID, vocab.EXAMPLES, vocab.LINKS)


def check(content: Content, source_text: Path | None = None, progress: Progress | None = None) -> Report:
    """Check a content folder; with ``source_text``, a folder of <document>.txt, also the digests.

    ContentError when there is no folder to check, or no folder of texts.
    """
    _require_folder(content)
    return _Check(content, progress or (lambda _: None)).run(source_text)


def check_links(
    content: Content,
    progress: Progress | None = None,
    ask: Callable[[list[str]], Mapping[str, tuple[str, str]]] | None = None,
) -> Report:
    """Check the mappings alone; ``ask`` tells which of the addresses do not answer, and why.

    ContentError when there is no folder to check, or when it cannot be built for another reason.
    """
    _require_folder(content)
    tell = progress or (lambda _: None)
    tell("reading the files")
    problems: list[ContentError] = []
    mappings = content.mappings(problems)
    dataset = assemble(content.parsed([]), (), mappings)
    names = labels(dataset.quads)
    findings = [from_error(problem, "mapping") for problem in problems]
    findings += check_mappings(mappings, dataset.quads, names)
    addresses = sorted(set(addresses_of(mappings)))
    if ask:
        findings += unreached(mappings, ask(addresses), names)
    counts = {
        "files": len(mappings),
        "mappings": sum(len(group.links) for group in mappings),
        "targets": len(addresses),
    }
    notes = () if ask else ("no address was asked for; --online does",)
    return Report(in_order(findings), counts, notes)


def _require_folder(content: Content) -> None:
    if content.kind != "folder":
        raise ContentError(
            f"Only a content folder can be checked, not {content.origin}.",
            remedy="Name a folder that holds ontology/connectivity.ttl, or work in one.",
        )


class _Check:
    """The state of one check: what was read, what was found."""

    def __init__(self, content: Content, tell: Progress) -> None:
        self.content = content
        self.tell = tell
        self.findings: list[Finding] = []
        self.notes: list[str] = []

    def run(self, source_text: Path | None) -> Report:
        self.tell("reading the files")
        problems = list(self.content.problems)
        parsed = self.content.parsed(problems)
        shapes = self._shapes(problems)
        questions = self.content.questions(problems)
        queries = (questions, self.content.federated(problems))
        lints = self.content.lints(problems)
        mappings = self.content.mappings(problems)
        problems = list({str(problem): problem for problem in problems}.values())
        self.findings += [
            from_error(problem, "syntax" if problem.line else "structure") for problem in problems
        ]
        prefixes = self._prefixes()
        unread = [file for file in self.content.files if file not in parsed]

        if prefixes:
            self.tell("comparing with the canonical form")
            self.findings += check_form([*parsed, *shapes], prefixes)
        else:
            self.notes.append("the canonical form was not compared: it depends on ontology/prefixes.ttl")

        dataset = assemble(parsed, questions, mappings)
        names = labels(dataset.quads)
        places = Places(parsed, prefixes, names)
        if any(file.graph == vocab.ONTOLOGY_GRAPH for file in unread):
            self.notes.append(
                "shapes, lints and questions were not run: a file of the ontology cannot be read"
            )
        else:
            self._judge(dataset, shapes, lints, unread, places)
            self._ask(dataset, questions, unread, names)
        self.tell("checking the mappings")
        self.findings += check_mappings(mappings, dataset.quads, names)
        if source_text is not None:
            self.tell("comparing the digests")
            self.findings += check_digests(parsed, source_text, names)
        counts = {
            "files": sum(map(len, (self.content.files, self.content.shapes(), *queries, lints, mappings))),
            "triples": len({quad.triple for quad in dataset.quads}),
            "shapes": _count_shapes(shapes.values()),
            "lints": len(lints),
            "questions": len(questions),
            "mappings": sum(len(group.links) for group in mappings),
        }
        return Report(in_order(self.findings), counts, tuple(self.notes), dataset.digest)

    def _shapes(self, problems: list[ContentError]) -> dict[ContentFile, Sequence[ox.Triple]]:
        found: dict[ContentFile, Sequence[ox.Triple]] = {}
        for file in self.content.shapes():
            try:
                found[file] = self.content.triples(file, self._prefixes())
            except ContentError as error:
                problems.append(error)
        return found

    def _prefixes(self) -> dict[str, str]:
        try:
            return self.content.prefixes()
        except ContentError:
            return {}  # told with the file

    def _judge(
        self,
        dataset: Dataset,
        shapes: Mapping[ContentFile, Sequence[ox.Triple]],
        lints: Sequence[Lint],
        unread: Sequence[ContentFile],
        places: Places,
    ) -> None:
        """Shapes and lints; what only follows from an unread card or passage is left out."""
        said = [quad for quad in dataset.quads if _graph(quad) not in _UNSHAPED]
        triples = [triple for items in shapes.values() for triple in items]
        missing = frozenset(file.thing for file in unread if file.thing)
        if unread:
            self.notes.append(
                "some faults may follow from the files that cannot be read: correct these first"
            )
        self.tell("checking the shapes")
        self.findings += check_shapes(said, triples, places, missing)
        self.tell("running the lints")
        store = lint_store(dataset.quads, triples)
        self.findings += run_lints(lints, store, places, missing)

    def _ask(
        self,
        dataset: Dataset,
        questions: Sequence[Question],
        unread: Sequence[ContentFile],
        names: Mapping[str, str],
    ) -> None:
        self.tell("reading the questions")
        self.findings += check_queries(questions, time_bound(dataset.quads), names)
        if unread:
            self.notes.append("the questions were not asked: a file of the data cannot be read")
            return
        self.tell("asking the questions")
        self.findings += check_answers(questions, served_store(dataset.nquads()))


def _graph(quad: ox.Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""


def _count_shapes(files: Iterable[Sequence[ox.Triple]]) -> int:
    kinds = (vocab.SH + "NodeShape", vocab.SH + "PropertyShape")
    typed = (item for triples in files for item in triples if item.predicate.value == vocab.RDF_TYPE)
    return sum(isinstance(item.object, ox.NamedNode) and item.object.value in kinds for item in typed)
