"""A task as a worker is given it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import strawberry

from domain.values import BLOB, is_wrapper
from graphql_api.context import Context, Info
from graphql_api.describe import about, field, object_type
from graphql_api.external.desk import Taken
from graphql_api.external.leases import show_lease
from graphql_api.scalars import JSON, show_moment
from graphql_api.values.shown import WHOLE_BYTES_MAX, opened, shown


@object_type
class ExternalTask:
    """A run of a task, leased to a worker: it performs it, keeps the lease meanwhile, and reports."""

    lease: str = about("What the worker holds: it keeps, completes or fails the task by it.")
    attempt_id: str = about(
        "Names this attempt for ever, also if it is given to another worker: the idempotency key for other systems."
    )
    job_id: strawberry.ID = about("The job.")
    workflow_id: strawberry.ID = about("Its workflow.")
    task: str = about("The name of the task.")
    label: str | None = about("What people call the task; null where nobody said.")
    run: str = about("The run, as `task[item]#round.attempt`.")
    preview: bool = about("Whether a draft is being tried: what is done counts for nothing.")
    once: bool = about(
        "Whether it must not be done twice: if this lease is lost, a person decides, and no other worker is given it."
    )
    losses: int = about("How many workers were lost before that had taken this run.")
    lease_seconds: float = about("How long the lease holds from now, and from each time it is kept.")
    leased_until: datetime = about("When the lease ends unless it is kept.")
    until: datetime | None = about("When the time limit of the task ends; null where it has none.")
    stored: strawberry.Private[dict[str, Any]]

    @field
    async def inputs(self, info: Info) -> JSON:
        """The inputs by name. Files are `{name, mediaType, size, url}`, and so are values of more than 8 MiB, without a name: to be fetched with the same key."""
        return JSON(await _given(info.context, self))


def show_task(taken: Taken) -> ExternalTask:
    """A task that was taken."""
    content = orjson.loads(taken.content)
    return ExternalTask(
        lease=show_lease(taken),
        attempt_id=f"{taken.job_id}:{taken.run}",
        job_id=strawberry.ID(str(taken.job_id)),
        workflow_id=strawberry.ID(content["workflow_id"]),
        task=taken.task,
        label=content["label"] or None,
        run=taken.run,
        preview=content["preview"],
        once=taken.once,
        losses=taken.losses,
        lease_seconds=taken.lease_seconds,
        leased_until=taken.leased_until,
        until=taken.due_at,
        stored=content["inputs"],
    )


async def plain_task(context: Context, task: ExternalTask) -> dict[str, Any]:
    """A task as plain JSON, with the fields it has in the schema."""
    return {
        "lease": task.lease,
        "attemptId": task.attempt_id,
        "jobId": task.job_id,
        "workflowId": task.workflow_id,
        "task": task.task,
        "label": task.label,
        "run": task.run,
        "preview": task.preview,
        "once": task.once,
        "losses": task.losses,
        "leaseSeconds": task.lease_seconds,
        "leasedUntil": show_moment(task.leased_until),
        "until": None if task.until is None else show_moment(task.until),
        "inputs": await _given(context, task),
    }


async def _given(context: Context, task: ExternalTask) -> dict[str, Any]:
    return {name: await _whole(context, value) for name, value in task.stored.items()}


async def _whole(context: Context, value: Any) -> Any:
    if is_wrapper(value) and BLOB in value and value[BLOB]["size"] <= WHOLE_BYTES_MAX:
        value = await opened(context, value)
    return shown(context, value)
