"""Takes each command to the rule that decides it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.events import Event
from domain.jobs import children, messages, pausing, repairs, repeating, reports, timing, waiting, workers
from domain.jobs.commands import (
    CancelJob,
    ContinueEnding,
    CorrectTask,
    EndChild,
    EndWait,
    ExpireJob,
    ExpireTask,
    GiveUpTask,
    JobCommand,
    PassPauseOn,
    PauseJob,
    RecordChildEnded,
    RecordCredentialOpened,
    RecordEffectBegan,
    RecordOutcomeUnknown,
    RecordReviewDecided,
    RecordRoundEnded,
    RecordRunnerLost,
    RecordTaskFailed,
    RecordTaskSucceeded,
    RecordTaskWaiting,
    RecordWorkerLost,
    ResumeJob,
    RetryTask,
    SendMessage,
    StartJob,
    StartRetry,
)
from domain.jobs.refusals import JobNotFound
from domain.jobs.starting import start
from domain.jobs.state import Job

RULES: dict[type[JobCommand], Callable[[Any, Job], list[Event]]] = {
    StartJob: start,
    RecordTaskSucceeded: reports.record_succeeded,
    RecordTaskFailed: reports.record_failed,
    RecordRoundEnded: repeating.record_round_ended,
    RecordTaskWaiting: waiting.record_waiting,
    RecordRunnerLost: reports.record_runner_lost,
    RecordCredentialOpened: reports.record_credential_opened,
    RecordWorkerLost: workers.record_worker_lost,
    RecordEffectBegan: reports.record_effect_began,
    RecordOutcomeUnknown: reports.record_outcome_unknown,
    RecordReviewDecided: reports.record_review_decided,
    SendMessage: messages.receive,
    EndWait: waiting.end_wait,
    ExpireTask: reports.expire,
    StartRetry: timing.start_retry,
    RecordChildEnded: children.record_child_ended,
    EndChild: children.end_child,
    RetryTask: repairs.retry,
    CorrectTask: repairs.correct,
    GiveUpTask: repairs.give_up,
    CancelJob: repairs.cancel,
    PauseJob: pausing.pause,
    ResumeJob: pausing.resume,
    PassPauseOn: pausing.pass_on,
    ExpireJob: timing.expire_job,
    ContinueEnding: repairs.see_through,
}
"""Which rule decides each command; a test proves it complete."""


def decide(command: JobCommand, job: Job) -> list[Event]:
    """The events that follow from a command, already applied to the job; a refusal leaves the job untouched."""
    if not job.version and not isinstance(command, StartJob):
        raise JobNotFound
    job.id = command.job_id
    return RULES[type(command)](command, job)
