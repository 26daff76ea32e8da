"""What can happen to a workflow. Every edit is an event of its own; those of one command stand in one unit."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field, StrictBool

from domain.events import Event
from domain.variables import Name, Variable
from domain.workflows.design import Edge, InputSetting, Place, Policy


class WorkflowCreated(Event):
    """A workflow began, with an empty draft; its name is unique in its workspace."""

    wire: ClassVar[str] = "workflow.created.v1"
    name: str
    copied_from: UUID | None = None


class WorkflowRenamed(Event):
    """The workflow has another name from now on, whatever its versions are."""

    wire: ClassVar[str] = "workflow.renamed.v1"
    name: str


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


class TaskRenamed(Event):
    """A task of the draft has another name; every edge follows, and policies and configurations that name it are set in events after this one."""

    wire: ClassVar[str] = "workflow.task_renamed.v1"
    task: Name
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


class InputDeclared(Event):
    """The draft has this input, in the place of one of the same name."""

    wire: ClassVar[str] = "workflow.input_declared.v1"
    input: Variable


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
    """The draft has this output, in the place of one of the same name."""

    wire: ClassVar[str] = "workflow.output_declared.v1"
    output: Variable
    gather: StrictBool = False


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


class RevisionOpened(Event):
    """A new draft was opened, copied from the active version, which keeps running jobs."""

    wire: ClassVar[str] = "workflow.revision_opened.v1"
    number: int  # of the version it was copied from


class WorkflowArchived(Event):
    """The workflow was put away: it starts no more jobs and is edited no more; jobs that run go on."""

    wire: ClassVar[str] = "workflow.archived.v1"
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
    | TaskRenamed
    | TaskRemoved
    | EdgeConnected
    | EdgeDisconnected
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
    | DraftEvent
    | WorkflowActivated
    | VersionRetired
    | RevisionOpened
    | WorkflowArchived
)
