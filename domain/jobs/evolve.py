"""What each event does to a job. Total: every recorded event can be applied, whatever today's rules say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from heapq import heappush
from typing import Any

from domain.events import Event
from domain.jobs.compensating import to_compensate
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
from domain.jobs.items import Items
from domain.jobs.pauses import children_paused, children_resumed, job_paused, job_resumed
from domain.jobs.run import Run
from domain.jobs.settling import (
    begin,
    make_lane_ready,
    offer_items,
    settle_failure,
    settle_skip,
    settle_success,
    unsettle,
)
from domain.jobs.state import Ending, Job, JobStatus, Round, TaskStatus, Wait

RUNNING = TaskStatus.RUNNING


def evolve(job: Job, event: Event) -> Job:
    """Applies an event to the job and returns it."""
    job.version += 1
    APPLIERS[type(event)](job, event)
    return job


def _job_started(job: Job, event: JobStarted) -> None:
    job.deadline = event.due_at
    job.parent = event.parent
    job.callbacks = event.callbacks
    job.mode = event.mode
    job.on_behalf_of = event.on_behalf_of
    begin(job, event.facts)


def _task_started(job: Job, event: TaskStarted) -> None:
    run, lane = event.run, job.index.lane(event.run)
    task = job.index.task_of(lane)
    was_due = job.is_to_be_retried(lane)
    if was_due:
        _forget_retry(job, lane)
    elif job.ending is not None:
        job.compensating = True
        _leave_queue(job.compensations, task)
    else:
        _leave_queue(job.ready_heavy if job.index.heavy[task] else job.ready, task)
    if run.item is None:
        before = job.runs[lane]
        if before is not None and before.round == run.round:
            job.where.pop(before, None)  # Nothing can be bound to an attempt that another one follows.
        job.runs[lane] = job.index.first_run(task) if run.attempt == run.round == 1 else run
    else:
        job.items[task].started(run, job.version)
    if event.due_at is not None:
        job.due[lane] = event.due_at
    job.active[lane] = None
    job.started[lane] = job.version
    _change(job, lane, RUNNING)
    if run.item is not None and not was_due:
        job.items[task].queued = False
        offer_items(job, task)


def _items_began(job: Job, event: ItemsBegan) -> None:
    run, task = event.run, job.index.numbers[event.run.task]
    _leave_queue(job.ready_heavy if job.index.heavy[task] else job.ready, task)
    job.runs[task] = job.index.first_run(task) if run.attempt == run.round == 1 else run
    items, for_each = job.items.get(task), job.index.tasks[task].for_each
    if items is not None:
        items.begin_again()
    elif for_each is not None:
        items = job.items[task] = Items(for_each, event.items, event.bindings)
    job.active[task] = None
    _change(job, task, TaskStatus.WAITING)
    offer_items(job, task)


def _items_ended(job: Job, event: ItemsEnded) -> None:
    task = job.index.numbers[event.run.task]
    _leave_queue(job.items_over, task)
    _end_run(job, task, event.run, TaskStatus.SUCCEEDED)
    settle_success(job, task, event.facts)


def _task_runner_lost(job: Job, event: TaskRunnerLost) -> None:
    job.losses[job.index.lane(event.run)] = event.losses


def _task_worker_lost(job: Job, event: TaskWorkerLost) -> None:
    job.losses[job.index.lane(event.run)] = event.losses


def _task_effect_began(job: Job, event: TaskEffectBegan) -> None:
    job.effects.add(job.index.lane(event.run))


def _task_credential_opened(_job: Job, _event: TaskCredentialOpened) -> None:
    """Nothing moves by it."""


def _task_wait_began(job: Job, event: TaskWaitBegan) -> None:
    lane = job.index.lane(event.run)
    child = event.child_id  # It begins as this job stands.
    is_child_paused = child is not None and job.paused is not None
    job.waits[lane] = Wait(event.waits_for, event.review_id, event.message, event.at_due, child, is_child_paused)
    if event.message is not None:
        job.takers.setdefault(event.message, {})[lane] = None
    if event.due_at is not None:
        job.due[lane] = event.due_at
    _change(job, lane, TaskStatus.WAITING)


def _message_received(job: Job, event: MessageReceived) -> None:
    job.messages.setdefault(event.name, {})[event.message_id] = job.version


def _task_message_taken(job: Job, event: TaskMessageTaken) -> None:
    lane = job.index.lane(event.run)
    wait = job.waits.get(lane)
    if wait is not None and wait.message is not None:
        job.messages.get(wait.message, {}).pop(event.message_id, None)
    _resume(job, lane)


def _task_child_ended(job: Job, event: TaskChildEnded) -> None:
    _resume(job, job.index.lane(event.run))


def _task_round_ended(job: Job, event: TaskRoundEnded) -> None:
    lane = job.index.lane(event.run)
    job.where[event.run] = job.version
    _change(job, lane, TaskStatus.RETRYING)
    _forget_run(job, lane)
    job.rounds[lane] = Round(event.run, tuple(event.outputs))
    make_lane_ready(job, lane)


def _task_succeeded(job: Job, event: TaskSucceeded) -> None:
    lane = job.index.lane(event.run)
    _end_run(job, lane, event.run, TaskStatus.SUCCEEDED)
    if event.run.item is None:
        settle_success(job, job.index.task_of(lane), event.facts)


def _task_reused(job: Job, event: TaskReused) -> None:
    run, task = event.run, job.index.numbers[event.run.task]
    job.reused.add(task)
    if run.item is not None:
        job.items[task].reuse(run.item, job.version)
        offer_items(job, task)
        return
    _leave_queue(job.ready_heavy if job.index.heavy[task] else job.ready, task)
    job.runs[task] = job.index.first_run(task)
    _end_run(job, task, run, TaskStatus.SUCCEEDED)
    settle_success(job, task, event.facts)


def _task_failed(job: Job, event: TaskFailed) -> None:
    if event.then == "retry" and event.retry_at is not None:
        _retry_later(job, event, event.retry_at)
    else:
        _fail(job, event, TaskStatus.HELD if event.then == "hold" else TaskStatus.FAILED)


def _retry_later(job: Job, event: TaskFailed, due: datetime) -> None:
    lane = job.index.lane(event.run)
    _end_run(job, lane, event.run, TaskStatus.RETRYING)
    job.errors[lane] = event.error
    job.active[lane] = None
    job.due[lane] = due
    heappush(job.retries_heavy if job.index.heavy[job.index.task_of(lane)] else job.retries, (due, lane))


def _task_outcome_unknown(job: Job, event: TaskOutcomeUnknown) -> None:
    _fail(job, event, TaskStatus.OUTCOME_UNKNOWN)


def _fail(job: Job, event: TaskFailed | TaskOutcomeUnknown, status: TaskStatus) -> None:
    lane = job.index.lane(event.run)
    _end_run(job, lane, event.run, status)
    _leave_queue(job.items_over, lane)  # A for-each that cannot run over what it is given.
    if event.then == "hold":
        job.errors[lane] = event.error
        job.active[lane] = None
    elif event.then == "fail_job":
        job.fatal[lane] = event.error
    elif event.then == "fail_task":
        _stop_items(job, job.index.task_of(lane))
    elif event.then in ("error_route", "continue"):
        settle_failure(job, job.index.task_of(lane), event.then)


def _task_retried(job: Job, event: TaskRetried) -> None:
    lane = job.index.lane(event.run)
    _forget_retry(job, lane)
    _change(job, lane, TaskStatus.RETRYING)
    if job.ending is None:
        make_lane_ready(job, lane)
    else:
        job.compensations.insert(0, job.index.task_of(lane))


def _task_corrected(job: Job, event: TaskCorrected) -> None:
    lane = job.index.lane(event.run)
    task = job.index.task_of(lane)
    if event.run.item is None:
        unsettle(job, task)
        if task in job.items:
            job.items[task].is_replaced = True
    elif job.statuses[task] is TaskStatus.SUCCEEDED:
        # What the for-each gives has changed with one of its items: it ends once more.
        unsettle(job, task)
        job.active[task] = None
        _change(job, task, TaskStatus.WAITING)
    _end_run(job, lane, event.run, TaskStatus.SUCCEEDED)
    job.errors.pop(lane, None)
    job.fatal.pop(lane, None)
    if event.run.item is None:
        settle_success(job, task, event.facts)


def _task_given_up(job: Job, event: TaskGivenUp) -> None:
    lane = job.index.lane(event.run)
    if event.then == "fail_task":
        _stop_items(job, job.index.task_of(lane))
    elif event.then == "fail_job" and job.ending is None and lane in job.errors:
        job.fatal[lane] = job.errors[lane]
    _forget_retry(job, lane)
    _change(job, lane, TaskStatus.FAILED)


def _task_skipped(job: Job, event: TaskSkipped) -> None:
    task = job.index.numbers[event.task]
    _leave_queue(job.doomed if job.ending is None else job.compensations, task)
    if job.doomed_by.pop(task, None) is None and job.ending is None:
        _leave_queue(job.ready_heavy if job.index.heavy[task] else job.ready, task)  # By older rules.
    _change(job, task, TaskStatus.SKIPPED)
    settle_skip(job, task)


def _task_cancelled(job: Job, event: TaskCancelled) -> None:
    lane = job.index.lane(event.run)
    job.errors.pop(lane, None)
    _change(job, lane, TaskStatus.CANCELLED)
    _forget_run(job, lane)


def _job_ending_began(job: Job, event: JobEndingBegan) -> None:
    job.paused = None
    job.fatal.clear()
    job.ending = Ending(event.outcome, event.error, event.failed_run, event.reason, job.version)
    job.compensations.extend(to_compensate(job))


def _job_completed(job: Job, _: JobCompleted) -> None:
    job.ended = JobStatus.COMPLETED


def _job_failed(job: Job, _: JobFailed) -> None:
    job.ended = JobStatus.FAILED


def _job_cancelled(job: Job, _: JobCancelled) -> None:
    job.ended = JobStatus.CANCELLED


def _job_timed_out(job: Job, _: JobTimedOut) -> None:
    job.ended = JobStatus.TIMED_OUT


def _end_run(job: Job, lane: int, run: Run, status: TaskStatus) -> None:
    if run.item is None:
        last = job.runs[lane]  # The same run is kept as one object, the first of a task for all jobs of its graph.
        if last is not None and last.attempt == run.attempt and last.round == run.round:
            run = last
        job.where[run] = job.version
    else:
        job.items[job.index.task_of(lane)].where[run.item] = job.version
    _change(job, lane, status)
    _forget_run(job, lane)


def _resume(job: Job, lane: int) -> None:
    """The wait of a run is over, and the run goes on."""
    _stop_waiting(job, lane)
    job.resumed[lane] = job.version
    _change(job, lane, RUNNING)


def _stop_waiting(job: Job, lane: int) -> None:
    wait = job.waits.pop(lane, None)
    if wait is not None and wait.message is not None:
        job.takers.get(wait.message, {}).pop(lane, None)


def _forget_retry(job: Job, lane: int) -> None:
    """A run that was held or to be tried again is so no longer; what its heap still says of it counts for nothing."""
    job.active.pop(lane, None)
    job.errors.pop(lane, None)
    job.due.pop(lane, None)


def _forget_run(job: Job, lane: int) -> None:
    job.active.pop(lane, None)
    job.due.pop(lane, None)
    _stop_waiting(job, lane)
    job.losses.pop(lane, None)
    job.started.pop(lane, None)
    job.resumed.pop(lane, None)
    job.effects.discard(lane)


def _change(job: Job, lane: int, status: TaskStatus) -> None:
    before = job.statuses[lane] if lane < len(job.statuses) else job.lane_status(lane)
    if (before is RUNNING) != (status is RUNNING):
        step = 1 if status is RUNNING else -1
        job.running_count += step
        if job.index.heavy[job.index.task_of(lane)] and lane not in job.resumed:  # What is left after a wait is light.
            job.heavy_running += step
    if lane < len(job.statuses):
        job.statuses[lane] = status
        job.since[lane] = job.version
    else:
        task, item = job.index.item_of(lane)
        job.items[task].change(item, status, job.version)
        offer_items(job, task)


def _stop_items(job: Job, task: int) -> None:
    items = job.items[task]
    items.is_failing = True
    if items.queued:
        items.queued = False
        _leave_queue(job.ready_heavy if job.index.heavy[task] else job.ready, task)


def _leave_queue(queue: list[int], task: int) -> None:
    # What leaves is nearly always the first; another order can stand in events that older rules wrote.
    if queue and queue[0] == task:
        queue.pop(0)
    elif task in queue:
        queue.remove(task)


APPLIERS: dict[type[Event], Callable[[Job, Any], None]] = {
    JobStarted: _job_started,
    JobPaused: job_paused,
    JobResumed: job_resumed,
    JobChildrenPaused: children_paused,
    JobChildrenResumed: children_resumed,
    TaskStarted: _task_started,
    ItemsBegan: _items_began,
    ItemsEnded: _items_ended,
    TaskRunnerLost: _task_runner_lost,
    TaskWorkerLost: _task_worker_lost,
    TaskEffectBegan: _task_effect_began,
    TaskCredentialOpened: _task_credential_opened,
    TaskOutcomeUnknown: _task_outcome_unknown,
    TaskWaitBegan: _task_wait_began,
    MessageReceived: _message_received,
    TaskMessageTaken: _task_message_taken,
    TaskChildEnded: _task_child_ended,
    TaskRoundEnded: _task_round_ended,
    TaskSucceeded: _task_succeeded,
    TaskFailed: _task_failed,
    TaskReused: _task_reused,
    TaskRetried: _task_retried,
    TaskCorrected: _task_corrected,
    TaskGivenUp: _task_given_up,
    TaskSkipped: _task_skipped,
    TaskCancelled: _task_cancelled,
    JobEndingBegan: _job_ending_began,
    JobCompleted: _job_completed,
    JobFailed: _job_failed,
    JobCancelled: _job_cancelled,
    JobTimedOut: _job_timed_out,
}
"""What applies each event; a test proves it complete."""
