"""Refusals of the door itself: who asks, what they may see, and what could not be reached in time."""

from __future__ import annotations

from domain.refusals import Refusal
from event_store.blobs import BlobStoreAway
from event_store.units import StoreUnavailable


class Unauthenticated(Refusal):
    """Expected an API key in the header Authorization, as "Bearer opus_…", but {found}."""


class PermissionMissing(Refusal):
    """Expected the permission {permission}, but the roles of this key ({roles}) do not give it."""


class WorkspaceNotFound(Refusal):
    """Expected the id of a workspace of yours, but {id} is none."""


class JobNotFound(Refusal):
    """Expected the id of a job of this workspace, but {id} is none."""


class NoJobOfBusinessKey(Refusal):
    """Expected the business key of a job that has not ended, but none has {key}."""


class BusinessKeyAmbiguous(Refusal):
    """Expected the business key of one job that has not ended, but several have {key}: name the job by its id."""


class NothingHeld(Refusal):
    """Expected a job with a run that is held for an operator, but {id} has none."""


class NothingChosen(Refusal):
    """Expected jobs by their ids, or a filter that chooses by something, but got {found}."""


class TooManyJobs(Refusal):
    """Expected 1 to {most} jobs in one call, but got {count}."""


class TaskNotFound(Refusal):
    """Expected the name of a task of this job, but {task} is none."""


class ReviewNotFound(Refusal):
    """Expected the id of a review that you may see, but {id} is none."""


class MemberNotFound(Refusal):
    """Expected the id of a member of this workspace, but {id} is none."""


class FileNotFound(Refusal):
    """Expected the id of a file of this workspace, but {id} is none."""


class WorkspaceFull(Refusal):
    """Expected at most {most} {what} stored in this workspace, but with this file there would be more than its {found} now."""


class ArgumentRefused(Refusal):
    """Expected {expected} for {name}, but got {found}."""


class ToolServerRefused(Refusal):
    """Expected a tool server that lists its tools, but: {found}."""


class OperationsRefused(Refusal):
    """Expected edits that can be read, but {count} things about them cannot; the details name each."""


class TooManyStarts(Refusal):
    """Expected 1 to {most} jobs in one call, but got {count}."""


class TooManyDecisions(Refusal):
    """Expected 1 to {most} decisions in one call, but got {count}."""


class WorkflowNameTaken(Refusal):
    """Expected a name that no workflow of this workspace has, but {name} is taken."""


class ScheduleNameTaken(Refusal):
    """Expected a name that no schedule of this workspace has or had, but {name} is taken."""


class WebhookNameTaken(Refusal):
    """Expected a name that no webhook of this workspace has or had, but {name} is taken."""


class SignatureWrong(Refusal):
    """Expected {expected}, but got {found}."""


class SigningKeyAway(Refusal):
    """Expected to open the secret of the webhook, but it cannot be opened here; call again later."""


class PositionNotReached(Refusal):
    """Expected the read models to reach the position within {seconds} s, but they lag behind; ask again."""


class StoreNotReached(Refusal):
    """Expected the database to take the command, but it cannot be reached; nothing is known to be written, repeat with the same command id."""

    @property
    def code(self) -> str:
        """The stable code that clients retry on."""
        return "STORE_UNAVAILABLE"


class BlobStoreNotReached(Refusal):
    """Expected the store of files and large values to answer, but it is away or has no room; nothing was stored, try again later."""

    @property
    def code(self) -> str:
        """The stable code that clients retry on."""
        return "BLOB_STORE_UNAVAILABLE"


def not_reached(error: StoreUnavailable) -> Refusal:
    """What a client is told of a store that is away."""
    return BlobStoreNotReached() if isinstance(error, BlobStoreAway) else StoreNotReached()


RETRYABLE = frozenset(
    {"STORE_UNAVAILABLE", "BLOB_STORE_UNAVAILABLE", "POSITION_NOT_REACHED", "WEBHOOK_IS_PAUSED", "SIGNING_KEY_AWAY"}
)
"""Codes for which the same request may well succeed a moment later."""
