"""Keeps what a run was given secretly out of what it leaves behind: outcomes, files, and log lines.

A secret is found as it is and as it travels: in base64 (of longer content too), hexadecimal, percent-encoded, escaped in JSON and HTML; a key
in PEM also line by line. One of fewer than six characters is found
only where it stands alone, since it may be part of anything.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote, quote_plus

PART_CHARACTERS_MIN: Final = 6
"""A secret of so many characters is found inside longer texts too."""
PEM_LINE_CHARACTERS_MIN: Final = 24
"""A line of a key of so many characters is the key's alone; the last may be shorter."""
BLANK: Final = "•••"
CUT: Final = "…"
"""What stands at the end of a text that was cut."""
_PERCENT: Final = re.compile(r"%[0-9A-F]{2}")
_PEM: Final = re.compile(r"-----BEGIN [^-]+-----\s(.+?)-----END", re.DOTALL)

_ALL: weakref.WeakSet[RunSecrets] = weakref.WeakSet()
_LOCK = threading.Lock()  # Log lines come from any thread.


class SecretFound(Exception):
    """Expected content without secrets, but it holds one that the run was given."""


class RunSecrets:
    """The secrets that one run was given, as they are and as they travel."""

    def __init__(self) -> None:
        self._whole: set[str] = set()
        self._parts: tuple[str, ...] = ()  # the longest first, so that blanking one leaves nothing of another
        self._part_bytes: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to keep secret."""
        return bool(self._whole)

    def add(self, secret: str) -> None:
        """From now on this is kept secret too: a token that was fetched, a header that was made of a password."""
        if not secret or secret in self._whole:
            return
        if not self._whole:
            with _LOCK:
                _ALL.add(self)
        self._whole.add(secret)
        parts = set(self._parts)
        parts.update(form for form in _forms(secret) if len(form) >= PART_CHARACTERS_MIN)
        self._parts = tuple(sorted(parts, key=lambda each: (-len(each), each)))
        self._part_bytes = tuple(each.encode("utf-8", "surrogatepass") for each in self._parts)

    def is_in(self, value: Any) -> bool:
        """Whether a value holds one anywhere: as a text or part of one, also in the keys of objects."""
        return bool(self) and any(self.is_in_text(text) for text in _texts(value))

    def is_in_text(self, text: str) -> bool:
        """Whether a text is one, or holds one."""
        return text in self._whole or any(part in text for part in self._parts)

    def is_in_bytes(self, content: bytes) -> bool:
        """Whether content holds one."""
        return any(part in content for part in self._part_bytes)

    def blanked(self, text: str) -> str:
        """The text with each of them blanked."""
        if text in self._whole:
            return BLANK
        for part in self._parts:
            if part in text:
                text = text.replace(part, BLANK)
        return self._with_blanked_end(text)

    def _with_blanked_end(self, text: str) -> str:
        """The text without the beginning of a secret at its end: what somebody else said is often cut before it comes here."""
        end = len(text.rstrip(CUT))
        for part in self._parts:
            at = text.find(part[:PART_CHARACTERS_MIN], max(end - len(part), 0), end)
            while at >= 0:
                if part.startswith(text[at:end]):
                    return text[:at] + BLANK + text[end:]
                at = text.find(part[:PART_CHARACTERS_MIN], at + 1, end)
        return text

    def blanked_value(self, value: Any) -> Any:
        """The value with each of them blanked in all its texts."""
        if isinstance(value, str):
            return self.blanked(value)
        if isinstance(value, dict):
            return {self.blanked(str(key)): self.blanked_value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.blanked_value(item) for item in value]
        return value

    def watch(self) -> SecretWatch:
        """Looks through content that comes in pieces."""
        return SecretWatch(self)


class SecretWatch:
    """Looks for secrets in content that comes in pieces, across their borders too."""

    def __init__(self, secrets: RunSecrets) -> None:
        self._secrets = secrets
        self._tail = b""

    def look(self, piece: bytes) -> None:
        """Raises SecretFound when the content so far holds one."""
        parts = self._secrets._part_bytes  # noqa: SLF001 - of the same module
        if not parts:
            return
        seen = self._tail + piece
        if self._secrets.is_in_bytes(seen):
            raise SecretFound
        longest = len(max(parts, key=len)) - 1
        self._tail = seen[-longest:] if longest > 0 else b""


def blank_logged(text: str) -> str:
    """A log line without the secrets of any run under way in this process."""
    if not _ALL:
        return text
    with _LOCK:
        under_way = list(_ALL)
    for secrets in under_way:
        text = secrets.blanked(text)
    return text


def _forms(secret: str) -> Iterable[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(raw).decode()
    percent = {quote(raw, safe=""), quote_plus(raw)}
    forms = {
        secret,
        encoded,
        encoded.rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        *percent,
        *(_PERCENT.sub(lambda found: found[0].lower(), each) for each in percent),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        raw.hex(),
        raw.hex().upper(),
        repr(secret)[1:-1],
    }
    if len(secret) >= PART_CHARACTERS_MIN:
        forms.update(_encoded_within(raw))
        forms |= {
            line for block in _PEM.findall(secret) for line in block.split() if len(line) >= PEM_LINE_CHARACTERS_MIN
        }
    return forms


def _encoded_within(raw: bytes) -> Iterator[str]:
    """What of it stands in the base64 of any longer content, wherever it begins there."""
    for before, touched in ((0, 0), (1, 2), (2, 3)):  # bytes before it, and characters that they are part of
        whole = (before + len(raw)) * 8 // 6
        content = bytes(before) + raw
        yield base64.b64encode(content).decode()[touched:whole]
        yield base64.urlsafe_b64encode(content).decode()[touched:whole]


def _texts(value: Any) -> Iterator[str]:
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            pending.extend(each.keys())
            pending.extend(each.values())
        elif isinstance(each, list | tuple):
            pending.extend(each)
