"""What can be asked of a workflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from domain.subject import Command
from domain.workflows.checks.check import OutsideFinding
from domain.workflows.operations import Operation
from domain.workflows.sub_workflows import SubWorkflows


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowCommand(Command):
    """A command for one workflow."""

    subject: ClassVar[str] = "workflow"
    workflow_id: UUID

    @property
    def stream(self) -> UUID:
        """The workflow's stream."""
        return self.workflow_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWorkflow(WorkflowCommand):
    """Begin a workflow with a draft: empty, or as the edits make it. That the name is new is a claim made outside."""

    name: str
    operations: tuple[Operation, ...] = ()
    copied_from: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameWorkflow(WorkflowCommand):
    """Give the workflow another name. That the name is new is a claim made outside."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditWorkflow(WorkflowCommand):
    """Edit the draft: all operations take effect together, or none.

    With `expected_version` (of the stream), the edit is refused if something it touches was changed after that version.
    """

    operations: tuple[Operation, ...]
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateWorkflow(WorkflowCommand):
    """Lock the draft as the next version, on which jobs start from now on.

    Facts: `graph` is the hash of what `compile_design` made of the draft, already stored, empty where errors forbid that; `findings` are
    those of the checks that need more than the domain has (code, expressions); `sub_workflows` what is known of those it executes.
    """

    graph: str
    findings: tuple[OutsideFinding, ...] = ()
    sub_workflows: SubWorkflows = field(default_factory=dict)
    note: Any = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseWorkflow(WorkflowCommand):
    """Open a new draft, copied from the active version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveWorkflow(WorkflowCommand):
    """Put the workflow away: no more edits, no more jobs."""

    reason: Any = None
