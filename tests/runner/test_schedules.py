"""Schedules and the runners that keep their times: each time once, whichever runner dies, and what was missed by the plan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from domain.events import Event
from domain.jobs.events import JobCompleted, JobStarted
from domain.schedules.commands import ChangeSchedule, KeepTime, PauseSchedule, RemoveSchedule, ResumeSchedule
from domain.schedules.events import Plan, ScheduleStartRefused, ScheduleTimeCame, ScheduleTimesMissed
from domain.schedules.rules import CronRule, IntervalRule
from domain.workflows import commands as ask
from domain.workflows.refusals import WorkflowIsArchived
from domain.workspaces.commands import ChangeMemberRoles, RemoveMember
from event_store.verify import verify_log
from runner.compose import open_system
from runner.scheduled_starts import ScheduledStarts
from tests.domain.workflows.drawn import takes
from tests.runner.scheduled import LONG, QUICK, Scheduled
from tests.runner.scripted import Scripted, echo, runner_here
from tests.runner.stage import Stage, until

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
KILLS = 6


@asynccontextmanager
async def scheduled(stage: Stage, *roles: str, runners: int = 1) -> AsyncIterator[Scheduled]:
    """Schedules with runners in this process."""
    made = Scheduled(stage)
    await made.open(*roles)
    async with AsyncExitStack() as stack:
        for number in range(runners):
            await stack.enter_async_context(runner_here(stage, Scripted(echo), f"number {number}"))
        yield made


async def test_a_time_that_comes_starts_a_job_of_the_active_version(stage: Stage) -> None:
    async with scheduled(stage) as made:
        schedule_id = await made.create(await made.workflow(), title="Report of {date}")
        await until(lambda: made.has_told(schedule_id, 2))
        first, second, *_ = await made.assert_each_started_once(schedule_id)
        assert second.time - first.time == timedelta(seconds=1)
        assert first.workflow_version == 1
        await until(lambda: stage.has_event(first.job_id, JobCompleted))
    assert [finding async for finding in verify_log(stage.system.reader)] == []


async def test_a_schedule_and_its_jobs_may_lie_in_shards_of_different_runners(stage: Stage) -> None:
    async with scheduled(stage, runners=2) as made:

        async def shared() -> bool:
            return sorted((await stage.shares()).values()) == [32, 32]

        await until(shared)
        workflow_id = await made.workflow()
        schedules = [await made.create(workflow_id) for _ in range(8)]
        for schedule_id in schedules:
            await until(lambda of=schedule_id: made.has_told(of, 3))  # type: ignore[misc]
        for schedule_id in schedules:
            for came in await made.assert_each_started_once(schedule_id):
                await until(lambda of=came.job_id: stage.has_event(of, JobCompleted))  # type: ignore[misc]


async def test_whichever_runner_dies_around_its_time_each_time_is_started_exactly_once(stage: Stage) -> None:
    """Runners are killed a moment before, at, or a moment after a time is due, and new ones come; no time is lost or doubled."""
    made, random = Scheduled(stage), Random(7)
    await made.open()
    runners = [await stage.start_part("runner", "first"), await stage.start_part("runner", "second")]
    workflow_id, begin = await made.workflow(), datetime.now(UTC)
    schedules = [await made.create(workflow_id, begin) for _ in range(4)]
    for kill in range(KILLS):
        second = (datetime.now(UTC) - begin) // timedelta(seconds=1) + 1
        moment = begin + timedelta(seconds=second, milliseconds=random.choice([-5, 0, 2, 4, 6, 8, 12]))
        await asyncio.sleep((moment - datetime.now(UTC)).total_seconds())
        runners[kill % 2].kill()
        runners[kill % 2] = await stage.start_part("runner", f"after kill {kill}")
    ended_at = datetime.now(UTC)
    for schedule_id in schedules:

        async def caught_up(of: Any = schedule_id) -> bool:
            told = await made.told(of)
            return bool(told) and of_time(told[-1]) > ended_at

        await until(caught_up, 30.0)
    for runner in runners:
        runner.terminate()
        await runner.wait()
    for schedule_id in schedules:
        times = [came.time for came in await made.assert_each_started_once(schedule_id)]
        assert times[0] == begin + timedelta(seconds=1)
        assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(seconds=1)}
    assert [finding async for finding in verify_log(stage.system.reader)] == []


async def test_two_runners_that_keep_the_same_time_at_once_start_it_once(stage: Stage) -> None:
    made = Scheduled(stage)
    await made.open()
    at = datetime.now(UTC)
    schedule_id = await made.create(await made.workflow(), at - timedelta(seconds=3))
    system = stage.system
    starts = ScheduledStarts(
        dispatch=system.dispatch, reader=system.reader, graph_of=system.graph, open_value=system.open_value
    )
    schedule, _ = await system.dispatch.load("schedule", schedule_id, stage.workspace)
    ready = await starts.ready(schedule.known, schedule.next_at, stage.workspace)
    command = KeepTime(at=at, schedule_id=schedule_id, edition=1, time=schedule.next_at, start=ready)
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(open_system(stage.settings, "api")) for _ in range(3)]
        doors = [system.dispatch, *(other.dispatch for other in others)] * 5
        receipts = await asyncio.gather(*(door.send(command, made.origin) for door in doors))
    assert sum(receipt.first_version <= receipt.last_version for receipt in receipts) == 1
    (came,) = await made.told(schedule_id)
    assert isinstance(came, ScheduleTimeCame)
    assert await stage.count(JobStarted) == 1


@pytest.mark.parametrize("projected", [True, False])
@pytest.mark.parametrize(
    ("missed", "started", "counted"), [("skip", [], 5), ("one", [5], 4), ("all", [1, 2, 3, 4, 5], 0)]
)
async def test_what_fell_due_while_no_runner_was_there_is_kept_by_the_plan(
    stage: Stage, missed: str, started: list[int], counted: int, *, projected: bool
) -> None:
    made = Scheduled(stage)
    await made.open()
    if projected:
        await stage.start_part("projector")
    at = datetime.now(UTC) - 5 * HOUR - timedelta(minutes=10)
    rule = IntervalRule(seconds=3_600, anchor=at)
    schedule_id = await made.create(await made.workflow(), at, rule=rule, missed=missed)
    if projected:
        await until(lambda: is_projected(stage))
    async with runner_here(stage, Scripted(echo)):
        await until(lambda: made.has_told(schedule_id, len(started) + (counted > 0)))
    came = await made.assert_each_started_once(schedule_id)
    assert [event.time for event in came] == [at + hours * HOUR for hours in started]
    missed_events = [event for event in await made.told(schedule_id) if isinstance(event, ScheduleTimesMissed)]
    assert sum(event.count or 0 for event in missed_events) == counted


async def test_a_paused_schedule_keeps_quiet_until_it_is_resumed(stage: Stage) -> None:
    async with scheduled(stage) as made:
        schedule_id, other = await made.create(workflow_id := await made.workflow()), await made.create(workflow_id)
        await until(lambda: made.has_told(schedule_id, 1))
        await made.send(PauseSchedule(at=datetime.now(UTC), schedule_id=schedule_id))
        told, told_of_other = len(await made.told(schedule_id)), len(await made.told(other))
        await until(lambda: made.has_told(other, told_of_other + 3))
        assert len(await made.told(schedule_id)) == told
        resumed_at = datetime.now(UTC)
        await made.send(ResumeSchedule(at=resumed_at, schedule_id=schedule_id))
        await until(lambda: made.has_told(schedule_id, told + 1))
        assert of_time((await made.told(schedule_id))[told]) > resumed_at


async def test_a_removed_schedule_starts_nothing_any_more(stage: Stage) -> None:
    async with scheduled(stage) as made:
        schedule_id, other = await made.create(workflow_id := await made.workflow()), await made.create(workflow_id)
        await until(lambda: made.has_told(schedule_id, 1))
        await made.send(RemoveSchedule(at=datetime.now(UTC), schedule_id=schedule_id))
        told, told_of_other = len(await made.told(schedule_id)), len(await made.told(other))
        await until(lambda: made.has_told(other, told_of_other + 2))
        assert len(await made.told(schedule_id)) == told


async def test_a_change_takes_effect_at_once(stage: Stage) -> None:
    async with scheduled(stage) as made:
        yearly = CronRule(expression="0 0 1 1 *", zone="Europe/Berlin")
        schedule_id = await made.create(await made.workflow(), rule=yearly)
        at = datetime.now(UTC)
        created = (await stage.events(schedule_id))[0]
        plan: Plan = created.plan.model_copy(update={"rule": IntervalRule(seconds=1, anchor=at)})  # type: ignore[attr-defined]
        await made.send(ChangeSchedule(at=at, schedule_id=schedule_id, plan=plan, member_id=made.member))
        await until(lambda: made.has_told(schedule_id, 1))


async def test_a_time_does_not_overlap_a_job_that_still_runs(stage: Stage) -> None:
    async with scheduled(stage) as made:
        schedule_id = await made.create(await made.workflow(LONG), overlap="skip")
        await until(lambda: made.has_told(schedule_id, 2))
        first, second, *_ = await made.told(schedule_id)
        assert isinstance(first, ScheduleTimeCame)
        assert isinstance(second, ScheduleTimesMissed)
        assert (second.because, second.job_id) == ("still_running", first.job_id)


async def test_a_start_that_is_refused_is_recorded_and_the_schedule_goes_on(stage: Stage) -> None:
    async with scheduled(stage) as made:
        workflow_id = await made.workflow()
        schedule_id = await made.create(workflow_id)
        await until(lambda: made.has_told(schedule_id, 1))
        needed = [*QUICK, takes("needed")]
        await made.send(ask.ReviseWorkflow(at=datetime.now(UTC), workflow_id=workflow_id))
        edit = ask.EditWorkflow(
            at=datetime.now(UTC), workflow_id=workflow_id, member_id=made.member, operations=(takes("needed"),)
        )
        await made.send(edit)
        await made.activate(workflow_id, needed)
        await until(lambda: has_refused(made, schedule_id, "JOB_INPUTS_WRONG"))
        await made.send(ask.ArchiveWorkflow(at=datetime.now(UTC), workflow_id=workflow_id))
        await until(lambda: has_refused(made, schedule_id, WorkflowIsArchived(name="").code))
        refused = [event for event in await made.told(schedule_id) if isinstance(event, ScheduleStartRefused)]
        assert refused[0].error.details == ["Expected a value for input needed, but got nothing."]
        await made.assert_each_started_once(schedule_id)


@pytest.mark.parametrize("leaves", [True, False])
async def test_jobs_start_only_on_behalf_of_someone_who_may_start_them(stage: Stage, *, leaves: bool) -> None:
    async with scheduled(stage, "builder") as made:
        schedule_id = await made.create(await made.workflow())
        await until(lambda: made.has_told(schedule_id, 1))
        at, who = datetime.now(UTC), {"workspace_id": stage.workspace, "member_id": made.member}
        await made.send(RemoveMember(at=at, **who) if leaves else ChangeMemberRoles(at=at, **who, roles=("auditor",)))  # type: ignore[arg-type]
        code = "MEMBER_NOT_FOUND" if leaves else "PERMISSION_MISSING"
        await until(lambda: has_refused(made, schedule_id, code))


async def test_an_input_can_be_the_time_itself(stage: Stage) -> None:
    async with scheduled(stage) as made:
        schedule_id = await made.create(await made.workflow(), inputs={}, time_input="value")
        await until(lambda: made.has_told(schedule_id, 1))
        (came, *_) = await made.assert_each_started_once(schedule_id)
        assert came.inputs == {"value": came.time.isoformat()}


async def test_many_schedules_that_fall_due_together_are_all_kept(stage: Stage) -> None:
    async with scheduled(stage) as made:
        workflow_id, at = await made.workflow(), datetime.now(UTC)
        due_at = at + timedelta(seconds=3)
        ends_at = due_at + timedelta(seconds=1)
        rule = IntervalRule(seconds=60, anchor=due_at)
        schedules = [await made.create(workflow_id, at, rule=rule, ends_at=ends_at) for _ in range(150)]

        async def all_told() -> bool:
            return await stage.count(ScheduleTimeCame) == len(schedules)

        await until(all_told, 60.0)
        for schedule_id in schedules:
            (came,) = await made.assert_each_started_once(schedule_id)
            assert (came.time, came.next_at) == (due_at, None)


def of_time(event: Event) -> datetime:
    """The last time an event tells of."""
    time = event.last if isinstance(event, ScheduleTimesMissed) else event.time  # type: ignore[attr-defined]
    assert isinstance(time, datetime)
    return time


async def has_refused(made: Scheduled, schedule_id: Any, code: str) -> bool:
    """Whether a start was refused with this code."""
    told = await made.told(schedule_id)
    return any(isinstance(event, ScheduleStartRefused) and event.error.code == code for event in told)


async def is_projected(stage: Stage) -> bool:
    """Whether the read models hold all of the log."""
    last = "(select notification_id from stored_events order by notification_id desc limit 1)"
    rows = await stage.system.reader.rows(f"select position = {last} from views.progress".encode(), ())
    return bool(rows[0][0])
