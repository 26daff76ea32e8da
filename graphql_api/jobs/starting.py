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
from graphql_api.callbacks.given import CallbackInput, check_callbacks, read_callbacks
from graphql_api.commanding import said
from graphql_api.context import Context, read_id
from graphql_api.describe import about, input_type
from graphql_api.jobs.labels import JobPriority
from graphql_api.refusals import ArgumentRefused
from graphql_api.system import System
from graphql_api.values.given import NamedValue, keep, take

USUAL_SOURCE = "api"
SAID_BY_THE_SYSTEM = frozenset({"schedule", "webhook", "fork", "workflow"})


@input_type
class JobStart:
    """A job to be started on the active version of a workflow."""

    workflow_id: strawberry.ID = about("The workflow.")
    inputs: list[NamedValue] = about("The values of its inputs.", default_factory=list)
    title: str | None = about("What the job is called.", default=None)
    tags: list[str] | None = about("What it is found by, up to 20.", default=None)
    priority: JobPriority | None = about("How much it matters; NORMAL unless said.", default=None)
    business_key: str | None = about(
        "What the job is about, by the name other systems have for it; several jobs may have the same.", default=None
    )
    source: str | None = about(
        "The name of the system that starts it, like billing; api unless said. It says so itself: `startedBy` is who it was.",
        default=None,
    )
    time_limit_seconds: float | None = about(
        "After how long it times out, waiting included; not more than the workflow says, and so long if left out.",
        default=None,
    )
    callbacks: list[CallbackInput] | None = about("Whom it tells of its end, up to 5.", default=None)
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
    return await startable_of(context.api.system, context.workspace_id, known)


async def startable_of(system: System, workspace: UUID, workflow_id: UUID) -> Startable:
    """As `find_startable`, for whoever is no client of the API."""
    workflow: Workflow
    workflow, _ = await system.dispatch.load("workflow", workflow_id, workspace)
    version = version_to_start(workflow, str(workflow_id))
    return Startable(workflow_id, version.number, version.graph, await system.graph(workspace, version.graph))


def read_source(source: str | None) -> str:
    """Where a job comes from, as a client says; what only the system itself says is refused."""
    if source in SAID_BY_THE_SYSTEM:
        raise ArgumentRefused(
            expected="the name of a system", name="source", found=f"{source}, which is the system's own"
        )
    return USUAL_SOURCE if source is None else source


async def make_start(context: Context, start: JobStart, version: Startable, job_id: UUID, at: datetime) -> StartJob:
    """The command; what is wrong with the inputs goes along with it, so that one refusal names all of it."""
    callbacks = read_callbacks(start.callbacks)
    await check_callbacks(context, callbacks)
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
        tags=tuple(start.tags or ()),
        priority="normal" if start.priority is None else start.priority.value,
        business_key=start.business_key,
        source=read_source(start.source),
        inputs=values if details else await keep(context, values),
        facts=facts(version.graph, None, values),
        findings=tuple(details),
        callbacks=callbacks,
        on_behalf_of=context.identity.actor,
    )
