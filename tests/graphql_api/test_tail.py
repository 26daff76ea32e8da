"""The tail of the log in one process: whatever goes wrong, it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from event_store.units import Record, StoreUnavailable
from graphql_api import tail
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow, report_failed, started_job

EVENTS = "subscription ($id: ID!) { jobEvents(jobId: $id) { event { version } } }"


@pytest.mark.parametrize("error", [StoreUnavailable("gone"), RuntimeError("a bug")])
def test_a_tail_that_stumbles_goes_on_and_loses_nothing(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(tail, "POLL_SECONDS", 0.05)
    job_id = started_job(admin, active_workflow(admin, on_error="HOLD"))
    read_log, stumbled = house.system.reader.read_log, False

    async def stumbling(*args: Any) -> Any:
        nonlocal stumbled
        if not stumbled:
            stumbled = True
            raise error
        return await read_log(*args)

    with admin.stream(EVENTS, id=job_id) as answers:
        for _ in range(3):
            next(answers)
        monkeypatch.setattr(house.system.reader, "read_log", stumbling)
        report_failed(house, admin, job_id)
        assert next(answers) == {"data": {"jobEvents": {"event": {"version": 3}}}}
    assert stumbled


@pytest.mark.anyio
async def test_who_joins_while_the_log_is_read_loses_nothing_of_another_stream() -> None:
    one, other = uuid4(), uuid4()
    log = _Log()
    followed = tail.Tail(log)
    async with running(followed):
        first = await followed.join(one, ("",))
        log.write(one, other)
        await log.reading.wait()  # for those who followed when it began: of `other` nothing is read
        second = await followed.join(other, ("",))
        log.go_on.set()
        assert [record.position for record in await first.take(5)] == [1]
        assert second.joined_at == 2  # What stands up to there its follower reads by itself.
        log.write(one, other)
        assert [record.position for record in await first.take(5)] == [3]
        assert [record.position for record in await second.take(5)] == [4]


@pytest.mark.anyio
async def test_of_many_streams_everything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "KEYS_ASKED_MAX", 2)
    streams = [uuid4() for _ in range(3)]
    log = _Log()
    log.go_on.set()
    followed = tail.Tail(log)
    async with running(followed):
        followers = [await followed.join(stream, ("",)) for stream in streams]
        log.write(*streams, uuid4())
        assert [[record.position for record in await each.take(5)] for each in followers] == [[1], [2], [3]]
        followed.leave(followers[0])
        log.write(*streams)
        assert [[record.position for record in await each.take(5)] for each in followers[1:]] == [[6], [7]]
    assert log.asked == [None, streams[1:]]


class _Log:
    """A log in memory, whose reader can be held up."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.asked: list[Sequence[UUID] | None] = []
        self.reading, self.go_on = asyncio.Event(), asyncio.Event()
        self._hints: asyncio.Queue[int] = asyncio.Queue()

    def write(self, *streams: UUID) -> None:
        for stream in streams:
            self.records.append(Record(len(self.records) + 1, stream, 1, "job.started.v1", b"", "", uuid4()))
        self._hints.put_nowait(len(self.records))

    async def last_position(self) -> int:
        return len(self.records)

    async def read_log(
        self, after_position: int, limit: int, until: int | None = None, of: Sequence[UUID] | None = None
    ) -> list[Record]:
        self.asked.append(of)
        self.reading.set()
        await self.go_on.wait()
        found = self.records[after_position:until]
        return [record for record in found if of is None or record.stream in of][:limit]

    async def listen(self, poll_seconds: float = 1.0) -> AsyncGenerator[int | None, None]:
        while True:
            yield await self._hints.get()


@asynccontextmanager
async def running(followed: tail.Tail) -> AsyncIterator[None]:
    """The tail reads on while the block runs."""
    reading = asyncio.create_task(followed.run())
    try:
        yield
    finally:
        reading.cancel()
        await asyncio.wait([reading])
