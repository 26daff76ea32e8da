"""What is handed to the journal: units of append, all or nothing, and what comes back.

What is made for every event or unit is a tuple with names: making a frozen dataclass takes three times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.events import Event

UNIT_STREAMS_MAX = 1_000
NO_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asks, in which request: what the envelope of every event of the unit says."""

    actor: str  # "member:<uuid>", "key:<uuid>", "runner:<name>", "system:<part>"
    workspace: UUID
    on_behalf_of: str | None = None
    command_id: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Something unique over streams. `key` and `digest` are already HMACs where the kind is personal."""

    kind: str
    key: str
    stream: UUID
    digest: str


class Head(NamedTuple):
    """The last record of a stream: what the next one chains to. Version 0 and 64 zeros before the first."""

    version: int = 0
    hash: str = NO_HASH
    at: datetime | None = None
    root: UUID | None = None


class Append(NamedTuple):
    """Events for one stream, following directly `head`; `causes[i]` is `stream:version` or None."""

    stream: UUID
    head: Head
    root: UUID
    events: Sequence[Event]
    causes: Sequence[str | None]
    wake: bool = False  # marked for whoever owns the stream, since someone else writes to it


class Unit(NamedTuple):
    """All or nothing: appends to several streams in causal order, with the claims they make."""

    origin: Origin
    appends: Sequence[Append]
    claims: Sequence[Claim] = ()


class Record(NamedTuple):
    """One event as it stands in the log."""

    position: int
    stream: UUID
    version: int
    topic: str
    state: bytes
    hash: str
    workspace: UUID


class Committed(NamedTuple):
    """A unit that is on disk: its positions and the new head of each of its streams, in the order of its appends."""

    first: int
    last: int
    heads: Sequence[Head]


class VersionTaken(Exception):
    """Someone else wrote the next version of one of the unit's streams first."""

    def __init__(self, streams: frozenset[UUID]) -> None:
        self.streams = streams
        super().__init__(f"version taken in {', '.join(map(str, streams))}")


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who holds a claim: the stream and versions of the first result, and its digest."""

    claim: Claim
    stream: UUID
    first_version: int
    last_version: int
    digest: str


class ClaimTaken(Exception):
    """One or more of the unit's claims are held by an earlier unit."""

    def __init__(self, taken: Sequence[Claimed]) -> None:
        self.taken = taken
        super().__init__(f"claims taken: {', '.join(t.claim.kind for t in taken)}")


class StoreUnavailable(Exception):
    """The database cannot be reached or refuses to write; nothing was written, or it is not known yet."""


class OutcomeUnknown(StoreUnavailable):
    """The connection was lost after the unit was sent, and until now nobody could ask whether it was written."""


class SessionLost(StoreUnavailable):
    """The session this journal appends on has ended, and with it the locks that allowed to write; nothing was written."""


class HeadUnknown(Exception):
    """The log does not hold the records this unit was decided on: the kept states must be dropped and folded anew."""

    def __init__(self, streams: frozenset[UUID]) -> None:
        self.streams = streams
        super().__init__(f"head unknown in {', '.join(map(str, streams))}")
