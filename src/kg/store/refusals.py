"""What another server's refusal means here: an error of ours, with its words where they help and are safe."""

import json
import re
from collections.abc import Callable

from kg.errors import (
    Busy,
    KgError,
    NotAcceptable,
    NotFound,
    QueryError,
    RdfError,
    RemoteError,
    Timeout,
    TooLarge,
    UnsupportedMedia,
)
from kg.media import Format

READ = 10_000
"""Bytes of a refusal that are read."""
_MOST = 300
_KEYS = ("detailedMessage", "detail", "exception", "message", "error")
_PLACE = re.compile(
    r"\b(?:line|at):? (\d{1,7})(?:,? *(?:column|col\.?|between columns):? *|:)(\d{1,7})", re.IGNORECASE
)
_UNMARKED = str.maketrans("<>", "\u2039\u203a")
_LONGEST_WAIT = 3600


def words(body: bytes, media_type: str) -> str:
    """What a server says of a fault: one short line without control characters or markup; may be empty."""
    text = body.decode("utf-8", "replace").strip()
    if "html" in media_type or text.startswith("<"):
        return ""
    if "json" in media_type:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return ""
        given = [found.get(key) for key in _KEYS] if isinstance(found, dict) else []
        text = next((value for value in given if isinstance(value, str)), "")
    text = text.partition("\n\tat ")[0]  # the trace of a Java program
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    line = line.translate(_UNMARKED)
    return line if len(line) <= _MOST else line[: _MOST - 1] + "…"


def refusal(
    status: int, said: str, wait: str, kind: type[QueryError] | type[RdfError], format: Format | None
) -> KgError:
    """The error for a status that is no answer.

    ``said`` are its words, ``wait`` its Retry-After; ``kind`` is what a fault of the request is, ``format``
    what was asked for.
    """
    if status == 400:
        return _at_fault(said, kind)
    if status in (429, 503):
        busy = Busy("The store is busy.", remedy="Ask again in a while.")
        if re.fullmatch(r"[0-9]{1,9}", wait.strip()):
            busy.retry_after = min(max(int(wait), 1), _LONGEST_WAIT)
        return busy
    known: dict[int, Callable[[], KgError]] = {
        404: lambda: NotFound("There is nothing of this name.", remedy="GET /sparql lists the graphs."),
        406: lambda: NotAcceptable(
            f"The store does not give {format.label if format else 'this'} here.",
            remedy="Ask for another format.",
        ),
        408: _out_of_time,
        413: lambda: TooLarge("The store takes nothing of this length.", remedy="Send it in parts."),
        415: lambda: UnsupportedMedia("The store does not read a body of this type."),
        504: _out_of_time,
    }
    if status in known:
        return known[status]()
    if status in (401, 403):
        return RemoteError(
            f"The store does not let this server in (status {status}).",
            remedy="Whoever runs it can set KG_STORE_USER and KG_STORE_PASSWORD, or KG_STORE_TOKEN.",
        )
    if 300 <= status < 400:
        return RemoteError(
            f"The store leads elsewhere (status {status}), and no redirect is followed.",
            remedy="Whoever runs this server can set the address that it leads to.",
        )
    return RemoteError(f"The store failed (status {status}).", remedy="Ask again in a while.")


def _out_of_time() -> Timeout:
    return Timeout(
        "The store stopped the work at a time limit of its own.",
        remedy="Ask for less at once: fewer patterns, a narrower FILTER, a LIMIT.",
    )


def _at_fault(said: str, kind: type[QueryError] | type[RdfError]) -> KgError:
    place = _PLACE.search(said)
    return kind(
        f"The store refuses this: {said.rstrip('.')}." if said else "The store refuses this.",
        remedy=None if said else "Check the syntax; the store gave no reason.",
        line=int(place[1]) if place else None,
        column=int(place[2]) if place else None,
    )
