"""Which addresses tasks may reach: public ones, and those private ones that the platform owner allows.

What is private, local or reserved is written out here, from the registries of special-purpose addresses (RFC 6890), and not left to
the version of Python that happens to run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORT_MAX = 65_535
HOST_CHARACTERS_MAX = 253

_SPECIAL: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(written), what)
    for written, what in (
        ("0.0.0.0/8", "reserved"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "private"),  # Shared between a provider and its customers.
        ("127.0.0.0/8", "local"),
        ("168.63.129.16/32", "local"),  # Azure's machines reach their host by it.
        ("169.254.0.0/16", "link-local"),  # Where clouds keep the credentials of their machines.
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "reserved"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "reserved"),
        ("198.51.100.0/24", "reserved"),
        ("203.0.113.0/24", "reserved"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::1/128", "local"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
        ("2001::/23", "reserved"),  # Teredo and other ways through an IPv4 network are among these.
        ("2001:db8::/32", "reserved"),
        ("3fff::/20", "reserved"),
    )
)
_GLOBAL_IPV6 = IPv6Network("2000::/3")
_TRANSLATED = IPv6Network("64:ff9b::/96")  # How networks without IPv4 write every address of it.
_ISATAP = {0x00005EFE, 0x02005EFE}

_WRITTEN = re.compile(
    r"(?:\[(?P<bracketed>[0-9A-Fa-f:.]+(?:/\d{1,3})?)\]|(?P<ipv4>\d[\d.]*\.[\d.]*\d(?:/\d{1,2})?)"
    r"|(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?))(?::(?P<port>\d{1,5}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """A network, or a host by its name, that tasks may reach though it is not public; on one port only, where one is said."""

    network: Network | None = None
    host: str = ""
    port: int | None = None


@dataclass(frozen=True, slots=True)
class PrivateNetworks:
    """What the platform owner allows beside public addresses."""

    allowances: tuple[Allowance, ...] = ()

    def allow_host(self, host: str, port: int) -> bool:
        """Whether the owner vouches for this name, wherever it leads."""
        plain = host.lower().rstrip(".")
        return any(one.host == plain and one.port == port for one in self.allowances if one.host)

    def refused(self, address: Address, port: int) -> str | None:
        """What kind of address it is, in a word, when tasks may not reach it on this port; else None."""
        meant = tuple(_meant(address))
        if any(self._allows(each, port) for each in meant):
            return None
        return next((what for each in meant if (what := special(each)) is not None), None)

    def _allows(self, address: Address, port: int) -> bool:
        return any(
            one.network is not None and address in one.network and one.port in (None, port) for one in self.allowances
        )


def special(address: Address) -> str | None:
    """Why an address is not a public one of the internet, in a word; None when it is."""
    if isinstance(address, IPv6Address) and (address.ipv4_mapped is not None or address in _TRANSLATED):
        return None  # It is as the address inside is, which is asked for beside it.
    for network, what in _SPECIAL:
        if address.version == network.version and address in network:
            return what
    return "reserved" if isinstance(address, IPv6Address) and address not in _GLOBAL_IPV6 else None


def parse_private_networks(written: str) -> PrivateNetworks:
    """The networks and hosts of a text, parted by commas; raises ValueError where it cannot be read."""
    parts = filter(None, (part.strip() for part in written.split(",")))
    return PrivateNetworks(tuple(_allowance(part) for part in parts))


def _meant(address: Address) -> Iterator[Address]:
    """The address, and the IPv4 addresses that it may lead to."""
    yield address
    if isinstance(address, IPv4Address):
        return
    bits = int(address)
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address in _TRANSLATED or (bits >> 32) & 0xFFFFFFFF in _ISATAP:
        yield IPv4Address(bits & 0xFFFFFFFF)
    elif address.sixtofour is not None:
        yield address.sixtofour


def _allowance(written: str) -> Allowance:
    wrong = ValueError(
        f"Expected a network like 10.0.0.0/8 or [fd00::/8]:443, or a host like db:5432, but got {written}."
    )
    if written.count(":") > 1 and not written.startswith("["):
        written = f"[{written}]"
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise wrong
    port = None if found["port"] is None else int(found["port"])
    if port is not None and not 1 <= port <= PORT_MAX:
        raise wrong
    if found["host"] is None:
        try:
            return Allowance(network=ip_network(found["bracketed"] or found["ipv4"]), port=port)
        except ValueError:
            raise wrong from None
    if port is None or len(found["host"]) > HOST_CHARACTERS_MAX:
        raise wrong
    return Allowance(host=found["host"].lower(), port=port)


def read_address(host: str) -> Address | None:
    """The address that a host is written as, a zone left out; None for a name."""
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
