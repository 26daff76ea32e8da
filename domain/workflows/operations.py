"""The edits a builder can ask for; several come in one command, and take effect together or not at all."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StringConstraints, TypeAdapter

from domain.events import Recorded
from domain.graph import OnError, Retry
from domain.variables import Direction, Name, Variable
from domain.workflows.design import Edge, Expects, ForEach, InputSetting, Length, Place, Policy, Seconds

HEAVY_AT_ONCE_MAX = 1_000
EventText = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[1-9][0-9]*$")
]
"""An event as `stream:version`."""


class DescribeWorkflow(Recorded):
    """Says what the workflow is for."""

    do: Literal["describe_workflow"] = "describe_workflow"
    description: Any


class SetLimit(Recorded):
    """Sets how many heavy tasks of a job may run at once."""

    do: Literal["set_limit"] = "set_limit"
    heavy_at_once_max: Annotated[int, Field(strict=True, ge=1, le=HEAVY_AT_ONCE_MAX)]


class SetTimeLimit(Recorded):
    """Sets after how long a job times out, waiting included; null: never."""

    do: Literal["set_time_limit"] = "set_time_limit"
    time_limit_seconds: Seconds | None


class AddTask(Recorded):
    """Adds a task, directly before another or last; the configuration may still be incomplete."""

    do: Literal["add_task"] = "add_task"
    task: Name
    kind: str
    label: Any = None
    description: Any = None
    config: dict[str, Any] = Field(default_factory=dict)
    policy: Policy = Policy()
    place: Place | None = None
    before: Name | None = None


class DuplicateTask(Recorded):
    """Adds a task that is set like another and fed by the same edges; what follows the other does not follow it."""

    do: Literal["duplicate_task"] = "duplicate_task"
    task: Name
    name: Name
    place: Place | None = None


class ConfigureTask(Recorded):
    """Replaces the configuration of a task as a whole."""

    do: Literal["configure_task"] = "configure_task"
    task: Name
    config: dict[str, Any]


class DescribeTask(Recorded):
    """Sets the label and the description of a task."""

    do: Literal["describe_task"] = "describe_task"
    task: Name
    label: Any = None
    description: Any = None


class SetTaskPolicy(Recorded):
    """Sets when a task starts, how often, how long it may take, and what follows when it fails; what is not named stays."""

    do: Literal["set_task_policy"] = "set_task_policy"
    task: Name
    join: Literal["all", "any"] = "all"
    on_error: OnError = "fail_job"
    time_limit_seconds: Seconds | None = None
    heavy: StrictBool | None = None
    retry: Retry | None = None
    compensates: Name | None = None
    for_each: ForEach | None = None
    expects: Expects | None = None


class SetTaskInput(Recorded):
    """Gives an input of a task a constant, has it gather its edges, or (neither) ends both."""

    do: Literal["set_task_input"] = "set_task_input"
    task: Name
    input: Name
    setting: InputSetting = InputSetting()


class MoveTask(Recorded):
    """Draws a task in another place."""

    do: Literal["move_task"] = "move_task"
    task: Name
    place: Place


class UnplaceTask(Recorded):
    """Draws a task where the layout puts it."""

    do: Literal["unplace_task"] = "unplace_task"
    task: Name


class PinOutputs(Recorded):
    """Has outputs stand for those of a task in previews, in the place of what was pinned before."""

    do: Literal["pin_outputs"] = "pin_outputs"
    task: Name
    outputs: dict[str, Any]
    of: EventText | None = None  # the event they were taken from


class UnpinOutputs(Recorded):
    """Has a task performed again in previews."""

    do: Literal["unpin_outputs"] = "unpin_outputs"
    task: Name


class DeclareVariable(Recorded):
    """Declares an input or output of a task: in the place of one of the same name, directly before another, or last."""

    do: Literal["declare_variable"] = "declare_variable"
    task: Name
    direction: Direction
    variable: Variable
    before: Name | None = None


class RenameVariable(Recorded):
    """Gives an input or output of a task another name, wherever it is used, in code and expressions too.

    Without `rewrite` the configuration is left as it is, and only edges and what the variable is set to follow.
    """

    do: Literal["rename_variable"] = "rename_variable"
    task: Name
    direction: Direction
    variable: Name
    name: Name
    rewrite: StrictBool = True


class RemoveVariable(Recorded):
    """Removes a declared input or output of a task, with its edges and what it is set to."""

    do: Literal["remove_variable"] = "remove_variable"
    task: Name
    direction: Direction
    variable: Name


class RenameTask(Recorded):
    """Gives a task another name, wherever it is used."""

    do: Literal["rename_task"] = "rename_task"
    task: Name
    name: Name


class RemoveTask(Recorded):
    """Removes a task and its edges."""

    do: Literal["remove_task"] = "remove_task"
    task: Name


class ConnectEdge(Recorded):
    """Connects an edge, directly before another in edge order, or last; one that is there moves to that place."""

    do: Literal["connect_edge"] = "connect_edge"
    edge: Edge
    before: Edge | None = None


class DisconnectEdge(Recorded):
    """Removes an edge."""

    do: Literal["disconnect_edge"] = "disconnect_edge"
    edge: Edge


class OrderEdges(Recorded):
    """Puts the edges of one end in this order: of an input, of an output of the workflow (no task), or the route edges of a task (no input)."""

    do: Literal["order_edges"] = "order_edges"
    target: Name | None = None
    input: Name | None = None
    edges: tuple[Edge, ...]


class PlaceNote(Recorded):
    """Puts a note on the drawing, in the place of one of the same name."""

    do: Literal["place_note"] = "place_note"
    note: Name
    text: Any
    place: Place
    width: Length | None = None
    height: Length | None = None


class RemoveNote(Recorded):
    """Takes a note from the drawing."""

    do: Literal["remove_note"] = "remove_note"
    note: Name


class DeclareInput(Recorded):
    """Declares an input of the workflow: in the place of one of the same name, directly before another, or last."""

    do: Literal["declare_input"] = "declare_input"
    input: Variable
    before: Name | None = None


class RenameInput(Recorded):
    """Gives an input of the workflow another name, wherever it is used."""

    do: Literal["rename_input"] = "rename_input"
    input: Name
    name: Name


class RemoveInput(Recorded):
    """Removes an input of the workflow and its edges."""

    do: Literal["remove_input"] = "remove_input"
    input: Name


class DeclareOutput(Recorded):
    """Declares an output of the workflow: in the place of one of the same name, directly before another, or last."""

    do: Literal["declare_output"] = "declare_output"
    output: Variable
    gather: StrictBool = False
    before: Name | None = None


class RenameOutput(Recorded):
    """Gives an output of the workflow another name, wherever it is used."""

    do: Literal["rename_output"] = "rename_output"
    output: Name
    name: Name


class RemoveOutput(Recorded):
    """Removes an output of the workflow and its edges."""

    do: Literal["remove_output"] = "remove_output"
    output: Name


Operation = Annotated[
    DescribeWorkflow
    | SetLimit
    | SetTimeLimit
    | AddTask
    | DuplicateTask
    | ConfigureTask
    | DescribeTask
    | SetTaskPolicy
    | SetTaskInput
    | MoveTask
    | UnplaceTask
    | PinOutputs
    | UnpinOutputs
    | DeclareVariable
    | RenameVariable
    | RemoveVariable
    | RenameTask
    | RemoveTask
    | ConnectEdge
    | DisconnectEdge
    | OrderEdges
    | PlaceNote
    | RemoveNote
    | DeclareInput
    | RenameInput
    | RemoveInput
    | DeclareOutput
    | RenameOutput
    | RemoveOutput,
    Field(discriminator="do"),
]

OPERATION: TypeAdapter[Operation] = TypeAdapter(Operation)
"""Reads an operation from its plain form, `{"do": "add_task", …}`."""
