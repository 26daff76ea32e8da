"""Folded states kept to start folding from: disposable, and used only while the record they stand on is still there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from event_store.reader import Reader

OTHERS_KEPT_DAYS = 7
"""How long the states of another fold are kept: while old and new processes run side by side, both need theirs."""

_LATEST: Final = (
    "select s.version, s.hash, s.state, s.fingerprint from snapshots s"
    " join stored_events e on e.originator_id = s.stream and e.originator_version = s.version and e.hash = s.hash"
    " where s.stream = %b and s.fingerprint = coalesce(%b, s.fingerprint)"
    " order by s.version desc limit 1"
)
# Of each stream and fold the latest state is kept: an earlier one is a state to fold from no more.
_KEEP: Final = (
    "with kept as (insert into snapshots (stream, fingerprint, version, hash, state) values (%b, %b, %b, %b, %b)"
    " on conflict (stream, fingerprint, version) do update set hash = excluded.hash, state = excluded.state"
    " returning stream, fingerprint, version), gone as (delete from snapshots s using kept k where s.stream = k.stream"
    " and (s.fingerprint = k.fingerprint and s.version < k.version or s.fingerprint <> k.fingerprint"
    " and s.at < now() - make_interval(days => %b::int)) returning 1) select 1 from kept"
)
_DROP_OTHERS: Final = (
    "with gone as (delete from snapshots where fingerprint <> all(%b::text[]) returning 1) select count(*) from gone"
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a stream after a version, as some fold (its fingerprint) made it; `hash` is of the record there."""

    stream: UUID
    version: int
    fingerprint: str
    hash: str
    state: bytes


class Snapshots:
    """Writes and reads snapshots, through the reader's pool."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def read(self, stream: UUID, fingerprint: str | None = None) -> Snapshot | None:
        """The latest state of this fold (of any, for None) whose record is in the log."""
        rows = await self._reader.rows(_LATEST, (stream, fingerprint))
        if not rows:
            return None
        version, digest, state, made_by = rows[0]
        return Snapshot(stream, version, made_by, digest.hex(), state)

    async def write(self, snapshot: Snapshot) -> None:
        """Stores a state; storing it twice is no error."""
        digest = bytes.fromhex(snapshot.hash)
        await self._reader.rows(
            _KEEP,
            (snapshot.stream, snapshot.fingerprint, snapshot.version, digest, snapshot.state, OTHERS_KEPT_DAYS),
        )

    async def drop_others(self, fingerprints: list[str]) -> int:
        """Removes the states of folds that no longer exist; gives their number."""
        return int((await self._reader.rows(_DROP_OTHERS, (fingerprints,)))[0][0])
