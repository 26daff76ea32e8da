"""Signatures of calls between systems, as Standard Webhooks 1.0 has them: HMAC-SHA-256 over id, moment and body.

The same in both directions: what a caller signs for `POST /hooks/{id}`, and what a callback is signed with.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

WINDOW_SECONDS = 300
"""How far the moment of a call may lie from now; an older one may be a call that someone recorded and sends again."""
ID_CHARACTERS_MAX = 100
SIGNATURES_MAX = 10
SECRET_BYTES_MIN = 24
SECRET_BYTES_MAX = 64
SECRET_PREFIX = "whsec_"  # noqa: S105 - the mark that secrets begin with

_VERSION = "v1"
_ID = re.compile(r"[!-~]+")
_MOMENT = re.compile(r"[0-9]{1,11}")  # More digits lead beyond the year 9999, which is no date.


class SecretWrong(ValueError):
    """Expected a secret of 24 to 64 bytes in base64, perhaps after whsec_, but got another."""


class SignatureRefused(Exception):
    """A call that is not signed as it must be: what was expected, what was found, never with the signature itself."""

    def __init__(self, expected: str, found: str) -> None:
        self.expected, self.found = expected, found
        super().__init__(f"Expected {expected}, but got {found}.")


@dataclass(frozen=True, slots=True)
class Signed:
    """What the headers of a call say."""

    message_id: str
    at: datetime
    signatures: tuple[bytes, ...]


def read_secret(text: str) -> bytes:
    """The key that a secret in its text form stands for; raises SecretWrong."""
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SecretWrong(str(SecretWrong.__doc__)) from None
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise SecretWrong(str(SecretWrong.__doc__))
    return key


def write_secret(key: bytes) -> str:
    """The text form of a key."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def sign(key: bytes, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a signed call."""
    seconds = int(at.timestamp())
    signature = base64.b64encode(_mac(key, message_id, seconds, body)).decode()
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(seconds),
        SIGNATURE_HEADER: f"{_VERSION},{signature}",
    }


def read_signed(message_id: str | None, timestamp: str | None, signature: str | None) -> Signed:
    """What the headers of a call say; raises SignatureRefused when they cannot be read."""
    if not message_id or len(message_id) > ID_CHARACTERS_MAX or _ID.fullmatch(message_id) is None:
        raise SignatureRefused(
            f"a header {ID_HEADER} of 1 to {ID_CHARACTERS_MAX} printable characters",
            "none" if not message_id else "another",
        )
    if timestamp is None or _MOMENT.fullmatch(timestamp) is None:
        found = "none" if timestamp is None else "another text"
        raise SignatureRefused(f"a header {TIMESTAMP_HEADER} of the seconds since 1970", found)
    return Signed(message_id, datetime.fromtimestamp(int(timestamp), UTC), _signatures(signature))


def check_recent(signed: Signed, now: datetime) -> None:
    """Passes when a call was made just now, so that it is worth looking at its body and signature; raises SignatureRefused."""
    seconds = (now - signed.at).total_seconds()
    if abs(seconds) > WINDOW_SECONDS:
        when = "before" if seconds > 0 else "after"
        expected = f"a call that was signed at most {WINDOW_SECONDS} s ago, by the clock here"
        raise SignatureRefused(expected, f"one of {abs(seconds):.0f} s {when} now")


def verify(keys: Sequence[bytes], signed: Signed, body: bytes, now: datetime) -> None:
    """Passes when a signature is of one of the keys and the call was made just now; raises SignatureRefused."""
    check_recent(signed, now)
    moment = int(signed.at.timestamp())
    # Each is compared, so that the time to answer tells nothing.
    matches = [
        hmac.compare_digest(_mac(key, signed.message_id, moment, body), signature)
        for key in keys
        for signature in signed.signatures
    ]
    if not any(matches):
        raise SignatureRefused("a signature of this body under the secret of this webhook", "another")


def _signatures(text: str | None) -> tuple[bytes, ...]:
    expected = f"a header {SIGNATURE_HEADER} of signatures such as {_VERSION},<base64>"
    if text is None:
        raise SignatureRefused(expected, "none")
    found: list[bytes] = []
    for each in text.split()[:SIGNATURES_MAX]:
        version, _, encoded = each.partition(",")
        if version != _VERSION:
            continue  # Others may be of keys that we cannot have.
        try:
            found.append(base64.b64decode(encoded, validate=True))
        except (binascii.Error, ValueError):
            continue
    if not found:
        raise SignatureRefused(expected, "none of that version")
    return tuple(found)


def _mac(key: bytes, message_id: str, seconds: int, body: bytes) -> bytes:
    return hmac.new(key, f"{message_id}.{seconds}.".encode() + body, hashlib.sha256).digest()
