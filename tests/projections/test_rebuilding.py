"""Read models are built anew beside the old ones: what comes out is what was kept up event by event."""

from __future__ import annotations

from dataclasses import replace

import anyio
import psycopg
import pytest

from projections.catalogue import READ_MODELS
from projections.happened import Happened
from projections.jobs import find_job
from projections.jobs.project import JOBS
from projections.jobs.rows import JOBS_TABLE
from projections.progress import NewerReadModels, take_stock
from projections.projector import Projector
from projections.rebuilding import rebuild
from projections.rows import Rows
from tests.conftest import Database
from tests.projections.stories import write_everything
from tests.projections.written import (
    WORKSPACE,
    connect,
    contents,
    log_reader,
    new_id,
    project_all,
    projecting,
    quarantined,
    reading,
    started,
    until,
    writing,
)
from tests.streams import golden

pytestmark = pytest.mark.anyio

JOBS_WRITTEN = 20


@pytest.mark.parametrize("batch_events", [1, 5])
async def test_rebuilt_is_what_was_kept_up_event_by_event(database: Database, batch_events: int) -> None:
    async with writing(database) as log, log_reader(database) as reader:
        await write_everything(log, jobs=JOBS_WRITTEN)
        await project_all(database, batch_events=batch_events)
        before = contents(database)
        assert await rebuild(database.service_dsn, reader, READ_MODELS) == log.position
    assert contents(database) == before


async def test_so_is_what_every_golden_stream_says(database: Database) -> None:
    for name in golden.names():
        golden.lay_down(database.owner_dsn, golden.read(name))
    async with log_reader(database) as reader:
        position = await project_all(database, batch_events=1)
        before = contents(database)
        assert await rebuild(database.service_dsn, reader, READ_MODELS) == position > 0
    assert contents(database) == before
    assert await quarantined(database) == []


async def test_everything_goes_on_while_a_read_model_is_built_anew(database: Database) -> None:
    async with (
        writing(database) as log,
        projecting(database) as (projector, waiting),
        reading(database) as views,
        log_reader(database) as reader,
    ):
        await projector.leading()
        await write_everything(log, jobs=5)
        done = anyio.Event()
        async with anyio.create_task_group() as tasks:

            async def build() -> None:
                await rebuild(database.service_dsn, reader, READ_MODELS)
                done.set()

            tasks.start_soon(build)
            written = 0
            while not done.is_set() or written < 20:
                job_id = new_id()
                assert await waiting.wait_for(await log.write(job_id, started()), 10)
                assert await find_job(views, WORKSPACE, job_id)
                written += 1
        after = contents(database)
        assert await waiting.wait_for(await log.write(new_id(), started()), 10)
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        assert owner.execute("select count(*) from pg_tables where schemaname = 'views_next'").fetchone() == (0,)
    assert len(after["jobs"]) >= written


async def test_indexes_and_rights_come_with_the_new_tables(database: Database) -> None:
    query = "select tablename, regexp_replace(indexdef, 'INDEX \\w+ ', '') from pg_indexes where schemaname = 'views' order by 1, 2"
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        before = owner.execute(query.encode()).fetchall()
        await project_all(database)
        async with writing(database) as log, log_reader(database) as reader:
            for _ in range(2):
                await rebuild(database.service_dsn, reader, READ_MODELS)
            await log.write(new_id(), started())
        assert owner.execute(query.encode()).fetchall() == before
    await project_all(database)
    assert len(contents(database)["jobs"]) == 1


async def test_a_new_version_of_a_read_model_is_built_beside_the_old(database: Database) -> None:
    def titled(rows: Rows, event: Happened) -> None:
        JOBS.appliers["job.started.v1"](rows, event)
        job = rows.get(JOBS_TABLE, event.stream.int)
        assert job is not None
        job.title = "of version 2"

    second = replace(JOBS, version=JOBS.version + 1, appliers={**JOBS.appliers, "job.started.v1": titled})
    models = [second if model.name == JOBS.name else model for model in READ_MODELS]
    first_job, second_job = new_id(), new_id()
    async with writing(database) as log, reading(database) as views:
        await log.write(first_job, started(title="of version 1"))
        await project_all(database)
        async with projecting(database, models=models) as (projector, waiting):
            await projector.leading()
            assert await waiting.wait_for(await log.write(second_job, started()), 10)

            async def rebuilt() -> bool:
                job = await find_job(views, WORKSPACE, first_job)
                assert job is not None, "a job was missing while its read model was built anew"
                return bool(job.title == "of version 2")

            await until(rebuilt)
            job = await find_job(views, WORKSPACE, second_job)
            assert job is not None
            assert job.title == "of version 2"


async def test_an_older_build_leaves_the_read_models_of_a_newer_one_alone(database: Database) -> None:
    newer = [replace(model, version=9) for model in READ_MODELS]
    async with await connect(database) as connection:
        await take_stock(connection, newer)
        with pytest.raises(NewerReadModels, match="use that build"):
            await take_stock(connection, READ_MODELS)
    async with log_reader(database) as reader:
        with pytest.raises(NewerReadModels), anyio.fail_after(10):
            await Projector(database.service_dsn, reader).run()


async def test_a_rebuild_waits_for_a_long_read_without_stopping_the_projector(database: Database) -> None:
    async with (
        writing(database) as log,
        projecting(database) as (projector, waiting),
        log_reader(database) as reader,
        await connect(database) as long_read,
    ):
        await projector.leading()
        assert await waiting.wait_for(await log.write(new_id(), started()), 10)
        async with anyio.create_task_group() as tasks, long_read.transaction():
            await long_read.execute("select * from views.jobs")
            tasks.start_soon(rebuild, database.service_dsn, reader, [JOBS])
            with psycopg.connect(database.owner_dsn, autocommit=True) as owner:

                async def stopped_by_the_read() -> bool:
                    query = "select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock'"
                    return owner.execute(query.encode()).fetchone() != (0,)

                await until(stopped_by_the_read)
            assert await waiting.wait_for(await log.write(new_id(), started()), 10)
        assert await waiting.wait_for(await log.write(new_id(), started()), 10)
    assert len(contents(database)["jobs"]) == 3
