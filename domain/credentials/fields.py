"""The fields of kinds of credentials: what a value of each may be, and how a form shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal

FieldType = Literal["text", "number", "flag", "texts"]

VALUE_CHARACTERS_MAX = 16 * 1024
TEXTS_MAX = 100
TEXT_OF_LIST_CHARACTERS_MAX = 1_000
_URL = re.compile(r"https?://[^\s/?#@]+([/?#]\S*)?")
_HOST = re.compile(r"(\*\.)?[^\s/?#@:*\[\]]{1,253}")
_JSON_TYPES: Mapping[FieldType, dict[str, Any]] = {
    "text": {"type": "string", "minLength": 1, "maxLength": VALUE_CHARACTERS_MAX},
    "number": {"type": "integer"},
    "flag": {"type": "boolean"},
    "texts": {
        "type": "array",
        "items": {"type": "string", "minLength": 1, "maxLength": TEXT_OF_LIST_CHARACTERS_MAX},
        "maxItems": TEXTS_MAX,
    },
}


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One field of a kind: secret ones are written and never shown, the others (a host, a user name) may be read again."""

    name: str
    title: str
    help: str = ""
    secret: bool = False
    required: bool = False
    type: FieldType = "text"
    choices: tuple[str, ...] = ()
    default: Any = None
    is_url: bool = False
    are_hosts: bool = False
    least: int | None = None
    most: int | None = None
    leads: bool = False  # it says where the secrets are sent, or how well they are kept on the way

    def json_schema(self) -> dict[str, Any]:
        """The field as JSON Schema."""
        schema: dict[str, Any] = {"title": self.title, **_JSON_TYPES[self.type]}
        if self.help:
            schema["description"] = self.help
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.default is not None:
            schema["default"] = self.default
        if self.is_url:
            schema["format"] = "uri"
        if self.least is not None:
            schema["minimum"] = self.least
        if self.most is not None:
            schema["maximum"] = self.most
        if self.secret:
            schema["writeOnly"] = True
        return schema

    def wrong(self, value: Any) -> str | None:
        """What was expected instead of a value that does not fit; None for one that does."""
        match self.type:
            case "text":
                if not isinstance(value, str) or not 0 < len(value) <= VALUE_CHARACTERS_MAX or "\0" in value:
                    return f"text of 1 to {VALUE_CHARACTERS_MAX} characters"
                if self.choices and value not in self.choices:
                    return f"one of {', '.join(self.choices)}"
                if self.is_url and _URL.fullmatch(value) is None:
                    return "a URL that begins with http:// or https://, without user name and password"
            case "number":
                least, most = self.least or 0, self.most if self.most is not None else 2**31
                if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                    return f"a whole number from {least} to {most}"
            case "flag":
                if not isinstance(value, bool):
                    return "true or false"
            case "texts":
                if not isinstance(value, list) or len(value) > TEXTS_MAX or not all(map(_is_short, value)):
                    return f"a list of at most {TEXTS_MAX} texts of 1 to {TEXT_OF_LIST_CHARACTERS_MAX} characters"
                if self.are_hosts and not all(map(_names_host, value)):
                    return "hosts as api.example.com or *.example.com, without scheme, port and path"
        return None


def _is_short(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text) <= TEXT_OF_LIST_CHARACTERS_MAX and "\0" not in text


def _names_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None or _is_address(text)


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
