"""E-mail addresses, read strictly: one address and perhaps a name, and nothing that could become a header of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

LOCAL_CHARACTERS_MAX = 64
ADDRESS_CHARACTERS_MAX = 254
NAME_CHARACTERS_MAX = 200

ONE_ADDRESS = "one e-mail address, as ada@example.org or Ada Lovelace <ada@example.org>"

_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class AddressRefused(ValueError):
    """Expected one e-mail address, but got something else; says what, as far as that is no value."""


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: who it is called, and where it is; the domain as the name service has it."""

    name: str
    local: str
    domain: str

    @property
    def spec(self) -> str:
        """The address alone."""
        return f"{self.local}@{self.domain}"

    @property
    def is_ascii(self) -> bool:
        """Whether every server can take it."""
        return self.local.isascii()


def read_address(text: str) -> Address:
    """The one address that a text holds; raises AddressRefused."""
    if not text.isprintable():
        raise AddressRefused("a text with line breaks or other signs that cannot be printed")
    named = _NAMED.fullmatch(text.strip())
    name = "" if named is None else named["name"].strip().strip('"').strip()
    spec = (text if named is None else named["address"]).strip()
    if len(name) > NAME_CHARACTERS_MAX:
        raise AddressRefused(f"a name of {len(name)} characters")
    local, at, domain = spec.rpartition("@")
    if not at or len(local.encode()) > LOCAL_CHARACTERS_MAX or _LOCAL.fullmatch(local) is None:
        raise AddressRefused("nothing" if not text.strip() else "a text that is none")
    address = Address(name, local, _domain(domain))
    if len(address.spec) > ADDRESS_CHARACTERS_MAX:
        raise AddressRefused(f"an address of {len(address.spec)} characters")
    return address


def _domain(text: str) -> str:
    try:
        domain = text.encode("idna").decode().lower()
    except UnicodeError:
        raise AddressRefused("an address whose domain is none") from None
    labels = domain.split(".")
    if not all(map(_LABEL.fullmatch, labels)):
        raise AddressRefused("an address whose domain is none")
    return domain
