"""What runners and reviews report of a run, decided. A late or doubled report of an outcome changes nothing and is no error."""

from __future__ import annotations

from domain.events import Event
from domain.jobs.commands import (
    ExpireTask,
    RecordCredentialOpened,
    RecordEffectBegan,
    RecordOutcomeUnknown,
    RecordReviewDecided,
    RecordRunnerLost,
    RecordTaskFailed,
    RecordTaskSucceeded,
)
from domain.jobs.events import (
    TaskCredentialOpened,
    TaskEffectBegan,
    TaskRunnerLost,
    TaskSucceeded,
)
from domain.jobs.failing import fail, lose_outcome
from domain.jobs.refusals import (
    CorrectionWrong,
    EffectAlreadyBegan,
    EffectNotBegun,
    ReviewNotAwaited,
    RunNotRunning,
    TaskNotDue,
)
from domain.jobs.retrying import Lapse
from domain.jobs.run import Failure, Source
from domain.jobs.scheduling import advance, emit
from domain.jobs.standing import find_performed, find_run, find_running, is_last, refuse_if_over
from domain.jobs.state import Job, TaskStatus
from domain.refusals import Detail

RUNNER_LOSSES_MAX = 3

RUNNER_LOST = "RUNNER_LOST"
TIME_LIMIT_EXCEEDED = "TIME_LIMIT_EXCEEDED"
ROUTE_UNDECLARED = "ROUTE_UNDECLARED"


def record_succeeded(command: RecordTaskSucceeded, job: Job) -> list[Event]:
    """The run ended well, and what waited for it goes on; a route its kind does not have makes it a failure instead."""
    lane = find_performed(job, command.run)
    if lane is None:
        return []
    written: list[Event] = []
    route, routes = command.facts.route, job.index.declared(lane).routes
    if route not in routes if routes else route is not None:
        message = (
            f"Expected one of the routes {', '.join(routes) or '(none)'} to be taken, but it was {route or 'none'}."
        )
        lapse = Lapse(Failure(code=ROUTE_UNDECLARED, message=message), evidence=command.evidence, usage=command.usage)
        fail(job, lane, lapse, command, written)
        return written
    succeeded = TaskSucceeded(
        run=job.last_run(lane),
        outputs=command.outputs,
        passed={},
        facts=command.facts,
        instead=command.instead,
        evidence=command.evidence,
        usage=command.usage,
    )
    emit(job, written, succeeded)
    advance(job, command.at, written)
    return written


def record_failed(command: RecordTaskFailed, job: Job) -> list[Event]:
    """The run ended badly, and its policy is followed."""
    lane = find_performed(job, command.run)
    if lane is None:
        return []
    written: list[Event] = []
    lapse = Lapse(command.error, command.retryable, command.retry_after_seconds, command.evidence, command.usage)
    fail(job, lane, lapse, command, written)
    return written


def record_runner_lost(command: RecordRunnerLost, job: Job) -> list[Event]:
    """The run is performed again; after too many losses it fails, and one whose effect had begun is never repeated."""
    lane = find_running(job, command.run)
    if lane is None:
        return []
    written: list[Event] = []
    if lane in job.effects:
        lose_outcome(job, lane, command.at, written)
        return written
    losses = job.losses.get(lane, 0) + 1
    emit(job, written, TaskRunnerLost(run=job.last_run(lane), losses=losses))
    if losses >= RUNNER_LOSSES_MAX:
        message = f"Expected a runner to finish the task, but {losses} runners were lost while they performed it."
        fail(job, lane, Lapse(Failure(code=RUNNER_LOST, message=message)), command, written)
    return written


