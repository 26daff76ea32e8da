"""The edits a builder asks for, as inputs of the schema; in the same names and nesting as the domain's own operations."""

from __future__ import annotations

from typing import Any

from strawberry import UNSET

from graphql_api.describe import about, input_type, one_of_input
from graphql_api.jobs.policies import Backoff, ErrorPolicy
from graphql_api.scalars import JSON
from graphql_api.workflows.design_types import ItemErrorPolicy, Join, VariableDirection


def _optional(description: str) -> Any:
    return about(description, default=UNSET)


@input_type
class ConstantInput:
    """A value that is given, null included."""

    value: JSON | None = about("The value.")


@input_type
class VariableInput:
    """A variable to be declared."""

    name: str = about("Its name: a small letter, then small letters, digits and underscores.")
    type: JSON = about('Its type, as `{"type": "decimal", "scale": 2}`.')
    label: str | None = _optional("What it is called.")
    description: str | None = _optional("What it is for.")
    required: bool | None = _optional("Whether it must have a value; true if left out.")
    default: ConstantInput | None = _optional("The value that stands in when none is given.")
    sample: ConstantInput | None = _optional("A value for previews.")


@input_type
class EdgeInput:
    """An edge: from an output or a route, to an input or a task."""

    source: str | None = _optional("The task it starts at; left out for the workflow's inputs.")
    path: list[str] | None = _optional("The output it carries, then fields inside it.")
    route: str | None = _optional("The route it starts at, instead of an output.")
    target: str | None = _optional("The task it leads to; left out for the workflow's outputs.")
    input: str | None = _optional("The input or output it feeds; left out for the order alone.")


@input_type
class RetryInput:
    """How often, how soon and after which errors a failed task is tried again by itself."""

    attempts: int = about("How many attempts it has in all, the first included: 1 to 1000.")
    delay_seconds: float | None = _optional("How long it waits before the second attempt; 1 if left out.")
    backoff: Backoff | None = _optional("How the delays grow; EXPONENTIAL if left out.")
    delay_seconds_max: float | None = _optional("The longest delay; 3600 if left out.")
    codes: list[str] | None = _optional(
        "The errors after which it is tried again; those its action calls so if left out."
    )


@input_type
class ForEachInput:
    """That a task runs once for each item of the list that one of its inputs is given."""

    input: str = about("The input: its declared type is that of one item, its edges bring a list.")
    at_once_max: int | None = _optional("How many items may be under way at once, up to 500; 10 if left out.")
    on_item_error: ItemErrorPolicy | None = _optional("What follows when an item fails; FAIL_TASK if left out.")


@input_type
class CostInput:
    """An amount of money."""

    amount: str = about("The amount, exact: `0.25`.")
    currency: str = about("The three letters of its currency: `EUR`.")


@input_type
class ExpectsInput:
    """How long a run is expected to take and what it is expected to cost, where no recorded runs tell."""

    seconds: float | None = _optional("How long.")
    cost: CostInput | None = _optional("How much.")


@input_type
class PolicyInput:
    """When a task starts, how often, how long an attempt may take, and what follows when it fails: other attempts, then `onError`."""

    join: Join | None = _optional("When it starts, if several route edges lead to it; ALL if left out.")
    on_error: ErrorPolicy | None = _optional("What follows when it fails; FAIL_JOB if left out.")
    time_limit_seconds: float | None = _optional("How long it may take.")
    heavy: bool | None = _optional("Whether it is heavy; as its kind if left out.")
    retry: RetryInput | None = _optional("Whether and how it is tried again by itself; not at all if left out.")
    compensates: str | None = _optional(
        "The task it undoes when a job ends badly after that task has succeeded; none if left out."
    )
    for_each: ForEachInput | None = _optional("Over which list it runs; once if left out or null.")
    expects: ExpectsInput | None = _optional("What is expected of a run, for estimates; nothing if left out.")


@input_type
class PlaceInput:
    """Where a task or a note is drawn."""

    x: float = about("From the left.")
    y: float = about("From the top.")


@input_type
class InputSettingInput:
    """What an input of a task holds beside its edges."""

    constant: ConstantInput | None = _optional("A constant.")
    gather: bool | None = _optional("Whether it gathers all that its edges deliver, as a list.")


@input_type
class DescribeWorkflowOperation:
    """Says what the workflow is for."""

    description: str | None = about("The description.")


