"""The rules of workflows, as what is said when they are broken."""

from __future__ import annotations

from domain.refusals import Refusal


class WorkflowNotFound(Refusal):
    """Expected a workflow with id {workflow_id}, but there is none."""


class WorkflowAlreadyCreated(Refusal):
    """Expected a new workflow, but {workflow_id} was created before, named {name}."""


class WorkflowNameRefused(Refusal):
    """Expected a name of 1 to {most} characters without line breaks, but got {found}."""


class WorkflowIsArchived(Refusal):
    """Expected a workflow in use, but {name} is archived."""


class WorkflowNotActive(Refusal):
    """Expected an active workflow, but {name} has no active version; activate it first."""


class NothingToEdit(Refusal):
    """Expected an open draft, but version {number} is locked; open a revision of it first."""


class NothingToRevise(Refusal):
    """Expected an active version to revise, but the workflow has only its first draft; edit that."""


class NothingToActivate(Refusal):
    """Expected an open draft, but there is none, and version {number} is out of service; open a revision of it first."""


class NothingToDiscard(Refusal):
    """Expected a revision to discard, but the workflow has only its first draft; archive it if nobody needs it."""


class NothingToRetire(Refusal):
    """Expected an active version to take out of service, but the workflow was never active."""


class WorkflowInUse(Refusal):
    """Expected a workflow that no active one executes, but {names} would execute a version that starts no more jobs by itself; say so if that is meant."""


class VersionUnknown(Refusal):
    """Expected a version of this workflow, but there is no version {number}."""


class DesignDiffers(Refusal):
    """Expected the design of version {number}, but got another; read it anew."""


class NothingToRepair(Refusal):
    """Expected checks that know a repair, but {found}."""


class WorkflowMoved(Refusal):
    """Expected the workflow as it was at version {expected}, but it is at version {found}, and since then others changed {changed}."""


class VersionNotReached(Refusal):
    """Expected a version of the workflow's events that there is, but got {expected}, and it is at version {found}."""


class NothingToUndo(Refusal):
    """Expected edits of yours to take back, but {found}."""


class NothingToRedo(Refusal):
    """Expected edits of yours that you took back and nothing since, but there are none."""


class UndoOvertaken(Refusal):
    """Expected nothing to stand on your edits up to version {version}, but{found}."""


class EditsTooMany(Refusal):
    """Expected at most {most} edits at once, but got {found}."""


class WorkflowTooLarge(Refusal):
    """Expected at most {most} {what} in a workflow, but there would be {found}."""


class TaskNameTaken(Refusal):
    """Expected a name that no task has, but there is a task {task}."""


class TaskNameReserved(Refusal):
    """Expected another name for the task, but {task} stands for the workflow's own variables."""


class TaskKindUnknown(Refusal):
    """Expected one of the task kinds {known}, but got {kind}."""


class TaskUnknown(Refusal):
    """Expected a task of this workflow, but there is no task {task}."""


class VariableUnknown(Refusal):
    """Expected {what} of this workflow, but there is no {name}."""


class VariableNameTaken(Refusal):
    """Expected a name that no {what} has, but there is {name}."""


class TaskVariableUnknown(Refusal):
    """Expected an {direction} that task {task} declares, but there is no {name}."""


class KindDeclaresNone(Refusal):
    """Expected a task whose {direction} can be declared, but those of {task} follow from its kind {kind}; {name} is none to be edited."""


class ConfigurationMisread(Refusal):
    """Expected a configuration of {task} that can be read, but it cannot; configure the task first."""


class RenameUncertain(Refusal):
    """Expected every use of {old} to be certain, but whether it can be called {new} is not at {places}; change that first."""


class NoteUnknown(Refusal):
    """Expected a note of this workflow, but there is no note {note}."""


class EdgesNotAllNamed(Refusal):
    """Expected all {count} edges of {end} in their new order, but got {named}."""


class EdgesEndApart(Refusal):
    """Expected an edge of {end} to come before, but {edge} leads elsewhere."""


class EdgeUnknown(Refusal):
    """Expected an edge of this workflow, but there is no edge {edge}."""


class EdgeClosesCycle(Refusal):
    """Expected edges that never lead back, but {edge} closes the cycle {cycle}."""


class EdgeTypesDiffer(Refusal):
    """Expected {expected} for {end}, but {origin} gives {found}."""


class WorkflowHasErrors(Refusal):
    """Expected a workflow without errors, but {count} of its checks stand against activating it, the first of them at {place}."""


class GraphDiffers(Refusal):
    """Expected the graph of the draft as it stands, but what was compiled is of another; read the draft and activate again."""
