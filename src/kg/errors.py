"""Everything that can go wrong and be told to a person.

KgError                    500  internal              a fault of ours
├── ContentError           500  content               a file of the content cannot be used
├── SettingsError          500  settings              a setting has a value that is not allowed
├── StoreError             500  store                 the engine could not load or answer
├── Unavailable            503  unavailable           not answered now; ``retry_after`` says when to ask again
│   ├── NotReady           503  not-ready             queries are not answered (yet)
│   ├── Busy               503  busy                  the queue is full, or the wait in it was too long
│   ├── MemoryLimit        503  memory                the work needed more memory than one request may have
│   └── Crashed            503  crashed               the process that did the work died of it
├── ServiceError           502  service               another server gave no answer that can be used
├── Timeout                504  timeout               the work was stopped at its time limit
├── RemoteError            502  remote                the server that keeps the triples failed
└── RequestError           400  bad-request           the request cannot be served as it stands
    ├── QueryError         400  query                 the query text or its parameters are at fault
    │   └── QueryLimit     400  query-limit           the text is larger in some way than is read here
    ├── RdfError           400  rdf                   a body of RDF cannot be read
    ├── Unauthorized       401  unauthorized          the token is missing or wrong
    ├── Forbidden          403  forbidden             writing, or reaching out to other servers
    ├── NotFound           404  not-found             nothing lives at this address
    ├── Gone               410  gone                  what lived at this address is retired
    ├── MethodNotAllowed   405  method-not-allowed    ``allow`` lists the methods that are
    ├── NotAcceptable      406  not-acceptable        none of the media types asked for is offered
    ├── SlowClient         408  slow-client           the request took too long to arrive
    ├── TooLarge           413  too-large             query or body are longer than is read here
    ├── ResultTooLarge     413  result-too-large      the answer is longer than is sent here
    ├── UriTooLong         414  uri-too-long          the address is longer than is read here
    ├── RangeError         416  range                 no byte of a file is in the range asked for
    ├── UnsupportedMedia   415  unsupported-media     the body comes in a form that is not read here
    ├── OverBudget         429  budget                one client has asked too often
    └── HeadTooLarge       431  head-too-large        the header fields are longer than is read here

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


class Unavailable(KgError):  # noqa: N818 - named for the state it reports
    """Not answered at the moment; ``retry_after`` is in seconds (RFC 9110 section 10.2.3)."""

    status = 503
    code = "unavailable"
    retry_after: int = 2


class NotReady(Unavailable):
    """Queries are not answered at the moment."""

    code = "not-ready"


class Busy(Unavailable):
    """Too many requests wait already, or this one has waited too long."""

    code = "busy"
    retry_after = 5


class MemoryLimit(Unavailable):
    """The work needed more memory than one request may have."""

    code = "memory"
    retry_after = 60


class Crashed(Unavailable):
    """The process that did the work died of it."""

    code = "crashed"
    retry_after = 60


class Timeout(KgError):  # noqa: N818 - HTTP's own name
    """The work was stopped at its time limit."""

    status = 504
    code = "timeout"


class ServiceError(KgError):
    """Another server that a query asks (SERVICE) gave no answer, or one that cannot be used."""

    status = 502
    code = "service"


class RemoteError(KgError):
    """The server that keeps the triples is not there, or gave no answer that can be passed on."""

    status = 502
    code = "remote"


class RequestError(KgError):
    """The request cannot be served as it stands."""

    status = 400
    code = "bad-request"


class QueryError(RequestError):
    """The query text, or the parameters that come with it, are at fault."""

    code = "query"


class QueryLimit(QueryError):  # noqa: N818 - named for its cause
    """The text is longer, deeper or more manifold than is read here."""

    code = "query-limit"


class RdfError(RequestError):
    """A body of RDF cannot be read."""

    code = "rdf"


class Unauthorized(RequestError):  # noqa: N818 - HTTP's own name
    """The token is missing or wrong."""

    status = 401
    code = "unauthorized"


class Forbidden(RequestError):  # noqa: N818 - HTTP's own name
    """Asked for something this server does not do: writing, or reaching out to other servers."""

    status = 403
    code = "forbidden"


class NotFound(RequestError):  # noqa: N818 - HTTP's own name
    """Nothing lives at this address."""

    status = 404
    code = "not-found"


class Gone(RequestError):  # noqa: N818 - HTTP's own name
    """Something lived at this address and is retired."""

    status = 410
    code = "gone"


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


class RangeError(RequestError):
    """A file has no bytes in the range that is asked for; ``size`` is how many it has."""

    status = 416
    code = "range"

    def __init__(self, message: str, *, size: int = 0, remedy: str | None = None) -> None:
        """Keep the size of the file, for the Content-Range header (RFC 9110 section 15.5.17)."""
        super().__init__(message, remedy=remedy)
        self.size = size


class UnsupportedMedia(RequestError):  # noqa: N818 - HTTP's own name
    """The request body comes in a media type or encoding that is not read here."""

    status = 415
    code = "unsupported-media"


class SlowClient(RequestError):  # noqa: N818 - named for its cause
    """The request took too long to arrive."""

    status = 408
    code = "slow-client"


class TooLarge(RequestError):  # noqa: N818 - HTTP's own name
    """The query or the body is longer than is read here."""

    status = 413
    code = "too-large"


class ResultTooLarge(RequestError):  # noqa: N818 - named for its cause
    """The answer is longer than is sent here."""

    status = 413
    code = "result-too-large"


class UriTooLong(RequestError):  # noqa: N818 - HTTP's own name
    """The address is longer than is read here."""

    status = 414
    code = "uri-too-long"


class OverBudget(RequestError):  # noqa: N818 - named for its cause
    """One client has asked too often; ``retry_after`` is in seconds."""

    status = 429
    code = "budget"

    def __init__(self, message: str, *, retry_after: int, remedy: str | None = None) -> None:
        """Keep ``retry_after`` for the Retry-After header."""
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after


class HeadTooLarge(RequestError):  # noqa: N818 - HTTP's own name
    """The header fields are longer than is read here."""

    status = 431
    code = "head-too-large"
