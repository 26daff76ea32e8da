"""P1 and R1: the projector on five million events, and pages read of a million jobs, a hundred thousand of them waiting."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import psycopg

from benchmarks import designs, jobs
from benchmarks.designs import Workflow, until_caught_up
from benchmarks.figures import Figure, percentile, spent_figures
from benchmarks.jobs import Started
from benchmarks.large.copies import Template, read_template
from benchmarks.large.writing import write_copies
from benchmarks.processes import watched
from benchmarks.stage import Stage
from event_store.reader import Reader
from projections.catalogue import READ_MODELS
from projections.rebuilding import rebuild

JOBS = 1_000_000
# Of ten jobs, five have 4 events, four have 6, and one waits, with 6 (5 of its own, 1 of its review): 5,000,000 in all.
MIX = "ABABABABAW"
LONG_TASKS = 499  # two events each, and the job's start and end: 1,000
REQUESTS = 200
DISK_BYTES_MIN = 30_000_000_000
WARM_UP_REQUESTS = 20
POLL_SECONDS = 0.2
DOCUMENTS = Path(__file__).parents[1] / "documents"

Ask = Callable[[], Awaitable[Any]]


async def large(stage: Stage) -> list[Figure]:
    """P1, then R1 on what it projected."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < DISK_BYTES_MIN:
        raise RuntimeError(
            f"Expected {DISK_BYTES_MIN / 1e9:.0f} GB free for {JOBS:,} jobs, but there are {free / 1e9:.0f}."
        )
    workflows = [await designs.chain(stage.client, 1), await designs.chain(stage.client, 2)]
    waiting = await designs.human_wait(stage.client)
    long = await _completed(stage, await designs.chain(stage.client, LONG_TASKS))
    templates = {
        "A": await _template(stage, await _completed(stage, workflows[0])),
        "B": await _template(stage, await _completed(stage, workflows[1])),
        "W": await _template(stage, await _waiting(stage, waiting)),
    }
    await until_caught_up(stage.client)
    mix = [templates[letter] for letter in MIX]
    print(f"          writing the records of {JOBS:,} jobs (not timed) ...", flush=True)
    until = datetime.now(UTC) - timedelta(minutes=1)
    events = await asyncio.to_thread(write_copies, stage.dsn, mix, JOBS, until)
    return [
        *await _projected(stage, events),
        *await _rebuilt(stage, events),
        *await _read(stage, [*workflows, waiting], long.ids[0], until),
    ]


async def _projected(stage: Stage, events: int) -> list[Figure]:
    print(f"          projecting {events:,} events ...", flush=True)
    with watched(stage.roots) as spent:
        began = time.perf_counter()
        await until_caught_up(stage.client, POLL_SECONDS)
        seconds = time.perf_counter() - began
    return [Figure("P1", "rate", "events/s", events / seconds), *spent_figures("P1", spent, events, "events")]


async def _rebuilt(stage: Stage, events: int) -> list[Figure]:
    print(f"          building read models anew beside the old, from {events:,} events ...", flush=True)
    reader = Reader(stage.service_dsn)
    await reader.start()
    try:
        with watched(stage.roots) as spent:
            began = time.perf_counter()
            await rebuild(stage.service_dsn, reader, READ_MODELS)
            seconds = time.perf_counter() - began
    finally:
        await reader.stop()
    with psycopg.connect(stage.dsn, autocommit=True) as connection:
        connection.execute("vacuum (analyze) views.jobs, views.job_tasks, views.reviews")  # As autovacuum would.
    name = "P1 rebuild"  # It works in the process that measures, which is counted as the client.
    return [Figure(name, "rate", "events/s", events / seconds), *spent_figures(name, spent, events, "events")]


async def _read(stage: Stage, workflows: list[Workflow], long: str, until: datetime) -> list[Figure]:
    workspace = workflows[0].workspace
    jobs_page, inbox_page, history_end = (
        (DOCUMENTS / f"{name}.graphql").read_text() for name in ("jobs_page", "inbox_page", "history_end")
    )

    async def some_jobs() -> Any:
        chosen = {
            "workflowId": random.choice(workflows).id,
            "statuses": random.choice([["COMPLETED"], ["WAITING", "COMPLETED"], ["WAITING", "IN_PROGRESS", "FAILED"]]),
            "startedUntil": (until - timedelta(seconds=random.randrange(JOBS))).isoformat(),
        }
        return await stage.client.ask(jobs_page, workspace=workspace, filter=chosen)

    async def some_inbox() -> Any:
        return await stage.client.ask(inbox_page, workspace=workspace, after=None)

    async def last_events() -> Any:
        return await stage.client.ask(history_end, job=long)

    return [
        *await _timed(stage, "R1 50 of a million jobs", some_jobs),
        *await _timed(stage, "R1 last 100 of 1,000 events", last_events),
        *await _timed(stage, "R1 inbox of 100,000", some_inbox),
    ]


async def _timed(stage: Stage, name: str, ask: Ask) -> list[Figure]:
    for _ in range(WARM_UP_REQUESTS):
        await ask()
    taken: list[float] = []
    with watched(stage.roots) as spent:
        for _ in range(REQUESTS):
            began = time.perf_counter()
            await ask()
            taken.append((time.perf_counter() - began) * 1_000)
    return [
        Figure(name, "through HTTP, median", "ms", median(taken)),
        Figure(name, "through HTTP, p95", "ms", percentile(taken, 95)),
        *spent_figures(name, spent, REQUESTS, "requests"),
    ]


async def _completed(stage: Stage, workflow: Workflow) -> Started:
    started = await jobs.start(stage.client, workflow, 1)
    await started.until_completed(stage.client)
    return started


async def _waiting(stage: Stage, workflow: Workflow) -> Started:
    started = await jobs.start(stage.client, workflow, 1)
    await started.until_waiting(stage.client)
    return started


async def _template(stage: Stage, started: Started) -> Template:
    with psycopg.connect(stage.dsn) as connection:
        return read_template(connection, UUID(started.ids[0]))
