"""What a job refuses, and the sentence it says."""

from __future__ import annotations

from domain.refusals import Refusal


class JobNotFound(Refusal):
    """Expected the id of a job, but there is none with this id."""


class JobAlreadyStarted(Refusal):
    """Expected the id of a new job, but this job has already started."""


class PreviewsTooMany(Refusal):
    """Expected at most {limit} previews of a workspace at once, but this would be one more. End one, or wait for its end."""


class PreviewNotForked(Refusal):
    """Expected a job to run again, but this is a preview. Start another preview of the draft."""


class JobInputsWrong(Refusal):
    """Expected inputs that fit the workflow, but these do not: {inputs}."""


class JobCallbacksWrong(Refusal):
    """Expected callbacks that can be made, but these cannot: {places}."""


class JobLabelsWrong(Refusal):
    """Expected tags, a business key and a source that can be kept, but these cannot: {places}."""


class JobHasEnded(Refusal):
    """Expected a job that has not ended, but it has: {status}. Run it again as a new job."""


class JobIsEnding(Refusal):
    """Expected a job that goes on, but it is ending: {outcome}."""


class ParentPauseDiffers(Refusal):
    """Expected a job to begin as the one stands that starts it, but that {stands}."""


class DepthExceeded(Refusal):
    """Expected at most {limit} jobs that start each other, one below the other, but this would be one more."""


class RunNotFound(Refusal):
    """Expected a run of this job, but {run} never started in it."""


class RunNotRunning(Refusal):
    """Expected {run} to be running, but the task is {status}."""


class EffectAlreadyBegan(Refusal):
    """Expected the effect of {run} to begin for the first time, but it has already begun."""


class EffectNotBegun(Refusal):
    """Expected the effect of {run} to have begun, but it has not: it may be performed again."""


class TaskNotDue(Refusal):
    """Expected the time of {run} to be up, but it ends {until}."""


class JobNotDue(Refusal):
    """Expected the time of the job to be up, but it ends {until}."""


class TimeLimitWrong(Refusal):
    """Expected a time limit of more than 0 and at most {most:g} seconds, but got {seconds:g}."""


class ReviewNotAwaited(Refusal):
    """Expected {run} to wait for this review, but the task is {status}."""


class MessageUnknown(Refusal):
    """Expected the name of a message that a task of this job waits for ({known}), but got {name}."""


class MessageTooLate(Refusal):
    """Expected a message that a task still waits for, but every task that waits for {name} has one or will not run any more."""


class MessagesTooMany(Refusal):
    """Expected at most {limit} messages that no task has taken yet, but this would be one more."""


class MessageWrong(Refusal):
    """Expected a value that fits the message {name}, but this does not: {places}."""


class ForkTaskUnknown(Refusal):
    """Expected a task of the job's workflow to run again from, but {task} is none."""


class ForkTaskUndoes(Refusal):
    """Expected a task of the way forward to run again from, but {task} undoes {compensates}."""


class ForkOutcomeNotFinal(Refusal):
    """Expected what {task} did to be final before a fork builds on it, but the job goes on and may still undo it with {compensation}: fork it when it has ended, or from {task} on."""


class ForkOutcomeDoubtful(Refusal):
    """Expected what {task} did to stand or to be undone, but {compensation}, which was to undo it, is {status}: see how it is, and fork from {task} on."""


class ForkItemUndoable(Refusal):
    """Expected a for-each whose items stand each for itself, but {compensation} undoes all of {task} together: fork from {task} as a whole."""


class ForkItemUnknown(Refusal):
    """Expected an item of a for-each that has begun to run again, but {task}[{item}] is none."""


class ForkListUnsettled(Refusal):
    """Expected the list of {task} to stay as it is in the fork, but what it comes from has not ended well or is to be run again."""


class ForkTooLarge(Refusal):
    """Expected at most {limit} {what} to be reused by a fork, which is begun in one step, but it would reuse {found}: fork from an earlier task, or from the for-each as a whole."""


class TaskNotHeld(Refusal):
    """Expected {run} to be held for an operator or to be tried again later, but the task is {status}."""


class TaskNotCorrectable(Refusal):
    """Expected {run} to be held or finished, but the task is {status}."""


class ItemsBelongTogether(Refusal):
    """Expected an item of a for-each that goes on or has succeeded, but {task} is {status}: speak of it as a whole."""


class NotAnItem(Refusal):
    """Expected one item of a for-each to be left out, but {run} is a whole task."""


class TaskValuesUsed(Refusal):
    """Expected outputs of {run} that nothing has used yet, but {used_by} went by them."""


class TaskBelongsToPerson(Refusal):
    """Expected a task that is done by a program, but {task} is decided by a person: retry it, and have its review decided."""


class CorrectionWrong(Refusal):
    """Expected outputs that fit task {task}, but these do not: {outputs}."""


class ReasonMissing(Refusal):
    """Expected a reason, but none was given."""
