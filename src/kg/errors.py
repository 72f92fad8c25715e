"""Everything that can go wrong and be told to a person.

KgError                   500  internal              a fault of ours
├── ContentError          500  content               a file of the content cannot be used
├── SettingsError         500  settings              a setting has a value that is not allowed
├── StoreError            500  store                 the engine could not load or answer
├── NotReady              503  not-ready             queries are not answered (yet)
└── RequestError          400  bad-request           the request cannot be served as it stands
    ├── QueryError        400  query                 the query text or its parameters are at fault
    ├── Forbidden         403  forbidden             writing, or reaching out to other servers
    ├── NotFound          404  not-found             nothing lives at this address
    ├── MethodNotAllowed  405  method-not-allowed    ``allow`` lists the methods that are
    ├── NotAcceptable     406  not-acceptable        none of the media types asked for is offered
    └── UnsupportedMedia  415  unsupported-media     the body comes in a form that is not read here

``status`` is what the web layer answers, ``code`` the stable word for machines; the command line prints
``str(error)`` and ends with exit code 1. A message is a whole sentence that says what is wrong; ``remedy``
says what to do about it; ``place`` is FILE[:LINE[:COLUMN]].
"""

from typing import ClassVar


class KgError(Exception):
    """Base of the tree: ``message``; where known ``place``, ``remedy``, ``line`` and ``column`` (from 1)."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(
        self,
        message: str,
        *,
        place: str | None = None,
        line: int | None = None,
        column: int | None = None,
        remedy: str | None = None,
    ) -> None:
        """Keep the parts; ``str()`` joins place, message and remedy on one line."""
        super().__init__(message)
        self.message = message
        self.place = place
        self.line = line
        self.column = column
        self.remedy = remedy

    @property
    def detail(self) -> str:
        """Message and remedy, without the place: what the web layer may tell anyone."""
        return f"{self.message} {self.remedy}" if self.remedy else self.message

    def __str__(self) -> str:
        """Join place, message and remedy."""
        return f"{self.place}: {self.detail}" if self.place else self.detail


class ContentError(KgError):
    """A file or folder of the content cannot be used."""

    code = "content"


class SettingsError(KgError):
    """A setting has a value that is not allowed."""

    code = "settings"


class StoreError(KgError):
    """The engine could not load its data or evaluate an operation."""

    code = "store"


class NotReady(KgError):  # noqa: N818 - named for the state it reports
    """Queries are not answered at the moment."""

    status = 503
    code = "not-ready"


class RequestError(KgError):
    """The request cannot be served as it stands."""

    status = 400
    code = "bad-request"


class QueryError(RequestError):
    """The query text, or the parameters that come with it, are at fault."""

    code = "query"


class Forbidden(RequestError):  # noqa: N818 - HTTP's own name
    """Asked for something this server does not do: writing, or reaching out to other servers."""

    status = 403
    code = "forbidden"


class NotFound(RequestError):  # noqa: N818 - HTTP's own name
    """Nothing lives at this address."""

    status = 404
    code = "not-found"


class MethodNotAllowed(RequestError):  # noqa: N818 - HTTP's own name
    """The address exists but does not take this method."""

    status = 405
    code = "method-not-allowed"

    def __init__(self, message: str, *, allow: tuple[str, ...], remedy: str | None = None) -> None:
        """Keep ``allow``, the methods for the Allow header (RFC 9110 section 15.5.6)."""
        super().__init__(message, remedy=remedy)
        self.allow = allow


class NotAcceptable(RequestError):  # noqa: N818 - HTTP's own name
    """None of the media types asked for is offered."""

    status = 406
    code = "not-acceptable"


class UnsupportedMedia(RequestError):  # noqa: N818 - HTTP's own name
    """The request body comes in a media type or encoding that is not read here."""

    status = 415
    code = "unsupported-media"
