"""Rules on mappings to other knowledge bases: what may be said of whom, and what may not be said twice."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from kg import vocab
from kg.sssom import EXACT, Link, MappingSet
from kg.validate.report import Finding

_Row = tuple[MappingSet, Link]
_NAMES = (vocab.SKOS_PREF_LABEL, "http://www.w3.org/2004/02/skos/core#altLabel", vocab.RDFS_LABEL)
_PATTERNS = (vocab.VOID_NS + "uriRegexPattern", vocab.SH + "pattern")


def check_mappings(
    sets: Sequence[MappingSet], quads: Sequence[ox.Quad], labels: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield a finding for every mapping that breaks a rule; ``quads`` are the dataset as built."""
    return _Rules(_names(quads), _patterns(quads), labels).check(sets)


@dataclass(frozen=True)
class _Rules:
    """The rules, with the names of our things, the patterns of the schemes, and labels for messages."""

    names: Mapping[str, set[str]]
    patterns: Mapping[str, str]
    labels: Mapping[str, str]

    def check(self, sets: Sequence[MappingSet]) -> Iterator[Finding]:
        first: dict[str, str] = {}
        theirs: dict[str, list[_Row]] = defaultdict(list)
        ours: dict[tuple[str, str], list[_Row]] = defaultdict(list)
        for group in sets:
            if group.scheme not in self.patterns:
                yield self._fault(
                    (group, None),
                    "scheme: Each knowledge base that is linked to is described.",
                    f"There is no scheme:{group.slug} with a pattern for its identifiers.",
                    f"Describe scheme:{group.slug} in ontology/schemes.ttl, with its pattern.",
                )
            for link in group.links:
                yield from self._subject(group, link)
                yield from self._object(group, link)
                place = f"{group.file}:{link.line}"
                if first.setdefault(link.key, place) != place:
                    yield self._fault(
                        (group, link),
                        "duplicate: A mapping is stated once.",
                        f"{first[link.key]} states the same.",
                        "Delete one of the rows.",
                    )
                elif link.predicate == EXACT:
                    theirs[link.object.value].append((group, link))
                    ours[group.scheme, link.subject].append((group, link))
        yield from self._plural(
            "one of theirs: A thing of another knowledge base is exactly one of ours.", theirs.values()
        )
        yield from self._plural(
            "one of ours: A thing of ours is exactly one of another knowledge base.", ours.values()
        )

    def _subject(self, group: MappingSet, link: Link) -> Iterator[Finding]:
        known = self.names.get(link.subject)
        if known is None:
            yield self._fault(
                (group, link),
                "subject: What is mapped is a thing or concept of ours.",
                f"There is no {link.subject}.",
                "Write its card first, or correct the subject_id.",
            )
        elif link.subject_label not in known:
            yield self._fault(
                (group, link),
                "subject label: The label in the row is a name of the thing.",
                f"“{link.subject_label}” is not among its names.",
                f"Write “{self.labels.get(link.subject, link.subject)}”, or correct the subject_id.",
            )

    def _object(self, group: MappingSet, link: Link) -> Iterator[Finding]:
        pattern = self.patterns.get(group.scheme)
        try:
            fits = pattern is None or re.fullmatch(pattern, link.object.value)
        except re.error as error:
            fits, pattern = None, f"{pattern}, which is no regular expression: {error}"
        if not fits:
            yield self._fault(
                (group, link),
                f"identifier: The identifiers of {self.labels.get(group.scheme, group.slug)} have one form.",
                f"{link.object.value[:200]} is not of the form {pattern}.",
                "See in the evidence what it is; or move the row to the file of its scheme.",
            )

    def _plural(self, rule: str, groups: Iterable[list[_Row]]) -> Iterator[Finding]:
        for rows in groups:
            if len(rows) < 2:
                continue
            told = "; ".join(
                f"{self.labels.get(link.subject, link.subject)} = {link.object.value} "
                f"({group.file}:{link.line})"
                for group, link in rows
            )
            yield self._fault(rows[-1], rule, told, "Keep the right one; make the other skos:closeMatch.")

    def _fault(self, row: tuple[MappingSet, Link | None], rule: str, message: str, remedy: str) -> Finding:
        group, link = row
        return Finding(
            file=group.file,
            line=link.line if link else 1,
            thing=link.subject if link else None,
            label=self.labels.get(link.subject) if link else None,
            rule=f"mapping, {rule}",
            message=message,
            remedy=remedy,
        )


def _names(quads: Iterable[ox.Quad]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for quad in quads:
        named = quad.predicate.value in _NAMES and isinstance(quad.subject, ox.NamedNode)
        if named and isinstance(quad.object, ox.Literal):
            found[str(quad.subject)[1:-1]].add(quad.object.value)
    return found


def _patterns(quads: Iterable[ox.Quad]) -> dict[str, str]:
    """The pattern of each scheme: void:uriRegexPattern for IRIs (VoID section 4.2), sh:pattern for others."""
    return {
        quad.subject.value: quad.object.value
        for quad in quads
        if quad.predicate.value in _PATTERNS
        and isinstance(quad.subject, ox.NamedNode)
        and quad.subject.value.startswith(vocab.SCHEME)
        and isinstance(quad.object, ox.Literal)
    }
