"""Looks up who holds a claim, for whoever was refused and may have succeeded with the same request before."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from event_store.reader import Reader
from event_store.units import Claim, Claimed

_FIND: Final = (
    "select stream, first_version, last_version, digest from claims where workspace = %b and kind = %b and key = %b"
)


async def find_claim(reader: Reader, workspace: UUID, claim: Claim) -> Claimed | None:
    """The claim of this kind and key that stands in the log, or None."""
    found = await reader.rows(_FIND, (workspace, claim.kind, claim.key))
    return Claimed(claim, *found[0]) if found else None
