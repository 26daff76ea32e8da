"""One job with ten thousand runs, or one workspace with as many jobs, starves nobody."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.jobs.events import TaskStarted
from domain.jobs.run import Run
from runner import performing as module
from runner.actions.contract import Succeeded
from runner.fairness import USUAL_WEIGHT, WEIGHTS, FairQueue
from runner.performance import Acted, Performance
from runner.performing import Performing
from runner.priorities import Priorities
from tests.runner.stage import until

MANY = 10_000
AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Waiter:
    """Someone who waits."""

    workspace: UUID
    job_id: UUID
    name: str
    weight: int = USUAL_WEIGHT


def popped(queue: FairQueue[Waiter], count: int) -> list[str]:
    """The names of the next."""
    return [queue.pop().name for _ in range(count)]


def test_jobs_take_turns_and_workspaces_take_turns() -> None:
    queue: FairQueue[Waiter] = FairQueue()
    one, other = uuid4(), uuid4()
    large, small, stranger = uuid4(), uuid4(), uuid4()
    for number in range(MANY):
        queue.push(Waiter(one, large, f"large {number}"))
    queue.push(Waiter(one, small, "small"))
    queue.push(Waiter(other, stranger, "stranger"))
    assert popped(queue, 5) == ["large 0", "stranger", "small", "large 1", "large 2"]
    assert len(queue) == MANY - 3


def test_a_priority_has_turns_by_its_weight_and_none_is_starved() -> None:
    queue: FairQueue[Waiter] = FairQueue()
    workspace = uuid4()
    for priority, weight in WEIGHTS.items():
        job = uuid4()
        for _ in range(MANY):
            queue.push(Waiter(workspace, job, priority, weight))
    names = popped(queue, 15 * 100)
    assert Counter(names) == {"urgent": 800, "high": 400, "normal": 200, "low": 100}
    assert all("low" in names[first : first + 15] for first in range(0, len(names), 15))


def test_an_urgent_job_comes_before_ten_thousand_usual_ones() -> None:
    queue: FairQueue[Waiter] = FairQueue()
    workspace = uuid4()
    for _ in range(MANY):
        queue.push(Waiter(workspace, uuid4(), "usual"))
    queue.push(Waiter(workspace, uuid4(), "urgent", WEIGHTS["urgent"]))
    assert popped(queue, 2) == ["urgent", "usual"]


def test_urgent_jobs_that_come_without_end_starve_nobody() -> None:
    queue: FairQueue[Waiter] = FairQueue()
    workspace = uuid4()
    queue.push(Waiter(workspace, uuid4(), "low", WEIGHTS["low"]))
    names = []
    for _ in range(20):
        queue.push(Waiter(workspace, uuid4(), "urgent", WEIGHTS["urgent"]))
        names += popped(queue, 1)
    assert "low" in names


def test_a_priority_counts_for_nothing_in_another_workspace() -> None:
    queue: FairQueue[Waiter] = FairQueue()
    one, other = (uuid4(), uuid4()), (uuid4(), uuid4())
    for _ in range(10):
        queue.push(Waiter(*one, "urgent", WEIGHTS["urgent"]))
        queue.push(Waiter(*other, "low", WEIGHTS["low"]))
    assert popped(queue, 10) == ["urgent", "low"] * 5


def test_nobody_is_next_where_nobody_waits() -> None:
    with pytest.raises(LookupError):
        FairQueue[Waiter]().pop()


@dataclass
class Work:
    """Runs that end when they are let go, in the order in which they began."""

    begun: list[Performance] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)

    async def act(self, performance: Performance) -> Acted:
        """Until it is let go."""
        self.begun.append(performance)
        await self.gates.setdefault(performance.attempt_id, asyncio.Event()).wait()
        return Acted(Succeeded({}))

    async def report(self, performance: Performance, acted: Acted) -> None:
        """Nothing is kept."""

    async def report_time_limit(self, performance: Performance) -> None:
        """It is noted."""
        self.late.append(performance.text)

    async def let_go(self, performance: Performance) -> None:
        """Ends one, and lets those that follow begin."""
        self.gates[performance.attempt_id].set()
        for _ in range(10):
            await asyncio.sleep(0)


def flood(performing: Performing, workspace: UUID, job: UUID, runs: int) -> None:
    """A job starts so many runs."""
    for number in range(runs):
        performing.start(workspace, job, 1, TaskStarted(run=Run(task=f"t{number}"), bindings={}), at=AT)


async def settled() -> None:
    """All that was begun has come to its action."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.anyio
