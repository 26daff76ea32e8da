"""The generator of large logs writes what the product could have written: every copy proves, and can be read."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from benchmarks.large.copies import Template, read_template
from benchmarks.large.writing import write_copies
from domain.catalogue import EVENTS
from domain.ids import derive
from domain.jobs.events import TaskWaitBegan
from event_store.mapper import Mapper
from event_store.reader import Reader
from event_store.verify import verify_log
from tests.conftest import Database
from tests.streams import golden

JOBS = 40
UNTIL = datetime(2026, 11, 27, 12, tzinfo=UTC)


def written(database: Database) -> tuple[list[Template], int]:
    """Lays down two jobs as they were once stored, and writes copies of them; gives where the copies begin."""
    originals = [golden.read("chain_completed"), golden.read("review_claimed")]
    for original in originals:
        golden.lay_down(database.owner_dsn, original)
    with psycopg.connect(database.owner_dsn) as connection:
        templates = [read_template(connection, UUID(original.job)) for original in originals]
    assert [template.events for template in templates] == [len(original.records) for original in originals]
    events = write_copies(database.owner_dsn, templates, JOBS, UNTIL)
    assert events == JOBS // 2 * sum(template.events for template in templates)
    return templates, events


@pytest.mark.anyio
async def test_copies_can_be_read_prove_and_have_ids_as_the_product_derives_them(database: Database) -> None:
    templates, events = written(database)
    reader, mapper = Reader(database.service_dsn), Mapper(EVENTS)
    await reader.start()
    try:
        assert [finding async for finding in verify_log(reader)] == []
        records = await reader.read_log(sum(template.events for template in templates), events)
    finally:
        await reader.stop()
    assert len(records) == events
    for record in records:
        mapper.opened(record)
    jobs = {record.stream for record in records if record.topic == "job.started.v1"}
    waits = [(record.stream, mapper.event(record)) for record in records if record.topic == "job.task_wait_began.v1"]
    reviews = {record.stream for record in records if record.topic == "review.requested.v1"}
    assert len(jobs) == JOBS
    assert len(reviews) == JOBS // 2
    assert reviews == {derive(job, "review", wait.run.text) for job, wait in waits if isinstance(wait, TaskWaitBegan)}


def test_opus_verify_finds_the_copies_intact(database: Database, tmp_path: Path) -> None:
    written(database)
    verified = subprocess.run(
        [sys.executable, "-m", "runner.cli", "verify"],
        env={**os.environ, "OPUS_HOME": str(tmp_path), "OPUS_DATABASE_URL": database.service_dsn},
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.stdout.startswith("log intact"), verified.stderr
