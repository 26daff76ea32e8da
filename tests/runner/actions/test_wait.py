"""What a wait waits for, as its configuration or its input says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from domain.jobs.events import TaskMessageTaken
from domain.jobs.run import Run
from runner.actions.contract import Failed, MessageWanted, Outcome, Resumed, Succeeded, TimeWanted
from runner.actions.wait import WaitForIt
from tests.runner.actions.action_stage import task_run, tools
from tests.runner.actions.provoking import provokes

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAID = {"message": "paid", "outputs": [{"name": "message", "type": {"type": "str"}}]}


async def performed(folder: Path, config: dict[str, Any], **inputs: Any) -> Outcome:
    return await WaitForIt().perform(task_run("wait", config, NOW), inputs, tools(folder))


async def test_a_duration_in_seconds_or_as_iso_8601(tmp_path: Path) -> None:
    assert await performed(tmp_path, {"duration": 90}) == TimeWanted(seconds=90)
    assert await performed(tmp_path, {"duration": "PT1M30S"}) == TimeWanted(seconds=90)
    assert await performed(tmp_path, {"given": "seconds"}, seconds=0) == TimeWanted(seconds=0)


async def test_a_moment_and_a_day_that_begins_in_utc(tmp_path: Path) -> None:
    offset = datetime(2026, 12, 24, 8, tzinfo=timezone(timedelta(hours=1)))
    assert await performed(tmp_path, {"until": "2026-12-24T08:00:00+01:00"}) == TimeWanted(until=offset)
    assert await performed(tmp_path, {"given": "until"}, until="2026-12-24") == TimeWanted(
        until=datetime(2026, 12, 24, tzinfo=UTC)
    )


async def test_a_message_and_then_its_value(tmp_path: Path) -> None:
    assert await performed(tmp_path, PAID) == MessageWanted("paid")
    came = Resumed(TaskMessageTaken(run=Run(task="tried"), message_id="m1", received=1), "by bank")
    run = replace(task_run("wait", PAID, NOW), resumed=came)
    assert await WaitForIt().perform(run, {}, tools(tmp_path)) == Succeeded({"message": "by bank"})


@provokes("wait", "WAIT_MISFIT")
async def test_nothing_to_wait_for_fails(tmp_path: Path) -> None:
    outcome = await performed(tmp_path, {"given": "until"}, until=None)
    assert isinstance(outcome, Failed)
    assert outcome.code == "WAIT_MISFIT"
