"""Our recorder for the `eventsourcing` library: one statement appends, through the function `append` of the owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from event_store.arrays import Array, column
from event_store.batches import Batch, ClaimRow, Followed, Prepared, Row
from event_store.envelope import read_envelope
from event_store.mapper import HashedEvent
from event_store.session import Session, connection_string
from event_store.units import Claim, Claimed, ClaimTaken, HeadUnknown, VersionTaken

APPEND: Final = (
    "select append(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[], %b::bytea[], %b::uuid[], %b::boolean[],"
    " %b::uuid[], %b::bigint[], %b::bytea[],"
    " %b::uuid[], %b::text[], %b::text[], %b::text[], %b::uuid[], %b::bigint[], %b::bigint[])"
)
CONFLICTS: Final = (
    "select * from append_conflicts(%b::uuid[], %b::bigint[], %b::uuid[], %b::bigint[], %b::bytea[],"
    " %b::uuid[], %b::text[], %b::text[])"
)
SETTLED: Final = "select * from append_settled(%b::uuid[], %b::bigint[], %b::bytea[])"


@dataclass(frozen=True, slots=True)
class Conflict:
    """What stands in the way of a unit: a next version, a record to follow that is missing, or a claim that is held."""

    what: str  # "version" | "head" | "claim"
    unit: Prepared
    stream: UUID
    claimed: Claimed | None = None


class Datastore(PostgresDatastore):
    """The library's pool on a connection string of ours; it connects on first use."""

    def __init__(self, dsn: str) -> None:
        super().__init__(dbname="", host="", port="", user="", password="", pool_size=0, max_overflow=4)
        # The library passes on five parameters of a connection; a string may hold more (certificates, several hosts).
        self.pool.kwargs = {**conninfo_to_dict(connection_string(dsn, "opus recorder")), "row_factory": dict_row}

    def register_type_adapters(self) -> None:
        """Nothing: the library's composite types are not used."""


class Recorder(PostgresApplicationRecorder):
    """The library's recorder over our tables, whose `insert_events` is ours from end to end: nothing retries blindly."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        super().__init__(datastore, events_table_name="stored_events")

    def create_table(self) -> None:
        """Nothing: tables come from the migrations."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Appends events of our mapper, with the claims in their envelopes, on a connection of the pool.

        Gives their positions. Raises what the library raises; after a lost connection nobody knows whether they are written.
        """
        if kwargs:
            raise TypeError(f"Expected nothing beside the events, but got {', '.join(kwargs)}.")
        if not stored_events:
            return []
        with self.datastore.get_connection() as connection, connection.cursor(binary=True) as cursor:
            cursor.execute(APPEND, _library_columns(stored_events), prepare=True)
            row = cursor.fetchone()
        last: int = row["append"] if row else 0
        return range(last - len(stored_events) + 1, last + 1)

    async def append(self, session: Session, batch: Batch) -> int:
        """Appends a batch on a given session: one statement, which is its own transaction. Gives the last position."""
        [(last,)] = await session.execute(APPEND, columns(batch.units))
        return int(last)

    async def conflicts(self, session: Session, batch: Batch) -> list[Conflict]:
        """Everything that stands in the way of the units of a batch, seen under the append lock."""
        firsts = [(unit, row) for unit in batch.units for row in unit.firsts]
        follows = [(unit, followed) for unit in batch.units for followed in unit.follows]
        claims = [(unit, row.claim) for unit in batch.units for row in unit.claims]
        found = await session.execute(
            CONFLICTS,
            (
                [row.stream for _, row in firsts],
                [row.version for _, row in firsts],
                *_follow_columns(followed for _, followed in follows),
                [unit.workspace for unit, _ in claims],
                [claim.kind for _, claim in claims],
                [claim.key for _, claim in claims],
            ),
        )
        conflicts: list[Conflict] = []
        for what, ordinal, stream, first_version, last_version, digest in found:
            if what == "claim":
                unit, claim = claims[ordinal - 1]
                conflicts.append(
                    Conflict(what, unit, stream, Claimed(claim, stream, first_version, last_version, digest))
                )
            else:
                unit = firsts[ordinal - 1][0] if what == "version" else follows[ordinal - 1][0]
                conflicts.append(Conflict(what, unit, stream))
        return conflicts

    async def settled(self, session: Session, batch: Batch) -> dict[int, int]:
        """Which units of the batch are in the log, as index → first position; waits for appends under way to end."""
        firsts = [unit.rows[0] for unit in batch.units]
        found = await session.execute(
            SETTLED,
            ([row.stream for row in firsts], [row.version for row in firsts], [row.hash for row in firsts]),
        )
        return {ordinal - 1: position for ordinal, position in found}


def open_recorder(dsn: str) -> Recorder:
    """A recorder on a database; only the library's own doors connect through it."""
    return Recorder(Datastore(dsn))


