"""What can happen to a workflow. Every edit is an event of its own; those of one command stand in one unit."""

from __future__ import annotations

from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StrictBool

from domain.events import Event, Recorded, added
from domain.variables import Direction, Name, Variable
from domain.workflows.design import Edge, InputSetting, Length, Place, Policy

Purpose = Literal["edit", "undo", "redo", "repair", "link", "restore", "apply"]


class TemplateUsed(Recorded):
    """One version of a template."""

    template_id: UUID
    version: int


class WorkflowCreated(Event):
    """A workflow began, with an empty draft; its name is unique in its workspace."""

    wire: ClassVar[str] = "workflow.created.v1"
    name: str
    copied_from: UUID | None = None
    copied_version: int | None = added()  # of the workflow it was copied from; none: its draft
    template: TemplateUsed | None = added()  # what it was made from


class WorkflowRenamed(Event):
    """The workflow has another name from now on, whatever its versions are."""

    wire: ClassVar[str] = "workflow.renamed.v1"
    name: str


class SubmittedEdits(Recorded):
    """Edits that were submitted together: the versions of the event that says so and of the last of them."""

    first: int
    last: int


class EditsSubmitted(Event):
    """A member submitted edits together; they are the events that follow, so many of them, and nothing stands between."""

    wire: ClassVar[str] = "workflow.edits_submitted.v1"
    member_id: UUID
    edits: int
    purpose: Purpose
    expected_version: int | None = added()  # of the workflow's stream, that the member had seen
    of: SubmittedEdits | None = added()  # what was undone or redone
    codes: tuple[str, ...] | None = added()  # of the checks that were repaired
    number: int | None = added()  # of the version that was restored
    message: Any = added()


class WorkflowDescribed(Event):
    """The draft says what the workflow is for."""

    wire: ClassVar[str] = "workflow.described.v1"
    description: Any


class WorkflowLimitSet(Event):
    """The draft allows at most so many heavy tasks of a job at once."""

    wire: ClassVar[str] = "workflow.limit_set.v1"
    heavy_at_once_max: int


class WorkflowTimeLimitSet(Event):
    """The draft has its jobs time out after so long; null: never."""

    wire: ClassVar[str] = "workflow.time_limit_set.v1"
    time_limit_seconds: float | None = None


class TaskAdded(Event):
    """A task was added to the draft."""

    wire: ClassVar[str] = "workflow.task_added.v1"
    task: Name
    kind: str
    label: Any = None
    description: Any = None
    config: dict[str, Any] = Field(default_factory=dict)
    policy: Policy = Policy()
    place: Place | None = None
    before: Name | None = added()  # the task directly before which it stands; none: last
    copied_from: Name | None = added()  # the task it was duplicated from


class TaskConfigured(Event):
    """A task of the draft has this configuration, as a whole, in the place of the one before."""

    wire: ClassVar[str] = "workflow.task_configured.v1"
    task: Name
    config: dict[str, Any]


class TaskDescribed(Event):
    """A task of the draft has this label and this description."""

    wire: ClassVar[str] = "workflow.task_described.v1"
    task: Name
    label: Any = None
    description: Any = None


class TaskPolicySet(Event):
    """A task of the draft starts, is limited and fails in this way."""

    wire: ClassVar[str] = "workflow.task_policy_set.v1"
    task: Name
    policy: Policy


class TaskInputSet(Event):
    """An input of a task of the draft holds a constant, gathers its edges, or (neither) takes the first that delivers."""

    wire: ClassVar[str] = "workflow.task_input_set.v1"
    task: Name
    input: Name
    setting: InputSetting


class TaskMoved(Event):
    """A task of the draft is drawn in another place."""

    wire: ClassVar[str] = "workflow.task_moved.v1"
    task: Name
    place: Place


class TaskUnplaced(Event):
    """A task of the draft is drawn where the layout puts it."""

    wire: ClassVar[str] = "workflow.task_unplaced.v1"
    task: Name


class TaskOutputsPinned(Event):
    """In previews these outputs stand for those of a task of the draft, which is then not performed."""

    wire: ClassVar[str] = "workflow.task_outputs_pinned.v1"
    task: Name
    outputs: dict[str, Any]
    of: str | None = None  # `stream:version` of the event that brought them, where they were taken from one


class TaskOutputsUnpinned(Event):
    """In previews a task of the draft is performed again."""

    wire: ClassVar[str] = "workflow.task_outputs_unpinned.v1"
    task: Name


class TaskRenamed(Event):
    """A task of the draft has another name; every edge follows, and policies and configurations that name it are set in events after this one."""

    wire: ClassVar[str] = "workflow.task_renamed.v1"
    task: Name
    name: Name


class TaskVariableRenamed(Event):
    """An input or output of a task of the draft has another name; its edges and what it is set to follow, and the configuration that declares it is set in an event after this one."""

    wire: ClassVar[str] = "workflow.task_variable_renamed.v1"
    task: Name
    direction: Direction
    variable: Name
    name: Name


