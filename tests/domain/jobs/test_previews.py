"""How a preview is told from a job, and what stands in it for runs that were not performed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.jobs import commands as ask
from domain.jobs.events import JobStarted, TaskSucceeded
from domain.jobs.refusals import PreviewNotForked, PreviewsTooMany
from domain.jobs.run import Facts, ForkOf, Instead, Parent, Preview, Run
from domain.jobs.snapshot import dump, load
from domain.jobs.starting import PREVIEWS_AT_ONCE_MAX
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, JOB, WORKFLOW, Play

ONE = graph(task("a", "x"), edges=("@x -> a.x",), inputs=("x",))
OTHER = UUID("019c0000-0000-7000-8000-0000000000cc")


def start(**options: Any) -> ask.StartJob:
    given: dict[str, Any] = {"mode": "preview", "preview": Preview(draft_version=12), **options}
    return ask.StartJob(
        at=AT,
        job_id=JOB,
        workflow_id=WORKFLOW,
        workflow_version=2,
        graph="hash",
        inputs={"x": "1"},
        facts=Facts(),
        **given,
    )


def test_a_preview_names_the_draft_as_it_stood_and_what_is_performed_of_it() -> None:
    play = Play(ONE)
    preview = Preview(draft_version=12, alone="a", effects=True, pinned={"b": {"out": "1"}})
    play.send(start(preview=preview))
    started = play.log[0]
    assert isinstance(started, JobStarted)
    assert (started.mode, started.preview) == ("preview", preview)


def test_one_preview_too_many_at_once_is_refused() -> None:
    play = Play(ONE)
    with pytest.raises(PreviewsTooMany) as refused:
        play.send(start(previews_open=PREVIEWS_AT_ONCE_MAX))
    assert (refused.value.code, refused.value.facts["limit"]) == ("PREVIEWS_TOO_MANY", 20)
    assert play.log == []
    play.send(start(previews_open=PREVIEWS_AT_ONCE_MAX - 1))
    assert isinstance(play.log[0], JobStarted)


def test_what_a_preview_starts_itself_is_not_counted() -> None:
    play = Play(ONE)
    parent = Parent(job_id=OTHER, run=Run(task="t"), depth=1)
    play.send(start(previews_open=PREVIEWS_AT_ONCE_MAX, preview=None, parent=parent))
    assert isinstance(play.log[0], JobStarted)


def test_a_preview_is_not_forked() -> None:
    play = Play(ONE)
    fork = ask.Fork(of=ForkOf(job_id=OTHER, version=3, task="a", reason="again"), root=OTHER, reused=())
    with pytest.raises(PreviewNotForked):
        play.send(start(fork=fork))
    assert play.log == []


def test_what_stands_for_a_run_is_recorded_with_where_it_comes_from() -> None:
    play = Play(ONE)
    play.send(start())
    instead = Instead(by="kept", of=f"{OTHER}:9")
    run = Run(task="a")
    play.send(ask.RecordTaskSucceeded(at=AT, job_id=JOB, run=run, outputs={"out": "1"}, facts=Facts(), instead=instead))
    succeeded = play.log[2]
    assert isinstance(succeeded, TaskSucceeded)
    assert succeeded.instead == instead


def test_of_a_run_that_was_performed_nothing_more_is_written() -> None:
    performed = TaskSucceeded(run=Run(task="a"), outputs={}, facts=Facts())
    assert "instead" not in performed.model_dump(mode="json")
    started = JobStarted(
        workflow_id=WORKFLOW, workflow_version=1, graph="hash", rules=1, source="api", inputs={}, facts=Facts()
    )
    assert "preview" not in started.model_dump(mode="json")


def test_the_state_of_a_job_knows_which_it_is_after_a_snapshot_too() -> None:
    for mode in ("preview", "job"):
        play = Play(ONE)
        play.send(start(mode=mode))
        assert play.job.mode == mode
        assert load(dump(play.job), ONE).mode == mode
