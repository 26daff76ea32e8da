"""`failTasks`."""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated

import orjson
import strawberry

from domain.graph import Graph, GraphTask
from domain.jobs.retrying import RETRY_AFTER_SECONDS_MAX
from domain.values import encode, escape
from graphql_api.answers import CommandRefused
from graphql_api.commanding import said
from graphql_api.context import Context, Info
from graphql_api.describe import about, field, input_type, object_type
from graphql_api.external.desk import Reported
from graphql_api.external.leases import HeldLease
from graphql_api.external.mutations.complete_tasks import CompleteTaskResult
from graphql_api.external.reporting import Report, ReportRefused, last_of, refused_of, report_all
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import JSON, Position

CODE_PATTERN = r"[A-Z][A-Z0-9_]{0,62}"
MESSAGE_CHARACTERS_MAX = 2_000
DETAILS_BYTES_MAX = 8 * 1024


@input_type
class FailedTask:
    """One task that the worker could not do, and why."""

    lease: str = about("The lease.")
    code: str = about("A stable code of the worker's own, as `CARD_DECLINED`: policies and the error route go by it.")
    message: str = about("The sentence to show, up to 2,000 characters.")
    retryable: bool = about(
        "Whether another attempt may help; the task's policy says whether there is one.", default=False
    )
    retry_after_seconds: float | None = about("How soon another attempt makes sense at the earliest.", default=None)
    details: JSON | None = about("What else there is to tell, up to 8 KiB.", default=None)


@input_type
class FailTasksInput:
    """Tasks that a worker could not do, 1 to 100."""

    tasks: list[FailedTask] = about("Each is accepted or refused on its own.")
    command_id: str | None = about(
        "Stands in the record of what follows. What makes a repeated report the same is its lease.", default=None
    )


@object_type
class FailTasksSuccess:
    """What became of each report."""

    results: list[CompleteTaskResult] = about("In the order of the tasks told of.")
    refusals: list[ReportRefused] = about("Of these the refusals alone: all that a worker has to look at.")

    @field
    async def position(self, info: Info) -> Position | None:
        """The place of the last of what was recorded in the log; null where nothing was yet."""
        last = last_of(self.results)
        return await info.context.show_position(last) if last else None


FailTasksResult = Annotated[
    FailTasksSuccess | CommandRefused,
    strawberry.union("FailTasksResult", description="What became of each report, or why none was looked at."),
]


async def fail_tasks(info: Info, input: FailTasksInput) -> FailTasksResult:  # noqa: A002 - the word of the API
    """Reports tasks that could not be done: each fails as its policy says, tried again, handed to the error route, or held."""
    context = info.context
    context.identity.require("task:work")
    reports = [Report(task.lease, partial(_content, context, task)) for task in input.tasks]
    results = await report_all(context, reports, input.command_id)
    refusals = refused_of((task.lease for task in input.tasks), results)
    return FailTasksSuccess(results=results, refusals=refusals)


async def _content(_: Context, told: FailedTask, _graph: Graph, _task: GraphTask, _lease: HeldLease) -> Reported:
    if re.fullmatch(CODE_PATTERN, told.code) is None:
        raise ArgumentRefused(expected="a code like CARD_DECLINED", name="code", found="another text")
    if not told.message.strip() or len(told.message) > MESSAGE_CHARACTERS_MAX:
        expected, found = f"1 to {MESSAGE_CHARACTERS_MAX} characters", f"{len(told.message)}"
        raise ArgumentRefused(expected=expected, name="message", found=found)
    after = told.retry_after_seconds
    if after is not None and not 0 <= after <= RETRY_AFTER_SECONDS_MAX:
        expected = f"0 to {RETRY_AFTER_SECONDS_MAX:g} seconds"
        raise ArgumentRefused(expected=expected, name="retryAfterSeconds", found=f"{after:g}")
    details = escape(told.details)
    if details is not None and (size := len(encode(details))) > DETAILS_BYTES_MAX:
        raise ArgumentRefused(expected=f"at most {DETAILS_BYTES_MAX} bytes", name="details", found=f"{size}")
    error = {"code": told.code, "message": said(told.message), "details": details}
    return Reported(orjson.dumps({"error": error, "retryable": told.retryable, "retry_after_seconds": after}))
