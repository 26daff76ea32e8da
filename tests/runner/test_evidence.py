"""On what an outcome rests, and what it used up: recorded with it by a runner on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from domain.jobs.events import TaskEffectBegan, TaskFailed, TaskOutcomeUnknown, TaskStarted, TaskSucceeded
from domain.jobs.run import Usage
from domain.money import Cost
from domain.values import BLOB, decode
from runner.actions.contract import CredentialRefused, Failed, Outcome, Succeeded, TaskRun, Tools
from tests.runner.scripted import Scripted, echo, one, runner_here
from tests.runner.stage import Stage, until

pytestmark = pytest.mark.anyio

USAGE = Usage(
    provider="p", model="m", requests=1, input_tokens=3, output_tokens=4, cost=Cost(amount="0.1", currency="EUR")
)


@pytest.fixture
async def action(stage: Stage) -> AsyncIterator[Scripted]:
    scripted = Scripted(echo)
    async with runner_here(stage, scripted):
        yield scripted


async def outcome(stage: Stage, **task: Any) -> TaskSucceeded | TaskFailed:
    """How the only task of a job ended."""
    graph = one(**task)
    job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
    ended: list[TaskSucceeded | TaskFailed] = []

    async def has_ended() -> bool:
        ended[:] = [each for each in await stage.events(job_id) if isinstance(each, TaskSucceeded | TaskFailed)]
        return bool(ended)

    await until(has_ended)
    return ended[0]


async def test_what_an_action_tells_beside_its_outputs_stands_in_the_record(stage: Stage, action: Scripted) -> None:
    async def tell(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded(dict(inputs), evidence={"$prompt": "Which?", "answer": "This."}, usage=USAGE)

    action.perform_ = tell
    ended = await outcome(stage)
    # A key of the action's own cannot pass for a wrapper of ours.
    assert ended.evidence == {"$$prompt": "Which?", "answer": "This."}
    assert ended.usage == USAGE


async def test_a_failure_tells_too(stage: Stage, action: Scripted) -> None:
    async def fail(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Failed("REFUSED", "No.", evidence={"status": 403}, usage=USAGE)

    action.perform_ = fail
    ended = await outcome(stage)
    assert isinstance(ended, TaskFailed)
    assert (ended.error.code, ended.evidence, ended.usage) == ("REFUSED", {"status": 403}, USAGE)


async def test_outputs_that_do_not_fit_do_not_hide_what_was_used(stage: Stage, action: Scripted) -> None:
    async def misfit(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": 3}, evidence={"answer": 3}, usage=USAGE)

    action.perform_ = misfit
    ended = await outcome(stage)
    assert isinstance(ended, TaskFailed)
    assert (ended.error.code, ended.evidence, ended.usage) == ("OUTPUT_MISFIT", {"answer": 3}, USAGE)


async def test_much_of_it_is_kept_beside_the_log(stage: Stage, action: Scripted) -> None:
    long = "a prompt " * 10_000

    async def tell(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded(dict(inputs), evidence={"prompt": long})

    action.perform_ = tell
    ended = await outcome(stage)
    kept = await stage.system.blobs.read(stage.workspace, ended.evidence[BLOB]["hash"])
    assert decode(kept) == {"prompt": long}


async def test_where_nothing_is_told_nothing_is_written(stage: Stage, action: Scripted) -> None:
    ended = await outcome(stage)
    assert {"evidence", "usage"}.isdisjoint(ended.model_dump(mode="json"))


async def test_an_action_may_say_itself_when_its_effect_begins(stage: Stage, action: Scripted) -> None:
    async def prepare_and_break(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        if run.run.attempt == 1:
            return Failed("NOT_READY", "Not yet.", retryable=True)
        await tools.effect()
        raise OSError("connection reset in the middle")

    action.perform_, action.tells_effect = prepare_and_break, True
    graph = one(repetition="once", retry={"attempts": 2, "delay_seconds": 0.01})
    job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
    await until(lambda: stage.has_event(job_id, TaskOutcomeUnknown))
    # Of the first attempt nothing had begun, so that it could be tried again.
    assert [type(event) for event in await stage.events(job_id)][1:] == [
        TaskStarted,
        TaskFailed,
        TaskStarted,
        TaskEffectBegan,
        TaskOutcomeUnknown,
    ]


async def test_a_credential_that_cannot_be_had_fails_the_run(stage: Stage, action: Scripted) -> None:
    async def ask(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        raise CredentialRefused("CREDENTIAL_UNKNOWN", "Expected a credential of this workspace, but there is no bank.")

    action.perform_ = ask
    ended = await outcome(stage)
    assert isinstance(ended, TaskFailed)
    assert (ended.error.code, ended.error.message) == (
        "CREDENTIAL_UNKNOWN",
        "Expected a credential of this workspace, but there is no bank.",
    )