@input_type
class SetLimitOperation:
    """Sets how many heavy tasks of a job may run at once."""

    heavy_at_once_max: int = about("How many.")


@input_type
class SetTimeLimitOperation:
    """Sets after how long a job times out, waiting included."""

    time_limit_seconds: float | None = about("How long; null: it never times out.")


@input_type
class AddTaskOperation:
    """Adds a task; its configuration may still be incomplete."""

    task: str = about("Its name.")
    kind: str = about("Its kind.")
    label: str | None = _optional("What it is called.")
    description: str | None = _optional("What it does.")
    config: JSON | None = _optional("Its configuration.")
    policy: PolicyInput | None = _optional("Its policy.")
    place: PlaceInput | None = _optional("Where it is drawn.")
    before: str | None = _optional("The task directly before which it stands; last if left out.")


@input_type
class DuplicateTaskOperation:
    """Adds a task that is set like another and fed by the same edges; what follows the other does not follow it."""

    task: str = about("The task to copy.")
    name: str = about("The name of the new one.")
    place: PlaceInput | None = _optional("Where the new one is drawn.")


@input_type
class ConfigureTaskOperation:
    """Replaces the configuration of a task as a whole."""

    task: str = about("The task.")
    config: JSON = about("The configuration.")


@input_type
class DescribeTaskOperation:
    """Sets the label and the description of a task."""

    task: str = about("The task.")
    label: str | None = _optional("What it is called.")
    description: str | None = _optional("What it does.")


@input_type
class SetTaskPolicyOperation(PolicyInput):
    """Sets when a task starts, how long it may take, and what follows when it fails."""

    task: str = about("The task.")


@input_type
class SetTaskInputOperation:
    """Gives an input of a task a constant, has it gather its edges, or (neither) ends both."""

    task: str = about("The task.")
    input: str = about("The input.")
    setting: InputSettingInput | None = _optional("What it holds.")


@input_type
class MoveTaskOperation:
    """Draws a task in another place."""

    task: str = about("The task.")
    place: PlaceInput = about("Where.")


@input_type
class UnplaceTaskOperation:
    """Draws a task where the layout puts it."""

    task: str = about("The task.")


@input_type
class PinOutputsOperation:
    """Has outputs stand for those of a task in previews, which then do not perform it."""

    task: str = about("The task.")
    outputs: JSON = about("The outputs, by their names.")
    of: str | None = _optional("The event they were taken from, as `stream:version`.")


@input_type
class UnpinOutputsOperation:
    """Has a task performed again in previews."""

    task: str = about("The task.")


@input_type
class DeclareVariableOperation:
    """Declares an input or output of a task: in the place of one of the same name, directly before another, or last."""

    task: str = about("The task.")
    direction: VariableDirection = about("Whether it is an input or an output.")
    variable: VariableInput = about("The variable.")
    before: str | None = _optional("The one directly before which it stands.")


@input_type
class RenameVariableOperation:
    """Gives an input or output of a task another name, wherever it is used, in code and expressions too."""

    task: str = about("The task.")
    direction: VariableDirection = about("Whether it is an input or an output.")
    variable: str = about("The variable.")
    name: str = about("Its new name.")
    rewrite: bool | None = _optional(
        "Whether the configuration is rewritten; true if left out. If false, only edges and settings follow."
    )


@input_type
class RemoveVariableOperation:
    """Removes a declared input or output of a task, with its edges and what it is set to."""

    task: str = about("The task.")
    direction: VariableDirection = about("Whether it is an input or an output.")
    variable: str = about("The variable.")


@input_type
class RenameTaskOperation:
    """Gives a task another name, wherever it is used."""

    task: str = about("The task.")
    name: str = about("Its new name.")


@input_type
class RemoveTaskOperation:
    """Removes a task and its edges."""

    task: str = about("The task.")


@input_type
class ConnectEdgeOperation:
    """Connects an edge, directly before another in edge order, or last."""

    edge: EdgeInput = about("The edge.")
    before: EdgeInput | None = _optional("The edge it comes directly before.")


@input_type
class DisconnectEdgeOperation:
    """Removes an edge."""

    edge: EdgeInput = about("The edge.")


@input_type
class OrderEdgesOperation:
    """Puts the edges of one end in this order."""

    target: str | None = _optional("The task they lead to; left out for an output of the workflow.")
    input: str | None = _optional("The input or output they feed; left out for the route edges of the task.")
    edges: list[EdgeInput] = about("All edges of that end, in their new order.")


