"""Plays a job command by command and tells what was written, checking after each unit what must always hold."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.events import Event
from domain.graph import Graph, Path
from domain.jobs import commands as ask
from domain.jobs.alive import assert_alive
from domain.jobs.commands import JobCommand
from domain.jobs.decide import decide
from domain.jobs.events import (
    ItemsBegan,
    ItemsEnded,
    JobCancelled,
    JobChildrenPaused,
    JobChildrenResumed,
    JobCompleted,
    JobEndingBegan,
    JobFailed,
    JobPaused,
    JobResumed,
    JobStarted,
    JobTimedOut,
    MessageReceived,
    TaskCancelled,
    TaskChildEnded,
    TaskCorrected,
    TaskCredentialOpened,
    TaskEffectBegan,
    TaskFailed,
    TaskGivenUp,
    TaskMessageTaken,
    TaskOutcomeUnknown,
    TaskRetried,
    TaskReused,
    TaskRoundEnded,
    TaskRunnerLost,
    TaskSkipped,
    TaskStarted,
    TaskSucceeded,
    TaskWaitBegan,
    TaskWorkerLost,
)
from domain.jobs.evolve import evolve
from domain.jobs.run import Binding, Facts, Failure, ItemCount, Run, Source
from domain.jobs.snapshot import dump
from domain.jobs.state import Job
from domain.refusals import Refusal

AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
JOB = UUID("019c0000-0000-7000-8000-000000000001")
WORKFLOW = UUID("019c0000-0000-7000-8000-0000000000aa")
REVIEW = UUID("019c0000-0000-8000-8000-0000000000bb")


class Play:
    """One job and all that was written of it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.job = Job(graph)
        self.folded = Job(graph)  # the same job, folded from the bytes of its events
        self.log: list[Event] = []
        self.last: list[Event] = []  # what followed from the last command

    def send(self, command: JobCommand) -> list[Event]:
        """Decides a command; after it the fold of the written bytes is the state, and the job is alive."""
        before = dump(self.job)
        try:
            written = decide(command, self.job)
        except Refusal:
            assert dump(self.job) == before
            raise
        for event in written:
            evolve(self.folded, type(event).model_validate_json(event.model_dump_json()))
        self.log += written
        self.last = written
        assert_alive(self.job)
        assert as_json(self.folded) == as_json(self.job)
        return written

    def start(
        self,
        inputs: dict[str, Any] | None = None,
        absent: Iterable[Path] = (),
        counts: dict[str, int] | None = None,
        time_limit_seconds: float | None = None,
        **more: Any,
    ) -> list[str]:
        command = ask.StartJob(
            at=AT,
            job_id=JOB,
            workflow_id=WORKFLOW,
            workflow_version=1,
            graph="hash",
            inputs={"x": "a"} if inputs is None and self.graph.inputs else inputs or {},
            facts=Facts(absent=tuple(absent), counts=counted(counts)),
            time_limit_seconds=time_limit_seconds,
            **more,
        )
        return told(self.send(command))

    def run(self, name: str) -> Run:
        """The last run of a task or of an item, as `a` and `a[2]`, or the run that `task#round.attempt` names."""
        name, _, attempt = name.partition("#1.")
        task, _, item = name.rstrip("]").partition("[")
        run = Run(task=task, item=int(item) if item else None, attempt=int(attempt or 1))
        if attempt:
            return run
        return self.job.last_run(self.job.index.lane(run)) if item else self.job.task_run(task) or run

    def succeed(
        self, name: str, route: str | None = None, absent: Iterable[str] = (), counts: dict[str, int] | None = None
    ) -> list[str]:
        facts = Facts(absent=tuple(tuple(path.split(".")) for path in absent), counts=counted(counts), route=route)
        return self.tell(ask.RecordTaskSucceeded, name, outputs={"out": "value"}, facts=facts)

    def fail(self, name: str, code: str = "BROKEN", **fields: Any) -> list[str]:
        return self.tell(ask.RecordTaskFailed, name, error=Failure(code=code, message="It broke."), **fields)

    def wait(self, name: str, review_id: UUID = REVIEW, due_at: datetime | None = None) -> list[str]:
        return self.tell(ask.RecordTaskWaiting, name, waits_for="review", review_id=review_id, due_at=due_at)

    def answer(
        self, name: str, route: str = "accepted", outputs: dict[str, Any] | None = None, absent: Iterable[str] = ()
    ) -> list[str]:
        facts = Facts(absent=tuple(tuple(path.split(".")) for path in absent), route=route)
        return self.tell(ask.RecordReviewDecided, name, review_id=REVIEW, outputs=outputs or {}, facts=facts)

    def expire(self, seconds: float) -> list[str]:
        """The time of the job is said to be up so long after its start."""
        return told(self.send(ask.ExpireJob(at=AT + timedelta(seconds=seconds), job_id=JOB)))

    def pause(self, reason: Any = "The bank is closed.") -> list[str]:
        return told(self.send(ask.PauseJob(at=AT, job_id=JOB, reason=reason)))

    def resume(self, at: datetime = AT) -> list[str]:
        return told(self.send(ask.ResumeJob(at=at, job_id=JOB)))

    def wait_for(self, name: str, message: str) -> list[str]:
        """The run waits for a message of this name."""
        resumed = self.job.resumed_at(self.run(name))
        return self.tell(ask.RecordTaskWaiting, name, waits_for="message", message=message, resumed=resumed)

    def message(self, name: str, message_id: str = "m1", **fields: Any) -> list[str]:
        """A message of this name comes in."""
        fields = {"value": "value", **fields}
        return told(self.send(ask.SendMessage(at=AT, job_id=JOB, name=name, message_id=message_id, **fields)))

    def cancel(self, reason: Any = "Not needed.") -> list[str]:
        return told(self.send(ask.CancelJob(at=AT, job_id=JOB, reason=reason)))

    def tell(self, command: Any, name: str, at: datetime = AT, **fields: Any) -> list[str]:
        """Sends a command that speaks of a run of this task."""
        return told(self.send(command(at=at, job_id=JOB, run=self.run(name), **fields)))


