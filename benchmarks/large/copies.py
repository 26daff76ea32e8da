"""Copies of jobs: the records of a job that really ran and of its review, under new ids and times, chained and hashed anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from domain.catalogue import EVENTS
from domain.ids import derive, uuid7
from domain.jobs.events import TaskWaitBegan
from event_store.envelope import moment, read_envelope
from event_store.hashing import record_hash
from event_store.mapper import Mapper
from event_store.units import NO_HASH

_STREAMS = """
select originator_id, originator_version, topic, state, workspace from stored_events
where originator_id = %(job)s
   or (topic like 'review.%%' and originator_id in (
        select (convert_from(state, 'utf8')::json -> 'event' ->> 'review_id')::uuid
        from stored_events where originator_id = %(job)s and topic = 'job.task_wait_began.v1'))
order by notification_id
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """One record of a copy, as it goes into the log; its position is given there."""

    stream: UUID
    version: int
    topic: str
    state: bytes
    hash: bytes
    workspace: UUID


@dataclass(frozen=True, slots=True)
class _Line:
    """One record of a template."""

    stream: UUID
    version: int
    topic: str
    state: bytes
    time: bytes
    previous: bytes


class Template:
    """A job that really ran, to be copied."""

    def __init__(self, job: UUID, workspace: UUID, lines: Sequence[_Line], waits: dict[UUID, str]) -> None:
        self._job = job
        self._workspace = workspace
        self._lines = lines
        self._waits = waits  # its reviews, by the runs that wait for them
        self.events = len(lines)

    def copy(self, at: datetime, random: bytes) -> Iterator[Copied]:
        """The records of a job that began at another time."""
        job = uuid7(at, random)
        ids = {self._job: job, **{review: derive(job, "review", run) for review, run in self._waits.items()}}
        texts = [(str(old).encode(), str(new).encode()) for old, new in ids.items()]
        time = moment(at).encode()
        last: dict[UUID, str] = {}
        for line in self._lines:
            state = line.state
            for old, new in texts:
                state = state.replace(old, new)
            previous = last.get(line.stream, NO_HASH).encode()
            state = state.replace(line.time, time, 1).replace(line.previous, previous, 1)
            stream = ids[line.stream]
            digest = record_hash(stream, line.version, line.topic, state)
            last[line.stream] = digest.hex()
            yield Copied(stream, line.version, line.topic, state, digest, self._workspace)


def read_template(connection: psycopg.Connection, job: UUID) -> Template:
    """The records of a job and of the reviews it waits for, in the order in which they were written."""
    found = connection.execute(_STREAMS, {"job": job}).fetchall()
    mapper = Mapper(EVENTS)
    lines: list[_Line] = []
    waits: dict[UUID, str] = {}
    for stream, version, topic, state, _ in found:
        envelope, event = read_envelope(state), mapper.read(stream, version, topic, state)
        lines.append(_Line(stream, version, topic, state, moment(envelope.time).encode(), envelope.previous.encode()))
        if isinstance(event, TaskWaitBegan) and event.review_id is not None:
            waits[event.review_id] = event.run.text
    return Template(job, found[0][4], lines, waits)
