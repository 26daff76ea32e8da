"""Folds streams to their tails: from the kept state, else from a snapshot, else from the beginning.

A snapshot holds the whole state. The larger that is, the further the snapshots stand apart, so that what they cost an event does not
grow with the state, and what is to be folded after one takes no longer than reading it.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import inspect
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from domain.events import Event
from domain.subject import Command, Subject
from event_store.claims import find_claim
from event_store.desks import Desk
from event_store.envelope import read_root, read_time
from event_store.mapper import Mapper
from event_store.reader import Reader
from event_store.snapshots import Snapshot, Snapshots
from event_store.units import Claim, Claimed, Head, Record

SNAPSHOT_EVENTS_MIN = 1_000
"""A snapshot is taken after so many events of a stream at the earliest."""
PARTS_AN_EVENT = 8
"""How many parts of the state a snapshot may hold for each event since the last one."""
HEAVY_SNAPSHOT_BYTES = 1024 * 1024
"""A larger snapshot is opened beside the loop: a session must go on being spoken on, however busy the machine is."""
CHUNK_EVENTS = SNAPSHOT_EVENTS_MIN
"""A shorter stream is folded without looking for a snapshot."""

Content = Callable[[UUID, str], Awaitable[Any]]
"""(workspace, content hash) → what a fold needs from outside: for a job its compiled graph."""


class Folding:
    """Brings desks to the tails of their streams; keeps snapshots where the subject has them."""

    def __init__(self, *, reader: Reader, mapper: Mapper, content: Content, snapshots: Snapshots) -> None:
        self._reader = reader
        self._mapper = mapper
        self._content = content
        self._snapshots = snapshots
        self._writes: set[asyncio.Task[None]] = set()

    async def refresh(self, desk: Desk) -> None:
        """Folds what the log has beyond the kept state; a stream without events keeps its initial state."""
        try:
            records = await self._read(desk)
            if not desk.loaded and len(records) == CHUNK_EVENTS and await self._from_snapshot(desk, records[0]):
                records = await self._read(desk)
            if not desk.loaded and not records:
                desk.state, desk.content = desk.subject.initial(None), None
            while records:
                await self._fold(desk, records, [self._mapper.event(record) for record in records])
                records = await self._read(desk) if len(records) == CHUNK_EVENTS else []
            self.keep_snapshot(desk)
        except BaseException:
            desk.drop()
            raise

    async def take_in(self, desk: Desk, records: Sequence[Record], events: Sequence[Event]) -> None:
        """Folds records read elsewhere, with their events, where they follow directly on the kept state."""
        if records[0].version != desk.head.version + 1:
            return
        try:
            await self._fold(desk, records, events)
        except BaseException:
            desk.drop()
            raise

    async def _read(self, desk: Desk) -> list[Record]:
        return await self._reader.read_tail(desk.stream, desk.head.version, CHUNK_EVENTS)

    async def prepare(self, desk: Desk, command: Command, workspace: UUID) -> None:
        """Gives a stream that does not exist yet the state its first command is decided on."""
        needed = desk.subject.needs(command)
        content = None if needed is None else await self._content(workspace, needed)
        desk.state, desk.content = desk.subject.initial(content), needed

    async def position_of(self, stream: UUID, version: int) -> int:
        """The position of an event that is known to exist."""
        (record,) = await self._reader.read_stream(stream, after_version=version - 1, until=version)
        return record.position

    async def claimed(self, workspace: UUID, claims: Sequence[Claim]) -> list[Claimed]:
        """Those of the claims that stand in the log, with their first results."""
        found = [await find_claim(self._reader, workspace, claim) for claim in claims]
        return [claimed for claimed in found if claimed is not None]

    def keep_snapshot(self, desk: Desk) -> None:
        """Writes a snapshot in the background when enough events have come since the last one."""
        since = desk.head.version - desk.snapshot
        if since < SNAPSHOT_EVENTS_MIN:
            return
        dump = desk.subject.dump
        if dump is None or desk.workspace is None:
            return
        if since * PARTS_AN_EVENT < desk.subject.size(desk.state):
            return
        desk.snapshot = desk.head.version
        snapshot = Snapshot(
            stream=desk.stream,
            version=desk.head.version,
            fingerprint=fingerprint(desk.subject),
            hash=desk.head.hash,
            state=orjson.dumps(dump(desk.state)),
        )
        task = asyncio.get_running_loop().create_task(self._snapshots.write(snapshot))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def stop(self) -> None:
        """Waits for the snapshots being written."""
        await asyncio.gather(*self._writes, return_exceptions=True)

    async def _from_snapshot(self, desk: Desk, first: Record) -> bool:
        """Takes the latest snapshot of this fold, if there is one."""
        load = desk.subject.load
        snapshot = None if load is None else await self._snapshots.read(desk.stream, fingerprint(desk.subject))
        if load is None or snapshot is None:
            return False
        (last,) = await self._reader.read_stream(
            desk.stream, after_version=snapshot.version - 1, until=snapshot.version
        )
        content = await self._content_of(desk.subject, first.workspace, self._mapper.event(first))
        if len(snapshot.state) > HEAVY_SNAPSHOT_BYTES:
            desk.subject.initial(content)  # What all states of this content share is made here, not beside the loop.
            desk.state = await asyncio.to_thread(lambda: load(orjson.loads(snapshot.state), content))
        else:
            desk.state = load(orjson.loads(snapshot.state), content)
        _stand_at(desk, last)
        desk.snapshot = last.version
        return True

    async def _fold(self, desk: Desk, records: Sequence[Record], events: Sequence[Event]) -> None:
        subject, state = desk.subject, desk.state
        if not _is_of(subject, records[0]):
            desk.state = subject.initial(None)
            _stand_at(desk, records[-1])
            desk.workspace = None  # For this subject it is in no workspace: read as absent, and never written to.
            return
        if not desk.loaded:
            state = subject.initial(await self._content_of(subject, records[0].workspace, events[0]))
        for event in events:
            state = subject.evolve(state, event)
        desk.state = state
        _stand_at(desk, records[-1])

    async def _content_of(self, subject: Subject, workspace: UUID, first: Event) -> Any:
        needed = subject.needs(first)
        return None if needed is None else await self._content(workspace, needed)


def _is_of(subject: Subject, record: Record) -> bool:
    return record.topic.partition(".")[0] == subject.name


def _stand_at(desk: Desk, last: Record) -> None:
    desk.head = Head(version=last.version, hash=last.hash, at=read_time(last.state), root=read_root(last.state))
    desk.workspace = last.workspace
    desk.loaded = True


@functools.cache
def fingerprint(subject: Subject) -> str:
    """Names the code of a subject's fold: a snapshot made by other code is not used."""
    folder = Path(inspect.getfile(subject.evolve)).parent
    digest = hashlib.sha256()
    for file in (*sorted(folder.parent.glob("*.py")), *sorted(folder.glob("*.py"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()
