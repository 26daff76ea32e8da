"""What can happen to a job. The order of events in a unit is the order of cause and effect."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from domain.events import Event, added
from domain.graph import OnError
from domain.jobs.calling_back import CallbackTo
from domain.jobs.run import Binding, Facts, Failure, ForkOf, Instead, Parent, Preview, Run, Source, Usage

Outcome = Literal["completed", "failed", "cancelled", "timed_out"]
Priority = Literal["low", "normal", "high", "urgent"]


class JobStarted(Event):
    """A job began, on an exact version, with these inputs."""

    wire: ClassVar[str] = "job.started.v1"
    workflow_id: UUID
    workflow_version: int
    graph: str  # content hash of the compiled graph
    rules: int  # number of the engine rules it began under
    mode: Literal["job", "preview"] = "job"
    source: str  # "api", "schedule", "webhook" …
    title: Any = None
    inputs: dict[str, Any]
    facts: Facts
    due_at: datetime | None = added()  # when it times out
    tags: tuple[Any, ...] | None = added()
    priority: Priority | None = added()  # "normal", where nothing is said
    parent: Parent | None = added()  # of a job that another one started
    business_key: Any = added()  # what the job is about, by the name that other systems have for it
    fork_of: ForkOf | None = added()
    preview: Preview | None = added()  # of a preview that no other one started
    callbacks: tuple[CallbackTo, ...] = added(())  # whom its end is told
    on_behalf_of: str | None = added()  # who started it, or for whom a schedule, a webhook or another job did


class JobPaused(Event):
    """A person paused the job: what runs goes on and is recorded, but nothing starts, is skipped or ends until it is resumed."""

    wire: ClassVar[str] = "job.paused.v1"
    reason: Any
    by_parent: bool = added(False)  # with the job that started it
    children: tuple[UUID, ...] = added(())  # the jobs its runs wait for, which are paused with it
    more: int = added(0)  # of these jobs, which are paused next


class JobResumed(Event):
    """A person had a paused job go on; what follows from what was recorded meanwhile stands after it."""

    wire: ClassVar[str] = "job.resumed.v1"
    reason: Any = None
    by_parent: bool = added(False)
    children: tuple[UUID, ...] = added(())  # the jobs its runs wait for; those that were paused with it go on with it
    more: int = added(0)  # of these jobs, which go on next


class JobChildrenPaused(Event):
    """Further jobs that the runs of a paused job wait for were paused with it."""

    wire: ClassVar[str] = "job.children_paused.v1"
    reason: Any  # of the pause
    children: tuple[UUID, ...]
    more: int  # of these jobs, which are paused next


class JobChildrenResumed(Event):
    """Further jobs that the runs of a resumed job wait for, and that were paused with it, go on with it."""

    wire: ClassVar[str] = "job.children_resumed.v1"
    children: tuple[UUID, ...]
    more: int  # of these jobs, which go on next


class TaskStarted(Event):
    """A run of a task may be performed now; its inputs are bound to where their values are."""

    wire: ClassVar[str] = "job.task_started.v1"
    run: Run
    bindings: dict[str, Binding]
    due_at: datetime | None = None  # when the task's time limit ends


class ItemsBegan(Event):
    """A for-each began: its task runs once for each item of a list. A later attempt runs those again that have not succeeded."""

    wire: ClassVar[str] = "job.items_began.v1"
    run: Run  # of the for-each as a whole
    items: int
    bindings: dict[str, Binding]  # of the list, and of what every item is given alike


class ItemsEnded(Event):
    """Every item of a for-each has ended; what those that succeeded gave stands in lists, in the order of the items."""

    wire: ClassVar[str] = "job.items_ended.v1"
    run: Run
    succeeded: int
    failed: int  # and left out
    facts: Facts


class TaskRunnerLost(Event):
    """The runner that performed this run was lost before it reported; the run is performed again under the same attempt, unless this loss was the last allowed."""

    wire: ClassVar[str] = "job.task_runner_lost.v1"
    run: Run
    losses: int  # of this run so far, this one included


class TaskWorkerLost(Event):
    """The worker that had taken this run was silent for longer than its lease; another may take it, unless this loss was the last allowed."""

    wire: ClassVar[str] = "job.task_worker_lost.v1"
    run: Run
    worker: Any  # as it named itself
    losses: int  # of this run so far, this one included


class TaskEffectBegan(Event):
    """The runner, or the worker that is given the run, is about to cause an effect outside that must not happen twice."""

    wire: ClassVar[str] = "job.task_effect_began.v1"
    run: Run


class TaskCredentialOpened(Event):
    """The run was given the secrets of this credential, as they were set with this revision."""

    wire: ClassVar[str] = "job.task_credential_opened.v1"
    run: Run
    credential_id: UUID
    name: str
    revision: int


class TaskOutcomeUnknown(Event):
    """The effect of this run had begun when its runner was lost: whether it happened is not known here."""

    wire: ClassVar[str] = "job.task_outcome_unknown.v1"
    run: Run
    error: Failure
    then: Literal["hold", "error_route"]


class TaskWaitBegan(Event):
    """The run waits for the outside; nothing of it stays in a runner."""

    wire: ClassVar[str] = "job.task_wait_began.v1"
    run: Run
    waits_for: Literal["review", "time", "message", "child", "worker"]
    review_id: UUID | None = None
    due_at: datetime | None = None  # until when: never later than the time limit of its task
    message: str | None = added()  # the name of the message it waits for
    child_id: UUID | None = added()  # the job it started
    at_due: Literal["succeed"] | None = added()  # what follows when it is due; if nothing is said, the run fails


class MessageReceived(Event):
    """A message for this job came in; it is kept until a run takes it."""

    wire: ClassVar[str] = "job.message_received.v1"
    name: str
    message_id: str  # the sender's own, by which the same message sent again is recognised
    value: Any


class TaskMessageTaken(Event):
    """A run that waited for a message has taken this one, and goes on with its value."""

    wire: ClassVar[str] = "job.message_taken.v1"
    run: Run
    message_id: str
    received: int  # the version of the event with which the message came


class TaskChildEnded(Event):
    """The job that a run had started and waited for has ended: the run goes on with what it gave, or fails."""

    wire: ClassVar[str] = "job.child_ended.v1"
    run: Run
    child_id: UUID
    outcome: Outcome
    error: Failure | None = None


class TaskRoundEnded(Event):
    """A round of a run that is repeated has ended with these outputs, and another follows: they are its inputs where names match."""

    wire: ClassVar[str] = "job.round_ended.v1"
    run: Run
    outputs: dict[str, Any]


class TaskSucceeded(Event):
    """A run ended well. `outputs` are new values; `passed` are outputs that stand elsewhere and are passed on unchanged."""

    wire: ClassVar[str] = "job.task_succeeded.v1"
    run: Run
    outputs: dict[str, Any]
    passed: dict[str, Source] = Field(default_factory=dict)
    facts: Facts
    instead: Instead | None = added()  # in a preview: the run was not performed, this stands instead
    evidence: Any = added()  # on what the outcome rests, as the action recorded it: a prompt and its answer …
    usage: Usage | None = added()


class TaskFailed(Event):
    """A run ended badly; `then` is the policy that was followed."""

    wire: ClassVar[str] = "job.task_failed.v1"
    run: Run
    error: Failure
    then: (
        OnError | Literal["retry", "fail_task", "leave_out"]
    )  # of one item never "fail_job", "error_route" or "continue"
    review_id: UUID | None = None  # the review this run still waited for, withdrawn with it
    retry_at: datetime | None = added()  # when the next attempt is due
    child_id: UUID | None = added()  # the job this run still waited for, ended with it
    evidence: Any = added()  # on what the outcome rests, as the action recorded it: a prompt and its answer …
    usage: Usage | None = added()


class TaskReused(Event):
    """In a fork, the outcome that a run had in the first job stands in place of a run; its values were copied."""

    wire: ClassVar[str] = "job.task_reused.v1"
    run: Run
    of: str  # `stream:version` of the event that says the outcome
    outputs: dict[str, Any]
    facts: Facts


class TaskRetried(Event):
    """An operator had a task tried again that was held, or at once one that was to be tried again later; the new attempt follows as a start of its own."""

    wire: ClassVar[str] = "job.task_retried.v1"
    run: Run  # the one that had failed
    reason: Any = None


class TaskCorrected(Event):
    """An operator gave the outputs of a held task, of one that was to be tried again, or of a finished one that nothing had used, in its place."""

    wire: ClassVar[str] = "job.task_corrected.v1"
    run: Run
    outputs: dict[str, Any]
    facts: Facts
    reason: Any


class TaskGivenUp(Event):
    """An operator gave up a task that was held or was to be tried again; its job fails. Of an item, its task fails, or goes on without it."""

    wire: ClassVar[str] = "job.task_given_up.v1"
    run: Run
    reason: Any = None
    then: Literal["fail_job", "fail_task", "leave_out"] = added("fail_job")


class TaskSkipped(Event):
    """A task will not run: its routes were not taken, or an input can have no value."""

    wire: ClassVar[str] = "job.task_skipped.v1"
    task: str
    item: int | None = None
    because: Literal["route_not_taken", "no_value"]
    input: str | None = None


class TaskCancelled(Event):
    """A run was ended because its job is ending, or because another item of its for-each failed the task."""

    wire: ClassVar[str] = "job.task_cancelled.v1"
    run: Run
    review_id: UUID | None = None  # the review this run still waited for, withdrawn with it
    because: Literal["job_ending", "item_failed"] = added("job_ending")
    child_id: UUID | None = added()  # the job this run still waited for, ended with it


class JobEndingBegan(Event):
    """The job is ending badly, for this reason; nothing new starts and no decision is taken any more."""

    wire: ClassVar[str] = "job.ending_began.v1"
    outcome: Literal["failed", "cancelled", "timed_out"]
    error: Failure | None = None
    failed_run: Run | None = None
    reason: Any = None


class JobCompleted(Event):
    """The job ended well; its outputs are bound to where their values are."""

    wire: ClassVar[str] = "job.completed.v1"
    outputs: dict[str, Binding]
    parent: Parent | None = added()  # whose run waits for this end
    callbacks: tuple[CallbackTo, ...] = added(())  # whom it is told


class JobFailed(Event):
    """The job ended because of an error."""

    wire: ClassVar[str] = "job.failed.v1"
    error: Failure
    failed_run: Run | None = None
    parent: Parent | None = added()
    callbacks: tuple[CallbackTo, ...] = added(())


class JobCancelled(Event):
    """The job ended because a person cancelled it."""

    wire: ClassVar[str] = "job.cancelled.v1"
    reason: Any
    parent: Parent | None = added()
    callbacks: tuple[CallbackTo, ...] = added(())


class JobTimedOut(Event):
    """The job ended because its time limit passed."""

    wire: ClassVar[str] = "job.timed_out.v1"
    parent: Parent | None = added()
    callbacks: tuple[CallbackTo, ...] = added(())


JobEvent = (
    JobStarted
    | JobPaused
    | JobResumed
    | JobChildrenPaused
    | JobChildrenResumed
    | TaskStarted
    | ItemsBegan
    | ItemsEnded
    | TaskRunnerLost
    | TaskWorkerLost
    | TaskEffectBegan
    | TaskCredentialOpened
    | TaskOutcomeUnknown
    | TaskWaitBegan
    | MessageReceived
    | TaskMessageTaken
    | TaskChildEnded
    | TaskRoundEnded
    | TaskSucceeded
    | TaskFailed
    | TaskReused
    | TaskRetried
    | TaskCorrected
    | TaskGivenUp
    | TaskSkipped
    | TaskCancelled
    | JobEndingBegan
    | JobCompleted
    | JobFailed
    | JobCancelled
    | JobTimedOut
)
Resumption = TaskMessageTaken | TaskChildEnded
"""What ends the wait of a run without ending the run: the runner performs the second half of its action."""
