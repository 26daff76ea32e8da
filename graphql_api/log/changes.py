"""What each event changed, as a screen shows it: which thing has which status from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projections.happened import run_text

_OF_RUN = {
    "job.task_started.v1": "RUNNING",
    "job.items_began.v1": "RUNNING",
    "job.child_ended.v1": "RUNNING",
    "job.round_ended.v1": "SUCCEEDED",
    "job.items_ended.v1": "SUCCEEDED",
    "job.task_wait_began.v1": "WAITING",
    "job.task_succeeded.v1": "SUCCEEDED",
    "job.task_corrected.v1": "SUCCEEDED",
    "job.task_retried.v1": "RETRYING",
    "job.task_given_up.v1": "FAILED",
    "job.task_cancelled.v1": "CANCELLED",
    "job.task_outcome_unknown.v1": "OUTCOME_UNKNOWN",
}
_FAILED = {"hold": "HELD", "retry": "RETRYING"}
_OF_ALL = {
    "job.started.v1": ("job", "IN_PROGRESS"),
    "job.completed.v1": ("job", "COMPLETED"),
    "job.failed.v1": ("job", "FAILED"),
    "job.cancelled.v1": ("job", "CANCELLED"),
    "job.timed_out.v1": ("job", "TIMED_OUT"),
    "review.requested.v1": ("review", "WAITING"),
    "review.accepted.v1": ("review", "ACCEPTED"),
    "review.rejected.v1": ("review", "REJECTED"),
    "review.withdrawn.v1": ("review", "WITHDRAWN"),
    "schedule.created.v1": ("schedule", "ACTIVE"),
    "schedule.paused.v1": ("schedule", "PAUSED"),
    "schedule.resumed.v1": ("schedule", "ACTIVE"),
    "schedule.removed.v1": ("schedule", "REMOVED"),
    "webhook.created.v1": ("webhook", "OPEN"),
    "webhook.paused.v1": ("webhook", "PAUSED"),
    "webhook.resumed.v1": ("webhook", "OPEN"),
    "webhook.removed.v1": ("webhook", "REMOVED"),
    "callback.requested.v1": ("callback", "DUE"),
    "callback.delivered.v1": ("callback", "DELIVERED"),
    "callback.given_up.v1": ("callback", "GIVEN_UP"),
    "callback.sent_again.v1": ("callback", "DUE"),
    "workflow.created.v1": ("workflow", "DRAFT"),
    "workflow.archived.v1": ("workflow", "ARCHIVED"),
    "template.published.v1": ("template", "PUBLISHED"),
    "template.revised.v1": ("template", "PUBLISHED"),
    "template.unpublished.v1": ("template", "UNPUBLISHED"),
}


def changes(wire: str, said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What has which status after the event; nothing for events that change no status."""
    match wire:
        case "job.task_failed.v1":
            return [(f"task {run_text(said['run'])}", _FAILED.get(said["then"], "FAILED"))]
        case "job.task_skipped.v1":
            return [(f"task {said['task']}", "SKIPPED")]
        case "workflow.activated.v1":
            return [("workflow", "ACTIVE"), (f"version {said['number']}", "ACTIVE")]
        case "workflow.taken_out_of_service.v1":
            return [("workflow", "RETIRED"), (f"version {said['number']}", "RETIRED")]
        case "workflow.version_retired.v1":
            return [(f"version {said['number']}", "RETIRED")]
        case "workflow.revision_opened.v1":
            return [(f"version {said['number'] + 1}", "DRAFT")]
        case _ if wire in _OF_RUN:
            return [(f"task {run_text(said['run'])}", _OF_RUN[wire])]
        case _:
            return [_OF_ALL[wire]] if wire in _OF_ALL else []
