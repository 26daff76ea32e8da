"""Rows in memory: what is written is what is read back, and nothing is written without need."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest

from projections.engine.rows import OPEN_JOBS_TABLE, OpenJobRow
from projections.jobs.rows import JOB_LABELS_TABLE, JOB_TASKS_TABLE, JobLabelRow, JobTaskRow
from projections.progress import LIVE
from projections.reviews.rows import REVIEWS_TABLE, ReviewRow
from projections.rows import KEPT_ROWS_MAX, Rows
from projections.tables import Table
from tests.conftest import Database
from tests.projections.written import WORKSPACE, connect, new_id

pytestmark = pytest.mark.anyio

Row = TypeVar("Row")

TEXTS = ("", "a", 'quote " and \\ and , {}', "ünïcode 😀", "NULL", "line\nbreak", "{x}")
JSONS: tuple[Any, ...] = (
    None,
    "text",
    0,
    -1.5,
    True,
    [],
    {"a": [None, {"b": 'c"\\'}]},
    {"$sealed": {"v": 1}},
    2**53 - 1,
)
NUMBERS = (0, 1, -1, 2**31, -(2**62), 2**63 - 1)
TIMES = (
    datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 31, 12, 0, 0, 1, tzinfo=UTC),
    datetime(9999, 12, 31, tzinfo=UTC),
)


def any_of(random: Random, hint: str, *, key: bool) -> Any:
    """A value for a column of this type, null where that is allowed."""
    if key:
        return {"uuid": new_id(), "text": random.choice(TEXTS), "int8": random.choice(NUMBERS)}[hint]
    choices: dict[str, Any] = {
        "uuid": (new_id(),),
        "text": TEXTS,
        "int8": NUMBERS,
        "bool": (True, False),
        "timestamptz": TIMES,
        "json": JSONS,
        "text[]": ((), TEXTS, ("one",)),
        "uuid[]": ((), (new_id(), new_id())),
    }
    return random.choice(choices[hint])


def random_row(random: Random, table: Table[Row]) -> Row:
    """A row whose every column holds something difficult."""
    values = {name: any_of(random, kind, key=name in table.key) for name, kind in table.columns.items()}
    if "shown" in values:
        values["shown"] = {"a": values["shown"]}
    return table.row(**values)


async def write(rows: Rows, database: Database) -> int:
    """Writes what changed, and gives the number of statements."""
    statements = list(rows.statements(LIVE))
    async with await connect(database) as connection:
        for query, parameters in statements:
            await connection.execute(query, parameters)
    return len(statements)


async def read(table: Table[Row], keys: list[Any], database: Database) -> list[Row | None]:
    """Rows as they stand in the database."""
    rows = Rows([table])
    async with await connect(database) as connection:
        await rows.load(connection, LIVE, table, keys)
    return [rows.get(table, key) for key in keys]


@pytest.mark.parametrize("table", [JOB_TASKS_TABLE, REVIEWS_TABLE], ids=lambda table: table.name)
async def test_rows_come_back_as_they_were_written(database: Database, table: Table[JobTaskRow | ReviewRow]) -> None:
    random = Random(7)
    written = [random_row(random, table) for _ in range(200)]
    rows = Rows([table])
    for row in written:
        rows.put(table, row)
    assert await write(rows, database) == 1
    assert await read(table, [table.key_of(row) for row in written], database) == written


async def test_nulls_come_back_as_nulls(database: Database) -> None:
    row = JobTaskRow(new_id(), "a#1.1", 1, 1, "a", None, 1, 1, "RUNNING")
    rows = Rows([JOB_TASKS_TABLE])
    rows.put(JOB_TASKS_TABLE, row)
    await write(rows, database)
    assert await read(JOB_TASKS_TABLE, [JOB_TASKS_TABLE.key_of(row)], database) == [row]


async def test_a_changed_row_is_written_once_more_and_a_removed_one_is_gone(database: Database) -> None:
    first, second = (JobTaskRow(new_id(), "a#1.1", 1, 1, "a", 0, 1, 1, "RUNNING") for _ in range(2))
    keys = [JOB_TASKS_TABLE.key_of(row) for row in (first, second)]
    rows = Rows([JOB_TASKS_TABLE])
    for row in (first, second):
        rows.put(JOB_TASKS_TABLE, row)
    await write(rows, database)
    first.status, first.ended_at = "SUCCEEDED", TIMES[2] + timedelta(seconds=1)
    rows.put(JOB_TASKS_TABLE, first)
    rows.remove(JOB_TASKS_TABLE, keys[1])
    assert await write(rows, database) == 2
    assert await read(JOB_TASKS_TABLE, keys, database) == [first, None]
    assert await write(rows, database) == 0


async def test_within_one_batch_the_last_row_of_a_key_counts(database: Database) -> None:
    first, second, third = (JobTaskRow(new_id(), "a#1.1", 1, 1, "a", 0, 1, 1, "RUNNING") for _ in range(3))
    keys = [JOB_TASKS_TABLE.key_of(row) for row in (first, second, third)]
    rows = Rows([JOB_TASKS_TABLE])
    for row in (first, second, third):
        rows.put(JOB_TASKS_TABLE, row)
        rows.put(JOB_TASKS_TABLE, row)  # Once more, as each event of a run does.
    await write(rows, database)
    anew = replace(first, position=2, version=2, task="b", status="WAITING")
    rows.remove(JOB_TASKS_TABLE, keys[0])
    rows.put(JOB_TASKS_TABLE, anew)
    rows.put(JOB_TASKS_TABLE, second)
    rows.remove(JOB_TASKS_TABLE, keys[1])
    instead = replace(third, position=3, version=3, task="c", status="WAITING")
    rows.put(JOB_TASKS_TABLE, third)
    rows.put(JOB_TASKS_TABLE, instead)
    assert await write(rows, database) == 2
    assert await read(JOB_TASKS_TABLE, keys, database) == [anew, None, instead]


async def test_a_row_is_added_once_and_what_an_event_before_made_is_not_written_over(database: Database) -> None:
    row, other = (JobTaskRow(new_id(), "a#1.1", 1, 1, "a", 0, 1, 1, "RUNNING") for _ in range(2))
    keys = [JOB_TASKS_TABLE.key_of(each) for each in (row, other)]
    rows = Rows([JOB_TASKS_TABLE])
    rows.add(JOB_TASKS_TABLE, row)
    row.status = "WAITING"
    rows.put(JOB_TASKS_TABLE, row)
    rows.move(JOB_TASKS_TABLE, row)
    rows.add(JOB_TASKS_TABLE, other)
    rows.remove(JOB_TASKS_TABLE, keys[1])
    assert await write(rows, database) == 2
    assert await read(JOB_TASKS_TABLE, keys, database) == [row, None]
    anew = Rows([JOB_TASKS_TABLE])
    anew.add(JOB_TASKS_TABLE, replace(row, status="RUNNING"))
    with pytest.raises(psycopg.errors.UniqueViolation):
        await write(anew, database)
    assert await read(JOB_TASKS_TABLE, keys, database) == [row, None]


async def test_a_row_that_is_known_or_was_just_removed_can_be_added_all_the_same(database: Database) -> None:
    first, second = (JobTaskRow(new_id(), "a#1.1", 1, 1, "a", 0, 1, 1, "RUNNING") for _ in range(2))
    keys = [JOB_TASKS_TABLE.key_of(row) for row in (first, second)]
    rows = Rows([JOB_TASKS_TABLE])
    for row in (first, second):
        rows.put(JOB_TASKS_TABLE, row)
    await write(rows, database)
    rows.remove(JOB_TASKS_TABLE, keys[1])
    instead = [replace(row, task="b") for row in (first, second)]
    for row in instead:
        rows.add(JOB_TASKS_TABLE, row)
    assert await write(rows, database) == 1
    assert await read(JOB_TASKS_TABLE, keys, database) == instead


async def test_of_a_row_that_moves_only_what_moves_is_written(database: Database) -> None:
    row = JobTaskRow(new_id(), "a#1.1", 1, 1, "a", 0, 1, 1, "RUNNING")
    key = JOB_TASKS_TABLE.key_of(row)
    rows = Rows([JOB_TASKS_TABLE])
    rows.add(JOB_TASKS_TABLE, row)
    await write(rows, database)
    row.status, row.losses = "WAITING", 3
    rows.move(JOB_TASKS_TABLE, row)
    assert await write(rows, database) == 1
    assert await read(JOB_TASKS_TABLE, [key], database) == [replace(row, losses=0)]
    for change in (rows.move, rows.put, rows.move):  # Once it is written whole, it is.
        change(JOB_TASKS_TABLE, row)
    assert await write(rows, database) == 1
    assert await read(JOB_TASKS_TABLE, [key], database) == [row]
    row.status = "SUCCEEDED"
    rows.move(JOB_TASKS_TABLE, row)
    await write(rows, database)
    assert not rows.knows(JOB_TASKS_TABLE, key)
    assert await read(JOB_TASKS_TABLE, [key], database) == [row]


async def test_a_row_that_is_settled_is_written_and_not_kept(database: Database) -> None:
    task, job = JobTaskRow(new_id(), "a#1.1", 1, 1, "a", 0, 1, 1, "RUNNING"), OpenJobRow(new_id(), WORKSPACE, 3)
    key = JOB_TASKS_TABLE.key_of(task)
    rows = Rows([JOB_TASKS_TABLE, OPEN_JOBS_TABLE])
    rows.put(JOB_TASKS_TABLE, task)
    rows.put(OPEN_JOBS_TABLE, job)
    await write(rows, database)
    assert rows.knows(JOB_TASKS_TABLE, key)
    assert rows.knows(OPEN_JOBS_TABLE, job.job_id.int)
    task.status = "SUCCEEDED"
    rows.put(JOB_TASKS_TABLE, task)
    rows.remove(OPEN_JOBS_TABLE, job.job_id.int)
    assert rows.get(JOB_TASKS_TABLE, key) is task  # Until it is written.
    await write(rows, database)
    assert not rows.knows(JOB_TASKS_TABLE, key)
    assert not rows.knows(OPEN_JOBS_TABLE, job.job_id.int)
    assert await read(JOB_TASKS_TABLE, [key], database) == [task]


async def test_a_compared_row_is_written_only_when_it_differs(database: Database) -> None:
    table = OPEN_JOBS_TABLE
    job = OpenJobRow(new_id(), WORKSPACE, 3)
    rows = Rows([table])
    rows.put(table, job)
    assert await write(rows, database) == 1
    job.running = 1
    rows.put(table, job)
    job.running = 0
    assert await write(rows, database) == 0
    brief = OpenJobRow(new_id(), WORKSPACE, 4)
    rows.put(table, brief)
    rows.remove(table, brief.job_id.int)
    assert await write(rows, database) == 0
    rows.remove(table, job.job_id.int)
    assert await write(rows, database) == 1
    assert await read(table, [job.job_id.int, brief.job_id.int], database) == [None, None]


async def test_a_compared_row_that_was_loaded_is_removed(database: Database) -> None:
    table = OPEN_JOBS_TABLE
    job = OpenJobRow(new_id(), WORKSPACE, 3)
    rows = Rows([table])
    rows.put(table, job)
    await write(rows, database)
    later = Rows([table])
    async with await connect(database) as connection:
        await later.load(connection, LIVE, table, [job.job_id.int])
    later.remove(table, job.job_id.int)
    assert await write(later, database) == 1
    assert await read(table, [job.job_id.int], database) == [None]


async def test_what_is_kept_in_memory_is_bounded(database: Database) -> None:
    table = OPEN_JOBS_TABLE
    rows = Rows([table])
    keys = list(range(KEPT_ROWS_MAX + 1))
    for key in keys:
        rows.put(table, OpenJobRow(UUID(int=key), WORKSPACE, 0))
    list(rows.statements(LIVE))
    assert not rows.knows(table, keys[0])
    assert rows.knows(table, keys[-1])
    assert sum(rows.knows(table, key) for key in keys) == KEPT_ROWS_MAX * 2 // 3


async def test_rows_that_no_event_looks_at_again_are_not_kept(database: Database) -> None:
    rows, row = Rows([JOB_LABELS_TABLE]), JobLabelRow(WORKSPACE, "job", "t:march", 1, new_id())
    rows.add(JOB_LABELS_TABLE, row)
    assert await write(rows, database) == 1
    key = JOB_LABELS_TABLE.key_of(row)
    assert not rows.knows(JOB_LABELS_TABLE, key)
    assert await read(JOB_LABELS_TABLE, [key], database) == [row]
