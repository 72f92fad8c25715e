"""The settings of the server: one frozen dataclass, read from the environment, passed on and never imported.

Each field carries its default, its unit and a description; the table in README.md is drawn from them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from ipaddress import ip_network
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from kg.bundle import MODES
from kg.errors import SettingsError
from kg.origins import Origins

PREFIX = "KG_"

DefaultGraph = Literal["union", "plain"]
LogForm = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]
Ui = Literal["auto", "require", "skip"]


def _setting(default: Any, unit: str, description: str, *, secret: bool = False) -> Any:
    """One row of the table in README.md, which is drawn from the metadata; a secret keeps out of ``repr``."""
    return field(default=default, repr=not secret, metadata={"unit": unit, "description": description})


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

    store: str = _setting(
        "memory:",
        "`memory:`, `dir:PATH` or http(s) address",
        "Where the triples are kept: in memory, in a folder that outlives the server, or in another server, "
        "by the address of its SPARQL endpoint.",
    )
    store_update: str | None = _setting(
        None,
        "http(s) address",
        "Where a store that is another server takes SPARQL updates. Unset: none are sent to it.",
    )
    store_graphs: str | None = _setting(
        None,
        "http(s) address",
        "Its address of the Graph Store Protocol, for `kg push`, too. Unset: its graphs are read by queries.",
    )
    store_user: str | None = _setting(
        None, "text without a colon", "User name for the store, by Basic, or Digest if it asks for that."
    )
    store_password: str | None = _setting(None, "text", "Password of that user.", secret=True)
    store_token: str | None = _setting(
        None,
        "visible ASCII characters",
        "Sent to the store as `Authorization: Bearer`, instead of user and password.",
        secret=True,
    )
    content: str | None = _setting(
        None,
        "folder, RDF file or `none`",
        "What is loaded at start: a folder with `ontology/connectivity.ttl`, an RDF file as it is, or none. "
        "Unset: the working folder where it holds `ontology/connectivity.ttl`, else the packaged copy.",
    )
    releases: str | None = _setting(
        None,
        "folder",
        "Releases that `kg release` made there are listed and given at `/releases/`. Unset: none are.",
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
    trusted_proxies: str | None = _setting(
        None,
        "IP addresses or networks, with commas between",
        "Proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed; from others they mean nothing. "
        "`KG_PUBLIC_URL` goes before what they say, and is needed below a path.",
    )
    source_text: str | None = _setting(
        None,
        "folder",
        "Holds the text of source documents as `<document>.txt`: pages then show the paragraph beside the "
        "facts, where its digest is right.",
    )
    ui: Ui = _setting(  # noqa: RUF009 - only makes a field
        "auto",
        "`auto`, `require` or `skip`",
        "The scripts of the pages: used if the package was built with them, else plain pages; no start "
        "without them; or plain pages always. It says the same to `pip install`, which builds them.",
    )
    token: str | None = _setting(
        None,
        "visible ASCII characters",
        "Whoever sends it as `Authorization: Bearer` may write. Unset: nobody may.",
        secret=True,
    )
    service_allow: str | None = _setting(
        None,
        "origins, with commas between",
        "Other endpoints that a query may ask by `SERVICE`, as `https://example.org` or `http://127.0.0.1:*` "
        "(any port); an address that is not public must stand there itself. Unset: none.",
    )
    workers: int = _setting(
        4, "1 to 64", "Long queries that are evaluated at once; short ones have two places of their own."
    )
    query_timeout: float = _setting(
        30.0, "seconds", "Time one query or update may take; a client may ask for less with `?timeout=`."
    )
    query_memory: int = _setting(
        512_000_000,
        "bytes",
        "Memory one query, update or body may take on top of the data; a write always gets 256 MB.",
    )
    result_limit: int = _setting(1_000_000_000, "bytes", "Length of one answer before compression.")
    query_length: int = _setting(1_000_000, "bytes", "Length of the text of a query or update.")
    head_limit: int = _setting(65_536, "bytes", "Length of the request line and header fields together.")
    body_limit: int = _setting(32_000_000, "bytes", "Length of a request body.")
    client_budget: int = _setting(
        0, "requests a minute", "What one client address may ask, short and failed requests included; 0: any."
    )
    grace: float = _setting(
        5.0, "seconds", "Time that answers under way get to finish when the server is told to stop."
    )
    log: LogForm = _setting(  # noqa: RUF009 - only makes a field
        "text", "`text` or `json`", "How the log on standard error is written: lines for people, or objects."
    )
    log_level: LogLevel = _setting(  # noqa: RUF009 - only makes a field
        "info",
        "`debug`, `info`, `warning` or `error`",
        "The least that is logged: `info` has a line a request, `debug` probes too, `warning` only faults.",
    )
    metrics: str = _setting(
        "127.0.0.0/8, ::1",
        "IP addresses or networks, with commas between, or `none`",
        "Who may read `/metrics`.",
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the KG_ variables; one that is empty or blank counts as not set.

        SettingsError names all that have values which are not allowed.
        """
        given: dict[str, Any] = {}
        faults: list[str] = []
        for item in fields(cls):
            value = environ.get(PREFIX + item.name.upper(), "").strip()
            if value:
                try:
                    given[item.name] = _READERS.get(item.name, _text)(item.name, value)
                    if item.name not in _TOGETHER:
                        cls(**{item.name: given[item.name]})
                except SettingsError as error:
                    faults.append(str(error))
        if faults:
            raise SettingsError(" ".join(faults))
        return cls(**given)

    @classmethod
    def rows(cls) -> tuple[Row, ...]:
        """Return the table of settings, in order."""
        return tuple(
            Row(
                PREFIX + item.name.upper(),
                _shown(item.default),
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
        for name, allowed in _WORDS.items():
            if getattr(self, name) not in allowed:
                either = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
                raise _refusal(name, getattr(self, name), f"must be {either}")
        if self.public_url is not None:
            _check_address("public_url", self.public_url)
            object.__setattr__(self, "public_url", self.public_url.rstrip("/"))
        self._check_store()
        if self.trusted_proxies is not None:
            _check_networks("trusted_proxies", self.trusted_proxies)
        if self.metrics != "none":
            _check_networks("metrics", self.metrics)
        if self.service_allow is not None:
            try:
                Origins.parse(self.service_allow)
            except ValueError as error:
                raise SettingsError(
                    f"KG_SERVICE_ALLOW cannot be used: {error}.",
                    remedy="Write scheme://host, scheme://host:port or scheme://host:*, with commas between.",
                ) from None
        for name in ("token", "store_token"):
            value = getattr(self, name)
            if value is not None and not re.fullmatch(r"[!-~]{1,4096}", value):
                raise SettingsError(
                    f"{PREFIX}{name.upper()} must consist of visible ASCII characters, without a space."
                )
        for name, (lowest, highest, unit) in _RANGES.items():
            if not lowest <= getattr(self, name) <= highest:
                raise _refusal(name, getattr(self, name), f"must be from {lowest:,} to {highest:,}{unit}")

    def _check_store(self) -> None:
        """Check what is said of a store that is another server; secrets are never shown."""
        if re.match(r"https?:", self.store, re.IGNORECASE):
            _check_address("store", self.store)
        for name in ("store_update", "store_graphs"):
            if (value := getattr(self, name)) is not None:
                _check_address(name, value)
        user, password = self.store_user, self.store_password
        if (user is None) != (password is None):
            raise SettingsError("KG_STORE_USER and KG_STORE_PASSWORD go together: set both, or none.")
        if user is not None and self.store_token is not None:
            raise SettingsError("KG_STORE_TOKEN and KG_STORE_USER are both set: the store is sent only one.")
        if not f"{user or ''}{password or ''}".isprintable() or ":" in (user or ""):
            raise SettingsError(
                "KG_STORE_USER must have no colon, and neither it nor KG_STORE_PASSWORD control characters."
            )


def unknown(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each variable that looks like a setting and is none, so that a slip is noticed."""
    known = [PREFIX + item.name.upper() for item in fields(Settings)]
    told = []
    for name in sorted(name for name in environ if name.startswith(PREFIX) and name not in known):
        near = get_close_matches(name, known, n=1, cutoff=0.8)
        meant = f"perhaps {near[0]} is meant" if near else "it does nothing"
        told.append(f"{ascii(name)[1:-1]} is no setting of this version; {meant}")
    return told


_WORDS: Mapping[str, tuple[str, ...]] = {
    "default_graph": get_args(DefaultGraph),
    "ui": MODES,
    "log": get_args(LogForm),
    "log_level": get_args(LogLevel),
}

_TOGETHER = ("store_user", "store_password")
"""Settings that can be judged together only."""

_RANGES: Mapping[str, tuple[float, float, str]] = {
    "workers": (1, 64, ""),
    "query_timeout": (0.05, 86_400, " seconds"),
    "query_memory": (64_000_000, 10**15, " bytes"),
    "result_limit": (1_000, 10**15, " bytes"),
    "query_length": (100, 10**9, " bytes"),
    "head_limit": (1_000, 10**7, " bytes"),
    "body_limit": (100, 10**12, " bytes"),
    "client_budget": (0, 10**9, " requests a minute"),
    "grace": (0, 3600, " seconds"),
}


def _refusal(name: str, value: object, allowed: str) -> SettingsError:
    shown = repr(value if len(str(value)) <= 100 else str(value)[:100] + "…")
    return SettingsError(f"{PREFIX}{name.upper()} is {shown}; it {allowed}.")


def _check_networks(name: str, value: str) -> None:
    for part in value.split(","):
        try:
            ip_network(part.strip())
        except ValueError:
            allowed = "must be addresses or networks with commas between, as 10.0.0.1, 192.168.0.0/24"
            raise _refusal(name, value, allowed) from None


def _shown(default: Any) -> str:
    if default is None:
        return ""
    return f"{default:g}" if isinstance(default, float) else str(default)


def _text(name: str, value: str) -> str:
    return value


def _number(name: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        allowed = "from 0 to 65535" if name == "port" else "of at most nine digits"
        raise _refusal(name, value, f"must be a whole number {allowed}")
    return int(value)


def _seconds(name: str, value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
        raise _refusal(name, value, "must be a number of seconds, as 30 or 0.5")
    return float(value)


def _bytes(name: str, value: str) -> int:
    """Read a number of bytes; kB, MB and GB count in thousands, KiB, MiB and GiB in 1,024."""
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([kmg]i?)?b?", value, re.IGNORECASE)
    if not found or (not found[2] and "." in found[1]):
        raise _refusal(name, value, "must be a number of bytes, as 64000000, 64MB or 64MiB")
    prefix = (found[2] or "").lower()
    step = 1024 if prefix.endswith("i") else 1000
    return int(float(found[1]) * step ** " kmg".index(prefix[:1] or " ")) if prefix else int(found[1])


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "port": _number,
    "workers": _number,
    "client_budget": _number,
    "query_timeout": _seconds,
    "grace": _seconds,
    "query_memory": _bytes,
    "result_limit": _bytes,
    "query_length": _bytes,
    "head_limit": _bytes,
    "body_limit": _bytes,
}


def _check_address(name: str, value: str) -> None:
    """Refuse what is no plain web address; one with a user in it is not shown, for a password may follow."""
    allowed = "must be an address such as https://example.org/connectivity, without user, query or fragment"
    try:
        parts = urlsplit(value)
        user = parts.username is not None
        sound = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and (parts.port is None or parts.port >= 0)
        )
    except ValueError:
        sound, user = False, "@" in value
    if user and name != "public_url":
        raise SettingsError(
            f"{PREFIX}{name.upper()} has a user in its address.",
            remedy="Set KG_STORE_USER and KG_STORE_PASSWORD, or KG_STORE_TOKEN, which are never shown.",
        )
    if not sound or user or re.search(r"[\s?#<>\"{}|\\^`\x00-\x20]", value):
        raise _refusal(name, value, allowed)
