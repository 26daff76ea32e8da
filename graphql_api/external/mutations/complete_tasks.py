"""`completeTasks`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import orjson
import strawberry

from domain.graph import Graph, GraphTask
from domain.jobs.facts import facts
from domain.jobs.inputs import misfits
from domain.jobs.run import Facts
from domain.refusals import Detail
from domain.types import describe
from domain.values import BLOB, escape, is_wrapper, kind_of
from graphql_api.answers import CommandRefused
from graphql_api.context import Context, Info
from graphql_api.describe import about, field, input_type, object_type
from graphql_api.external.desk import Reported
from graphql_api.external.leases import HeldLease
from graphql_api.external.refusals import TaskOutputsWrong
from graphql_api.external.reporting import Report, ReportRefused, TaskReported, last_of, refused_of, report_all
from graphql_api.scalars import JSON, Position
from graphql_api.values.given import NamedValue, keep, take


@input_type
class CompletedTask:
    """One task that the worker has done, and what came of it."""

    lease: str = about("The lease.")
    outputs: JSON | None = about(
        "The outputs by name, in one object; files are told in `files`. Null for a task without outputs.", default=None
    )
    files: list[NamedValue] | None = about("Outputs that are files, by the ids of stored files.", default=None)


@input_type
class CompleteTasksInput:
    """Tasks that a worker has done, 1 to 100."""

    tasks: list[CompletedTask] = about("Each is accepted or refused on its own.")
    command_id: str | None = about(
        "Stands in the record of what follows. What makes a repeated report the same is its lease.", default=None
    )


CompleteTaskResult = Annotated[
    TaskReported | CommandRefused,
    strawberry.union("CompleteTaskResult", description="The report that is kept, or why it is not."),
]


@object_type
class CompleteTasksSuccess:
    """What became of each report."""

    results: list[CompleteTaskResult] = about("In the order of the tasks told of.")
    refusals: list[ReportRefused] = about("Of these the refusals alone: all that a worker has to look at.")

    @field
    async def position(self, info: Info) -> Position | None:
        """The place of the last of what was recorded in the log; null where nothing was yet."""
        last = last_of(self.results)
        return await info.context.show_position(last) if last else None


CompleteTasksResult = Annotated[
    CompleteTasksSuccess | CommandRefused,
    strawberry.union("CompleteTasksResult", description="What became of each report, or why none was looked at."),
]


async def complete_tasks(info: Info, input: CompleteTasksInput) -> CompleteTasksResult:  # noqa: A002 - the word of the API
    """Reports tasks that are done. Outputs that do not fit are refused with each place named, and the lease holds on; a report told again is accepted again."""
    context = info.context
    context.identity.require("task:work")
    reports = [Report(task.lease, partial(_content, context, task)) for task in input.tasks]
    results = await report_all(context, reports, input.command_id)
    refusals = refused_of((task.lease for task in input.tasks), results)
    return CompleteTasksSuccess(results=results, refusals=refusals)


async def _content(context: Context, told: CompletedTask, graph: Graph, task: GraphTask, lease: HeldLease) -> Reported:
    outputs: Any = {} if told.outputs is None else told.outputs
    if not isinstance(outputs, dict):
        detail = Detail("outputs", "an object of outputs by name", kind_of(outputs))
        raise TaskOutputsWrong(task=task.name, outputs="outputs", details=(detail,))
    values = escape(outputs)
    details: list[Detail] = []
    if told.files:
        files, details = await take(context, told.files, "output")
        details += [Detail(f"output {name}", "one value", "two") for name in files if name in values]
        values |= files
    details += _wrong(task, values)
    if details:
        places = ", ".join(dict.fromkeys(detail.path for detail in details))
        raise TaskOutputsWrong(task=task.name, outputs=places, details=tuple(details))
    told_facts = facts(graph, task.name, values) if lease.run.item is None else Facts()
    kept = await keep(context, values)
    held = tuple(value[BLOB]["hash"] for value in kept.values() if is_wrapper(value) and BLOB in value)
    return Reported(orjson.dumps({"outputs": kept, "facts": told_facts.model_dump(mode="json")}), held)


def _wrong(task: GraphTask, values: Mapping[str, Any]) -> list[Detail]:
    """What does not fit the declared outputs: names that are unknown, values of another type, and values that are missing."""
    declared = {output.name: output for output in task.outputs}
    details = [
        Detail(f"output {name}", "an output of the task", "an unknown name") for name in values if name not in declared
    ]
    details += misfits(task.outputs, values, "output")
    needed = (output for output in task.outputs if output.required and values.get(output.name) is None)
    return details + [Detail(f"output {output.name}", describe(output.type), "nothing") for output in needed]
