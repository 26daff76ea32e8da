"""Compares the table of claims with the envelopes, from which it could be rebuilt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from event_store.envelope import Envelope, MalformedState, read_envelope
from event_store.reader import Reader

PAGE_CLAIMS = 2_000

_HELD: Final = (
    "select c.workspace, c.kind, c.key, c.stream, c.first_version, c.last_version, c.digest"
    " from unnest(%b::uuid[], %b::text[], %b::text[]) s (workspace, kind, key)"
    " join claims c on c.workspace = s.workspace and c.kind = s.kind and c.key = s.key"
)
_PAGE: Final = (
    "select c.workspace, c.kind, c.key, c.stream, c.first_version, e.notification_id, e.state from claims c"
    " left join stored_events e on e.originator_id = c.stream and e.originator_version = c.first_version"
    " where (c.workspace, c.kind, c.key) > (%b::uuid, %b::text, %b::text) order by c.workspace, c.kind, c.key limit %b"
)


@dataclass(frozen=True, slots=True)
class HeldClaim:
    """A row of the table of claims that no envelope speaks of."""

    position: int
    stream: UUID
    first_version: int
    sentence: str


async def claims_not_in_table(
    reader: Reader, claiming: Sequence[tuple[UUID, int, Envelope]]
) -> list[tuple[UUID, int, str]]:
    """Which of these records (stream, version, envelope) name a claim that the table lacks or holds differently."""
    wanted = [(stream, version, envelope, mark) for stream, version, envelope in claiming for mark in envelope.claims]
    if not wanted:
        return []
    rows = await reader.rows(
        _HELD,
        (
            [envelope.workspace for _, _, envelope, _ in wanted],
            [mark.kind for _, _, _, mark in wanted],
            [mark.key for _, _, _, mark in wanted],
        ),
    )
    findings: list[tuple[UUID, int, str]] = []
    held = {tuple(row[:3]): tuple(row[3:]) for row in rows}
    for stream, version, envelope, mark in wanted:
        found = held.get((envelope.workspace, mark.kind, mark.key))
        if found is None:
            sentence = f"Expected its claim {mark.kind} in the table of claims, but it is missing."
            findings.append((stream, version, sentence))
        elif found != (stream, version, envelope.until, mark.digest):
            sentence = f"Expected its claim {mark.kind} in the table as the envelope names it, but it differs."
            findings.append((stream, version, sentence))
    return findings


async def claims_not_in_log(reader: Reader) -> AsyncIterator[HeldClaim]:
    """Rows of the table of claims that the record they point to does not name, page by page."""
    after: tuple[UUID, str, str] = (UUID(int=0), "", "")
    while rows := await reader.rows(_PAGE, (*after, PAGE_CLAIMS)):
        for workspace, kind, key, stream, first_version, position, state in rows:
            if state is None or not _named(state, workspace, kind, key):
                sentence = f"Expected a record that makes the claim {kind} of the table of claims, but there is none."
                yield HeldClaim(position or 0, stream, first_version, sentence)
        after = (rows[-1][0], rows[-1][1], rows[-1][2])


def _named(state: bytes, workspace: UUID, kind: str, key: str) -> bool:
    try:
        envelope = read_envelope(state)
    except MalformedState:
        return False
    return envelope.workspace == workspace and any(mark.kind == kind and mark.key == key for mark in envelope.claims)
