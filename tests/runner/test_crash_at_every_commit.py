"""A runner that crashes after any of its commits: the next one takes over, and the job ends as it would have ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.graph import Asks, Graph, GraphInput, Retry
from domain.jobs.events import JobCompleted, JobStarted, TaskEffectBegan
from domain.reviews.commands import RejectReview
from domain.types import ListType, ObjectType
from event_store.verify import verify_log
from runner.actions.contract import Failed, Succeeded
from tests.domain.jobs.graphs import graph, review, task
from tests.runner.crash_composed import COMPOSED
from tests.runner.crashing import BROKEN, Case, Crash, People, Script, children_of, end_of, ended, outcomes_of
from tests.runner.scheduled import Scheduled
from tests.runner.scripted import Scripted, echo, runner_here
from tests.runner.stage import TEXT, Stage, until

pytestmark = pytest.mark.anyio

COMMITS_MAX = 40
THEN_B = ("a.out -> b.x", "b.out -> @y")


def after_a(**options: Any) -> Graph:
    """Task a, with these options, and what follows it."""
    return graph(task("a", kind="scripted", **options), task("b", "x", kind="scripted"), edges=THEN_B, outputs=("y?",))


def caught() -> Graph:
    """The error of a goes to a task of its own."""
    return graph(
        task("a", kind="scripted", on_error="error_route"),
        task("b", "x", kind="scripted"),
        task("caught", "code", kind="scripted"),
        edges=(*THEN_B, "a.error.code -> caught.code", "a:error -> caught"),
        outputs=("y?",),
    )


def diamond() -> Graph:
    """Two ways that part and meet again in a list."""
    gathered = GraphInput(name="xs", type=ListType(items=TEXT), gather=True)
    return graph(
        task("a", kind="scripted", routes=("left", "right")),
        task("b", "x", kind="scripted"),
        task("c", "x", kind="scripted"),
        task("never", "x", kind="scripted"),
        task("d", gathered, kind="scripted"),
        edges=(
            *("a.out -> b.x", "a.out -> c.x", "a.out -> never.x", "a:right -> never"),
            *("b.out -> d.xs", "c.out -> d.xs", "never.out -> d.xs", "d.out -> @y"),
        ),
        outputs=("y",),
    )


def judged(**options: Any) -> Graph:
    """What a gives is judged by a person."""
    config = {"reviews": "a", "guidance": "Look twice.", "assignment": {"members": [], "roles": ["admin"]}}
    judge = review("judge", "a", config=config, **options)
    return graph(
        task("a", kind="scripted"),
        judge.model_copy(update={"inputs": (GraphInput(name="reviewed", type=ObjectType()),)}),
        task("b", "x", kind="scripted"),
        task("told", kind="scripted"),
        edges=("a. -> judge.reviewed", "judge.out -> b.x", "judge:rejected -> told", "b.out -> @y"),
        outputs=("y",),
    )


ASKS = Asks(roles=("admin",), guidance="Look twice.")
HEAVY = graph(*(task(f"h{number}", kind="scripted", heavy=True) for number in range(3)), heavy_at_once_max=1)
BESIDE = graph(
    task("a", kind="scripted"),
    task("b", "x", kind="scripted"),
    task("beside", kind="scripted"),
    edges=("a.out -> b.x",),
)

UNDONE = graph(
    *BESIDE.tasks[:2],
    task("undo_a", kind="scripted", compensates="a"),
    task("first", kind="scripted"),
    task("undo_first", kind="scripted", compensates="first"),
    edges=("a.out -> b.x", "first:done -> a"),
)
BUSY = Failed("BUSY", "Try later.", retryable=True)

CASES = {
    "chain": Case(after_a()),
    "diamond": Case(diamond(), {"a": Succeeded({"out": "of a"}, route="left")}),
    "fail_job": Case(BESIDE, {"b": BROKEN, "beside": None}),
    "retry": Case(
        after_a(retry=Retry(attempts=3, delay_seconds=0.1)), {"a": (BUSY, BUSY, Succeeded({"out": "at last"}))}
    ),
    "retry_in_vain": Case(after_a(retry=Retry(attempts=2, delay_seconds=0.1), on_error="continue"), {"a": BUSY}),
    "compensation": Case(UNDONE, {"b": BROKEN}),
    "job_time_limit": Case(BESIDE.model_copy(update={"time_limit_seconds": 1.5}), {"b": None, "beside": None}),
    "paused": Case(after_a(), is_paused_once=True),
    "error_route": Case(caught(), {"a": BROKEN}),
    "continue": Case(after_a(on_error="continue"), {"a": BROKEN}),
    "hold_and_retry": Case(after_a(on_error="hold"), {"a": (BROKEN, Succeeded({"out": "at last"}))}),
    "hold_and_correct": Case(after_a(on_error="hold"), {"a": BROKEN}, when_held="correct"),
    "hold_and_give_up": Case(after_a(on_error="hold"), {"a": BROKEN}, when_held="give up"),
    "time_limit": Case(after_a(on_error="continue", time_limit_seconds=0.5), {"a": None}),
    "once": Case(after_a(repetition="once")),
    "heavy": Case(HEAVY),
    "review_accepted": Case(judged(), corrections={"out": "corrected"}),
    "review_rejected": Case(judged(), decision=RejectReview),
    "review_asked_from_the_start": Case(judged(asks=ASKS), corrections={"out": "corrected"}),
    "review_asked_from_the_start_times_out": Case(
        judged(asks=ASKS, time_limit_seconds=0.5, on_error="continue"), answers=False
    ),
    "cancelled": Case(BESIDE, {"b": None, "beside": None}, cancel_when_running="b"),
    **COMPOSED,
}  # fmt: skip
"""Every policy there is has a case: a new one gets its own here."""


@pytest.mark.parametrize("name", CASES)
async def test_the_end_is_the_same_after_whichever_commit_the_runner_crashes(
    stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, crash = CASES[name], Crash(monkeypatch)
    script = Script(case.outcomes)
    graph_hash = await stage.store_graph(case.graph)
    once = {each.name for each in case.graph.tasks if each.repetition == "once"}
    undisturbed = None
    if case.child is not None:
        await stage.store_graph(case.child)
    async with runner_here(stage, Scripted(script.perform)):
        for at in range(COMMITS_MAX):
            crash.arm(at)
            script.may_go_on.clear()
            job_id = await stage.start_job(case.graph, graph_hash, **case.inputs)
            await until(People(stage, case, script, job_id).help)
            events = await stage.events(job_id)
            children = await children_of(stage, events)
            for each in (events, *children):
                assert ended(each)
                assert set(outcomes_of(each).values()) <= {1}
            assert {event.run.task for event in events if isinstance(event, TaskEffectBegan)} <= once
            assert all(script.performed[f"{job_id}:{each}#1.1"] <= 1 for each in once)
            ends = [end_of(events), *map(end_of, children)]
            undisturbed = undisturbed or ends
            assert ends == undisturbed, f"after a crash behind commit {at}"
            assert await stage.count(JobStarted) == (at + 1) * len(ends)
            if at and not crash.came:
                break
        else:
            pytest.fail("the job has more commits than this test is made for")
    assert at > 1
    assert [finding async for finding in verify_log(stage.system.reader)] == []


async def test_a_schedule_starts_each_time_once_after_whichever_commit_the_runner_crashes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash, made = Crash(monkeypatch), Scheduled(stage)
    await made.open()
    workflow_id = await made.workflow()
    async with runner_here(stage, Scripted(echo)):
        for at in range(COMMITS_MAX):
            crash.arm(at)
            begun = datetime.now(UTC) - timedelta(seconds=3)
            ends = begun + timedelta(seconds=2.5)
            schedule_id = await made.create(workflow_id, begun, ends_at=ends)
            await until(lambda of=schedule_id: made.has_told(of, 2))  # type: ignore[misc]
            came = await made.assert_each_started_once(schedule_id)
            assert [each.time - begun for each in came] == [timedelta(seconds=1), timedelta(seconds=2)]
            for each in came:
                await until(lambda of=each.job_id: stage.has_event(of, JobCompleted))  # type: ignore[misc]
            if at and not crash.came:
                break
        else:
            pytest.fail("the times have more commits than this test is made for")
    assert at > 1
    assert [finding async for finding in verify_log(stage.system.reader)] == []