def refusal(conflicts: Sequence[Conflict]) -> ClaimTaken | HeadUnknown | VersionTaken:
    """Why a unit leaves. A held claim comes first: its first result is the answer, whatever else has changed since."""
    if taken := [conflict.claimed for conflict in conflicts if conflict.claimed is not None]:
        return ClaimTaken(taken)
    if unknown := frozenset(conflict.stream for conflict in conflicts if conflict.what == "head"):
        return HeadUnknown(unknown)
    return VersionTaken(frozenset(conflict.stream for conflict in conflicts))


def columns(units: Sequence[Prepared]) -> tuple[Array, ...]:
    """The arrays of the statement APPEND for some units."""
    workspaces: list[UUID] = []
    for unit in units:
        workspaces.extend([unit.workspace] * len(unit.rows))
    rows = [row for unit in units for row in unit.rows]
    return (
        *_row_columns(rows),
        column("uuid", workspaces),
        column("bool", [row.wake for row in rows]),
        *_follow_columns(followed for unit in units for followed in unit.follows),
        *_claim_columns([(unit.workspace, row) for unit in units for row in unit.claims]),
    )


def _library_columns(events: Sequence[StoredEvent]) -> tuple[Array, ...]:
    """The same columns from stored events, whose envelopes say what they follow and claim."""
    rows: list[Row] = []
    follows: list[Followed] = []
    claims: list[tuple[UUID, ClaimRow]] = []
    seen: set[UUID] = set()
    for event in events:
        if not isinstance(event, HashedEvent) or not isinstance(event.originator_id, UUID):
            raise TypeError("Expected events from our mapper, with hash and workspace, but got others.")
        stream, version = event.originator_id, event.originator_version
        envelope = read_envelope(event.state)
        if stream not in seen and version > 1:
            follows.append(Followed(stream, version - 1, bytes.fromhex(envelope.previous)))
        seen.add(stream)
        rows.append(Row(stream, version, event.topic, event.state, event.hash))
        claims.extend(
            (
                event.workspace,
                ClaimRow(Claim(mark.kind, mark.key, stream, mark.digest), version, envelope.until or version),
            )
            for mark in envelope.claims
        )
    hashed = [event for event in events if isinstance(event, HashedEvent)]
    return (
        *_row_columns(rows),
        column("uuid", [event.workspace for event in hashed]),
        column("bool", [event.wake for event in hashed]),
        *_follow_columns(follows),
        *_claim_columns(claims),
    )


def _row_columns(rows: Sequence[Row]) -> tuple[Array, ...]:
    return (
        column("uuid", [row.stream for row in rows]),
        column("int8", [row.version for row in rows]),
        column("text", [row.topic for row in rows]),
        column("bytea", [row.state for row in rows]),
        column("bytea", [row.hash for row in rows]),
    )


def _follow_columns(follows: Iterable[Followed]) -> tuple[Array, ...]:
    followed = list(follows)
    return (
        column("uuid", [one.stream for one in followed]),
        column("int8", [one.version for one in followed]),
        column("bytea", [one.hash for one in followed]),
    )


def _claim_columns(claims: Sequence[tuple[UUID, ClaimRow]]) -> tuple[Array, ...]:
    return (
        column("uuid", [workspace for workspace, _ in claims]),
        column("text", [row.claim.kind for _, row in claims]),
        column("text", [row.claim.key for _, row in claims]),
        column("text", [row.claim.digest for _, row in claims]),
        column("uuid", [row.claim.stream for _, row in claims]),
        column("int8", [row.first_version for _, row in claims]),
        column("int8", [row.last_version for _, row in claims]),
    )
