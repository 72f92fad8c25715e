"""Digests of passages, compared with the text of the documents, which is not in the repository."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyoxigraph as ox

from kg.errors import ContentError
from kg.layout import ContentFile
from kg.paragraphs import digest, read_passages
from kg.validate.report import Finding, from_error

_RULE = "digest: the digest of a passage is that of its text"


def check_digests(
    parsed: Mapping[ContentFile, Sequence[ox.Triple]], folder: Path, labels: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield a finding for each passage whose digest is not that of its text in ``folder``/<document>.txt.

    ContentError when the folder is missing.
    """
    for item in read_passages(parsed, folder):
        if isinstance(item, ContentError):
            yield from_error(item, _RULE)
            continue
        if item.is_verified:
            continue
        if item.text is None:
            message = f"The passage is not found in the text of {item.document}."
            remedy = "Give conn:printedNumber and conn:sectionHeading exactly as printed."
        else:
            stated = " and ".join(item.stated) or "missing"
            message = f"The digest is {stated}; that of the text is {digest(item.text)}."
            remedy = "Read the passage again: either its text changed, or conn:textDigest is wrong."
        thing = item.file.thing
        yield Finding(
            file=item.file.name,
            thing=thing,
            label=labels.get(thing or ""),
            rule=_RULE,
            message=message,
            remedy=remedy,
        )
