"""Files to take away: validators, ranges (RFC 9110 section 14), and a body that is read while it is sent."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kg.errors import RangeError
from kg.web.wire import CONNECTION

_PIECE = 262_144
_STALL = 20.0
"""Bytes that are read at a time, and seconds that a client may take none of them."""


def give(
    request: Request, data: bytes | Path, size: int, validator: str, headers: Mapping[str, str]
) -> Response:
    """Answer with a file of ``size`` bytes, or the part that is asked for; RangeError when there is none.

    Who has it already, by its validator (an entity tag), is told so.
    """
    fields = {**headers, "ETag": validator, "Accept-Ranges": "bytes"}
    known = {item.strip().removeprefix("W/") for item in request.headers.get("if-none-match", "").split(",")}
    if validator in known or "*" in known:
        return Response(status_code=304, headers=fields)
    part = _range(request, validator, size)
    first, last = part or (0, size - 1)
    if part:
        fields["Content-Range"] = f"bytes {first}-{last}/{size}"
    status = 206 if part else 200
    if isinstance(data, Path):
        return _Streamed(data, first, last + 1 - first, status, fields)
    return Response(data[first : last + 1], status, headers=fields)


def _range(request: Request, validator: str, size: int) -> tuple[int, int] | None:
    """First and last byte that are asked for; None for all; RangeError when there are none such."""
    asked = request.headers.get("range", "")
    condition = request.headers.get("if-range")
    found = re.fullmatch(r"\s*bytes\s*=\s*([0-9]{0,18})-([0-9]{0,18})\s*", asked)
    if not found or not (found[1] or found[2]) or request.method != "GET":
        return None  # several ranges, other units and nonsense may be passed over (section 14.2)
    if condition is not None and condition != validator:
        return None
    if found[1]:
        first, last = int(found[1]), min(int(found[2]) if found[2] else size - 1, size - 1)
        if found[2] and int(found[2]) < first:
            return None
    else:
        first, last = max(0, size - int(found[2])), size - 1
    if first >= size or first > last:
        raise RangeError(f"The file has {size:,} bytes, and none in the range asked for.", size=size)
    return first, last


class _Streamed(Response):
    """Sends a part of a file on the disk; what cannot be read to the end is broken off."""

    def __init__(self, path: Path, first: int, length: int, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(None, status, headers={**headers, "Content-Length": str(length)})
        self._path, self._first, self._length = path, first, length

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, in pieces that are read beside the event loop."""
        file = await asyncio.to_thread(self._path.open, "rb")
        try:
            start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            await send(start)
            left = 0 if scope["method"] == "HEAD" else self._length
            await asyncio.to_thread(file.seek, self._first)
            while left:
                piece = await asyncio.to_thread(file.read, min(left, _PIECE))
                if not piece:
                    raise OSError("The file is shorter than it was.")
                left -= len(piece)
                async with asyncio.timeout(_STALL):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except ClientDisconnect:
            return
        except (OSError, TimeoutError):
            connection = scope.get("extensions", {}).get(CONNECTION)
            if connection is None:
                raise
            connection.cut()
        finally:
            file.close()
