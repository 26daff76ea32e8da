"""What screens ask of workflows and their versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import LiteralString
from uuid import UUID

from projections.pages import Page, page_of, rows_to_read
from projections.tables import query
from projections.views import Views
from projections.workflows.rows import CredentialNamedRow, WorkflowRow, WorkflowUseRow, WorkflowVersionRow

USES_TOLD_MAX = 1_000
WORKFLOW_STATUSES = ("DRAFT", "ACTIVE", "RETIRED", "ARCHIVED")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFilter:
    """Which workflows a list shows; what is None does not restrict."""

    statuses: Sequence[str] | None = None


ALL_WORKFLOWS = WorkflowFilter()

_FIND = query("select {w} from views.workflows w where w.workflow_id = any(%s) and w.workspace_id = %s", w=WorkflowRow)
_LIST: LiteralString = "select {w} from views.workflows w where {where} order by w.position desc limit %(limit)s"
_CONDITIONS: dict[str, LiteralString] = {
    "statuses": "w.status = any(%(statuses)s)",
    "after": "w.position < %(after)s",
}
_FIND_VERSION = query(
    "select {v} from views.workflow_versions v where v.workspace_id = %s and (v.workflow_id, v.number) in "
    "(select * from unnest(%s::uuid[], %s::int8[]))",
    v=WorkflowVersionRow,
)
_NAMING = query(
    "select {v} from views.workflow_versions v "
    "join views.workflows w using (workflow_id) where v.workspace_id = %s and v.credentials && %s::text[] "
    "and v.status in ('DRAFT', 'ACTIVE') order by w.position, v.number limit %s",
    v=CredentialNamedRow,
)
_USES = query(
    "select w.workflow_id, u.workflow_id, u.name, u.number, u.status, u.uses, u.uses_tasks from views.workflows w "
    "cross join lateral (select v.workflow_id, by.name, v.number, v.status, v.uses, v.uses_tasks "
    "from views.workflow_versions v join views.workflows by using (workflow_id) where v.uses && w.names "
    "and v.workspace_id = w.workspace_id and v.status in ('DRAFT', 'ACTIVE') "
    "order by by.position, v.number limit %s) u where w.workflow_id = any(%s) and w.workspace_id = %s"
)
_LIST_VERSIONS = query(
    "select {v} from views.workflow_versions v where v.workspace_id = %s and v.workflow_id = %s "
    "and (%s::int8 is null or v.number < %s) order by v.number desc limit %s",
    v=WorkflowVersionRow,
)


async def find_workflow(views: Views, workspace_id: UUID, workflow_id: UUID) -> WorkflowRow | None:
    """The workflow, or None when this workspace has no such workflow."""
    return (await find_workflows(views, workspace_id, [workflow_id])).get(workflow_id)


async def find_workflows(views: Views, workspace_id: UUID, workflow_ids: Sequence[UUID]) -> dict[UUID, WorkflowRow]:
    """Those of the workflows that this workspace has, by id."""
    rows = await views.fetch(WorkflowRow, _FIND, (list(workflow_ids), workspace_id))
    return {row.workflow_id: row for row in rows}


async def list_workflows(
    views: Views,
    workspace_id: UUID,
    workflows: WorkflowFilter = ALL_WORKFLOWS,
    *,
    first: int = 50,
    after: int | None = None,
) -> Page[WorkflowRow]:
    """Workflows of a workspace, the newest first; `after` is the `position` of the last row of the page before."""
    parameters = asdict(workflows) | {"workspace_id": workspace_id, "after": after, "limit": rows_to_read(first)}
    if workflows.statuses is not None:
        parameters["statuses"] = list(workflows.statuses)
    asked = tuple(name for name in _CONDITIONS if parameters[name] is not None)
    return page_of(await views.fetch(WorkflowRow, _list_query(asked), parameters), first)


async def find_version(views: Views, workspace_id: UUID, workflow_id: UUID, number: int) -> WorkflowVersionRow | None:
    """One version of a workflow, or None."""
    return (await find_versions(views, workspace_id, [(workflow_id, number)])).get((workflow_id, number))


async def find_versions(
    views: Views, workspace_id: UUID, versions: Sequence[tuple[UUID, int]]
) -> dict[tuple[UUID, int], WorkflowVersionRow]:
    """Those of the versions that there are, by workflow and number."""
    workflow_ids, numbers = [workflow for workflow, _ in versions], [number for _, number in versions]
    rows = await views.fetch(WorkflowVersionRow, _FIND_VERSION, (workspace_id, workflow_ids, numbers))
    return {(row.workflow_id, row.number): row for row in rows}


async def find_uses(views: Views, workspace_id: UUID, workflow_ids: Sequence[UUID]) -> dict[UUID, list[WorkflowUseRow]]:
    """What executes each of the workflows now: drafts and active versions, the oldest workflow first."""
    found: dict[UUID, list[WorkflowUseRow]] = {}
    for row in await views.fetch(WorkflowUseRow, _USES, (USES_TOLD_MAX, list(workflow_ids), workspace_id)):
        found.setdefault(row.used, []).append(row)
    return found


async def find_credential_named(views: Views, workspace_id: UUID, name: str) -> list[CredentialNamedRow]:
    """The drafts and active versions whose tasks name a credential now, the oldest workflow first."""
    return await views.fetch(CredentialNamedRow, _NAMING, (workspace_id, [name], USES_TOLD_MAX))


async def list_versions(
    views: Views, workspace_id: UUID, workflow_id: UUID, *, first: int = 20, after: int | None = None
) -> Page[WorkflowVersionRow]:
    """Versions of a workflow, the newest first; `after` is the `number` of the last row of the page before."""
    parameters = (workspace_id, workflow_id, after, after, rows_to_read(first))
    return page_of(await views.fetch(WorkflowVersionRow, _LIST_VERSIONS, parameters), first)


@cache
def _list_query(asked: tuple[str, ...]) -> bytes:
    where: list[LiteralString] = ["w.workspace_id = %(workspace_id)s", *[_CONDITIONS[name] for name in asked]]
    return query(_LIST, where=where, w=WorkflowRow)
