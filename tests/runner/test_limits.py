"""Limits over jobs: how they are written, and that they hold over all runners, fairly and whatever dies."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.graph import GraphTask
from domain.jobs.events import TaskStarted
from projections.engine import slot_waits_of
from runner.actions.contract import Outcome, Succeeded, TaskRun, Tools
from runner.limits import Limit, applying, parse_limits
from runner.settings import Settings, SettingsRefused, load_settings
from tests.conftest import Database
from tests.runner.scripted import Scripted, one, runner_here
from tests.runner.stage import Stage, until
from tests.runner.test_taking_over import lose_sessions


def test_limits_are_read_as_they_are_written() -> None:
    assert parse_limits(" kind:ai=10, credential:bank=100/m,workspace:*=5/s, ") == (
        Limit("kind", "ai", 10),
        Limit("credential", "bank", 100, 60.0),
        Limit("workspace", "*", 5, 1.0),
    )
    assert parse_limits("") == ()


@pytest.mark.parametrize(
    "wrong", ["ai=10", "kind:ai=0", "kind:ai=10/d", "kind:ai", "kind:ai=99999", "task:a=1", "kind:a b=1"]
)
def test_a_limit_that_cannot_be_read_is_refused_at_start(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"Expected a limit like kind:ai=10"):
        parse_limits(wrong)
    with pytest.raises(SettingsRefused, match="OPUS_LIMITS"):
        load_settings({"OPUS_LIMITS": wrong})


def test_a_run_comes_under_the_limits_of_its_kind_its_credential_and_its_workspace() -> None:
    workspace = uuid4()
    limits = parse_limits(f"workspace:*=5,kind:http=3/s,kind:ai=1,credential:bank=2,workspace:{uuid4()}=1")
    task = GraphTask(name="a", kind="http", config={"credential": "bank"})
    assert [key for key, _ in applying(limits, task, workspace)] == [
        "credential:bank=2",
        f"workspace:{workspace}=5",
        "kind:http=3/s",
    ]


@dataclass
class Counted:
    """An action that notes how many of it are under way at once, on all runners of this process."""

    under_way: int = 0
    most: int = 0
    begun: list[tuple[float, str]] = field(default_factory=list)
    jobs: list[UUID] = field(default_factory=list)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """Until it is let go, or shortly."""
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.jobs.append(run.job_id)
        self.begun.append((asyncio.get_running_loop().time(), str(run.workspace)))
        try:
            async with asyncio.timeout(0.02):
                await asyncio.Event().wait()
        except TimeoutError:
            await self.let_go.wait()
        finally:
            self.under_way -= 1
        return Succeeded(dict(inputs))


@asynccontextmanager
async def runners(stage: Stage, limits: str, action: Counted, *names: str) -> AsyncIterator[None]:
    """Runners with these limits."""
    settings: Settings = stage.settings.model_copy(update={"limits": parse_limits(limits)})
    limited = dataclasses.replace(stage, settings=settings)
    async with AsyncExitStack() as stack:
        for name in names:
            await stack.enter_async_context(runner_here(limited, Scripted(action.perform), name))
        yield


async def started(stage: Stage, count: int) -> list[Any]:
    """So many jobs of one task."""
    content = await stage.store_graph(one())
    return [await stage.start_job(one(), content, value=f"{number}") for number in range(count)]


@pytest.mark.anyio
async def test_no_more_are_performed_at_once_than_the_limit_says_on_two_runners_together(stage: Stage) -> None:
    action = Counted()
    action.let_go.set()
    async with runners(stage, "kind:scripted=3", action, "one", "two"):
        jobs = await started(stage, 60)
        await until(lambda: stage.ended(jobs), 60)
    assert action.most == 3
    await stage.assert_sound(jobs)


@pytest.mark.anyio
async def test_runners_share_what_is_too_little_for_both(stage: Stage) -> None:
    one_has, other_has = Counted(), Counted()
    one_has.let_go.set()
    other_has.let_go.set()
    async with (
        runners(stage, "kind:scripted=1", one_has, "one"),
        runners(stage, "kind:scripted=1", other_has, "other"),
    ):

        async def shared() -> bool:
            return await stage.shares() == {"one": 32, "other": 32}

        await until(shared)
        jobs = await started(stage, 200)  # So many that each comes to its turn more than once.
        await until(lambda: stage.ended(jobs), 90)
    begun = sorted((moment, name) for name, has in (("one", one_has), ("other", other_has)) for moment, _ in has.begun)
    half = [name for _, name in begun[: len(begun) // 2]]
    assert min(half.count("one"), half.count("other")) >= len(half) // 5


@pytest.mark.anyio
async def test_a_limit_in_time_spreads_what_begins(stage: Stage) -> None:
    action = Counted()
    action.let_go.set()
    async with runners(stage, "kind:scripted=20/s", action, "one", "two"):
        jobs = await started(stage, 21)
        await until(lambda: stage.ended(jobs), 60)
    moments = sorted(moment for moment, _ in action.begun)
    assert moments[-1] - moments[0] >= 20 / 20 * 0.9


@pytest.mark.anyio
async def test_a_run_that_waits_for_a_slot_says_so_and_since_when(stage: Stage) -> None:
    action = Counted()
    async with runners(stage, "kind:scripted=1", action, "one"):
        first, second = await started(stage, 2)

        async def said() -> bool:
            waits = [await slot_waits_of(stage.system.views, stage.workspace, job_id) for job_id in (first, second)]
            return [(wait.run, wait.limit_key) for each in waits for wait in each.values()] == [
                ("task#1.1", "kind:scripted=1")
            ]

        await until(said)
        action.let_go.set()
        await until(lambda: stage.ended([first, second]))

        async def silent() -> bool:
            waits = [await slot_waits_of(stage.system.views, stage.workspace, job_id) for job_id in (first, second)]
            return waits == [{}, {}]

        await until(silent)


@pytest.mark.anyio
async def test_the_slots_of_a_lost_session_are_free_for_the_next(stage: Stage, database: Database) -> None:
    action = Counted()
    async with runners(stage, "kind:scripted=1", action, "one"):
        jobs = await started(stage, 3)
        await until(lambda: stage.has_event(jobs[-1], TaskStarted))
        await lose_sessions(database)
        action.let_go.set()
        await until(lambda: stage.ended(jobs), 40)
    assert action.under_way == 0


@pytest.mark.anyio
async def test_under_a_limit_each_workspace_has_its_turn(stage: Stage) -> None:
    action = Counted()
    mine = stage.workspace
    async with runners(stage, "kind:scripted=1", action, "one"):
        many = await started(stage, 30)
        await until(lambda: stage.has_event(many[-1], TaskStarted))
        stage.workspace = uuid4()
        [other] = await started(stage, 1)
        theirs = stage.workspace
        await until(lambda: stage.has_event(other, TaskStarted))
        action.let_go.set()
        await until(lambda: stage.ended([other]))
        stage.workspace = mine
        await until(lambda: stage.ended(many), 60)
    turn = [workspace for _, workspace in action.begun].index(str(theirs))
    assert turn <= 5, "one workspace with many jobs does not starve another"


@pytest.mark.anyio
@pytest.mark.parametrize("taken_over", [False, True])
async def test_an_urgent_job_comes_before_those_that_wait_already(stage: Stage, *, taken_over: bool) -> None:
    action, left_behind = Counted(), Counted()
    waiting = "select count(*) from slot_waits w join live_runners l using (session) where l.name = %b"

    async def all_wait(runner: str) -> bool:
        return bool((await stage.system.reader.rows(waiting, (runner,)))[0][0] == 10)

    async def start() -> UUID:
        await started(stage, 10)
        return await stage.start_job(one(), await stage.store_graph(one()), priority="urgent", value="now")

    async with AsyncExitStack() as stack:
        if taken_over:
            async with runners(stage, "kind:scripted=1", left_behind, "left"):
                urgent = await start()
                await until(lambda: all_wait("left"))
            await stack.enter_async_context(runners(stage, "kind:scripted=1", action, "one"))
        else:
            await stack.enter_async_context(runners(stage, "kind:scripted=1", action, "one"))
            urgent = await start()
        await until(lambda: all_wait("one"))
        action.let_go.set()
        await until(lambda: stage.ended([urgent]))
    assert action.jobs.index(urgent) <= 1
