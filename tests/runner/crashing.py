"""A runner that crashes right after a commit, and the people who help its jobs to their ends in the same way every time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.events import Event
from domain.graph import Graph
from domain.jobs import commands as ask
from domain.jobs.events import (
    JobCancelled,
    JobCompleted,
    JobFailed,
    JobTimedOut,
    TaskCancelled,
    TaskCorrected,
    TaskFailed,
    TaskOutcomeUnknown,
    TaskSkipped,
    TaskSucceeded,
    TaskWaitBegan,
)
from domain.jobs.facts import facts
from domain.jobs.run import Run
from domain.jobs.state import Job, TaskStatus
from domain.refusals import Refusal
from domain.reviews.commands import AcceptReview, RejectReview
from event_store.requests import Receipt
from event_store.units import Committed, SessionLost, Unit
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.wakes import CoveringJournal
from tests.runner.scripted import hang
from tests.runner.stage import Stage, until

MEMBER = UUID(int=1)
ENDS = (JobCompleted, JobFailed, JobCancelled, JobTimedOut)
Decision = type[AcceptReview] | type[RejectReview]


class Crash:
    """Ends the runner right after one of its commits: nothing in the process has learned of it, and all it knew is dropped."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 0
        self.commits = 0
        append = CoveringJournal.append

        async def crashing(journal: CoveringJournal, unit: Unit) -> Committed:
            committed = await append(journal, unit)
            self.commits += 1
            if self.commits == self.at:
                assert journal._session is not None
                journal._session.abandon()
                raise SessionLost("Expected a runner that lives, but it crashed.")
            return committed

        monkeypatch.setattr(CoveringJournal, "append", crashing)

    def arm(self, at: int) -> None:
        """The commit after which the next job's runner crashes, counted from 1."""
        self.at, self.commits = at, 0

    @property
    def came(self) -> bool:
        """Whether there was such a commit."""
        return self.commits >= self.at


@dataclass(slots=True)
class Script:
    """What each run gives, by task and attempt; what was performed, by attempt."""

    outcomes: Mapping[str, Outcome | Sequence[Outcome] | None]
    kind: str = "scripted"
    performed: Counter[str] = field(default_factory=Counter)
    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)  # what is performed before has no outcome yet

    def outcome(self, run: Run) -> Outcome | None:
        """What the run of a task, or of one of its items, gives; None for one that never ends by itself."""
        name = run.task if run.item is None else f"{run.task}[{run.item}]"
        told = self.outcomes.get(name, Succeeded({"out": f"of {name}"}))
        return told[min(run.attempt, len(told)) - 1] if isinstance(told, Sequence) else told

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """As the script says, each time."""
        self.performed[run.attempt_id] += 1
        await self.may_go_on.wait()
        outcome = self.outcome(run.run)
        return await hang(run, inputs, tools) if outcome is None else outcome


@dataclass(frozen=True, slots=True)
class Case:
    """A small job, and how everyone plays their part in it."""

    graph: Graph
    outcomes: Mapping[str, Outcome | Sequence[Outcome] | None] = field(default_factory=dict)
    when_held: str = "retry"
    decision: Decision = AcceptReview
    corrections: Mapping[str, Any] = field(default_factory=dict)
    answers: bool = True  # whether what a person is asked is answered
    cancel_when_running: str | None = None
    cancel_when_waiting: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    child: Graph | None = None  # the workflow that it runs
    messages: Mapping[str, str] = field(default_factory=dict)
    is_early: bool = False  # whether the messages come before anything waits for them
    is_paused_once: bool = False  # as soon as it has begun, and resumed right after