@input_type
class PlaceNoteOperation:
    """Puts a note on the drawing, in the place of one of the same name."""

    note: str = about("Its name: a small letter, then small letters, digits and underscores.")
    text: str = about("What it says.")
    place: PlaceInput = about("Where.")
    width: float | None = _optional("How wide it is; as its text needs if left out.")
    height: float | None = _optional("How high it is; as its text needs if left out.")


@input_type
class RemoveNoteOperation:
    """Takes a note from the drawing."""

    note: str = about("The note.")


@input_type
class DeclareInputOperation:
    """Declares an input of the workflow: in the place of one of the same name, directly before another, or last."""

    input: VariableInput = about("The input.")
    before: str | None = _optional("The input directly before which it stands.")


@input_type
class RenameInputOperation:
    """Gives an input of the workflow another name, wherever it is used."""

    input: str = about("The input.")
    name: str = about("Its new name.")


@input_type
class RemoveInputOperation:
    """Removes an input of the workflow and its edges."""

    input: str = about("The input.")


@input_type
class DeclareOutputOperation:
    """Declares an output of the workflow: in the place of one of the same name, directly before another, or last."""

    output: VariableInput = about("The output.")
    gather: bool | None = _optional("Whether it gathers all that its edges deliver, as a list.")
    before: str | None = _optional("The output directly before which it stands.")


@input_type
class RenameOutputOperation:
    """Gives an output of the workflow another name, wherever it is used."""

    output: str = about("The output.")
    name: str = about("Its new name.")


@input_type
class RemoveOutputOperation:
    """Removes an output of the workflow and its edges."""

    output: str = about("The output.")


@one_of_input
class EditOperation:
    """One edit of a draft."""

    describe_workflow: DescribeWorkflowOperation | None = _optional("Says what the workflow is for.")
    set_limit: SetLimitOperation | None = _optional("Sets how many heavy tasks of a job may run at once.")
    set_time_limit: SetTimeLimitOperation | None = _optional("Sets after how long a job times out.")
    add_task: AddTaskOperation | None = _optional("Adds a task.")
    duplicate_task: DuplicateTaskOperation | None = _optional("Adds a task that is set like another.")
    configure_task: ConfigureTaskOperation | None = _optional("Replaces the configuration of a task.")
    describe_task: DescribeTaskOperation | None = _optional("Sets label and description of a task.")
    set_task_policy: SetTaskPolicyOperation | None = _optional("Sets the policy of a task.")
    set_task_input: SetTaskInputOperation | None = _optional("Sets what an input of a task holds.")
    move_task: MoveTaskOperation | None = _optional("Draws a task in another place.")
    unplace_task: UnplaceTaskOperation | None = _optional("Draws a task where the layout puts it.")
    pin_outputs: PinOutputsOperation | None = _optional("Has outputs stand for those of a task in previews.")
    unpin_outputs: UnpinOutputsOperation | None = _optional("Has a task performed again in previews.")
    declare_variable: DeclareVariableOperation | None = _optional("Declares an input or output of a task.")
    rename_variable: RenameVariableOperation | None = _optional("Renames an input or output of a task.")
    remove_variable: RemoveVariableOperation | None = _optional("Removes an input or output of a task.")
    rename_task: RenameTaskOperation | None = _optional("Renames a task.")
    remove_task: RemoveTaskOperation | None = _optional("Removes a task.")
    connect_edge: ConnectEdgeOperation | None = _optional("Connects an edge.")
    disconnect_edge: DisconnectEdgeOperation | None = _optional("Removes an edge.")
    order_edges: OrderEdgesOperation | None = _optional("Puts the edges of one end in another order.")
    place_note: PlaceNoteOperation | None = _optional("Puts a note on the drawing.")
    remove_note: RemoveNoteOperation | None = _optional("Takes a note from the drawing.")
    declare_input: DeclareInputOperation | None = _optional("Declares an input of the workflow.")
    rename_input: RenameInputOperation | None = _optional("Renames an input of the workflow.")
    remove_input: RemoveInputOperation | None = _optional("Removes an input of the workflow.")
    declare_output: DeclareOutputOperation | None = _optional("Declares an output of the workflow.")
    rename_output: RenameOutputOperation | None = _optional("Renames an output of the workflow.")
    remove_output: RemoveOutputOperation | None = _optional("Removes an output of the workflow.")
