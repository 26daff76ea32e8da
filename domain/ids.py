"""Ids in order of time: roots are UUIDv7, what follows from something else is derived from it as UUIDv8."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

RANDOM_BYTES = 10
DERIVED_BITS = 74

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_VARIANT = 0b10


def uuid7(at: datetime, random: bytes) -> UUID:
    """The id of a root: the moment in milliseconds, then 74 of the 80 random bits given.

    The first 12 of the random bits stand before the variant, the next 62 after it; the last 6 are not used.
    """
    if at.tzinfo is None:
        raise ValueError("Expected a moment with its offset, but got one without.")
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"Expected {RANDOM_BYTES} random bytes, but got {len(random)}.")
    return _assemble((at - _EPOCH) // _MILLISECOND, 7, int.from_bytes(random, "big") >> 6)


def derive(parent: UUID, purpose: str, run: str = "", ordinal: int = 0) -> UUID:
    """The id of what follows from `parent`: the same arguments give the same id, so a repeated step does too.

    UUIDv8: the first 48 bits of the parent, then the first 74 bits of
    SHA-256("opus.id.1" ‖ parent ‖ purpose ‖ 0x00 ‖ run ‖ 0x00 ‖ ordinal), texts in UTF-8, the ordinal in decimal digits.
    """
    if not purpose or "\0" in purpose or "\0" in run:
        raise ValueError("Expected a purpose, and neither it nor the run with U+0000, but got such a text.")
    if ordinal < 0:
        raise ValueError(f"Expected an ordinal from 0, but got {ordinal}.")
    seed = b"\0".join((b"opus.id.1" + parent.bytes + purpose.encode(), run.encode(), b"%d" % ordinal))
    bits = int.from_bytes(sha256(seed).digest(), "big") >> (256 - DERIVED_BITS)
    return _assemble(parent.int >> 80, 8, bits)


def _assemble(first_48: int, version: int, last_74: int) -> UUID:
    return UUID(
        int=first_48 << 80 | version << 76 | (last_74 >> 62) << 64 | _VARIANT << 62 | (last_74 & ((1 << 62) - 1)),
    )
