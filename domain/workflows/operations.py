"""The edits a builder can ask for; several come in one command, and take effect together or not at all."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, TypeAdapter

from domain.events import Recorded
from domain.graph import OnError, Retry
from domain.variables import Name, Variable
from domain.workflows.design import Edge, ForEach, InputSetting, Place, Policy, Seconds

HEAVY_AT_ONCE_MAX = 1_000


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
    """Adds a task; the configuration may still be incomplete."""

    do: Literal["add_task"] = "add_task"
    task: Name
    kind: str
    label: Any = None
    description: Any = None
    config: dict[str, Any] = Field(default_factory=dict)
    policy: Policy = Policy()
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


class DeclareInput(Recorded):
    """Declares an input of the workflow, in the place of one of the same name."""

    do: Literal["declare_input"] = "declare_input"
    input: Variable


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
    """Declares an output of the workflow, in the place of one of the same name."""

    do: Literal["declare_output"] = "declare_output"
    output: Variable
    gather: StrictBool = False


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
    | ConfigureTask
    | DescribeTask
    | SetTaskPolicy
    | SetTaskInput
    | MoveTask
    | RenameTask
    | RemoveTask
    | ConnectEdge
    | DisconnectEdge
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
