"""How jobs end: outputs collected, cancelled with a reason, and large ends in several units."""

from __future__ import annotations

import pytest

from domain.jobs import commands as ask
from domain.jobs.events import JobCancelled, JobEndingBegan, JobFailed
from domain.jobs.refusals import JobHasEnded, JobIsEnding, ReasonMissing
from domain.jobs.run import Failure
from domain.jobs.scheduling import ENDING_CANCELLATIONS_MAX
from domain.jobs.state import JobStatus, TaskStatus
from tests.domain.jobs.graphs import declared, graph, task
from tests.domain.jobs.play import AT, JOB, REVIEW, Play, told

MANY = 2 * ENDING_CANCELLATIONS_MAX + 7


def test_outputs_are_collected_as_inputs_are() -> None:
    outputs = ("first", "all*", "maybe?", declared("fixed", constant=1), declared("otherwise", default=2))
    edges = ("b.out -> @first", "a.out -> @first", "a.out -> @all", "b.out -> @all", "b.out -> @otherwise")
    play = Play(graph(task("a"), task("b"), edges=edges, outputs=outputs))
    play.start()
    play.succeed("a")
    assert play.succeed("b", absent=["out"]) == [
        "b#1.1 succeeded",
        "job completed first=a#1.1/out all=[a#1.1/out] maybe=nothing fixed=constant otherwise=default",
    ]


def test_a_required_output_that_did_not_arrive_fails_the_job_naming_it() -> None:
    play = Play(graph(task("a"), edges=("a.out -> @y", "a.out -> @z"), outputs=("y", "z", "w?")))
    play.start()
    assert play.succeed("a", absent=["out"]) == [
        "a#1.1 succeeded",
        "job is ending: failed OUTPUT_MISSING",
        "job failed: OUTPUT_MISSING",
    ]
    message = "Expected a value for outputs y, z, but none arrived."
    assert play.log[-1] == JobFailed(
        error=Failure(code="OUTPUT_MISSING", message=message, details={"outputs": ["y", "z"]})
    )


def test_cancelling_ends_what_runs_waits_and_is_held() -> None:
    play = Play(graph(task("a"), task("b"), task("c", on_error="hold"), task("d", "x"), edges=("a.out -> d.x",)))
    play.start()
    play.wait("b")
    play.fail("c")
    assert play.cancel("Sent twice.") == [
        "job is ending: cancelled",
        "a#1.1 cancelled",
        "b#1.1 cancelled with its review",
        "c#1.1 cancelled",
        "job cancelled",
    ]
    assert play.log[-1] == JobCancelled(reason="Sent twice.")
    assert play.log[-5] == JobEndingBegan(outcome="cancelled", reason="Sent twice.")
    assert play.job.status is JobStatus.CANCELLED
    assert play.job.task_status("d") is TaskStatus.CANCELLED


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_cancelling_needs_a_reason(reason: str | None) -> None:
    play = Play(graph(task("a")))
    play.start()
    with pytest.raises(ReasonMissing):
        play.cancel(reason)


def test_cancelling_twice_changes_nothing_and_an_ended_job_is_not_cancelled() -> None:
    play = Play(graph(task("a")))
    play.start()
    play.cancel()
    assert play.cancel() == []
    play = Play(graph(task("a")))
    play.start()
    play.succeed("a")
    with pytest.raises(JobHasEnded, match="it has: COMPLETED"):
        play.cancel()


def test_a_large_end_is_seen_through_in_units_and_nothing_is_decided_meanwhile() -> None:
    play = Play(graph(*(task(f"t{number}") for number in range(MANY)), task("r")))
    play.start()
    play.wait("r")
    assert len(play.cancel()) == 1 + ENDING_CANCELLATIONS_MAX
    assert (play.job.status, play.job.is_ending) == (JobStatus.IN_PROGRESS, True)
    assert play.job.running() == []
    last = f"t{MANY - 1}"
    assert play.succeed(last) == []
    assert play.fail(last) == []
    assert play.cancel() == []
    with pytest.raises(JobIsEnding):
        play.answer("r")
    with pytest.raises(JobIsEnding):
        play.wait(last, review_id=REVIEW)
    seen_through = ask.ContinueEnding(at=AT, job_id=JOB)
    assert len(play.send(seen_through)) == ENDING_CANCELLATIONS_MAX
    assert told(play.send(seen_through))[-2:] == ["r#1.1 cancelled with its review", "job cancelled"]
    assert play.send(seen_through) == []


def test_seeing_through_a_job_that_goes_on_changes_nothing() -> None:
    play = Play(graph(task("a")))
    play.start()
    assert play.send(ask.ContinueEnding(at=AT, job_id=JOB)) == []
