"""Who asks and by which address, when a proxy stands before the server.

What a proxy says of its client (X-Forwarded-For, -Proto, -Host) is believed only when it connects
from an address in KG_TRUSTED_PROXIES; from anyone else the fields mean nothing.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.requests import Request

Networks = Sequence[IPv4Network | IPv6Network]

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")


def networks(text: str) -> Networks:
    """Read addresses and networks with commas between; ValueError for what is none."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def is_trusted(host: str, trusted: Networks) -> bool:
    """Whether an address is one of a trusted proxy."""
    try:
        found = ip_address(host)
    except ValueError:
        return False
    return any(found in network for network in trusted)


def client(request: Request, trusted: Networks) -> str:
    """The address that the request comes from: the last one before the proxies that are trusted."""
    host = request.client.host if request.client else "unknown"
    if not trusted:
        return host
    said = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    for part in reversed([item.strip() for item in said if item.strip()]):
        if not is_trusted(host, trusted):
            return host
        try:
            host = str(ip_address(part))
        except ValueError:
            return host
    return host


def root(request: Request, trusted: Networks) -> str | None:
    """The address that the world has for this server, if a trusted proxy says a whole and sound one."""
    if not (trusted and request.client and is_trusted(request.client.host, trusted)):
        return None

    def last(name: str) -> str:
        return request.headers.get(name, "").rpartition(",")[2].strip()

    scheme, host = last("x-forwarded-proto"), last("x-forwarded-host")
    if scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return None
    return f"{scheme}://{host}"
