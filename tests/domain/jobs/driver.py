"""Drives a random job to its end: every report, repair and accident there is, in any order, doubled and late."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from random import Random
from uuid import UUID, uuid5

import pytest

from domain.events import Event
from domain.graph import Graph, Path
from domain.jobs import commands as ask
from domain.jobs.asking import review_id
from domain.jobs.commands import JobCommand
from domain.jobs.events import (
    ItemsBegan,
    ItemsEnded,
    JobCompleted,
    JobEndingBegan,
    Outcome,
    TaskCancelled,
    TaskChildEnded,
    TaskCorrected,
    TaskFailed,
    TaskGivenUp,
    TaskOutcomeUnknown,
    TaskRoundEnded,
    TaskSkipped,
    TaskStarted,
    TaskSucceeded,
    TaskWaitBegan,
)
from domain.jobs.reactions import reactions
from domain.jobs.refusals import ItemsBelongTogether, JobIsEnding, MessageTooLate, TaskBelongsToPerson, TaskValuesUsed
from domain.jobs.run import Binding, Facts, Failure, ItemCount, Run, Source
from domain.jobs.snapshot import dump, load
from domain.jobs.state import TaskStatus
from domain.refusals import Refusal
from domain.reviews.commands import RequestReview
from domain.subject import Command
from tests.domain.jobs.play import AT, JOB, WORKFLOW, Play
from tests.domain.jobs.reference import Fails, Succeeds

STEPS_MAX = 2_000
ROUNDS_MAX = 4
LATER = AT + timedelta(hours=1)
BROKEN = Failure(code="BROKEN", message="It broke.")


class Driver:
    """One random job, and how each of its tasks ended in the end."""

    def __init__(self, graph: Graph, random: Random) -> None:
        self.graph = graph
        self.random = random
        self.play = Play(graph)
        self.tasks = {task.name: task for task in graph.tasks}
        self.undone_by = {task.compensates: task.name for task in graph.tasks if task.compensates is not None}
        self.absent = frozenset(self._absent(None))
        self.outcomes: dict[str, Succeeds | Fails] = {}
        self.present: dict[Run, frozenset[Path]] = {}  # what is absent of each run that ended well
        self.errors: set[Run] = set()  # the runs whose error can be asked for
        self.ended: list[Run] = []
        self.final: set[str] = set()
        self.children: set[UUID] = set()  # those that were started and have not been told to end, nor ended
        self.disturbed = False  # ended by a failure, an operator or a person, not by itself

    def begin(self) -> None:
        """The job starts."""
        self.send(
            ask.StartJob(
                at=AT,
                job_id=JOB,
                workflow_id=WORKFLOW,
                workflow_version=1,
                graph="hash",
                inputs={"x": 1, "z": 1},
                facts=Facts(absent=tuple(self.absent), counts=self._counts(None)),
                on_behalf_of=self.random.choice(("member:1", None)),
            )
        )

    def drive(self) -> None:
        """From the start to the end, checking each unit."""
        self.begin()
        for _ in range(STEPS_MAX):
            if self.play.job.ended is not None:
                assert not self.children, "a child outlived the run that waited for it"
                return
            self.step()
        pytest.fail("the job did not end")

    def step(self) -> None:
        """One thing happens to the job."""
        job, random = self.play.job, self.random
        if random.random() < 0.1:
            # A snapshot at any moment folds on to the same state.
            self.play.folded = load(json.loads(json.dumps(dump(job))), self.graph)
        if self.ended and random.random() < 0.2:
            self.disturb(random.choice(self.ended))
        elif job.held() and (random.random() < 0.3 or not (job.running() or job.waiting())):
            self.repair(random.choice(job.held()))
        elif job.retrying() and (random.random() < 0.3 or not (job.running() or job.waiting())):
            self.try_again(random.choice(job.retrying()))
        elif job.waiting() and (random.random() < 0.5 or not job.running()):
            self.answer(random.choice(job.waiting()))
        elif job.ending is None and (random.random() > (0.7 if job.paused else 0.98) or not job.active):
            self.send((ask.ResumeJob if job.paused else ask.PauseJob)(at=AT, job_id=JOB, reason="The bank is closed."))
        elif job.ending is None and random.random() < 0.005:
            self.disturbed = True
            self.send(ask.CancelJob(at=AT, job_id=JOB, reason="Not needed."))
        elif job.ending is None and job.deadline is not None and random.random() < 0.005:
            self.disturbed = True
            self.send(ask.ExpireJob(at=job.deadline, job_id=JOB))
        elif job.ending is None and job.index.takers and random.random() < 0.1:
            self.message(random.choice(list(job.index.takers)))
        elif job.running():
            self.report(random.choice(job.running()))

    def report(self, run: Run) -> None:
        """The runner reports, is lost, or is too slow."""
        task, chance = self.tasks[run.task], self.random.random()
        if task.reviews is not None and chance < 0.8:
            self.send(
                ask.RecordTaskWaiting(at=AT, job_id=JOB, run=run, waits_for="review", review_id=self.review_id(run))
            )
        elif task.takes is not None and chance < 0.4 and self.play.job.resumed_at(run) is None:
            self.send(ask.RecordTaskWaiting(at=AT, job_id=JOB, run=run, waits_for="message", message=task.takes))
        elif task.executes is not None and chance < 0.5 and self.play.job.resumed_at(run) is None:
            self.send(
                ask.RecordTaskWaiting(
                    at=AT,
                    job_id=JOB,
                    run=run,
                    waits_for="child",
                    child_id=self.child_id(run),
                    child_paused=self.play.job.paused is not None,
                )
            )
        elif chance < 0.05 and not task.routes and self.play.job.resumed_at(run) is None:
            # A time limit of the task may come before the time that is waited for.
            due_at = AT + timedelta(seconds=self.random.choice((30, 90)))
            self.send(
                ask.RecordTaskWaiting(at=AT, job_id=JOB, run=run, waits_for="time", due_at=due_at, at_due="succeed")
            )
        elif chance < 0.12 and not task.routes and self.play.job.resumed_at(run) is None:
            self.send(ask.RecordTaskWaiting(at=AT, job_id=JOB, run=run, waits_for="worker"))
        elif chance < 0.65:
            self.send(self.success(run))
        elif chance < 0.7 and task.reviews is None and run.round < ROUNDS_MAX:
            self.send(ask.RecordRoundEnded(at=AT, job_id=JOB, run=run, outputs={"out": 1, "x0": 2}))
        elif chance < 0.85:
            retryable = self.random.random() < 0.5
            self.send(ask.RecordTaskFailed(at=AT, job_id=JOB, run=run, error=BROKEN, retryable=retryable))
        elif chance < 0.9 and task.time_limit_seconds is not None:
            self.expire(run)
        elif chance < 0.95:
            with suppress(Refusal):
                self.send(ask.RecordEffectBegan(at=AT, job_id=JOB, run=run))
        else:
            self.send(ask.RecordRunnerLost(at=AT, job_id=JOB, run=run))

    def answer(self, run: Run) -> None:
        """What is waited for comes: a time, a person's answer, a message, the end of a child; or it does not come in time."""
        wait = self.play.job.waits[self.play.job.index.lane(run)]
        if self.play.job.succeeds_when_due(run):
            due_at = self.play.job.due_at(run)
            assert due_at is not None
            assert self.send(ask.EndWait(at=due_at, job_id=JOB, run=run))
            return
        if wait.waits_for == "time":
            self.expire(run)
            return
        if wait.waits_for == "worker":
            self.work_outside(run)
            return
        if self.random.random() < 0.2 and self.tasks[run.task].time_limit_seconds is not None:
            self.expire(run)
            return
        if wait.child_id is not None:
            assert self.send(self.end_of_child(run))
            return
        if (name := self.tasks[run.task].takes) is not None:
            self.message(name)
            return
        self.send(
            ask.RecordReviewDecided(
                at=AT,
                job_id=JOB,
                run=run,
                review_id=self.review_id(run),
                outputs={"out": 2} if self.random.random() < 0.5 else {},
                facts=Facts(absent=self._absent(run.task), route=self.random.choice(("accepted", "rejected"))),
            )
        )

    def work_outside(self, run: Run) -> None:
        """A worker takes a run, reports it, or is lost."""
        chance = self.random.random()
        if chance < 0.3:
            with suppress(Refusal):
                self.send(ask.RecordEffectBegan(at=AT, job_id=JOB, run=run))
        elif chance < 0.6:
            assert self.send(ask.RecordWorkerLost(at=AT, job_id=JOB, run=run, worker="w"))
        elif chance < 0.8:
            assert self.send(ask.RecordTaskFailed(at=AT, job_id=JOB, run=run, error=BROKEN, retryable=chance < 0.7))
        else:
            assert self.send(self.success(run))

    def message(self, name: str) -> None:
        """A message comes in: early, awaited or too late."""
        with suppress(MessageTooLate):
            message_id = f"{len(self.play.log)}"
            self.send(ask.SendMessage(at=AT, job_id=JOB, name=name, message_id=message_id, value=1))

    def expire(self, run: Run) -> None:
        """The time of a run is up."""
        due_at = self.play.job.due_at(run)
        assert due_at is not None
        self.send(ask.ExpireTask(at=due_at, job_id=JOB, run=run))

    def try_again(self, run: Run) -> None:
        """The time of the next attempt has come, or an operator does not wait for it."""
        due_at = self.play.job.due_at(run)
        assert due_at is not None
        if self.random.random() < 0.1:
            self.repair(run)
            return
        started = self.send(ask.StartRetry(at=due_at, job_id=JOB, run=run))
        if not self.tasks[run.task].heavy and self.play.job.paused is None:
            assert any(isinstance(event, TaskStarted) and event.run.task == run.task for event in started)

    def repair(self, run: Run) -> None:
        """An operator retries, corrects or gives up what is held or is to be tried again."""
        chance = self.random.random()
        if run.item is not None and chance < 0.3:
            self.send(ask.GiveUpTask(at=AT, job_id=JOB, run=run, leave_out=self.random.random() < 0.5, reason="Seen."))
        elif chance < 0.05:
            self.disturbed = True
            self.send(ask.GiveUpTask(at=AT, job_id=JOB, run=run, reason="Seen."))
        elif chance < 0.5 and self.tasks[run.task].reviews is None:
            self.send(self.correction(run))
        else:
            self.send(ask.RetryTask(at=AT, job_id=JOB, run=run, reason="It did not happen."))

    def disturb(self, run: Run) -> None:
        """A doubled or late report, or a correction that may come too late."""
        if self.random.random() < 0.5:
            doubled = [
                self.success(run),
                ask.RecordTaskFailed(at=AT, job_id=JOB, run=run, error=BROKEN),
                ask.ExpireTask(at=LATER, job_id=JOB, run=run),
                ask.RecordRunnerLost(at=AT, job_id=JOB, run=run),
                ask.RecordWorkerLost(at=AT, job_id=JOB, run=run, worker="w"),
                self.end_of_child(run),
            ]
            assert self.send(self.random.choice(doubled)) == []
            return
        job = self.play.job
        lane = job.index.lane(run)
        if job.last_run(lane) == run and job.lane_status(lane) in (TaskStatus.SUCCEEDED, TaskStatus.FAILED):
            too_late = [TaskValuesUsed, TaskBelongsToPerson, ItemsBelongTogether]
            with suppress(*too_late, *([JobIsEnding] if job.ending else [])):
                self.send(self.correction(run))

    def success(self, run: Run) -> ask.RecordTaskSucceeded:
        """A run ends well, with some values and one of its routes."""
        facts = Facts(absent=self._absent(run.task), route=self._route(run.task), counts=self._counts(run.task))
        return ask.RecordTaskSucceeded(at=AT, job_id=JOB, run=run, outputs={"out": 1}, facts=facts)

    def end_of_child(self, run: Run) -> ask.RecordChildEnded:
        """The job that a run started ends, well or badly."""
        outcome: Outcome = self.random.choice(("completed", "completed", "failed", "cancelled"))
        error = BROKEN if outcome == "failed" else None
        return ask.RecordChildEnded(
            at=AT, job_id=JOB, run=run, child_id=self.child_id(run), outcome=outcome, error=error
        )

    def correction(self, run: Run) -> ask.CorrectTask:
        """An operator says how a run should have ended."""
        as_a_whole = self.tasks[run.task].for_each is not None and run.item is None
        route = None if as_a_whole else self._route(run.task)
        facts = Facts(absent=self._absent(run.task), route=route, counts=self._counts(run.task))
        return ask.CorrectTask(at=AT, job_id=JOB, run=run, outputs={"out": 3}, facts=facts, reason="Wrong.")

    def send(self, command: JobCommand) -> list[Event]:
        """Sends a command and keeps the books of what was written."""
        paused = self.play.job.paused is not None
        written = self.play.send(command)
        if paused and not isinstance(command, ask.ResumeJob | ask.CancelJob | ask.ExpireJob):
            follows = (TaskStarted, TaskSkipped, JobEndingBegan, JobCompleted)
            assert not any(isinstance(event, follows) for event in written), "something followed in a paused job"
        for event in written:
            self.keep(event)
            self.keep_children(event)
        self.check_asked(written)
        assert not self.play.job.compensating or len(self.play.job.active) <= 1, "compensations run one after another"
        for run in [*self.play.job.running(), *self.play.job.waiting()]:
            started = self.play.log[(self.play.job.start_version(run) or 0) - 1]
            assert isinstance(started, TaskStarted)
            assert started.run == run
        job = self.play.job
        heavy = [run for run in job.running() if self.tasks[run.task].heavy and job.resumed_at(run) is None]
        assert len(heavy) <= self.graph.heavy_at_once_max
        for items in self.play.job.items.values():
            assert len(items.active) <= items.for_each.at_once_max
        return written

    def keep(self, event: Event) -> None:
        """What each event promises of those before it."""
        match event:
            case TaskStarted() | ItemsBegan():
                self.start(event)
            case ItemsEnded():
                self.ended.append(event.run)
                self.succeed(event.run, event.facts)
                assert event.succeeded + event.failed == len(self.play.job.items[self.play.job.index.lane(event.run)])
            case TaskSucceeded():
                self.end(event.run)
                self.succeed(event.run, event.facts)
                assert self.present.keys() >= {source.run for source in event.passed.values()}
            case TaskRoundEnded():
                self.end(event.run)
                self.present[event.run] = frozenset()
            case TaskCorrected():
                self.succeed(event.run, event.facts)
            case TaskFailed() | TaskOutcomeUnknown():
                self.end(event.run)
                self.fail(event)
            case TaskSkipped():
                assert event.task not in self.final
                self.final.add(event.task)
            case TaskGivenUp() if event.run.item is None:
                assert self.disturbed or self.tasks[event.run.task].compensates is not None
            case TaskCancelled() if event.run.item is None:
                assert self.disturbed
            case _:
                pass

    def keep_children(self, event: Event) -> None:
        """A child ends once: by itself while its run waits for it, or told to as that run ends."""
        if isinstance(event, TaskWaitBegan) and event.child_id is not None:
            assert event.child_id not in self.children
            self.children.add(event.child_id)
        if isinstance(event, TaskChildEnded):
            self.children.remove(event.child_id)
        told = [each.job_id for each in self.provoked(event) if isinstance(each, ask.EndChild)]
        assert self.children.issuperset(told)
        self.children.difference_update(told)

    def check_asked(self, written: list[Event]) -> None:
        """Of each run that waits for a person since its start the review is requested with it, and of no other."""
        started = [event for event in written if isinstance(event, TaskStarted)]
        waiting = {run.text: self.play.job.waits[self.play.job.index.lane(run)] for run in self.play.job.waiting()}
        for event in started:
            asked = [each for each in self.provoked(event) if isinstance(each, RequestReview)]
            wait = waiting.get(event.run.text)
            assert [each.review_id for each in asked] == ([wait.review_id] if wait and wait.review_id else [])
            assert all((each.run, each.job_started_by) == (event.run, "member:1") for each in asked)

    def provoked(self, event: Event) -> list[Command]:
        """What an event of the last unit provokes elsewhere."""
        return list(reactions(JOB, event, AT, self.play.job))

    def start(self, event: TaskStarted | ItemsBegan) -> None:
        """A run starts once, when what it needs is settled, on values that were there."""
        assert event.run not in self.ended
        if self.tasks[event.run.task].compensates is None:
            self.check_order(event)
        for binding in event.bindings.values():
            self.check_binding(binding)

    def check_order(self, event: TaskStarted | ItemsBegan) -> None:
        """All that an input needs is settled."""
        needed = (edge.source for edge in self.graph.edges if edge.target == event.run.task and edge.input is not None)
        assert self.final.issuperset(source for source in needed if source is not None)

    def fail(self, event: TaskFailed | TaskOutcomeUnknown) -> None:
        """A failure goes on by its policy."""
        self.disturbed |= event.then == "fail_job"
        if event.then in ("error_route", "continue"):
            self.outcomes[event.run.task] = Fails(event.run, event.then)
            self.final.add(event.run.task)
        if event.then == "error_route":
            self.errors.add(event.run)

    def end(self, run: Run) -> None:
        """A run ends once."""
        assert run not in self.ended, "two outcomes of one attempt"
        self.ended.append(run)

    def succeed(self, run: Run, facts: Facts) -> None:
        """The outputs of a run stand somewhere."""
        self.present[run] = frozenset(facts.absent)
        self.errors.discard(run)
        if run.item is not None:
            return
        self.outcomes[run.task] = Succeeds(run, frozenset(facts.absent), facts.route)
        self.final.add(run.task)

    def check_binding(self, binding: Binding) -> None:
        """No value is invented: what is bound was there."""
        for source in [*(binding.gathered or ()), *([binding.source] if binding.source else [])]:
            assert self.is_present(source), source

    def is_present(self, source: Source) -> bool:
        """Whether a value stood at a source."""
        if source.run is None:
            return source.path not in self.absent
        if source.run in self.present:
            return not any(source.path[: len(gone)] == gone for gone in self.present[source.run])
        return source.run in self.errors and source.path[0] == "error"

    def review_id(self, run: Run) -> UUID:
        """The id of a run's review."""
        return review_id(JOB, run)

    def child_id(self, run: Run) -> UUID:
        """The id of the job that a run starts."""
        return uuid5(WORKFLOW, run.text)

    def _route(self, task: str) -> str | None:
        routes = self.tasks[task].routes
        return self.random.choice(routes) if routes else None

    def _counts(self, task: str | None) -> tuple[ItemCount, ...]:
        """Mostly a list of some items; sometimes what is there is none."""
        paths = [path for path in self.graph.counted_paths.get(task, ()) if self.random.random() < 0.97]
        return tuple(ItemCount(path=path, items=self.random.randint(0, 5)) for path in paths)

    def _absent(self, task: str | None) -> tuple[Path, ...]:
        linked = dict.fromkeys(edge.path for edge in self.graph.edges if edge.source == task and edge.path)
        gone = [path for path in linked if self.random.random() < 0.15]
        # As `facts` tells them: what stands inside something absent is absent too.
        return tuple(path for path in linked if any(path[: len(each)] == each for each in gone))