@dataclass(slots=True)
class People:
    """Those who answer what a job asks of persons, always alike."""

    stage: Stage
    case: Case
    script: Script
    job_id: UUID
    has_paused: bool = False

    async def help(self) -> bool:
        """Does what is to be done now; tells whether the job has ended."""
        job: Job
        job, _ = await self.stage.system.dispatch.load("job", self.job_id, self.stage.workspace)
        commands = list(self._answers(job))
        ended = job.ended is not None
        sending = (self.stage.system.dispatch.send(each, self.stage.origin) for each in commands)
        for refused in await asyncio.gather(*sending, return_exceptions=True):
            if not isinstance(refused, Receipt | Refusal):
                raise refused
        self.script.may_go_on.set()
        return ended

    def _answers(self, job: Job) -> Any:
        running = {run.task for run in job.running()}
        waiting = {run.task for run in job.waiting()}
        if self.case.cancel_when_running in running or self.case.cancel_when_waiting in waiting:
            yield ask.CancelJob(at=_now(), job_id=self.job_id, reason="Not needed.")
            return
        if job.paused is not None:
            yield ask.ResumeJob(at=_now(), job_id=self.job_id)
        elif self.case.is_paused_once and not self.has_paused and running:
            self.has_paused = True
            yield ask.PauseJob(at=_now(), job_id=self.job_id, reason="A look at it.")
        for run in job.held():
            unknown = job.task_status(run.task) is TaskStatus.OUTCOME_UNKNOWN
            yield self._repair(run, "correct" if unknown else self.case.when_held)
        for run in job.waiting():
            review_id = job.waits[job.index.lane(run)].review_id
            if review_id is not None and self.case.answers:
                yield self._decide(run, review_id)
        if self.case.is_early or job.takers:
            for name, value in self.case.messages.items():
                yield ask.SendMessage(at=_now(), job_id=self.job_id, name=name, message_id="the only one", value=value)

    def _repair(self, run: Run, how: str) -> ask.JobCommand:
        if how == "retry":
            return ask.RetryTask(at=_now(), job_id=self.job_id, run=run, reason="Once more.")
        if how == "give up":
            return ask.GiveUpTask(at=_now(), job_id=self.job_id, run=run, reason="Enough.")
        outcome = self.script.outcome(run)
        outputs = dict(outcome.outputs) if isinstance(outcome, Succeeded) else {"out": "by hand"}
        told = facts(self.case.graph, run.task, outputs)
        return ask.CorrectTask(
            at=_now(), job_id=self.job_id, run=run, outputs=outputs, facts=told, reason="It was looked up."
        )

    def _decide(self, run: Run, review_id: UUID) -> Any:
        outputs = {"out": "judged"} | dict(self.case.corrections)
        return self.case.decision(
            at=_now(),
            review_id=review_id,
            job_id=self.job_id,
            member_id=MEMBER,
            roles=frozenset({"admin"}),
            corrections=self.case.corrections,
            facts=facts(self.case.graph, run.task, outputs),
            comment="Looked at.",
        )


def end_of(events: Sequence[Event]) -> dict[str, Any]:
    """How a job ended, as whoever waits for it sees it: not how often a runner was lost on the way."""
    found: dict[str, Any] = {}
    for event in events:
        match event:
            case TaskSucceeded() | TaskCorrected():
                found[event.run.text] = ("succeeded", event.outputs, event.facts.route)
            case TaskFailed():
                found[event.run.text] = ("failed", event.error.code, event.then)
            case TaskCancelled():
                found[event.run.text] = ("cancelled",)
            case TaskSkipped():
                found[event.task] = ("skipped", event.because)
            case JobCompleted():
                found["job"] = ("completed", event.outputs)
            case JobFailed():
                found["job"] = ("failed", event.error.code)
            case JobCancelled() | JobTimedOut():
                found["job"] = (event.wire,)
            case _:
                pass
    return found


def outcomes_of(events: Sequence[Event]) -> Counter[str]:
    """How many outcomes each attempt has; what an operator gave in place of one is none."""
    ended = (TaskSucceeded, TaskFailed, TaskOutcomeUnknown, TaskCancelled)
    return Counter(event.run.text for event in events if isinstance(event, ended))


async def children_of(stage: Stage, events: Sequence[Event]) -> list[list[Event]]:
    """All that happened to each job that the runs of a job have waited for, in the order in which they did."""
    ids = [event.child_id for event in events if isinstance(event, TaskWaitBegan) and event.child_id]

    async def all_ended() -> bool:
        return all([ended(await stage.events(child_id)) for child_id in ids])

    await until(all_ended)
    return [await stage.events(child_id) for child_id in ids]


def ended(events: Sequence[Event]) -> bool:
    """Whether the job has ended, once, and nothing came after."""
    return isinstance(events[-1], ENDS) and sum(isinstance(event, ENDS) for event in events) == 1


BROKEN = Failed("BROKEN", "It broke.")
Help = Callable[[], Awaitable[bool]]


def _now() -> datetime:
    return datetime.now(UTC)
