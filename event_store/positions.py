"""Positions as they are shown outside: opaque strings that say of which log and epoch they are, and what stood there."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from domain.refusals import Refusal
from event_store.epochs import LogIdentity
from event_store.units import NO_HASH

MARK_BYTES = 4
TEXT_CHARACTERS = 44

_LAYOUT = struct.Struct(">B16sIQ4s")
_FORMAT = 1


class CursorMalformed(Refusal):
    """Expected a position as this system gave it, but got another text."""


class CursorFromAnotherLog(Refusal):
    """Expected a position of this log, but got one of another; ask for the current state and go on from its position."""


class CursorFromBeforeRestore(Refusal):
    """Expected a position of the log as it is now, but it was restored since; ask for the current state and go on from its position."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position with what makes it this position: the log, its epoch, and 4 bytes of the record's hash there."""

    log: UUID
    epoch: int
    position: int
    mark: bytes


def encode(cursor: Cursor) -> str:
    """The text of a cursor: base64url of format 1 ‖ log (16) ‖ epoch u32 BE ‖ position u64 BE ‖ mark (4)."""
    packed = _LAYOUT.pack(_FORMAT, cursor.log.bytes, cursor.epoch, cursor.position, cursor.mark)
    return urlsafe_b64encode(packed).decode()


def decode(text: str) -> Cursor:
    """The cursor of a text; raises CursorMalformed."""
    try:
        form, log, epoch, position, mark = _LAYOUT.unpack(urlsafe_b64decode(text.encode("ascii")))
    except (ValueError, struct.error) as error:
        raise CursorMalformed from error
    cursor = Cursor(UUID(bytes=log), epoch, position, mark)
    if form != _FORMAT or encode(cursor) != text:
        raise CursorMalformed
    return cursor


class Positions:
    """Shows positions of one log, and takes back only those that are still true."""

    def __init__(self, identity: LogIdentity, hash_at: Callable[[int], Awaitable[str | None]]) -> None:
        self._identity = identity
        self._hash_at = hash_at

    def show(self, position: int, record_hash: str) -> str:
        """The text of a position where the record of this hash stands; position 0 is before the first record."""
        mark = bytes.fromhex((record_hash if position else NO_HASH)[: 2 * MARK_BYTES])
        return encode(Cursor(self._identity.log, self._identity.epoch, position, mark))

    async def show_at(self, position: int) -> str:
        """The text of a position whose record must be looked up; raises LookupError where there is none."""
        found = await self._hash_at(position) if position else NO_HASH
        if found is None:
            raise LookupError(f"Expected a record at position {position}, but there is none.")
        return self.show(position, found)

    async def read(self, text: str) -> int:
        """The position of a text; raises CursorMalformed, CursorFromAnotherLog, CursorFromBeforeRestore."""
        cursor = decode(text)
        if cursor.log != self._identity.log:
            raise CursorFromAnotherLog
        if cursor.epoch != self._identity.epoch:
            raise CursorFromBeforeRestore
        found = await self._hash_at(cursor.position) if cursor.position else NO_HASH
        if found is None or bytes.fromhex(found[: 2 * MARK_BYTES]) != cursor.mark:
            raise CursorFromBeforeRestore
        return cursor.position
