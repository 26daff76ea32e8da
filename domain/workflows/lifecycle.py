"""Decides what becomes of a workflow and its versions, from the first activation to the archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from domain.workflows.checks import blocking, check
from domain.workflows.commands import (
    ActivateWorkflow,
    ArchiveWorkflow,
    DiscardDraft,
    NoteVersion,
    RestoreVersion,
    RetireWorkflow,
    ReviseWorkflow,
    UnarchiveWorkflow,
    WorkflowCommand,
)
from domain.workflows.compile import ENGINE_RULES, compiled, graph_hash
from domain.workflows.design import Design
from domain.workflows.differences import edits_between
from domain.workflows.editing import as_drawn, edit
from domain.workflows.events import (
    DraftDiscarded,
    EditsSubmitted,
    RevisionOpened,
    VersionNoted,
    VersionRetired,
    WorkflowActivated,
    WorkflowArchived,
    WorkflowEvent,
    WorkflowTakenOutOfService,
    WorkflowUnarchived,
)
from domain.workflows.refusals import (
    DesignDiffers,
    GraphDiffers,
    NothingToActivate,
    NothingToDiscard,
    NothingToRetire,
    NothingToRevise,
    VersionUnknown,
    WorkflowHasErrors,
    WorkflowInUse,
    WorkflowIsArchived,
    WorkflowNotFound,
)
from domain.workflows.stale import refuse_any_change
from domain.workflows.state import (
    Archived,
    Draft,
    InService,
    InUse,
    Known,
    Locked,
    NoWorkflow,
    OutOfService,
    Workflow,
    last_version,
    open_design,
)


def activate(command: ActivateWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Locks the draft as the next version; the version before it retires."""
    used = in_use(command, workflow)
    design = open_design(used)
    if design is None:
        if isinstance(used, OutOfService):
            raise NothingToActivate(number=used.last.number)
        return []  # Asking twice is not an error.
    refuse_any_change(command.workflow_id, used, command.expected_version)
    checks = check(design, command.findings, command.sub_workflows, command.credentials)
    if errors := blocking(checks):
        details = tuple(one.detail for one in errors)
        raise WorkflowHasErrors(details=details, count=len(errors), place=errors[0].place)
    if command.graph != graph_hash(compiled(design, command.sub_workflows)):
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
    """Opens a revision of the last version."""
    used = in_use(command, workflow)
    if isinstance(used, Draft):
        raise NothingToRevise
    return _opened(used)


def discard(command: DiscardDraft, workflow: Workflow) -> list[WorkflowEvent]:
    """Drops the open revision."""
    used = in_use(command, workflow)
    if isinstance(used, Draft):
        raise NothingToDiscard
    return [] if used.revision is None else [DraftDiscarded(reason=command.reason)]


def restore(command: RestoreVersion, workflow: Workflow) -> list[WorkflowEvent]:
    """Draws the draft as a version was."""
    used = in_use(command, workflow)
    version = _locked(used.known, command.number)
    if command.design.content_hash() != version.content:
        raise DesignDiffers(number=command.number)
    opened: list[WorkflowEvent] = [] if isinstance(used, Draft) else _opened(used)
    start = _to_edit(used)
    edits, _ = edit(start, edits_between(start, command.design), refuse=as_drawn)
    if not edits:
        return opened
    submitted = EditsSubmitted(member_id=command.member_id, edits=len(edits), purpose="restore", number=command.number)
    return [*opened, submitted, *edits]


def note_version(command: NoteVersion, workflow: Workflow) -> list[WorkflowEvent]:
    """Says something about a version."""
    if isinstance(workflow, NoWorkflow):
        raise WorkflowNotFound(workflow_id=command.workflow_id)
    version = _locked(workflow.known, command.number)
    return [] if version.note == command.note else [VersionNoted(number=command.number, note=command.note)]


def retire(command: RetireWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Takes the active version out of service."""
    used = in_use(command, workflow)
    match used:
        case Draft():
            raise NothingToRetire
        case InService():
            _refuse_used(command.used_by, even_if_used=command.even_if_used)
            return [WorkflowTakenOutOfService(number=used.active.number, reason=command.reason)]
        case OutOfService():
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
            _refuse_used(command.used_by, even_if_used=command.even_if_used)
            return [WorkflowArchived(reason=command.reason)]
        case _:
            assert_never(workflow)


def unarchive(command: UnarchiveWorkflow, workflow: Workflow) -> list[WorkflowEvent]:
    """Takes the workflow out of the archive."""
    match workflow:
        case NoWorkflow():
            raise WorkflowNotFound(workflow_id=command.workflow_id)
        case Archived():
            return [WorkflowUnarchived(reason=command.reason)]
        case Draft() | InService() | OutOfService():
            return []  # Asking twice is not an error.
        case _:
            assert_never(workflow)


def in_use(command: WorkflowCommand, workflow: Workflow) -> InUse:
    """The workflow, where it is there and not put away."""
    match workflow:
        case NoWorkflow():
            raise WorkflowNotFound(workflow_id=command.workflow_id)
        case Archived():
            raise WorkflowIsArchived(name=workflow.known.name)
        case Draft() | InService() | OutOfService():
            return workflow
        case _:
            assert_never(workflow)


def _opened(workflow: InService | OutOfService) -> list[WorkflowEvent]:
    if workflow.revision is not None:
        return []  # Asking twice is not an error.
    return [RevisionOpened(number=workflow.number - 1)]


def _to_edit(workflow: InUse) -> Design:
    # The draft, or what a revision is opened with.
    design, version = open_design(workflow), last_version(workflow)
    if design is not None:
        return design
    return Design() if version is None else version.design


def _locked(known: Known, number: int) -> Locked:
    version = next((one for one in known.versions if one.number == number), None)
    if version is None:
        raise VersionUnknown(number=number)
    return version


def _refuse_used(used_by: Sequence[str], *, even_if_used: bool) -> None:
    if used_by and not even_if_used:
        raise WorkflowInUse(names=", ".join(used_by))