def record_effect_began(command: RecordEffectBegan, job: Job) -> list[Event]:
    """Lets the effect of a *once* run begin, one single time; a repeatable run needs no record of it."""
    lane = find_run(job, command.run)
    refuse_if_over(job, lane)
    if find_performed(job, command.run) is None:
        raise RunNotRunning(run=command.run.text, status=job.lane_status(lane))
    if job.index.declared(lane).repetition == "repeatable":
        return []
    if lane in job.effects:
        raise EffectAlreadyBegan(run=command.run.text)
    written: list[Event] = []
    emit(job, written, TaskEffectBegan(run=job.last_run(lane)))
    return written


def record_credential_opened(command: RecordCredentialOpened, job: Job) -> list[Event]:
    """Lets a run that is performed be given a credential; each performing that opens it says so anew."""
    lane = find_run(job, command.run)
    refuse_if_over(job, lane)
    if not is_last(job, lane, command.run) or job.lane_status(lane) is not TaskStatus.RUNNING:
        raise RunNotRunning(run=command.run.text, status=job.lane_status(lane))
    written: list[Event] = []
    opened = TaskCredentialOpened(
        run=job.last_run(lane), credential_id=command.credential_id, name=command.name, revision=command.revision
    )
    emit(job, written, opened)
    return written


def record_outcome_unknown(command: RecordOutcomeUnknown, job: Job) -> list[Event]:
    """The run is held for a person or takes the error route; one whose effect had not begun is to be performed again."""
    lane = find_running(job, command.run)
    if lane is None:
        return []
    if lane not in job.effects:
        raise EffectNotBegun(run=command.run.text)
    written: list[Event] = []
    lose_outcome(job, lane, command.at, written)
    return written


def record_review_decided(command: RecordReviewDecided, job: Job) -> list[Event]:
    """The run goes on by the reviewer's route, with the outputs as corrected; what was not corrected is passed on."""
    refuse_if_over(job)
    lane = find_run(job, command.run)
    wait = job.waits.get(lane)
    if not is_last(job, lane, command.run) or wait is None or wait.review_id != command.review_id:
        raise ReviewNotAwaited(run=command.run.text, status=job.lane_status(lane))
    declared = job.index.declared(lane)
    names = [output.name for output in declared.outputs]
    if unknown := [name for name in command.outputs if name not in names]:
        details = tuple(Detail(f"output {name}", "an output of the task", "an unknown name") for name in unknown)
        raise CorrectionWrong(task=declared.name, outputs=", ".join(unknown), details=details)
    passed = {}
    if declared.reviews is not None:
        reviewed = job.last_run(job.index.numbers[declared.reviews])
        passed = {name: Source(run=reviewed, path=(name,)) for name in names if name not in command.outputs}
    written: list[Event] = []
    run = job.last_run(lane)
    emit(job, written, TaskSucceeded(run=run, outputs=command.outputs, passed=passed, facts=command.facts))
    advance(job, command.at, written)
    return written


def expire(command: ExpireTask, job: Job) -> list[Event]:
    """The run fails because its time is up; whether an effect that had begun happened is not known."""
    lane = find_run(job, command.run)
    in_time = job.lane_status(lane) in (TaskStatus.RUNNING, TaskStatus.WAITING)
    if job.is_over(lane) or not in_time or not is_last(job, lane, command.run):
        return []
    if job.succeeds_when_due(command.run):
        return []  # `EndWait` is what its time asks for.
    due_at = job.due.get(lane)
    if due_at is None or command.at < due_at:
        until = "never: it has no time limit" if due_at is None else f"at {due_at.isoformat()}"
        raise TaskNotDue(run=command.run.text, until=until)
    written: list[Event] = []
    if lane in job.effects:
        lose_outcome(job, lane, command.at, written)
    else:
        # A person who did not answer is not asked again; what a program did not finish it may the next time.
        retryable = job.lane_status(lane) is TaskStatus.RUNNING or job.is_with_worker(lane)
        message = f"Expected the task to end by {due_at.isoformat()}, but it did not."
        fail(job, lane, Lapse(Failure(code=TIME_LIMIT_EXCEEDED, message=message), retryable), command, written)
    return written
