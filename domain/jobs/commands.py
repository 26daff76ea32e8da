"""What can be asked of a job: what people and other systems wish, and what runners and reviews report."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from domain.jobs.calling_back import CallbackTo
from domain.jobs.events import Outcome, Priority
from domain.jobs.run import Facts, Failure, ForkOf, Instead, Parent, Preview, Run, Usage
from domain.refusals import Detail
from domain.subject import Command, command


@command
class JobCommand(Command):
    """A command addressed to one job."""

    subject: ClassVar[str] = "job"
    job_id: UUID

    @property
    def stream(self) -> UUID:
        """The job's own stream."""
        return self.job_id


@dataclass(frozen=True, slots=True)
class Reused:
    """The outcome of a run of a first job, as it may stand in its fork."""

    run: Run  # as it is in the fork
    of: str
    outputs: dict[str, Any]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Fork:
    """A start as a fork: what of, the root of the first job, and what of that may be reused."""

    of: ForkOf
    root: UUID
    reused: tuple[Reused, ...]


@command
class StartJob(JobCommand):
    """Start a job of this exact version; inputs that have a default and are not given take it."""

    workflow_id: UUID
    workflow_version: int
    graph: str  # content hash of the compiled graph
    mode: Literal["job", "preview"] = "job"
    source: str = "api"
    title: Any = None
    tags: tuple[str, ...] = ()
    priority: Priority = "normal"
    business_key: str | None = None
    inputs: dict[str, Any]
    facts: Facts  # of the inputs
    findings: tuple[Detail, ...] = ()  # what the caller found wrong in the values; any refuses the start
    time_limit_seconds: float | None = None  # shorter than the version's, if that has one
    fork: Fork | None = None
    preview: Preview | None = None
    callbacks: tuple[CallbackTo, ...] = ()  # whom its end is told; that of a preview is told nobody
    on_behalf_of: str | None = (
        None  # who starts it, or in whose name; not known: then a runner asks the people it waits for
    )
    previews_open: int = 0  # how many previews of the workspace have not ended

    parent: Parent | None = None
    root_id: UUID | None = None  # of a job that another one starts: the job at the top of them
    pause_reason: Any = None  # of a job that is started by one that is paused

    @property
    def begins(self) -> bool:
        """A job's id is made for its start."""
        return True

    @property
    def touches(self) -> tuple[tuple[str, UUID], ...]:
        """The job whose run starts this one waits from then on."""
        return () if self.parent is None else (("job", self.parent.job_id),)

    @property
    def root(self) -> UUID:
        """Its own, of a fork that of the first job, of a child that of the job at the top of those that started each other."""
        if self.fork is not None:
            return self.fork.root
        return self.root_id or self.stream


@command
class RunCommand(JobCommand):
    """A command that speaks of one run."""

    run: Run


@command
class RecordTaskSucceeded(RunCommand):
    """The runner reports that a run ended well; of its kind's routes it took `facts.route`."""

    outputs: dict[str, Any]
    facts: Facts
    instead: Instead | None = None
    evidence: Any = None
    usage: Usage | None = None


@command
class RecordRoundEnded(RunCommand):
    """The runner reports that a round of a run ended well, and that the run is to be repeated."""

    outputs: dict[str, Any]


@command
class RecordTaskFailed(RunCommand):
    """The runner reports that a run ended badly; whether trying again may help, and how soon at the earliest, as its action sees it."""

    error: Failure
    retryable: bool = False
    retry_after_seconds: float | None = None
    evidence: Any = None
    usage: Usage | None = None


@command
class RecordTaskWaiting(RunCommand):
    """A run waits for the outside from now on."""

    waits_for: Literal["review", "time", "message", "child", "worker"]
    review_id: UUID | None = None
    child_id: UUID | None = None
    child_paused: bool = False  # whether that began paused
    due_at: datetime | None = None
    message: str | None = None  # the name of the message
    at_due: Literal["succeed"] | None = None  # a run that waits for a time alone succeeds when it has come
    resumed: int | None = None  # the version of the event that resumed the run which reports, when one did