class TaskRemoved(Event):
    """A task was removed from the draft, after its edges."""

    wire: ClassVar[str] = "workflow.task_removed.v1"
    task: Name


class EdgeConnected(Event):
    """The draft has this edge, directly before another in edge order, or last."""

    wire: ClassVar[str] = "workflow.edge_connected.v1"
    edge: Edge
    before: Edge | None = None


class EdgeDisconnected(Event):
    """The draft no longer has this edge."""

    wire: ClassVar[str] = "workflow.edge_disconnected.v1"
    edge: Edge


class NotePlaced(Event):
    """A note stands on the drawing, in the place of one of the same name; without a size it is as large as its text."""

    wire: ClassVar[str] = "workflow.note_placed.v1"
    note: Name
    text: Any
    place: Place
    width: Length | None = None
    height: Length | None = None


class NoteRemoved(Event):
    """A note was taken from the drawing."""

    wire: ClassVar[str] = "workflow.note_removed.v1"
    note: Name


class InputDeclared(Event):
    """The draft has this input: in the place of one of the same name, directly before another, or last."""

    wire: ClassVar[str] = "workflow.input_declared.v1"
    input: Variable
    before: Name | None = added()


class InputRenamed(Event):
    """An input of the draft has another name; every edge from it follows."""

    wire: ClassVar[str] = "workflow.input_renamed.v1"
    input: Name
    name: Name


class InputRemoved(Event):
    """An input was removed from the draft, after its edges."""

    wire: ClassVar[str] = "workflow.input_removed.v1"
    input: Name


class OutputDeclared(Event):
    """The draft has this output: in the place of one of the same name, directly before another, or last."""

    wire: ClassVar[str] = "workflow.output_declared.v1"
    output: Variable
    gather: StrictBool = False
    before: Name | None = added()


class OutputRenamed(Event):
    """An output of the draft has another name; every edge to it follows."""

    wire: ClassVar[str] = "workflow.output_renamed.v1"
    output: Name
    name: Name


class OutputRemoved(Event):
    """An output was removed from the draft, after its edges."""

    wire: ClassVar[str] = "workflow.output_removed.v1"
    output: Name


class WorkflowActivated(Event):
    """The draft became this version: locked, compiled, and what jobs start on from now on."""

    wire: ClassVar[str] = "workflow.activated.v1"
    number: int
    graph: str  # content hash of the compiled graph
    rules: int  # number of the engine rules it was compiled for
    content: str  # SHA-256 of the design, to tell whether two versions are drawn alike
    warnings: tuple[str, ...] = ()  # codes of the checks that stood and did not block
    note: Any = None


class VersionRetired(Event):
    """A version starts no more jobs, because another took its place; jobs that run on it go on."""

    wire: ClassVar[str] = "workflow.version_retired.v1"
    number: int
    replaced_by: int


class WorkflowTakenOutOfService(Event):
    """The active version starts no more jobs, and none takes its place; jobs that run on it go on."""

    wire: ClassVar[str] = "workflow.taken_out_of_service.v1"
    number: int
    reason: Any = None


class VersionNoted(Event):
    """A version has this note, in the place of the one before."""

    wire: ClassVar[str] = "workflow.version_noted.v1"
    number: int
    note: Any


class RevisionOpened(Event):
    """A new draft was opened, copied from the last version, which keeps running jobs if it is active."""

    wire: ClassVar[str] = "workflow.revision_opened.v1"
    number: int  # of the version it was copied from


class DraftDiscarded(Event):
    """The open revision was dropped; the next one has its number."""

    wire: ClassVar[str] = "workflow.draft_discarded.v1"
    reason: Any = None


class WorkflowArchived(Event):
    """The workflow was put away: it starts no more jobs and is edited no more; jobs that run go on."""

    wire: ClassVar[str] = "workflow.archived.v1"
    reason: Any = None


class WorkflowUnarchived(Event):
    """The workflow is in use again, as it was when it was put away: an active version is active again."""

    wire: ClassVar[str] = "workflow.unarchived.v1"
    reason: Any = None


DraftEvent = (
    WorkflowDescribed
    | WorkflowLimitSet
    | WorkflowTimeLimitSet
    | TaskAdded
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
    | TaskRemoved
    | EdgeConnected
    | EdgeDisconnected
    | NotePlaced
    | NoteRemoved
    | InputDeclared
    | InputRenamed
    | InputRemoved
    | OutputDeclared
    | OutputRenamed
    | OutputRemoved
)
"""The edits: what changes the draft."""

WorkflowEvent = (
    WorkflowCreated
    | WorkflowRenamed
    | EditsSubmitted
    | DraftEvent
    | WorkflowActivated
    | VersionRetired
    | WorkflowTakenOutOfService
    | VersionNoted
    | RevisionOpened
    | DraftDiscarded
    | WorkflowArchived
    | WorkflowUnarchived
)
