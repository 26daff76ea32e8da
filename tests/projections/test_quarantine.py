"""A poison event costs its stream in the read models that follow it, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Protocol
from uuid import UUID

import psycopg
import pytest

from domain.events import Event
from domain.jobs.events import TaskStarted
from domain.jobs.run import Run
from projections.catalogue import READ_MODELS
from projections.happened import Happened
from projections.jobs import find_job, list_jobs
from projections.jobs.project import JOBS
from projections.model import Apply, ReadModel
from projections.rows import Rows
from tests.conftest import Database
from tests.projections.written import WORKSPACE, new_id, project_all, quarantined, reading, started, writing

pytestmark = pytest.mark.anyio


class TaskTeleported(Event):
    """Something that only a later build knows."""

    wire: ClassVar[str] = "job.task_teleported.v1"
    run: Run


class Projected(Protocol):
    """Projects what is new in the log."""

    def __call__(self, database: Database, *, models: Sequence[ReadModel] = ...) -> Awaitable[int]:
        """Gives the position reached."""
        ...


@pytest.fixture(params=[{}, {"batch_events": 1, "written_every": 100}, {"batch_events": 2, "written_every": 2}])
def projected(request: pytest.FixtureRequest) -> Projected:
    """All at once; each event taken in by itself, and then written; and in between."""
    return partial(project_all, **request.param)


async def job_versions(database: Database) -> dict[UUID, int]:
    """How far each job came."""
    async with reading(database) as views:
        return {job.job_id: job.version for job in (await list_jobs(views, WORKSPACE)).rows}


def with_applier(wire: str, apply: Apply) -> list[ReadModel]:
    """The read models, with another way to apply one event to jobs."""
    model = replace(JOBS, appliers={**JOBS.appliers, wire: apply})
    return [model if each.name == JOBS.name else each for each in READ_MODELS]


TASK = TaskStarted(run=Run(task="a"), bindings={})


async def test_an_unknown_event_stops_its_stream_there_and_no_other(database: Database, projected: Projected) -> None:
    poisoned, sound = new_id(), new_id()
    async with writing(database) as log:
        await log.write(poisoned, started(), TASK, TaskTeleported(run=TASK.run))
        await log.write(sound, started(), TASK)
        last = await log.write(poisoned, TaskStarted(run=Run(task="b"), bindings={}))
        assert await projected(database) == last
        assert await job_versions(database) == {poisoned: 2, sound: 2}
        given_up = await quarantined(database)
        assert {(each.model, each.stream, each.topic) for each in given_up} == {
            ("jobs", poisoned, "job.task_teleported.v1"),
            ("engine", poisoned, "job.task_teleported.v1"),
            ("content", poisoned, "job.task_teleported.v1"),
            ("usage", poisoned, "job.task_teleported.v1"),
        }
        await log.write(poisoned, TaskStarted(run=Run(task="c"), bindings={}))
        await log.write(sound, TaskStarted(run=Run(task="c"), bindings={}))
        await projected(database)
    assert await job_versions(database) == {poisoned: 2, sound: 3}
    assert await quarantined(database) == given_up


async def test_an_error_in_one_read_model_leaves_the_others_whole(database: Database, projected: Projected) -> None:
    poisoned, sound = new_id(), new_id()

    def fails(rows: Rows, event: Happened) -> None:
        if event.stream == poisoned:
            raise ValueError("this one")
        JOBS.appliers[TASK.wire](rows, event)

    async with writing(database) as log:
        for stream in (poisoned, sound):
            await log.write(stream, started(), TASK)
    await projected(database, models=with_applier(TASK.wire, fails))
    assert await job_versions(database) == {poisoned: 1, sound: 2}
    [given_up] = await quarantined(database)
    assert (given_up.model, given_up.stream, given_up.error) == ("jobs", poisoned, "ValueError: this one")


@pytest.mark.parametrize("value", ["a\0b", 2**70])
async def test_what_the_database_will_not_take_is_poison_too(
    database: Database, projected: Projected, value: Any
) -> None:
    poisoned, sound = new_id(), new_id()

    def spoils(rows: Rows, event: Happened) -> None:
        JOBS.appliers[TASK.wire](rows, event)
        if event.stream == poisoned and (job := rows.get(JOBS.tables[0], event.stream.int)):
            setattr(job, "source" if isinstance(value, str) else "rules", value)
            rows.put(JOBS.tables[0], job)

    async with writing(database) as log:
        for stream in (poisoned, sound):
            await log.write(stream, started(), TASK)
    await projected(database, models=with_applier(TASK.wire, spoils))
    assert await job_versions(database) == {poisoned: 1, sound: 2}
    assert [each.stream for each in await quarantined(database)] == [poisoned]


async def test_bytes_that_are_no_record_stop_their_stream(database: Database, projected: Projected) -> None:
    broken, sound = new_id(), new_id()
    async with writing(database) as log:
        await log.write(broken, started(), TASK)
        await log.write(sound, started())
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        owner.execute(
            "update stored_events set state = 'nonsense' where originator_id = %s and originator_version = 2", (broken,)
        )
    await projected(database)
    assert await job_versions(database) == {broken: 1, sound: 1}
    assert {each.stream for each in await quarantined(database)} == {broken}


async def test_trouble_of_the_database_is_not_taken_for_poison(database: Database, projected: Projected) -> None:
    job_id = new_id()
    async with writing(database) as log:
        await log.write(job_id, started())
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        owner.execute("revoke insert on views.jobs from opus_service")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await projected(database)
        assert await quarantined(database) == []
        owner.execute("grant insert on views.jobs to opus_service")
    await projected(database)
    async with reading(database) as views:
        assert await find_job(views, WORKSPACE, job_id)
