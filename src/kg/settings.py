"""The settings of the server: one frozen dataclass, read from the environment, passed on and never imported.

Each field carries its default, its unit and a description; the table in README.md is drawn from them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal
from urllib.parse import urlsplit

from kg.errors import SettingsError

PREFIX = "KG_"

DefaultGraph = Literal["union", "plain"]


def _setting(default: Any, unit: str, description: str) -> Any:
    """One row of the table in README.md, which is drawn from the metadata."""
    return field(default=default, metadata={"unit": unit, "description": description})


@dataclass(frozen=True)
class Row:
    """One setting as documented: the variable, its default as typed, what it takes, what it does."""

    variable: str
    default: str
    unit: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What ``kg serve`` can be told; SettingsError on creation names setting, value and what is allowed."""

    store: str = _setting("memory:", "address", "Where the triples are kept; `memory:` is in this process.")
    content: str | None = _setting(
        None,
        "folder, RDF file or `none`",
        "What is loaded at start: a folder with `ontology/connectivity.ttl`, an RDF file as it is, or none. "
        "Unset: the working folder where it holds `ontology/connectivity.ttl`, else the packaged copy.",
    )
    host: str = _setting("127.0.0.1", "address or host name", "Where the server listens.")
    port: int = _setting(8000, "0 to 65535", "The port it listens on; 0 takes any free one.")
    default_graph: DefaultGraph = _setting(  # noqa: RUF009 - only makes a field
        "union",
        "`union` or `plain`",
        "What a query without a dataset clause sees: the RDF merge of all graphs as a set, or only the "
        "unnamed graph.",
    )
    public_url: str | None = _setting(
        None,
        "http(s) address",
        "The address the world knows this server by; the service description gives addresses under it.",
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the KG_ variables; one that is empty or blank counts as not set."""
        given: dict[str, Any] = {}
        for item in fields(cls):
            value = environ.get(PREFIX + item.name.upper(), "").strip()
            if value:
                given[item.name] = _port(value) if item.name == "port" else value
        return cls(**given)

    @classmethod
    def rows(cls) -> tuple[Row, ...]:
        """Return the table of settings, in order."""
        return tuple(
            Row(
                PREFIX + item.name.upper(),
                "" if item.default is None else str(item.default),
                item.metadata["unit"],
                item.metadata["description"],
            )
            for item in fields(cls)
        )

    def __post_init__(self) -> None:
        """Check every value that can be judged without touching disk or network."""
        if not self.store.strip():
            raise _refusal("store", self.store, "must be the address of a store, such as memory:")
        if not re.fullmatch(r"[A-Za-z0-9._:%\[\]-]+", self.host):
            raise _refusal("host", self.host, "must be a host name or an IP address, as 127.0.0.1 or ::1")
        if not 0 <= self.port <= 65535:
            raise _refusal("port", self.port, "must be a whole number from 0 to 65535")
        if self.default_graph not in ("union", "plain"):
            raise _refusal("default_graph", self.default_graph, "must be union or plain")
        if self.public_url is not None:
            object.__setattr__(self, "public_url", _public_url(self.public_url))


def _refusal(name: str, value: object, allowed: str) -> SettingsError:
    shown = repr(value if len(str(value)) <= 100 else str(value)[:100] + "…")
    return SettingsError(f"{PREFIX}{name.upper()} is {shown}; it {allowed}.")


def _port(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise _refusal("port", value, "must be a whole number from 0 to 65535")
    return int(value)


def _public_url(value: str) -> str:
    """Return the address without a closing slash."""
    allowed = "must be an address such as https://example.org/connectivity, without user, query or fragment"
    try:
        parts = urlsplit(value)
        sound = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.username is None
            and (parts.port is None or parts.port >= 0)
        )
    except ValueError:
        sound = False
    if not sound or re.search(r"[\s?#<>\"{}|\\^`\x00-\x20]", value):
        raise _refusal("public_url", value, allowed)
    return value.rstrip("/")
