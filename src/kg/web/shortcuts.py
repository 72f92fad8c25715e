"""Responses that are sent again without asking the application, while the data stay as they are.

A response is kept for the very bytes of a request's target and for the few fields of its head that may change
the response; a request with any field that could have another effect goes the long way. Whoever answers says
in the request's state (``lasting``) which version of the data the response depends on, and on nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.types import Message, Scope

from kg.web.kept import Kept

Fields = Sequence[tuple[bytes, bytes]]
Key = tuple[object, ...]

_MOST = 64_000_000
"""Bytes of all responses that are kept."""

_LARGEST = 60_000
"""Bytes of a body that is sent so; whoever gets a longer one is watched, for it may take none of it."""

# What a response may depend on besides its target: formats, codings, languages, and what proxies say.
_TELLING = (
    b"accept",
    b"accept-encoding",
    b"accept-language",
    b"forwarded",
    b"x-forwarded-proto",
    b"x-forwarded-host",
)
# What makes a request another one than "give me this, and keep the connection".
_OTHER = (
    b"content-length",
    b"expect",
    b"if-match",
    b"if-modified-since",
    b"if-none-match",
    b"if-range",
    b"if-unmodified-since",
    b"range",
    b"transfer-encoding",
    b"upgrade",
)


@dataclass(frozen=True)
class Shortcut:
    """A response as bytes: its head but for status line, date and request id, and its body."""

    version: str
    route: str
    head: bytes
    body: bytes


class Shortcuts:
    """The responses of one server that can be sent again."""

    def __init__(self) -> None:
        """Begin with none, and open to none."""
        self.version: Callable[[], str | None] | None = None
        """Tells the version of the data now; None while no shortcut may be taken."""
        self.kept: Kept[Key, Shortcut] = Kept(_MOST)

    def find(self, target: bytes, fields: Fields, server: object) -> Shortcut | None:
        """Return the response to a GET that came to an address of ours, if it was kept and still holds."""
        if self.version is None or not self.kept:
            return None
        key = _key(target, fields, server)
        found = self.kept.find(key) if key else None
        return found if found and found.version == self.version() else None

    def keep(self, scope: Scope, start: Message, body: bytes, own: bytes) -> None:
        """Keep the response to a request, if it is of that kind; its field ``own`` is each request's own."""
        version = scope["state"].get("lasting")
        if version is None or self.version is None or len(body) > _LARGEST:
            return
        if scope["method"] != "GET" or start["status"] != 200:
            return
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        key = _key(target, scope["headers"], scope.get("server"))
        if key:
            fields = (item for item in start["headers"] if item[0] != own)
            head = b"".join(b"%s: %s\r\n" % item for item in fields)
            shortcut = Shortcut(version, scope["state"]["visit"].route, head, body)
            self.kept.keep(key, shortcut, len(target) + len(head) + len(body))


def _key(target: bytes, fields: Fields, server: object) -> Key | None:
    """What a response to a GET depends on besides the data; None when the request asks for more."""
    telling: list[bytes] = []
    for name, value in fields:
        if name in _TELLING:
            telling += (name, value)
        elif name in _OTHER or (name == b"connection" and value.lower() != b"keep-alive"):
            return None
    return (target, server, *telling)
