"""The rows of the read model `workflows`: one a workflow, one a version (the draft is the last of them).

Of a draft the row tells only that it is there, and what it executes: as it stands it is read from its stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.tables import Json, Table


@dataclass(slots=True)
class WorkflowRow:
    """A workflow as lists and headers show it."""

    workflow_id: UUID
    workspace_id: UUID
    position: int  # of its first event: the order of lists
    version: int  # of its last event in the stream: what an edit expects
    last_position: int
    name: str
    description: Json
    status: str  # DRAFT, ACTIVE, RETIRED, ARCHIVED
    created_by: str
    created_at: datetime
    changed_at: datetime
    active_version: int | None = None
    draft_version: int | None = None
    names: tuple[str, ...] = ()  # all it ever had, as they are claimed
    copied_from: UUID | None = None
    copied_version: int | None = None
    template_id: UUID | None = None
    template_version: int | None = None


@dataclass(slots=True)
class WorkflowVersionRow:
    """One version: the draft as it stands now, or what was locked when it was activated."""

    workflow_id: UUID
    number: int
    workspace_id: UUID
    status: str  # DRAFT, ACTIVE, RETIRED; ARCHIVED: a draft that was put away with its workflow
    design: Json = None  # as `domain.workflows.design.Design.form` writes it; none of a draft
    content_hash: str | None = None  # none of a draft
    graph_hash: str | None = None
    rules: int | None = None
    activated_at: datetime | None = None
    activated_by: str | None = None
    note: Json = None
    uses: tuple[str, ...] = ()  # the names of workflows that its tasks execute, as they are claimed
    uses_tasks: tuple[str, ...] = ()  # beside each of them, the task
    credentials: tuple[str, ...] = ()  # the credentials that its tasks name
    credentials_tasks: tuple[str, ...] = ()  # beside each of them, the task


@dataclass(frozen=True, slots=True)
class WorkflowUseRow:
    """That the draft or the active version of a workflow executes another; `used` is that other."""

    used: UUID
    workflow_id: UUID
    name: str
    number: int
    status: str
    uses: tuple[str, ...]
    uses_tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CredentialNamedRow:
    """That tasks of the draft or of the active version of a workflow name a credential."""

    workflow_id: UUID
    number: int
    status: str
    credentials: tuple[str, ...]
    credentials_tasks: tuple[str, ...]


WORKFLOWS_TABLE: Table[Any] = Table("workflows", WorkflowRow, ("workflow_id",))
WORKFLOW_VERSIONS_TABLE: Table[Any] = Table(
    "workflow_versions", WorkflowVersionRow, ("workflow_id", "number"), compared=True
)
