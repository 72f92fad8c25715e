"""What the commands share: settings, the content to work on, progress, and bytes to standard output."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kg import exits
from kg.errors import ContentError

if TYPE_CHECKING:
    from kg.build import Dataset
    from kg.content import Content
    from kg.settings import Settings
    from kg.terminal import Progress


def read_settings() -> "Settings":
    """Read the settings from the environment; SettingsError."""
    from kg.settings import Settings  # noqa: PLC0415

    return Settings.from_env(os.environ)


def open_content() -> "Content":
    """The content to work on, named on standard error when it is not what was installed."""
    from kg.content import find_content  # noqa: PLC0415

    content = find_content(read_settings().content)
    if content.origin == "the working folder":
        exits.tell(
            "using ontology/, data/ and shapes/ of the working folder, not the copy that was installed"
        )
    elif content.kind != "none" and content.root and str(content.root) in content.origin:
        exits.tell(f"using {content.origin} (KG_CONTENT)")
    return content


def prefixes_of(content: "Content") -> dict[str, str]:
    """Return the prefixes of a content, as far as they can be read."""
    try:
        return content.prefixes()
    except ContentError:
        return {}  # a check tells it; an answer is only longer without


@contextmanager
def progress(patience: float | None = None) -> Iterator["Progress"]:
    """Tell on standard error how far long work is, after ``patience`` seconds (as usual without)."""
    from kg.terminal import PATIENCE, Progress  # noqa: PLC0415

    with Progress(PATIENCE if patience is None else patience) as progress:
        yield progress


def build_of(content: "Content") -> "Dataset":
    """Build the dataset of a content, with progress; ContentError."""
    from kg.build import build  # noqa: PLC0415

    with progress() as tell:
        return build(content, tell)


def write_out(chunks: Iterator[bytes]) -> None:
    """Write bytes to standard output."""
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()
