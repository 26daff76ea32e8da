"""Tasks as they come, handed to a worker that holds its connection open."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator

import strawberry

from graphql_api.context import Info, read_id
from graphql_api.describe import subscription
from graphql_api.external.desk import Wanted
from graphql_api.external.mutations.take_tasks import TASKS_MAX, check_asked, take
from graphql_api.external.refusals import TooManyTasks
from graphql_api.external.types import ExternalTask, show_task
from graphql_api.following import ACCESS_RECHECK_SECONDS
from graphql_api.refusals import WorkspaceNotFound

ROUND_SECONDS = 1.0
"""How soon a worker that held as many tasks as it may is given more, once it holds fewer."""


@strawberry.type
class ExternalTaskSubscriptions:
    """Live streams of tasks for workers."""

    @subscription
    async def external_tasks(
        self,
        info: Info,
        workspace_id: strawberry.ID,
        queue: str,
        worker: str,
        max: int = 1,  # noqa: A002 - as in takeTasks
    ) -> AsyncGenerator[list[ExternalTask], None]:
        """Tasks of a queue as they come, each leased to the worker, which never holds more than `max` of the queue at once: keep, complete or fail them as those of takeTasks. Nothing is sent again: what a lost connection had been given is lost with its lease."""
        context = info.context
        context.identity.require("task:work")
        if read_id(workspace_id) != context.workspace_id:
            raise WorkspaceNotFound(id=workspace_id)
        check_asked(queue, worker)
        if not 1 <= max <= TASKS_MAX:
            raise TooManyTasks(most=TASKS_MAX, count=max)
        external, checked_at = context.api.system.external_tasks, time.monotonic()
        while not external.is_stopped:
            if time.monotonic() - checked_at > ACCESS_RECHECK_SECONDS:
                (await context.identify_again()).require("task:work")
                checked_at = time.monotonic()
            room = max - await external.held(context.workspace_id, queue, worker)
            if room <= 0:
                await external.until_fewer(ROUND_SECONDS)
                continue
            wanted = Wanted(context.workspace_id, queue, room, worker, context.identity.actor)
            tasks, _ = await take(context, wanted, ACCESS_RECHECK_SECONDS)
            if tasks:
                context.forget()
                yield [show_task(task) for task in tasks]
