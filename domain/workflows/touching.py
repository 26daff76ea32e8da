"""What each event of a workflow changes, so that edits of the same thing can be told from edits of different things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from domain.workflows.design import Edge
from domain.workflows.events import (
    DraftDiscarded,
    EdgeConnected,
    EdgeDisconnected,
    EditsSubmitted,
    InputDeclared,
    InputRemoved,
    InputRenamed,
    NotePlaced,
    NoteRemoved,
    OutputDeclared,
    OutputRemoved,
    OutputRenamed,
    RevisionOpened,
    TaskAdded,
    TaskConfigured,
    TaskDescribed,
    TaskInputSet,
    TaskMoved,
    TaskOutputsPinned,
    TaskOutputsUnpinned,
    TaskPolicySet,
    TaskRemoved,
    TaskRenamed,
    TaskUnplaced,
    TaskVariableRenamed,
    VersionNoted,
    VersionRetired,
    WorkflowActivated,
    WorkflowArchived,
    WorkflowCreated,
    WorkflowDescribed,
    WorkflowEvent,
    WorkflowLimitSet,
    WorkflowRenamed,
    WorkflowTakenOutOfService,
    WorkflowTimeLimitSet,
    WorkflowUnarchived,
)

ThingKind = Literal["task", "variable", "setting", "note", "name", "versions"]

SETTINGS, PLACE, AFTER = "settings", "place", "after"
"""Parts of a task: what it is set to, where it is drawn, the routes that lead to it. `inputs.x` is what feeds an input."""
DECLARED, FROM = "declared", "from"
"""Parts of an output of the workflow: what it is, what feeds it."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something in a workflow that an edit can be about: a part of it, or (no part) all of it."""

    kind: ThingKind
    name: str = ""
    part: str | None = None

    @property
    def path(self) -> str:
        """Where it is, as in a workflow file: `tasks.sure.inputs.total`, `outputs.file.from`, `description`."""
        within = {"task": ("tasks",), "note": ("notes",), "name": ("name",), "versions": ("versions",)}
        return ".".join(step for step in (*within.get(self.kind, ()), self.name, self.part) if step)

    def overlaps(self, other: Thing) -> bool:
        """Whether a change of one is a change of the other."""
        if (self.kind, self.name) != (other.kind, other.name):
            return False
        return self.part == other.part or self.part is None or other.part is None


NAME, VERSIONS = Thing("name"), Thing("versions")


def touched(event: WorkflowEvent) -> tuple[Thing, ...]:
    """What an event changes."""
    match event:
        case EditsSubmitted():
            return ()
        case WorkflowCreated() | WorkflowRenamed():
            return (NAME,)
        case (
            WorkflowActivated()
            | VersionRetired()
            | WorkflowTakenOutOfService()
            | RevisionOpened()
            | DraftDiscarded()
            | WorkflowArchived()
            | WorkflowUnarchived()
        ):
            return (VERSIONS,)
        case VersionNoted():
            return (Thing("versions", str(event.number)),)
        case WorkflowDescribed():
            return (Thing("setting", "description"),)
        case WorkflowLimitSet():
            return (Thing("setting", "heavy_at_once_max"),)
        case WorkflowTimeLimitSet():
            return (Thing("setting", "time_limit_seconds"),)
        case NotePlaced() | NoteRemoved():
            return (Thing("note", event.note),)
        case EdgeConnected() | EdgeDisconnected():
            return (end_of(event.edge),)
        case InputDeclared() | InputRenamed() | InputRemoved() | OutputDeclared() | OutputRenamed() | OutputRemoved():
            return _of_variable(event)
        case _:
            return _of_task(event)


def end_of(edge: Edge) -> Thing:
    """What an edge feeds: it is a matter of its end."""
    if edge.target is None:
        return Thing("variable", f"outputs.{edge.input}", FROM)
    return Thing("task", edge.target, AFTER if edge.input is None else f"inputs.{edge.input}")


def _of_variable(
    event: InputDeclared | InputRenamed | InputRemoved | OutputDeclared | OutputRenamed | OutputRemoved,
) -> tuple[Thing, ...]:
    match event:
        case InputDeclared():
            return (Thing("variable", f"inputs.{event.input.name}"),)
        case InputRemoved():
            return (Thing("variable", f"inputs.{event.input}"),)
        case InputRenamed():
            return tuple(Thing("variable", f"inputs.{name}") for name in (event.input, event.name))
        case OutputDeclared():
            return (Thing("variable", f"outputs.{event.output.name}", DECLARED),)
        case OutputRemoved():
            return (Thing("variable", f"outputs.{event.output}"),)
        case OutputRenamed():
            return tuple(Thing("variable", f"outputs.{name}") for name in (event.output, event.name))
        case _:
            assert_never(event)


def _of_task(
    event: TaskAdded
    | TaskConfigured
    | TaskDescribed
    | TaskPolicySet
    | TaskInputSet
    | TaskMoved
    | TaskUnplaced
    | TaskOutputsPinned
    | TaskOutputsUnpinned
    | TaskRenamed
    | TaskVariableRenamed
    | TaskRemoved,
) -> tuple[Thing, ...]:
    match event:
        case TaskAdded() | TaskRemoved():
            return (Thing("task", event.task),)
        case TaskRenamed():
            return Thing("task", event.task), Thing("task", event.name)
        case TaskMoved() | TaskUnplaced():
            return (Thing("task", event.task, PLACE),)
        case TaskInputSet():
            return (Thing("task", event.task, f"inputs.{event.input}"),)
        case TaskVariableRenamed(direction="input"):
            return tuple(Thing("task", event.task, f"inputs.{name}") for name in (event.variable, event.name))
        case (
            TaskConfigured()
            | TaskDescribed()
            | TaskPolicySet()
            | TaskOutputsPinned()
            | TaskOutputsUnpinned()
            | TaskVariableRenamed()
        ):
            return (Thing("task", event.task, SETTINGS),)
        case _:
            assert_never(event)
