"""What can be asked of a workflow."""

from __future__ import annotations

from dataclasses import field
from typing import Any, ClassVar, Literal
from uuid import UUID

from domain.subject import Command, command
from domain.workflows.checks.check import OutsideFinding
from domain.workflows.checks.facts import KnownCredentials
from domain.workflows.design import Design, Edge
from domain.workflows.events import TemplateUsed
from domain.workflows.operations import Operation
from domain.workflows.sub_workflows import SubWorkflows


@command
class WorkflowCommand(Command):
    """A command for one workflow."""

    subject: ClassVar[str] = "workflow"
    workflow_id: UUID

    @property
    def stream(self) -> UUID:
        """The workflow's stream."""
        return self.workflow_id


@command
class MembersEdit(WorkflowCommand):
    """A command whose edits are a member's, who can take them back."""

    member_id: UUID


@command
class CreateWorkflow(MembersEdit):
    """Begin a workflow with a draft: empty, or as the edits make it. That the name is new is a claim made outside.

    A copy, or a draft made from a template, is a workflow created with the edits that draw the other.
    """

    name: str
    operations: tuple[Operation, ...] = ()
    purpose: Literal["edit", "apply"] = "edit"
    copied_from: UUID | None = None
    copied_version: int | None = None
    template: TemplateUsed | None = None


@command
class RenameWorkflow(WorkflowCommand):
    """Give the workflow another name. That the name is new is a claim made outside."""

    name: str


@command
class EditWorkflow(MembersEdit):
    """Edit the draft: all operations take effect together, or none.

    With `expected_version` (of the stream), the edit is refused if something it touches was changed after that version.
    """

    operations: tuple[Operation, ...]
    expected_version: int | None = None
    purpose: Literal["edit", "apply"] = "edit"
    message: Any = None


@command
class UndoEdit(MembersEdit):
    """Take back the member's newest batch of edits that was not taken back yet."""


@command
class RedoEdit(MembersEdit):
    """Bring back the batch of edits that the member took back last."""


@command
class RepairWorkflow(MembersEdit):
    """Mend what checks have found wrong and know a repair for: those with these codes, or (none named) all.

    Facts: `findings` and `sub_workflows`, as for `ActivateWorkflow`.
    """

    codes: tuple[str, ...] = ()
    findings: tuple[OutsideFinding, ...] = ()
    sub_workflows: SubWorkflows = field(default_factory=dict)


@command
class LinkWorkflow(MembersEdit):
    """Connect links that are proposed for inputs without a source: these, or (None) all whose name and type speak for them."""

    edges: tuple[Edge, ...] | None = None


@command
class ActivateWorkflow(WorkflowCommand):
    """Lock the draft as the next version, on which jobs start from now on.

    Facts: `graph` is the hash of what `compile_design` made of the draft, already stored, empty where errors forbid that; `findings` are
    those of the checks that need more than the domain has (code, expressions); `sub_workflows` what is known of those it executes,
    `credentials` of those it names.
    """

    graph: str
    findings: tuple[OutsideFinding, ...] = ()
    sub_workflows: SubWorkflows = field(default_factory=dict)
    credentials: KnownCredentials | None = None
    note: Any = None
    expected_version: int | None = None


@command
class ReviseWorkflow(WorkflowCommand):
    """Open a new draft, copied from the last version."""


@command
class DiscardDraft(WorkflowCommand):
    """Drop the open revision."""

    reason: Any = None


@command
class RestoreVersion(MembersEdit):
    """Draw the draft as a version was, opening a revision if none is open. The fact `design` is that version's."""

    number: int
    design: Design


@command
class NoteVersion(WorkflowCommand):
    """Say something about a version, in the place of what was said before."""

    number: int
    note: Any


@command
class RetireWorkflow(WorkflowCommand):
    """Take the active version out of service, with none to take its place.

    The fact `used_by` names the workflows whose active version executes it: their jobs go on, so it is a question and not a law.
    """

    reason: Any = None
    used_by: tuple[str, ...] = ()
    even_if_used: bool = False


@command
class ArchiveWorkflow(WorkflowCommand):
    """Put the workflow away: no more edits, no more jobs. The fact `used_by` is as for `RetireWorkflow`."""

    reason: Any = None
    used_by: tuple[str, ...] = ()
    even_if_used: bool = False


@command
class UnarchiveWorkflow(WorkflowCommand):
    """Take the workflow out of the archive, as it was when it was put away."""

    reason: Any = None
