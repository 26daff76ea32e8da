"""A backup brought back into an empty folder goes on where it was, and refuses cursors from before with a sentence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from domain.jobs.events import JobCompleted, TaskStarted, TaskSucceeded
from event_store.reader import Reader
from tests.acceptance.client import Client
from tests.acceptance.designs import (
    DECIDE,
    REVIEWS,
    chain,
    given,
    is_shown_as_completed,
    reviewed,
    start,
    waiting_review,
)
from tests.acceptance.installation import Installation, new_home
from tests.acceptance.log import Log, until
from tests.acceptance.schedules import every_second, has_started, pause, seconds_between, told

pytestmark = pytest.mark.anyio

_AT_POSITION = "query ($id: ID!, $position: Position!) { job(id: $id, atLeastPosition: $position) { status } }"
_OUTPUTS = "query ($id: ID!) { job(id: $id) { status outputs { json } } }"
_EVENTS = "subscription ($job: ID!, $after: Cursor) { jobEvents(jobId: $job, after: $after) { cursor event { version type } } }"
_SLOW_SECONDS = 5.0


@pytest.fixture
def elsewhere() -> Iterator[Installation]:
    """An installation on a folder that does not exist yet."""
    installation = Installation(new_home() / "restored")
    yield installation
    installation.down()
    installation.server.destroy()
    shutil.rmtree(installation.home.parent)


async def test_waiting_and_running_jobs_go_on_after_a_restore_and_old_cursors_are_refused(
    installation: Installation, admin: Client, elsewhere: Installation
) -> None:
    waiting = await start(admin, await reviewed(admin), "before the backup")
    review = await waiting_review(admin, waiting)
    running = await start(admin, await chain(admin, (0, _SLOW_SECONDS, 0)), "before the backup")
    schedule = await every_second(admin, await chain(admin, (0,)), "before the backup")
    cursor = await cursor_in_the_middle(admin, running)
    await until(lambda: has_started(admin, schedule, 1), "a time of the schedule")
    backup = elsewhere.home.parent / "kept.tar"
    made = installation.opus("backup", str(backup))
    assert (made.returncode, made.stderr) == (0, "")
    # Each installation goes its own way from here.
    lost = await start(admin, await chain(admin, (0,)), "after the backup")
    before = await told(admin, schedule, await pause(admin, schedule))
    restored = elsewhere.opus("restore", str(backup))
    assert (restored.returncode, restored.stderr) == (0, "")
    elsewhere.up()
    client = Client(elsewhere.url, elsewhere.key)
    reader = Reader(elsewhere.server.service_dsn())
    await reader.start()
    log = Log(reader, elsewhere.server.service_dsn())
    try:
        assert (await client.ask(REVIEWS, job=waiting))["status"] == "WAITING"
        decided = await client.ask(
            DECIDE, input={"reviewId": review, "decision": "ACCEPT", "corrections": [given("value", "corrected")]}
        )
        assert decided["__typename"] == "DecideReviewSuccess", decided
        await until(lambda: log.completed([waiting, running]), "the jobs from before the backup")
        # The log was read past the API, whose read models follow it.
        await until(lambda: is_shown_as_completed(client, waiting), "the read models")
        assert (await client.ask(_OUTPUTS, id=waiting))["outputs"] == [{"json": "corrected"}]
        succeeded = [event.run.task for event in await log.events(running) if isinstance(event, TaskSucceeded)]
        assert succeeded == ["step_1", "step_2", "step_3"]
        assert isinstance((await log.events(running))[-1], JobCompleted)
        assert await client.ask("query ($id: ID!) { job(id: $id) { id } }", id=lost) is None
        for refused in (
            (await client.answer(_AT_POSITION, id=running, position=cursor))["errors"],
            await first_errors(client, running, cursor),
        ):
            assert refused[0]["extensions"]["code"] == "CURSOR_FROM_BEFORE_RESTORE"
            assert refused[0]["message"].startswith("Expected a position of the log as it is now, but it was restored")
        await until(lambda: has_started(client, schedule, 2), "the schedule to go on")
        after = await told(client, schedule, await pause(client, schedule))
        assert after[0] == before[0]  # What had become of a time stays so; its times go on where they were.
        assert seconds_between([time for time in after if time["outcome"] == "STARTED"]) == {1.0}
        await until(lambda: log.completed([time["jobId"] for time in after if time["jobId"]]), "its jobs")
        await log.assert_intact()
        await log.assert_views_are_a_rebuild()
    finally:
        await reader.stop()
        await client.close()
    # The first one has not noticed anything.
    assert (await admin.ask(REVIEWS, job=waiting))["status"] == "WAITING"
    assert (await admin.answer(_AT_POSITION, id=lost, position=cursor)).get("errors") is None


async def cursor_in_the_middle(client: Client, job: str) -> str:
    """Where a client stands that has been told of the start of the job's second task."""
    async with client.over_socket(_EVENTS, job=job) as messages:
        async for message in messages:
            told = message["data"]["jobEvents"]
            if told["event"] and told["event"]["type"] == TaskStarted.wire and told["event"]["version"] > 2:
                return str(told["cursor"])
    raise AssertionError("the subscription ended before the second task started")


async def first_errors(client: Client, job: str, cursor: str) -> list[dict[str, Any]]:
    """The errors with which a subscription from this cursor ends at once."""
    async with client.over_socket(_EVENTS, job=job, after=cursor) as messages:
        message = await anext(messages)
    errors: list[dict[str, Any]] = message["errors"]
    return errors