async def test_beside_a_job_of_ten_thousand_long_runs_another_finds_a_place_at_once() -> None:
    work = Work()
    performing = Performing(work)
    mine, theirs, small, foreign = uuid4(), uuid4(), uuid4(), uuid4()
    flood(performing, mine, uuid4(), MANY)
    await settled()
    assert len(work.begun) == 800
    flood(performing, mine, small, 1)
    await settled()
    assert work.begun[-1].job_id == small
    flood(performing, mine, uuid4(), MANY)
    await settled()
    assert len(work.begun) == 900  # All that one workspace may take.
    flood(performing, theirs, foreign, 1)
    await settled()
    assert work.begun[-1].job_id == foreign
    await performing.abandon()


@pytest.mark.anyio
async def test_places_that_fall_free_go_to_each_workspace_and_job_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUNS_AT_ONCE_MAX", 1)
    work = Work()
    performing = Performing(work)
    mine, theirs, large, small, foreign = uuid4(), uuid4(), uuid4(), uuid4(), uuid4()
    flood(performing, mine, large, 100)
    flood(performing, mine, small, 1)
    flood(performing, theirs, foreign, 2)
    await settled()
    for _ in range(5):
        await work.let_go(work.begun[-1])
    assert [performance.job_id for performance in work.begun] == [large, large, foreign, small, foreign, large]
    await performing.abandon()


@pytest.mark.anyio
async def test_runs_of_an_urgent_job_take_more_of_the_places_that_fall_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUNS_AT_ONCE_MAX", 1)
    work, priorities = Work(), Priorities()
    performing = Performing(work, priorities)
    workspace, usual, urgent = uuid4(), uuid4(), uuid4()
    priorities.learn(urgent, "urgent")
    flood(performing, workspace, usual, 100)
    flood(performing, workspace, urgent, 100)
    await settled()
    for _ in range(10):
        await work.let_go(work.begun[-1])
    assert Counter(performance.job_id for performance in work.begun[1:]) == {urgent: 8, usual: 2}
    await performing.abandon()


@pytest.mark.anyio
async def test_all_come_to_their_turn_though_some_are_stopped_while_they_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUNS_AT_ONCE_MAX", 2)
    work = Work()
    performing = Performing(work)
    workspace, stopped, other = uuid4(), uuid4(), uuid4()
    flood(performing, workspace, stopped, 5)
    flood(performing, workspace, other, 3)
    await settled()
    performing.stop_job(stopped)
    for _ in range(20):
        for performance in list(work.begun):
            await work.let_go(performance)
    assert list(performing) == []
    assert sum(performance.job_id == other for performance in work.begun) == 3


@pytest.mark.anyio
async def test_the_time_limit_of_a_run_ends_its_waiting_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUNS_AT_ONCE_MAX", 1)
    work = Work()
    performing = Performing(work)
    flood(performing, uuid4(), uuid4(), 1)
    late = TaskStarted(run=Run(task="late"), bindings={}, due_at=datetime.now(UTC) + timedelta(seconds=0.05))
    performing.start(uuid4(), uuid4(), 1, late, at=AT)

    async def told() -> bool:
        return bool(work.late)

    await until(told)
    assert work.late == ["late#1.1"]
    assert len(work.begun) == 1
    await performing.abandon()
