"""Random workflows are run by people who do not give up, on an installation where everything fails again and again.

Afterwards every job has ended, each attempt has one outcome, no effect happened twice, nothing acknowledged is lost, the log is as it
was written, and the read models are those that the log gives. OPUS_CHAOS_SEED repeats the drawings and the order of faults of an
earlier run.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from random import Random

import pytest

from domain.jobs.events import (
    ItemsBegan,
    ItemsEnded,
    JobCancelled,
    JobCompleted,
    JobFailed,
    JobStarted,
    JobTimedOut,
    TaskCancelled,
    TaskFailed,
    TaskOutcomeUnknown,
    TaskStarted,
    TaskSucceeded,
)
from domain.reviews.events import ReviewAccepted, ReviewRejected
from event_store.reader import Reader
from tests.acceptance.client import Client
from tests.acceptance.installation import Installation, new_home
from tests.acceptance.log import Log, until
from tests.chaos.counting import Counting
from tests.chaos.drawings import draw_workflows
from tests.chaos.faults import Faults
from tests.chaos.people import People

pytestmark = pytest.mark.anyio

WORKFLOWS = 12
STARTERS = 2
START_PAUSE_SECONDS = 0.4
DRAINED_SECONDS_MAX = 150.0
SEED = "OPUS_CHAOS_SEED"
BOUNDS = (JobStarted, JobCompleted, JobFailed, JobCancelled, JobTimedOut)
OUTCOMES = (TaskSucceeded, ItemsEnded, TaskFailed, TaskOutcomeUnknown)

_log = logging.getLogger(__name__)


@pytest.fixture
def installation() -> Iterator[Installation]:
    """An installation that is broken by nobody else."""
    installation = Installation(new_home())
    try:
        installation.up()
        yield installation
    finally:
        installation.down()
        for line in installation.errors():
            _log.error("%s", line)
        installation.server.destroy()
        shutil.rmtree(installation.home)


@pytest.fixture
def counting() -> Iterator[Counting]:
    """The world outside."""
    counting = Counting()
    counting.start()
    yield counting
    counting.stop()


@pytest.fixture
async def log(installation: Installation) -> AsyncIterator[Log]:
    """The log, read past the API."""
    dsn = installation.server.service_dsn()
    reader = Reader(dsn)
    await reader.start()
    yield Log(reader, dsn)
    await reader.stop()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seconds", [90.0, pytest.param(1_800.0, marks=[pytest.mark.soak, pytest.mark.timeout(3_000)])])
async def test_after_faults_of_every_kind_all_is_ended_once_and_nothing_is_lost(
    installation: Installation, log: Log, counting: Counting, seconds: float
) -> None:
    seed = os.environ.get(SEED) or secrets.token_hex(4)
    _log.info("%s=%s", SEED, seed)
    random = Random(seed)
    client = Client(installation.url, installation.key)
    people = People(client, random, await draw_workflows(client, random, counting.url, WORKFLOWS))
    faults = Faults(installation, log, Random(f"{seed} faults"))
    try:
        await live(people, faults, seconds)
    finally:
        await client.close()
    lived = (len(people.started), len(people.decided), counting.effects.total(), len(faults.done))
    _log.info("%d jobs, %d decisions, %d effects, %d faults", *lived)
    await assert_sound(people, log, counting)
    await log.assert_intact()
    await log.assert_views_are_a_rebuild()


async def live(people: People, faults: Faults, seconds: float) -> None:
    """Everybody does what they do while faults happen; then what is left is brought to its end."""
    enough = asyncio.Event()
    served = People(people.client, people.random, people.workflows, enough, people.started, people.decided)
    async with asyncio.TaskGroup() as group:
        starters = [group.create_task(people.start_jobs(START_PAUSE_SECONDS)) for _ in range(STARTERS)]
        group.create_task(served.review())
        group.create_task(served.operate())
        await faults.happen(seconds)
        people.stop.set()
        await asyncio.gather(*starters)
        await until(lambda: _all_ended(people), "the end of every job", DRAINED_SECONDS_MAX)
        assert await people.stuck_jobs() == []
        enough.set()


async def _all_ended(people: People) -> bool:
    left = await people.open_jobs()
    unnamed = [job for job in left if job["status"] == "WAITING" and not job["blockers"]]
    assert unnamed == [], "jobs that wait for nothing"
    return not left


async def assert_sound(people: People, log: Log, counting: Counting) -> None:
    """What the log says against what people were told and what happened outside."""
    jobs = set(people.started.values())
    assert len(jobs) == len(people.started)
    streams = await log.rows("select originator_id from stored_events where topic = %b", JobStarted.wire)
    begun: set[str] = set()
    acted: set[str] = set()
    for (stream,) in streams:
        events = await log.events(job := str(stream))
        start = events[0]
        assert isinstance(start, JobStarted)
        begun |= set() if start.parent else {job}
        assert [type(event) for event in events if isinstance(event, BOUNDS)] == [JobStarted, type(events[-1])], job
        runs = Counter(event.run.text for event in events if isinstance(event, TaskStarted | ItemsBegan))
        outcomes = Counter(event.run.text for event in events if isinstance(event, OUTCOMES))
        cancelled = {event.run.text for event in events if isinstance(event, TaskCancelled)}
        assert set(runs.values()) <= {1}, job
        assert set(outcomes.values()) <= {1}, job  # One that was held after its outcome may be cancelled later.
        assert runs.keys() == outcomes.keys() | cancelled, job
        acted |= {f"{job}:{run}" for run in runs}
    assert begun == jobs
    assert {attempt: count for attempt, count in counting.effects.items() if count > 1} == {}
    assert counting.effects.keys() <= acted
    for review, decision in people.decided.items():
        expected = ReviewAccepted if decision == "ACCEPT" else ReviewRejected
        decisions = [type(e) for e in await log.events(review) if isinstance(e, ReviewAccepted | ReviewRejected)]
        assert decisions == [expected], review
