"""Which other servers may be contacted: a list of origins, and addresses held against it.

An origin is scheme, host and port (RFC 6454 section 4), and a list is written as ``scheme://host[:port|:*]``
with commas between. Addresses are parsed and compared part by part, never as text, and in one spelling: host
names in ASCII and small letters, IP addresses as numbers. What has several readings is none: user names,
numbers that only some libraries take for an IP address, zones.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

_USUAL = {"http": 80, "https": 443}
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:@%\\]+)(?::([0-9]{0,9}|\*))?")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")

IP = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Address:
    """Where a server is asked: ``host`` in its one spelling, ``target`` the path and query in ASCII."""

    scheme: str
    host: str
    port: int
    target: str = "/"

    @property
    def ip(self) -> IP | None:
        """The host as an IP address, if it is one and no name."""
        return _ip(self.host)

    @property
    def authority(self) -> str:
        """Host and port, as the Host field has them (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _USUAL[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """The origin, to be shown."""
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True)
class Origins:
    """Origins that may be contacted; a port of None is any, and entries of None are all origins."""

    entries: tuple[tuple[str, str, int | None], ...] | None

    @classmethod
    def parse(cls, text: str) -> "Origins":
        """Read a list; ValueError says which part is no origin and why."""
        return cls(tuple(_entry(part.strip()) for part in text.split(",")))

    def holds(self, address: Address) -> bool:
        """Whether the address belongs to an origin of the list."""
        return self.entries is None or any(
            (scheme, host) == (address.scheme, address.host) and port in (None, address.port)
            for scheme, host, port in self.entries
        )

    def may_reach(self, address: Address, ip: IP) -> bool:
        """Whether an IP address that the host has may be connected to.

        Those of the public internet may; private ones, loopback, link-local and their like only where the
        list names that very IP address.
        """
        ip = _plain(ip)
        return is_public(ip) or (
            self.entries is not None and self.holds(Address(address.scheme, str(ip), address.port))
        )


ANYWHERE = Origins(None)


def is_public(ip: IP) -> bool:
    """Whether an IP address is one of the public internet, and wraps no other address."""
    ip = _plain(ip)
    if not ip.is_global or ip.is_multicast or ip.is_reserved:
        return False
    return isinstance(ip, IPv4Address) or not (ip.is_site_local or ip.sixtofour or ip.teredo)


def read_address(iri: str) -> Address:
    """Read the IRI of a server; ValueError says in words why it is none that can be asked."""
    found = _ADDRESS.fullmatch(iri)
    if not found or found[1].lower() not in _USUAL:
        raise ValueError("it is no address that begins with http:// or https://")
    host, port = _host_and_port(found[2])
    if port == "*":
        raise ValueError("its port is no number")
    scheme = found[1].lower()
    number = int(port) if port else _USUAL[scheme]
    if not 0 < number <= 65535:
        raise ValueError("its port is not from 1 to 65535")
    target = (found[3] or "/") + (f"?{found[4]}" if found[4] else "")
    return Address(scheme, host, number, _ascii(target))


def _entry(text: str) -> tuple[str, str, int | None]:
    found = _ADDRESS.fullmatch(text)
    if not found or found[1].lower() not in _USUAL or text != f"{found[1]}://{found[2]}":
        raise ValueError(f"{text[:100]!r} is no origin such as https://example.org or http://127.0.0.1:*")
    try:
        if found[2].endswith(":*"):
            host, _ = _host_and_port(found[2])
            return found[1].lower(), host, None
        address = read_address(text)
    except ValueError as error:
        raise ValueError(f"{text[:100]!r} is no origin: {error}") from None
    return address.scheme, address.host, address.port


def _host_and_port(authority: str) -> tuple[str, str]:
    if "@" in authority:
        raise ValueError("it holds a user name")
    found = _AUTHORITY.fullmatch(authority)
    if not found:
        raise ValueError("its host cannot be read")
    return _host(found[1]), found[2] or ""


def _host(text: str) -> str:
    """The host in its one spelling."""
    if text.startswith("["):
        found = _ip(text[1:-1])
        if not isinstance(found, IPv6Address):
            raise ValueError("its host is no IPv6 address")
        return str(_plain(found))
    try:
        name = text.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise ValueError("its host is no name") from None
    if _NUMBER.fullmatch(name):
        found = _ip(name)
        if found is None:
            raise ValueError("its host is a number that is no IP address as usually written")
        return str(found)
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise ValueError("its host is no name")
    return name


def _ip(text: str) -> IP | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _plain(ip: IP) -> IP:
    """An IPv4 address that is written as an IPv6 one, as what it is."""
    return (isinstance(ip, IPv6Address) and ip.ipv4_mapped) or ip


def _ascii(target: str) -> str:
    """Path and query of an IRI as those of a URI (RFC 3987 section 3.1)."""
    return "".join(
        char if "!" <= char <= "~" else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))
        for char in target
    )
