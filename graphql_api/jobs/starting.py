"""What a start needs before it can be decided: the active version, and inputs that are checked, measured and kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import strawberry

from domain.graph import Graph
from domain.jobs.commands import StartJob
from domain.jobs.facts import facts
from domain.jobs.inputs import misfits
from domain.workflows.refusals import WorkflowNotFound
from domain.workflows.starting import version_to_start
from domain.workflows.state import Workflow
from graphql_api.commanding import said
from graphql_api.context import Context, read_id
from graphql_api.describe import about, input_type
from graphql_api.values.given import NamedValue, keep, take


@input_type
class JobStart:
    """A job to be started on the active version of a workflow."""

    workflow_id: strawberry.ID = about("The workflow.")
    inputs: list[NamedValue] = about("The values of its inputs.", default_factory=list)
    title: str | None = about("What the job is called.", default=None)
    time_limit_seconds: float | None = about(
        "After how long it times out, waiting included; not more than the workflow says, and so long if left out.",
        default=None,
    )
    idempotency_key: str | None = about(
        "The same key with the same start gives the same job again, whoever asks; with another start it is refused.",
        default=None,
    )


@dataclass(frozen=True, slots=True)
class Startable:
    """The active version of a workflow, and its compiled graph."""

    workflow_id: UUID
    number: int
    graph_hash: str
    graph: Graph


async def find_startable(context: Context, workflow_id: strawberry.ID) -> Startable:
    """The version that jobs of a workflow start on now, as the log has it."""
    known = read_id(workflow_id)
    if known is None:
        raise WorkflowNotFound(workflow_id=workflow_id)
    system = context.api.system
    workflow: Workflow
    workflow, _ = await system.dispatch.load("workflow", known, context.workspace_id)
    version = version_to_start(workflow, workflow_id)
    return Startable(known, version.number, version.graph, await system.graph(context.workspace_id, version.graph))


async def make_start(context: Context, start: JobStart, version: Startable, job_id: UUID, at: datetime) -> StartJob:
    """The command; what is wrong with the inputs goes along with it, so that one refusal names all of it."""
    values, details = await take(context, start.inputs, "input")
    details += misfits(version.graph.inputs, values, "input")
    return StartJob(
        at=at,
        job_id=job_id,
        workflow_id=version.workflow_id,
        workflow_version=version.number,
        graph=version.graph_hash,
        title=said(start.title),
        time_limit_seconds=start.time_limit_seconds,
        inputs=values if details else await keep(context, values),
        facts=facts(version.graph, None, values),
        findings=tuple(details),
    )
