"""Bodies of requests: read whole, up to a limit, and decoded with care."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from kg.errors import QueryError, TooLarge, UnsupportedMedia
from kg.settings import Settings

FORM = "application/x-www-form-urlencoded"

_MOST_PARAMETERS = 10_000


async def read(request: Request, most: int, setting: str) -> bytes:
    """Return the body; TooLarge names the setting, UnsupportedMedia for a compressed body.

    starlette's ClientDisconnect when the client goes away meanwhile.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMedia("The body is compressed.", remedy="Send it without Content-Encoding.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most, setting)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise _too_large(most, setting)
        parts.append(part)
    return b"".join(parts)


def form_limit(settings: Settings) -> tuple[int, str]:
    """How long a form may be that holds a query or update: each of its bytes may take three, escaped."""
    escaped = settings.query_length * 3 + 65_536
    return min((settings.body_limit, "KG_BODY_LIMIT"), (escaped, "KG_QUERY_LENGTH"))


def utf8(data: bytes, what: str) -> str:
    """Decode a text; QueryError when it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise QueryError(
            f"{what} is not valid UTF-8: byte {error.start + 1} does not fit.", remedy="Send it in UTF-8."
        ) from None


def pairs(data: bytes) -> list[tuple[str, str]]:
    """Decode a query string or a form, percent escapes included, as UTF-8."""
    if data.count(b"&") >= _MOST_PARAMETERS:
        raise QueryError("The request has too many parameters.", remedy="Send fewer.")
    try:
        return parse_qsl(utf8(data, "The request"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise QueryError(
            "The percent escapes of the request do not spell valid UTF-8.",
            remedy="Encode the text as UTF-8 before escaping it.",
        ) from None


def content_type(request: Request) -> tuple[str, str]:
    """The media type of the body and its character set, in lower case; empty when not given."""
    media_type, *parameters = (part.strip() for part in request.headers.get("content-type", "").split(";"))
    charset = ""
    for part in parameters:
        name, _, setting = part.partition("=")
        if name.strip().lower() == "charset":
            charset = setting.strip().strip('"').lower()
    return media_type.lower(), charset


def require_utf8(charset: str) -> None:
    """Refuse a text in another character set."""
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise UnsupportedMedia(f"The body is in {charset[:40]}.", remedy="Send it in UTF-8.")


def _too_large(most: int, setting: str) -> TooLarge:
    return TooLarge(f"The body is longer than {most:,} bytes ({setting}).", remedy="Send less at once.")