def counted(counts: dict[str, int] | None) -> tuple[ItemCount, ...]:
    """How many items stand at each path."""
    return tuple(ItemCount(path=tuple(path.split(".")), items=items) for path, items in (counts or {}).items())


def as_json(job: Job) -> Any:
    """The whole state, comparable."""
    return json.loads(json.dumps(dump(job)))


def told(events: Iterable[Event]) -> list[str]:
    """Each event in a few words."""
    return [_tell(event) for event in events]


def _tell(event: Event) -> str:
    if isinstance(event, JobStarted | JobCancelled | JobTimedOut):
        return {JobStarted: "job started", JobCancelled: "job cancelled", JobTimedOut: "job timed out"}[type(event)]
    if isinstance(event, JobPaused | JobResumed):
        return "job paused" if isinstance(event, JobPaused) else "job resumed"
    if isinstance(event, JobChildrenPaused | JobChildrenResumed):
        what = "paused" if isinstance(event, JobChildrenPaused) else "resumed"
        return f"{len(event.children)} children {what}, {event.more} more"
    if isinstance(event, JobCompleted):
        return f"job completed{_all_bound(event.outputs)}"
    if isinstance(event, JobFailed):
        return f"job failed: {event.error.code}"
    if isinstance(event, JobEndingBegan):
        return f"job is ending: {event.outcome}" + (f" {event.error.code}" if event.error else "")
    if isinstance(event, MessageReceived):
        return f"message {event.name} {event.message_id}"
    if isinstance(event, TaskSkipped):
        return f"{event.task} skipped: {event.because}" + (f" {event.input}" if event.input else "")
    return f"{event.run.text} {_tell_of_run(event)}"  # type: ignore[attr-defined]


def _tell_of_run(event: Event) -> str:
    match event:
        case TaskStarted():
            return f"started{_all_bound(event.bindings)}"
        case TaskSucceeded():
            return "succeeded" + "".join(f" {name}={_at(source)}" for name, source in event.passed.items())
        case TaskFailed():
            return f"failed {event.error.code}: {event.then}"
        case TaskOutcomeUnknown():
            return f"outcome unknown: {event.then}"
        case TaskWaitBegan():
            return f"waits for {event.waits_for}" + (f" {event.message}" if event.message else "")
        case TaskMessageTaken():
            return f"took {event.message_id}"
        case TaskRunnerLost() | TaskWorkerLost():
            return f"{'runner' if isinstance(event, TaskRunnerLost) else 'worker'} lost {event.losses}"
        case TaskChildEnded():
            return f"child {event.outcome}"
        case ItemsBegan():
            return f"began with {event.items} items{_all_bound(event.bindings)}"
        case ItemsEnded():
            return f"ended: {event.succeeded} succeeded, {event.failed} failed"
        case TaskCancelled():
            return "cancelled" + (" with its review" if event.review_id else "")
        case _:
            return ENDS[type(event)]


ENDS: dict[type[Event], str] = {
    TaskRoundEnded: "round ended",
    TaskEffectBegan: "effect began",
    TaskCredentialOpened: "credential opened",
    TaskRetried: "retried",
    TaskReused: "reused",
    TaskCorrected: "corrected",
    TaskGivenUp: "given up",
}


def _all_bound(bindings: dict[str, Binding]) -> str:
    return "".join(f" {name}={_bound(binding)}" for name, binding in bindings.items())


def _bound(binding: Binding) -> str:
    if binding.gathered is not None:
        return "[" + ",".join(_at(source) for source in binding.gathered) + "]"
    item = "" if binding.item is None else f"[{binding.item}]"
    return _at(binding.source) if binding.source is not None else f"{binding.given}{item}"


def _at(source: Source) -> str:
    item = "" if source.item is None else f"[{source.item}]"
    return ("" if source.run is None else source.run.text) + "/" + ".".join(source.path) + item
