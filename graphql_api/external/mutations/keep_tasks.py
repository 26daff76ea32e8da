"""`keepTasks`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import orjson
import strawberry

from domain.refusals import Refusal
from graphql_api.answers import CommandRefused, refused
from graphql_api.context import Info
from graphql_api.describe import about, field, input_type, object_type
from graphql_api.external.desk import Lease
from graphql_api.external.leases import HeldLease, read_lease
from graphql_api.external.mutations.take_tasks import TASKS_MAX
from graphql_api.external.refusals import LeaseOver, TooManyTasks
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import Position

NOTE_CHARACTERS_MAX = 500


@input_type
class TaskProgress:
    """How far a worker is; shown while it works, and recorded nowhere."""

    done: float = about("How much is done, in whatever the worker counts.")
    total: float | None = about("How much there is; none where that is not known.", default=None)
    note: str | None = about("A word on it, up to 500 characters.", default=None)


@input_type
class KeptTask:
    """One task that the worker is still at."""

    lease: str = about("The lease.")
    progress: TaskProgress | None = about("How far it is.", default=None)


@input_type
class KeepTasksInput:
    """The tasks that a worker is still at, 1 to 100."""

    tasks: list[KeptTask] = about("Each is kept or refused on its own.")
    command_id: str | None = about("Changes nothing: to keep a lease twice is to keep it.", default=None)


@object_type
class TaskKept:
    """The lease holds on."""

    lease: str = about("The lease.")
    leased_until: datetime = about("When it ends unless it is kept again.")


KeepTaskResult = Annotated[
    TaskKept | CommandRefused,
    strawberry.union(
        "KeepTaskResult", description="The lease that holds on, or why it does not: then the worker stops."
    ),
]


@object_type
class KeepTasksSuccess:
    """What became of each lease."""

    results: list[KeepTaskResult] = about("In the order of the tasks asked for.")

    @field
    def position(self) -> Position | None:
        """Always null: who holds a task, and until when, stands in no log."""
        return None


KeepTasksResult = Annotated[
    KeepTasksSuccess | CommandRefused,
    strawberry.union("KeepTasksResult", description="What became of each lease, or why none was looked at."),
]


async def keep_tasks(info: Info, input: KeepTasksInput) -> KeepTasksResult:  # noqa: A002 - the word of the API
    """Says that the worker is still at these tasks, so that their leases hold on; a task that is refused is no longer wanted."""
    context = info.context
    context.identity.require("task:work")
    if not 1 <= len(input.tasks) <= TASKS_MAX:
        raise TooManyTasks(most=TASKS_MAX, count=len(input.tasks))
    asked: list[HeldLease | Refusal] = []
    held: dict[Lease, str | None] = {}
    for task in input.tasks:
        try:
            lease, said = read_lease(task.lease), _said(task.progress)
        except Refusal as refusal:
            asked.append(refusal)
        else:
            asked.append(lease)
            held[lease.key] = said
    kept = await context.api.system.external_tasks.keep(context.workspace_id, list(held), list(held.values()))

    def result(lease: HeldLease | Refusal, text: str) -> TaskKept | CommandRefused:
        if isinstance(lease, Refusal):
            return refused(lease)
        until = kept.get(lease.key)
        return refused(LeaseOver(run=lease.run.text)) if until is None else TaskKept(lease=text, leased_until=until)

    return KeepTasksSuccess(results=[result(lease, task.lease) for lease, task in zip(asked, input.tasks, strict=True)])


def _said(progress: TaskProgress | None) -> str | None:
    if progress is None:
        return None
    note = progress.note
    if note is not None and (len(note) > NOTE_CHARACTERS_MAX or "\0" in note):
        found = f"{len(note)} characters" if len(note) > NOTE_CHARACTERS_MAX else "the character U+0000"
        raise ArgumentRefused(expected=f"at most {NOTE_CHARACTERS_MAX} characters", name="note", found=found)
    return orjson.dumps({"done": progress.done, "total": progress.total, "note": note}).decode()
