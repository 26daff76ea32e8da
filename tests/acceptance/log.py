"""What the log and the read models of an installation say, read past its API."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from domain.catalogue import EVENTS
from domain.events import Event
from domain.jobs.events import JobCompleted, TaskCancelled, TaskFailed, TaskOutcomeUnknown, TaskStarted, TaskSucceeded
from event_store.envelope import Envelope, read_envelope
from event_store.mapper import Mapper
from event_store.reader import READ_EVENTS_MAX, Reader
from event_store.units import Record
from event_store.verify import verify_log
from projections.catalogue import READ_MODELS
from projections.rebuilding import rebuild
from tests.acceptance.client import NotAnswered
from tests.acceptance.kinds import known

WAIT_SECONDS_MAX = 60.0
POLL_SECONDS = 0.05

Outcome = TaskSucceeded | TaskFailed | TaskOutcomeUnknown | TaskCancelled


async def until(condition: Callable[[], Awaitable[Any]], what: str, seconds_max: float = WAIT_SECONDS_MAX) -> float:
    """Waits for a condition; gives the seconds it took, and fails when it does not come. One that nobody answers is asked again."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def holds() -> bool:
        try:
            return bool(await condition())
        except NotAnswered:
            return False

    while not await holds():
        assert loop.time() - began < seconds_max, f"waited {seconds_max} s in vain: {what}"
        await asyncio.sleep(POLL_SECONDS)
    return loop.time() - began


@dataclass(slots=True)
class Log:
    """The log of an installation."""

    reader: Reader
    dsn: str

    async def rows(self, query: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return list(await self.reader.rows(query, parameters))

    async def position(self) -> int:
        """The last position."""
        return await self.reader.last_position()

    async def count(self, *kinds: type[Event], since: int = 0) -> int:
        """How many events of some kinds stand behind a position."""
        query = "select count(*) from stored_events where topic = any(%b) and notification_id > %b"
        [(count,)] = await self.rows(query, [kind.wire for kind in kinds], since)
        return int(count)

    async def records(self, since: int = 0) -> list[Record]:
        """All records behind a position."""
        found: list[Record] = []
        while page := await self.reader.read_log(found[-1].position if found else since, READ_EVENTS_MAX):
            found += page
        return found

    async def events(self, stream: str) -> list[Event]:
        """What stands in a stream."""
        return [event(record) for record in await self.reader.read_stream(UUID(stream))]

    async def completed(self, jobs: Sequence[str]) -> bool:
        """Whether all of these jobs have completed."""
        query = "select count(*) from stored_events where originator_id = any(%b::uuid[]) and topic = %b"
        [(count,)] = await self.rows(query, [UUID(job) for job in jobs], JobCompleted.wire)
        return int(count) == len(jobs)

    async def assert_each_run_ended_once(self, jobs: Iterable[str], tasks: int) -> None:
        """Each job has completed, each of its tasks was started once and has exactly one outcome, a success."""
        for job in jobs:
            events = await self.events(job)
            assert [type(each) for each in events if isinstance(each, JobCompleted)] == [JobCompleted]
            assert isinstance(events[-1], JobCompleted)
            started = Counter(each.run.text for each in events if isinstance(each, TaskStarted))
            outcomes = [each for each in events if isinstance(each, Outcome)]
            assert set(started.values()) == {1}
            assert len(started) == tasks
            assert Counter(each.run.text for each in outcomes) == started
            assert all(isinstance(each, TaskSucceeded) for each in outcomes)

    async def assert_intact(self) -> None:
        """Every record of the log is what was written."""
        assert [finding async for finding in verify_log(self.reader)] == []

    async def assert_views_are_a_rebuild(self) -> None:
        """The read models, caught up, hold exactly the rows that building them anew from the log gives."""
        await until(self._caught_up, "read models that have caught up")
        assert await self.rows("select * from views.quarantine") == []
        kept = await self._views()
        position = await self.position()
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            with known():
                built_to = await rebuild(self.dsn, self.reader, READ_MODELS)
        assert built_to == position, "something was written meanwhile"
        built = await self._views()
        assert kept.keys() == built.keys()
        for name, rows in kept.items():
            assert rows == built[name], f"{name}: {rows - built[name]} should be {built[name] - rows}"
        assert kept["jobs"]

    async def _caught_up(self) -> bool:
        last = "(select notification_id from stored_events order by notification_id desc limit 1)"
        [(is_there,)] = await self.rows(f"select position = {last} from views.progress")
        return bool(is_there)

    async def _views(self) -> dict[str, Counter[str]]:
        found = {}
        for table in (table for model in READ_MODELS for table in model.tables):
            rows = await self.reader.rows(f"select t::text from views.{table.name} t".encode(), ())
            found[table.name] = Counter(str(text) for (text,) in rows)
        return found


_MAPPER = Mapper(EVENTS)


def event(record: Record) -> Event:
    """The event of a record."""
    return _MAPPER.event(record)


def envelope(record: Record) -> Envelope:
    """The envelope of a record."""
    return read_envelope(record.state)
