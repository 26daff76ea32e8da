"""Decides commands for workflows: what happens, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn, assert_never

from domain.events import Event
from domain.refusals import Refusal
from domain.workflows.checks import blocking, check
from domain.workflows.commands import (
    ActivateWorkflow,
    ArchiveWorkflow,
    CreateWorkflow,
    EditWorkflow,
    RenameWorkflow,
    ReviseWorkflow,
    WorkflowCommand,
)
from domain.workflows.compile import ENGINE_RULES, compile_design, graph_bytes, graph_hash
from domain.workflows.design import Design
from domain.workflows.editing import edit
from domain.workflows.events import (
    RevisionOpened,
    VersionRetired,
    WorkflowActivated,
    WorkflowArchived,
    WorkflowCreated,
    WorkflowEvent,
    WorkflowRenamed,
)
from domain.workflows.refusals import (
    GraphDiffers,
    NothingToEdit,
    NothingToRevise,
    WorkflowAlreadyCreated,
    WorkflowHasErrors,
    WorkflowIsArchived,
    WorkflowMoved,
    WorkflowNameRefused,
    WorkflowNotFound,
)
from domain.workflows.state import (
    Archived,
    Draft,
    InService,
    InUse,
    NoWorkflow,
    OutOfService,
    Workflow,
    changed_since,
    open_design,
)
from domain.workflows.touching import touched

NAME_CHARACTERS_MAX = 200
CHANGES_NAMED_MAX = 10


def decide(command: WorkflowCommand, workflow: Workflow) -> list[Event]:
    """The events of a command; none when there is nothing left to do."""
    match command:
        case CreateWorkflow():
            return [*create(command, workflow)]
        case RenameWorkflow():
            return [*rename(command, workflow)]
        case EditWorkflow():
            return [*edit_draft(command, workflow)]
        case ActivateWorkflow():
            return [*activate(command, workflow)]
        case ReviseWorkflow():
            return [*revise(command, workflow)]
        case ArchiveWorkflow():
            return [*archive(command, workflow)]
        case _:
            raise TypeError(f"Expected a command for workflows, but got {type(command).__name__}.")


def create(command: CreateWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Begins a workflow, with the edits that come along."""
    if not isinstance(workflow, NoWorkflow):
        raise WorkflowAlreadyCreated(workflow_id=command.workflow_id, name=workflow.known.name)
    _refuse_name(command.name)
    edits, _ = edit(Design(), command.operations)
    return [WorkflowCreated(name=command.name, copied_from=command.copied_from), *edits]


def rename(command: RenameWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Gives the workflow another name."""
    known = _in_use(command, workflow).known
    _refuse_name(command.name)
    return [] if command.name == known.name else [WorkflowRenamed(name=command.name)]


def edit_draft(command: EditWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Edits the draft, unless someone else has changed what it touches since the version it was made on."""
    used = _in_use(command, workflow)
    try:
        events, _ = edit(_open(used), command.operations)
    except Refusal:
        # What cannot be done any more is best explained by what others have done meanwhile.
        _refuse_any_change(used, command.expected_version)
        raise
    _refuse_overlap(used, command.expected_version, events)
    return [*events]


def activate(command: ActivateWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Locks the draft as the next version; the version before it retires."""
    used = _in_use(command, workflow)
    if isinstance(used, InService) and used.revision is None:
        return []  # Asking twice is not an error.
    _refuse_any_change(used, command.expected_version)
    design = _open(used)
    checks = check(design, command.findings, command.sub_workflows)
    if errors := blocking(checks):
        details = tuple(one.detail for one in errors)
        raise WorkflowHasErrors(details=details, count=len(errors), place=errors[0].place)
    if command.graph != graph_hash(graph_bytes(compile_design(design, command.sub_workflows))):
        raise GraphDiffers
    activated = WorkflowActivated(
        number=used.number,
        graph=command.graph,
        rules=ENGINE_RULES,
        content=design.content_hash(),
        warnings=tuple(sorted({one.code for one in checks})),
        note=command.note,
    )
    if not isinstance(used, InService):
        return [activated]
    return [activated, VersionRetired(number=used.active.number, replaced_by=used.number)]


def revise(command: ReviseWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Opens a revision of the active version."""
    used = _in_use(command, workflow)
    match used:
        case Draft():
            raise NothingToRevise
        case InService(revision=None) | OutOfService(revision=None):
            return [RevisionOpened(number=used.number - 1)]
        case InService() | OutOfService():
            return []  # Asking twice is not an error.
        case _:
            assert_never(used)


def archive(command: ArchiveWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Puts the workflow away."""
    match workflow:
        case NoWorkflow():
            raise WorkflowNotFound(workflow_id=command.workflow_id)
        case Archived():
            return []  # Asking twice is not an error.
        case Draft() | InService() | OutOfService():
            return [WorkflowArchived(reason=command.reason)]
        case _:
            assert_never(workflow)


def _in_use(command: WorkflowCommand, workflow: Workflow) -> InUse:
    match workflow:
        case NoWorkflow():
            raise WorkflowNotFound(workflow_id=command.workflow_id)
        case Archived():
            raise WorkflowIsArchived(name=workflow.known.name)
        case Draft() | InService() | OutOfService():
            return workflow
        case _:
            assert_never(workflow)


def _open(workflow: InUse) -> Design:
    design = open_design(workflow)
    if design is None:
        raise NothingToEdit(number=workflow.number - 1)
    return design


def _refuse_name(name: str) -> None:
    if not name.strip() or len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
        raise WorkflowNameRefused(most=NAME_CHARACTERS_MAX, found=f"{len(name)} characters" if name.strip() else "none")


def _refuse_overlap(workflow: InUse, expected: int | None, events: Sequence[WorkflowEvent]) -> None:
    if expected is None:
        return
    about = {thing for event in events for thing in touched(event)}
    since = [thing for change in changed_since(workflow, expected) for thing in change.things]
    overlap = [thing for thing in dict.fromkeys(since) if any(thing.overlaps(other) for other in about)]
    if overlap:
        _refuse_moved(workflow, expected, [thing.path for thing in overlap])


def _refuse_any_change(workflow: InUse, expected: int | None) -> None:
    if expected is None:
        return
    since = [thing for change in changed_since(workflow, expected) for thing in change.things]
    if changed := [thing.path for thing in dict.fromkeys(since)]:
        _refuse_moved(workflow, expected, changed)


def _refuse_moved(workflow: InUse, expected: int, changed: list[str]) -> NoReturn:
    named = ", ".join(changed[:CHANGES_NAMED_MAX])
    more = f" and {len(changed) - CHANGES_NAMED_MAX} more" if len(changed) > CHANGES_NAMED_MAX else ""
    raise WorkflowMoved(expected=expected, found=workflow.known.version, changed=named + more)
