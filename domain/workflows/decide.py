"""Decides commands for workflows: what happens, or why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from domain.events import Event
from domain.refusals import Refusal
from domain.workflows import commands as ask
from domain.workflows import lifecycle
from domain.workflows.connecting import refuse_edges
from domain.workflows.design import Design
from domain.workflows.editing import as_drawn, edit
from domain.workflows.events import (
    DraftEvent,
    EditsSubmitted,
    SubmittedEdits,
    WorkflowCreated,
    WorkflowEvent,
    WorkflowRenamed,
)
from domain.workflows.history import UNDO_OPERATIONS_MAX, Batch, History, Stacks
from domain.workflows.lifecycle import in_use
from domain.workflows.linking import linked
from domain.workflows.refusals import (
    NothingToEdit,
    NothingToRedo,
    NothingToUndo,
    WorkflowAlreadyCreated,
    WorkflowNameRefused,
)
from domain.workflows.repairing import repaired
from domain.workflows.stale import refuse_any_change, refuse_overlap
from domain.workflows.state import InUse, NoWorkflow, Workflow, open_design
from domain.workflows.undoing import taken_back
from domain.workflows.wiring import Wiring

NAME_CHARACTERS_MAX = 200


def decide(command: ask.WorkflowCommand, workflow: Workflow) -> list[Event]:
    """The events of a command; none when there is nothing left to do."""
    decider = _DECIDERS.get(type(command))
    if decider is None:
        raise TypeError(f"Expected a command for workflows, but got {type(command).__name__}.")
    return [*decider(command, workflow)]


def create(command: ask.CreateWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Begins a workflow, with the edits that come along."""
    if not isinstance(workflow, NoWorkflow):
        raise WorkflowAlreadyCreated(workflow_id=command.workflow_id, name=workflow.known.name)
    _refuse_name(command.name)
    is_copy = command.copied_from is not None or command.template is not None
    edits, _ = edit(Design(), command.operations, refuse=as_drawn if is_copy else refuse_edges)
    created = WorkflowCreated(
        name=command.name,
        copied_from=command.copied_from,
        copied_version=command.copied_version,
        template=command.template,
    )
    return [created, *_submitted(edits, member_id=command.member_id, purpose=command.purpose)]


def rename(command: ask.RenameWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Gives the workflow another name."""
    known = in_use(command, workflow).known
    _refuse_name(command.name)
    return [] if command.name == known.name else [WorkflowRenamed(name=command.name)]


def edit_draft(command: ask.EditWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Edits the draft, unless someone else has changed what it touches since the version it was made on."""
    used = in_use(command, workflow)
    expected = command.expected_version
    try:
        edits, _ = edit(_open(used), command.operations)
    except Refusal:
        # What cannot be done any more is best explained by what others have done meanwhile.
        refuse_any_change(command.workflow_id, used, expected)
        raise
    refuse_overlap(command.workflow_id, used, expected, edits)
    return _submitted(
        edits,
        member_id=command.member_id,
        purpose=command.purpose,
        expected_version=expected,
        message=command.message,
    )


def undo(command: ask.UndoEdit, workflow: Workflow) -> list[WorkflowEvent]:
    """Takes back the member's newest batch of edits."""
    used = in_use(command, workflow)
    design, history = _open(used), used.known.history
    stacks = history.stacks.get(command.member_id, Stacks())
    if not stacks.undo:
        raise NothingToUndo(found=_nothing(stacks))
    return _taken_back(command, history, design, stacks.undo[-1], "undo")


def redo(command: ask.RedoEdit, workflow: Workflow) -> list[WorkflowEvent]:
    """Brings back the batch of edits that the member took back last."""
    used = in_use(command, workflow)
    design, history = _open(used), used.known.history
    stacks = history.stacks.get(command.member_id, Stacks())
    if not stacks.redo:
        raise NothingToRedo
    return _taken_back(command, history, design, stacks.redo[-1], "redo")


def repair(command: ask.RepairWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Mends what checks have found wrong."""
    design = _open(in_use(command, workflow))
    edits, codes = repaired(design, command.codes, command.findings, command.sub_workflows)
    return _submitted(edits, member_id=command.member_id, purpose="repair", codes=codes)


def link(command: ask.LinkWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Connects links that are proposed."""
    design = _open(in_use(command, workflow))
    chosen = linked(Wiring(design), command.edges)
    edits, _ = edit(design, [one.operation for one in chosen])
    return _submitted(edits, member_id=command.member_id, purpose="link")


_DECIDERS: Mapping[type, Callable[[Any, Workflow], list[WorkflowEvent]]] = {
    ask.CreateWorkflow: create,
    ask.RenameWorkflow: rename,
    ask.EditWorkflow: edit_draft,
    ask.UndoEdit: undo,
    ask.RedoEdit: redo,
    ask.RepairWorkflow: repair,
    ask.LinkWorkflow: link,
    ask.ActivateWorkflow: lifecycle.activate,
    ask.ReviseWorkflow: lifecycle.revise,
    ask.DiscardDraft: lifecycle.discard,
    ask.RestoreVersion: lifecycle.restore,
    ask.NoteVersion: lifecycle.note_version,
    ask.RetireWorkflow: lifecycle.retire,
    ask.ArchiveWorkflow: lifecycle.archive,
    ask.UnarchiveWorkflow: lifecycle.unarchive,
}


def _taken_back(
    command: ask.UndoEdit | ask.RedoEdit,
    history: History,
    design: Design,
    batch: Batch,
    purpose: Literal["undo", "redo"],
) -> list[WorkflowEvent]:
    edits = taken_back(command.workflow_id, history, design, batch)
    # Also where nothing is left to take back: the next is then the one before.
    submitted = EditsSubmitted(
        member_id=command.member_id,
        edits=len(edits),
        purpose=purpose,
        of=SubmittedEdits(first=batch.first, last=batch.last),
    )
    return [submitted, *edits]


def _submitted(edits: Sequence[DraftEvent], **facts: Any) -> list[WorkflowEvent]:
    # A batch without effect writes nothing.
    return [EditsSubmitted(edits=len(edits), **facts), *edits] if edits else []


def _nothing(stacks: Stacks) -> str:
    if stacks.too_many is None:
        return "there are none since the draft was opened"
    return f"your last {stacks.too_many} at once need more than {UNDO_OPERATIONS_MAX} steps to be taken back"


def _open(workflow: InUse) -> Design:
    design = open_design(workflow)
    if design is None:
        raise NothingToEdit(number=workflow.number - 1)
    return design


def _refuse_name(name: str) -> None:
    if not name.strip() or len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
        raise WorkflowNameRefused(most=NAME_CHARACTERS_MAX, found=f"{len(name)} characters" if name.strip() else "none")
