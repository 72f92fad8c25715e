"""What a check found: findings in plain words, in a fixed order, as text, JSON or Turtle."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

import pyoxigraph as ox

from kg import vocab
from kg.errors import ContentError
from kg.turtle import shorten, write_turtle

Severity = Literal["violation", "warning"]

_SH = vocab.SH
_REPORT = vocab.GRAPH + "report"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault: where, of which thing, against which rule, what is wrong and what to do.

    ``file`` is relative to the root of the content; ``rule`` is a short name, ``rule_iri`` that of a shape.
    """

    file: str
    rule: str
    message: str
    line: int | None = None
    column: int | None = None
    thing: str | None = None
    label: str | None = None
    remedy: str | None = None
    severity: Severity = "violation"
    rule_iri: str | None = None

    @property
    def place(self) -> str:
        """FILE[:LINE[:COLUMN]]."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)

    @property
    def key(self) -> tuple[str, int, int, str, str, str]:
        """What the order of findings depends on."""
        return (self.file, self.line or 0, self.column or 0, self.thing or "", self.rule, self.message)


@dataclass(frozen=True)
class Report:
    """Findings in order, what was looked at, and what was not (``notes``).

    ``digest`` is that of the dataset that was checked; empty when it was not built.
    """

    findings: tuple[Finding, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    digest: str = ""

    @classmethod
    def from_json(cls, text: str | bytes) -> "Report":
        """Read what ``to_json`` wrote; ValueError when it is something else."""
        try:
            told = json.loads(text)
            findings = tuple(Finding(**finding) for finding in told["findings"])
            return cls(findings, told["counts"], tuple(told["notes"]), str(told["digest"]))
        except (KeyError, TypeError) as error:
            raise ValueError("This is no report.") from error

    @property
    def conforms(self) -> bool:
        """Whether nothing violates a rule; warnings do not count."""
        return not any(finding.severity == "violation" for finding in self.findings)

    def render(self, form: str, prefixes: Mapping[str, str]) -> str:
        """Render as ``text``, ``json`` or ``turtle``."""
        if form == "json":
            return self.to_json()
        return self.to_turtle(prefixes) if form == "turtle" else self.to_text(prefixes)

    def to_text(self, prefixes: Mapping[str, str] | None = None) -> str:
        """Render for people; the last line is the verdict."""
        lines: list[str] = []
        for finding in self.findings:
            lines.append(f"{finding.severity}: {finding.place or 'the dataset as built'}")
            if finding.thing:
                short = shorten(finding.thing, prefixes or {})
                lines.append(f"  thing:  {f'{finding.label} ({short})' if finding.label else short}")
            lines.append(f"  rule:   {finding.rule}")
            lines.append(f"  fault:  {_indent(finding.message)}")
            if finding.remedy:
                lines.append(f"  remedy: {_indent(finding.remedy)}")
            lines.append("")
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join([*lines, self.verdict()]) + "\n"

    def verdict(self) -> str:
        """One line: how many faults, in how much."""
        looked = ", ".join(_count(number, what.removesuffix("s")) for what, number in self.counts.items())
        violations = sum(finding.severity == "violation" for finding in self.findings)
        warnings = len(self.findings) - violations
        found = _count(violations, "violation") + (f", {_count(warnings, 'warning')}" if warnings else "")
        return f"{'passed' if self.conforms else 'FAILED'}: {found} in {looked}"

    def to_json(self) -> str:
        """Render for programs: ``conforms``, ``digest``, ``counts``, ``notes``, ``findings``."""
        return (
            json.dumps(
                {
                    "conforms": self.conforms,
                    "digest": self.digest,
                    "counts": dict(self.counts),
                    "notes": list(self.notes),
                    "findings": [asdict(finding) for finding in self.findings],
                },
                ensure_ascii=False,
                indent=2,
            )
            + "\n"
        )

    def to_turtle(self, prefixes: Mapping[str, str]) -> str:
        """Render as a SHACL validation report (SHACL section 3.6), every node with an IRI.

        A finding that is about a file and no thing has the file's name as its focus node.
        """
        triples = [
            _say(_REPORT, vocab.RDF_TYPE, ox.NamedNode(_SH + "ValidationReport")),
            _say(_REPORT, _SH + "conforms", ox.Literal(self.conforms)),
        ]
        for finding in self.findings:
            digest = hashlib.sha256(repr(finding.key).encode()).hexdigest()[:16]
            node = f"{_REPORT}#{digest}"
            triples.append(_say(_REPORT, _SH + "result", ox.NamedNode(node)))
            triples += _result(node, finding)
        return write_turtle(triples, prefixes)


def from_error(error: ContentError, rule: str) -> Finding:
    """Turn a fault that reading raised into a finding."""
    ending = ":".join(str(part) for part in ("", error.line, error.column) if part is not None)
    return Finding(
        file=(error.place or "").removesuffix(ending),
        line=error.line,
        column=error.column,
        rule=rule,
        message=error.message,
        remedy=error.remedy,
    )


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings by place, each once."""
    return tuple(sorted(set(findings), key=lambda finding: finding.key))


def _result(node: str, finding: Finding) -> Iterable[ox.Triple]:
    focus: ox.NamedNode | ox.Literal
    focus = ox.NamedNode(finding.thing) if finding.thing else ox.Literal(finding.file)
    component = _SH + ("NodeConstraintComponent" if finding.rule_iri else "SPARQLConstraintComponent")
    yield _say(node, vocab.RDF_TYPE, ox.NamedNode(_SH + "ValidationResult"))
    yield _say(node, _SH + "focusNode", focus)
    yield _say(node, _SH + "resultMessage", ox.Literal(finding.message, language="en"))
    yield _say(node, _SH + "resultSeverity", ox.NamedNode(_SH + finding.severity.capitalize()))
    yield _say(node, _SH + "sourceConstraintComponent", ox.NamedNode(component))
    yield _say(node, vocab.RDFS_LABEL, ox.Literal(finding.rule, language="en"))
    yield _say(node, vocab.DCTERMS + "source", ox.Literal(finding.place))
    if finding.rule_iri:
        yield _say(node, _SH + "sourceShape", ox.NamedNode(finding.rule_iri))
    if finding.remedy:
        yield _say(node, vocab.RDFS_COMMENT, ox.Literal(finding.remedy, language="en"))


def _say(subject: str, predicate: str, value: ox.NamedNode | ox.Literal) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), value)


def _count(number: int, what: str) -> str:
    return f"{f'{number:,}' if number else 'no'} {what}{'' if number == 1 else 's'}"


def _indent(text: str) -> str:
    return text.strip().replace("\n", "\n          ")
