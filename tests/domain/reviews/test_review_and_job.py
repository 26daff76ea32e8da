"""A job and its reviews change together: what one records, the other does in the same unit."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.events import Event
from domain.graph import Graph
from domain.jobs import commands as ask
from domain.jobs.events import TaskSucceeded
from domain.jobs.refusals import CorrectionWrong, JobHasEnded, RunNotRunning
from domain.jobs.run import Facts, Run, Source
from domain.jobs.subject import JOBS
from domain.reviews.commands import AcceptReview, RejectReview, RequestReview
from domain.reviews.events import Assignment, ReviewAccepted, ReviewWithdrawn
from domain.reviews.refusals import ReviewNoLongerNeeded
from domain.reviews.state import Decided, Waiting, Withdrawn
from domain.reviews.subject import REVIEWS
from domain.subject import Command
from tests.domain.jobs.graphs import graph, review, task

AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
JOB = UUID("019c0000-0000-7000-8000-000000000001")
REVIEW = UUID("019c0000-0000-8000-8000-000000000002")
ANN = UUID("019c0000-0000-7000-8000-00000000000a")
SUBJECTS = {subject.name: subject for subject in (JOBS, REVIEWS)}

APPROVAL = graph(
    task("read", outputs=("total", "date")),
    review("approve", "read", outputs=("total", "date"), time_limit_seconds=60),
    task("book", "total", "date"),
    task("refuse"),
    edges=(
        "read. -> approve.reviewed",
        "approve.total -> book.total",
        "approve.date -> book.date",
        "approve:accepted -> book",
        "approve:rejected -> refuse",
    ),
)


class Unit:
    """Decides commands with all that they provoke, as the dispatch does; a refusal anywhere refuses the whole."""

    def __init__(self, compiled: Graph) -> None:
        self.graph = compiled
        self.streams: dict[UUID, tuple[str, list[Event]]] = {}

    def state(self, stream: UUID, subject: str) -> Any:
        """The state of a stream, folded from its events."""
        state = SUBJECTS[subject].initial(self.graph)
        for event in self.streams.get(stream, (subject, []))[1]:
            state = SUBJECTS[subject].evolve(state, event)
        return state

    def send(self, command: Command) -> list[tuple[UUID, Event]]:
        """All events of the unit in the order of cause and effect."""
        written: list[tuple[UUID, Event]] = []
        kept = {stream: (subject, events.copy()) for stream, (subject, events) in self.streams.items()}
        asked = deque([command])
        try:
            while asked:
                command = asked.popleft()
                subject = SUBJECTS[command.subject]
                events = subject.decide(command, self.state(command.stream, command.subject))
                self.streams.setdefault(command.stream, (command.subject, []))[1].extend(events)
                after = self.state(command.stream, command.subject)
                for event in events:
                    written.append((command.stream, event))
                    asked.extend(subject.reactions(command.stream, event, command.at, after))
        except BaseException:
            self.streams = kept
            raise
        return written


def requested(compiled: Graph = APPROVAL) -> Unit:
    """A job that waits for its review."""
    unit = Unit(compiled)
    unit.send(ask.StartJob(at=AT, job_id=JOB, workflow_id=JOB, workflow_version=1, graph="h", inputs={}, facts=Facts()))
    unit.send(
        ask.RecordTaskSucceeded(
            at=AT, job_id=JOB, run=Run(task="read"), outputs={"total": "1", "date": "2"}, facts=Facts()
        )
    )
    unit.send(request())
    return unit


def request() -> RequestReview:
    """The runner has a person asked."""
    return RequestReview(
        at=AT,
        review_id=REVIEW,
        job_id=JOB,
        run=Run(task="approve"),
        reviewed=Run(task="read"),
        shown={"reviewed": Source(run=Run(task="read"), path=())},
        assignment=Assignment(members=(ANN,)),
        due_at=AT + timedelta(days=1),
    )


def accept(**fields: Any) -> AcceptReview:
    """Ann says yes."""
    return AcceptReview(at=AT, review_id=REVIEW, member_id=ANN, facts=Facts(), **fields)


def wires(written: list[tuple[UUID, Event]]) -> list[str]:
    """What was written, by wire name."""
    return [event.wire for _, event in written]


def test_a_request_makes_its_run_wait_until_the_earlier_of_both_times() -> None:
    unit = requested()
    job = unit.state(JOB, "job")
    assert job.waiting() == [Run(task="approve")]
    assert job.due_at(Run(task="approve")) == AT + timedelta(seconds=60)
    assert isinstance(unit.state(REVIEW, "review"), Waiting)
    assert unit.send(request()) == []


def test_a_request_of_a_run_that_ended_meanwhile_writes_nothing() -> None:
    unit = requested()
    unit.send(ask.ExpireTask(at=AT + timedelta(hours=1), job_id=JOB, run=Run(task="approve")))
    late = RequestReview(
        at=AT,
        review_id=UUID(int=7),
        job_id=JOB,
        run=Run(task="approve"),
        reviewed=None,
        shown={},
        assignment=Assignment(),
    )
    with pytest.raises(JobHasEnded):
        unit.send(late)
    assert UUID(int=7) not in unit.streams


def test_a_request_of_a_run_that_waits_for_another_review_writes_nothing() -> None:
    unit = requested()
    with pytest.raises(RunNotRunning):
        unit.send(
            RequestReview(
                at=AT,
                review_id=UUID(int=7),
                job_id=JOB,
                run=Run(task="approve"),
                reviewed=None,
                shown={},
                assignment=Assignment(),
            )
        )
    assert UUID(int=7) not in unit.streams


def test_an_acceptance_and_its_corrections_take_effect_in_one_unit() -> None:
    unit = requested()
    written = unit.send(accept(corrections={"total": "12.30"}))
    assert wires(written) == [
        "review.accepted.v1",
        "job.task_succeeded.v1",
        "job.task_skipped.v1",
        "job.task_started.v1",
    ]
    assert written[1][1] == TaskSucceeded(
        run=Run(task="approve"),
        outputs={"total": "12.30"},
        passed={"date": Source(run=Run(task="read"), path=("date",))},
        facts=Facts(route="accepted"),
    )
    assert isinstance(unit.state(REVIEW, "review"), Decided)
    assert unit.state(JOB, "job").running() == [Run(task="book")]


def test_a_rejection_takes_its_route() -> None:
    unit = requested()
    written = unit.send(RejectReview(at=AT, review_id=REVIEW, member_id=ANN, facts=Facts(), comment="Not our invoice."))
    assert wires(written)[:2] == ["review.rejected.v1", "job.task_succeeded.v1"]
    assert unit.state(JOB, "job").running() == [Run(task="refuse")]


def test_a_correction_of_an_unknown_output_refuses_the_whole_answer() -> None:
    unit = requested()
    with pytest.raises(CorrectionWrong):
        unit.send(accept(corrections={"amount": "1"}))
    assert isinstance(unit.state(REVIEW, "review"), Waiting)


def test_an_end_of_the_job_withdraws_its_reviews_and_no_answer_is_taken() -> None:
    unit = requested()
    written = unit.send(ask.CancelJob(at=AT, job_id=JOB, reason="Sent twice."))
    assert wires(written) == [
        "job.ending_began.v1",
        "job.task_cancelled.v1",
        "job.cancelled.v1",
        "review.withdrawn.v1",
    ]
    assert written[-1] == (REVIEW, ReviewWithdrawn(reason="The job is ending."))
    with pytest.raises(ReviewNoLongerNeeded):
        unit.send(accept())
    assert isinstance(unit.state(REVIEW, "review"), Withdrawn)


def test_a_review_whose_time_is_up_is_withdrawn_with_its_run() -> None:
    held = APPROVAL.model_copy(
        update={
            "tasks": tuple(
                each.model_copy(update={"on_error": "hold"}) if each.name == "approve" else each
                for each in APPROVAL.tasks
            )
        }
    )
    unit = requested(held)
    written = unit.send(ask.ExpireTask(at=AT + timedelta(minutes=1), job_id=JOB, run=Run(task="approve")))
    assert wires(written) == ["job.task_failed.v1", "review.withdrawn.v1"]
    assert unit.state(JOB, "job").held() == [Run(task="approve")]
    unit.send(ask.RetryTask(at=AT, job_id=JOB, run=Run(task="approve")))
    assert unit.state(JOB, "job").running() == [Run(task="approve", attempt=2)]


def test_claims_provoke_nothing_and_answers_name_their_run() -> None:
    answer = ReviewAccepted(job_id=JOB, run=Run(task="approve"), member_id=ANN, decided_at=AT, facts=Facts())
    (provoked,) = REVIEWS.reactions(REVIEW, answer, AT, None)
    assert isinstance(provoked, ask.RecordReviewDecided)
    assert (provoked.stream, provoked.review_id) == (JOB, REVIEW)
    assert tuple(REVIEWS.reactions(REVIEW, ReviewWithdrawn(), AT, None)) == ()
