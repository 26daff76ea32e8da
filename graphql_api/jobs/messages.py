"""Messages to a job: those it was sent, and those its tasks wait for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from domain.graph import Graph
from domain.jobs.events import MessageReceived
from domain.kinds.wait import MESSAGE
from domain.types import ValueType
from domain.values import Value as StoredValue
from graphql_api.context import Context, Info
from graphql_api.describe import about, field, object_type
from graphql_api.jobs.loaders import graphs
from graphql_api.log.actors import Actor, show_actor
from graphql_api.values.shown import DeclaredType, Value, show_type, show_value
from projections.jobs import JobMessageRow, JobRow


@object_type
class MessageExpected:
    """A message that tasks of a job wait for, when they come to it."""

    name: str = about("Its name, by which it is sent.")
    type: DeclaredType | None = about("What its value must be.")
    tasks: list[str] = about("The tasks that wait for it; each takes one.")


@object_type
class Message:
    """A message that a job was sent."""

    name: str = about("Its name.")
    message_id: str = about("The sender's own id of it.")
    sent_by: Actor = about("Who sent it.")
    received_at: datetime = about("When it came.")
    taken_by: str | None = about("The run that took it; null while it is kept.")
    taken_at: datetime | None = about("When it was taken.")
    row: strawberry.Private[JobMessageRow]
    job: strawberry.Private[JobRow]

    @field
    async def value(self, info: Info) -> Value:
        """What came with it."""
        graph = await info.context.loader(graphs).load(self.job.graph)
        stored = await info.context.loader(message_values).load((self.row.job_id, self.row.version))
        return show_value(MESSAGE, next(iter(types_of(graph, self.name)), None), stored)


def show_message(row: JobMessageRow, job: JobRow) -> Message:
    """A message by its row, as of the job's row."""
    taken = row.taken_version is not None and row.taken_version <= job.version
    return Message(
        name=row.name,
        message_id=row.message_id,
        sent_by=show_actor(row.sent_by),
        received_at=row.received_at,
        taken_by=row.taken_by if taken else None,
        taken_at=row.taken_at if taken else None,
        row=row,
        job=job,
    )


def messages_expected(graph: Graph) -> list[MessageExpected]:
    """The messages that tasks of a graph wait for, by name."""
    tasks: dict[str, list[str]] = {}
    for task in graph.tasks:
        if task.takes is not None:
            tasks.setdefault(task.takes, []).append(task.name)
    return [
        MessageExpected(name=name, type=show_type(next(iter(types_of(graph, name)), None)), tasks=of)
        for name, of in tasks.items()
    ]


def types_of(graph: Graph, name: str) -> list[ValueType]:
    """The types that tasks declare for the value of a message; the checks of a workflow see to it that they are alike."""
    return [
        output.type for task in graph.tasks if task.takes == name for output in task.outputs if output.name == MESSAGE
    ]


async def message_values(context: Context, keys: list[tuple[UUID, int]]) -> list[StoredValue]:
    """The kept values of messages, by job and version of the event with which they came."""
    system = context.api.system
    found: dict[tuple[UUID, int], StoredValue] = {}
    for job_id in {job_id for job_id, _ in keys}:
        for record in await system.reader.read_versions(job_id, [version for job, version in keys if job == job_id]):
            event = system.mapper.event(record)
            if isinstance(event, MessageReceived):
                found[job_id, record.version] = event.value
    return [found.get(key) for key in keys]