@command
class RecordRunnerLost(RunCommand):
    """The runner that performed this run was lost; whoever reports it performs the run again if it still runs afterwards."""


@command
class RecordWorkerLost(RunCommand):
    """The worker that had taken this run was silent for longer than its lease."""

    worker: str


@command
class RecordEffectBegan(RunCommand):
    """Asks to begin an effect that must not happen twice: it may begin only when this was recorded, not when refused."""


@command
class RecordCredentialOpened(RunCommand):
    """Asks for the secrets of a credential: they may be handed out only when this was recorded, not when refused."""

    credential_id: UUID
    name: str
    revision: int


@command
class RecordOutcomeUnknown(RunCommand):
    """The effect of a run had begun when its runner was lost."""


@command
class RecordReviewDecided(RunCommand):
    """A review that a run waits for was decided; `outputs` are those the reviewer corrected, whole."""

    review_id: UUID
    outputs: dict[str, Any] = field(default_factory=dict)
    facts: Facts  # of all the outputs, corrected or not; with the route "accepted" or "rejected"


@command
class SendMessage(JobCommand):
    """Give the job a message; a run that waits for one of this name takes it, now or later."""

    name: str
    message_id: str
    value: Any
    findings: tuple[Detail, ...] = ()  # what the caller found wrong in the value; any refuses the message


@command
class EndWait(RunCommand):
    """The time that a run waited for has come."""


@command
class RecordChildEnded(RunCommand):
    """The job that a run waits for has ended; provoked by its end, in the same unit."""

    child_id: UUID
    outcome: Outcome
    error: Failure | None = None


@command
class EndChild(JobCommand):
    """The run that started this job is no more: the job ends; provoked by the end of that run, in the same unit."""

    reason: Any


@command
class ExpireTask(RunCommand):
    """The time limit of a run, or of what it waits for, has passed."""


@command
class StartRetry(RunCommand):
    """The time has come to try this failed run again."""


@command
class RetryTask(RunCommand):
    """Have a held run tried again, or at once one that is to be tried again later; of an unknown outcome only with a reason."""

    reason: Any = None


@command
class CorrectTask(RunCommand):
    """Give all outputs of a held run, or of a finished one that nothing has used, in its place."""

    outputs: dict[str, Any]
    facts: Facts  # with the route to take, when the kind has routes
    findings: tuple[Detail, ...] = ()  # what the caller found wrong in the values; any refuses the correction
    reason: Any


@command
class GiveUpTask(RunCommand):
    """Give up a held run; its job fails. A held item fails its task, or is left out of what the task gives."""

    reason: Any = None
    leave_out: bool = False


@command
class CancelJob(JobCommand):
    """End the job now; a reason is required."""

    reason: Any


@command
class PauseJob(JobCommand):
    """Let nothing start, be skipped or end in the job until it is resumed; a reason is required."""

    reason: Any
    by_parent: bool = False


@command
class ResumeJob(JobCommand):
    """Have a paused job go on."""

    reason: Any = None
    by_parent: bool = False  # then only if it was paused so


@command
class PassPauseOn(JobCommand):
    """Pause the next jobs that the runs of a paused job wait for, or have them go on when it does; sent until none is left."""


@command
class ExpireJob(JobCommand):
    """The time limit of the job has passed."""


@command
class ContinueEnding(JobCommand):
    """Cancel the next runs of a job that is ending; sent until it has ended."""


AnyJobCommand = (
    StartJob
    | RecordTaskSucceeded
    | RecordTaskFailed
    | RecordRoundEnded
    | RecordTaskWaiting
    | RecordRunnerLost
    | RecordWorkerLost
    | RecordEffectBegan
    | RecordCredentialOpened
    | RecordOutcomeUnknown
    | RecordReviewDecided
    | SendMessage
    | EndWait
    | ExpireTask
    | StartRetry
    | RecordChildEnded
    | EndChild
    | RetryTask
    | CorrectTask
    | GiveUpTask
    | CancelJob
    | PauseJob
    | ResumeJob
    | PassPauseOn
    | ExpireJob
    | ContinueEnding
)
