"""`takeTasks`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID, uuid5

import strawberry

from domain.jobs.commands import RecordEffectBegan
from domain.jobs.refusals import EffectAlreadyBegan
from domain.kinds.external import is_queue
from domain.refusals import Refusal
from graphql_api.answers import CommandRefused
from graphql_api.commanding import check_key, now
from graphql_api.context import Context, Info
from graphql_api.describe import about, field, input_type, object_type
from graphql_api.external.desk import Taken, Wanted
from graphql_api.external.refusals import TooManyTasks
from graphql_api.external.types import ExternalTask, plain_task, show_task
from graphql_api.jobs.run_text import read_run
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import JSON, Position

TASKS_MAX = 100
WAIT_SECONDS_MAX = 30.0


@input_type
class TakeTasksInput:
    """Which tasks a worker wants, and how long it waits for the first."""

    queue: str = about("The queue, as the tasks name it.")
    worker: str = about("What the worker calls itself: for those who look why a job waits, and for the record.")
    max: int = about("How many tasks at most, 1 to 100.", default=1)
    wait_seconds: float = about(
        "How long to wait, up to 30 s, while there are none; with 0 the answer comes at once.", default=0.0
    )
    command_id: str | None = about(
        "Repeated, as when the answer was lost, the answer is the tasks that were taken with it and are still held.",
        default=None,
    )


@object_type
class TakeTasksSuccess:
    """The tasks that the worker holds from now on; none where there were none."""

    tasks: list[ExternalTask] = about("The most urgent first, of these the longest waiting.")
    written_at: strawberry.Private[int]

    @field
    async def json(self, info: Info) -> JSON:
        """The same as one JSON list, each task with all its fields: for workers that take many at a time, since it costs a fraction."""
        return JSON([await plain_task(info.context, task) for task in self.tasks])

    @field
    async def position(self, info: Info) -> Position | None:
        """The place in the log of what was written of tasks that must not be done twice; null where nothing was: who holds a task stands in no log."""
        return await info.context.show_position(self.written_at) if self.written_at else None


TakeTasksResult = Annotated[
    TakeTasksSuccess | CommandRefused,
    strawberry.union("TakeTasksResult", description="The tasks that were taken, or why none could be."),
]


async def take_tasks(info: Info, input: TakeTasksInput) -> TakeTasksResult:  # noqa: A002 - the word of the API
    """Takes tasks of a queue for a worker, each with a lease; without any, waits for the first if asked to."""
    context = info.context
    context.identity.require("task:work")
    check_asked(input.queue, input.worker)
    if not 1 <= input.max <= TASKS_MAX:
        raise TooManyTasks(most=TASKS_MAX, count=input.max)
    if not 0 <= input.wait_seconds <= WAIT_SECONDS_MAX:
        expected = f"0 to {WAIT_SECONDS_MAX:g} seconds"
        raise ArgumentRefused(expected=expected, name="waitSeconds", found=f"{input.wait_seconds:g}")
    actor, token = context.identity.actor, _token(context, input)
    wanted = Wanted(context.workspace_id, input.queue, input.max, input.worker, actor, token)
    tasks, position = await take(context, wanted, input.wait_seconds)
    return TakeTasksSuccess(tasks=[show_task(task) for task in tasks], written_at=position)


def check_asked(queue: str, worker: str) -> None:
    """Refuses what can be no queue, and no name of a worker."""
    if not is_queue(queue):
        expected = "at most 63 lower-case letters, digits, dots, underscores and hyphens, a letter or digit first"
        raise ArgumentRefused(expected=expected, name="queue", found="another name")
    check_key("worker", worker)


def _token(context: Context, asked: TakeTasksInput) -> UUID | None:
    """The token by which a repeated command finds what the first took; None: a new one."""
    if asked.command_id is None:
        return None
    check_key("commandId", asked.command_id)
    return uuid5(context.identity.member_id, f"{asked.queue} {asked.worker} {asked.command_id}")


async def take(context: Context, wanted: Wanted, wait_seconds: float) -> tuple[list[Taken], int]:
    """The tasks that were taken, and the position of what was written of them; nothing that must not be done twice is given out before that is recorded."""
    taken = await context.api.system.external_tasks.take(wanted, wait_seconds, context.is_gone)
    positions = await _begin_effects(context, wanted, [task for task in taken if task.once])
    return [task for task in taken if not task.once or task.number in positions], max(positions.values(), default=0)


async def _begin_effects(context: Context, wanted: Wanted, tasks: Sequence[Taken]) -> dict[int, int]:
    """Records that the effects of these begin; gives those that may, each with its position."""

    async def begin(task: Taken) -> tuple[int, int] | None:
        command = RecordEffectBegan(at=now(), job_id=task.job_id, run=read_run(task.run))
        try:
            receipt = await context.api.system.dispatch.send(command, context.origin(None))
        except EffectAlreadyBegan:
            return (task.number, 0) if wanted.token is not None else None  # As when this is the answer told again.
        except Refusal:  # The run has ended meanwhile: whoever owns its job sees to it.
            return None
        return task.number, receipt.position

    began = await asyncio.gather(*map(begin, tasks))
    return dict(one for one in began if one is not None)
