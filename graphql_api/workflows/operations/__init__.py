"""The edits a builder asks for, as inputs of the schema; in the same names and nesting as the domain's own operations."""

from __future__ import annotations

from graphql_api.describe import one_of_input, optional
from graphql_api.workflows.operations.edges import ConnectEdgeOperation, DisconnectEdgeOperation, OrderEdgesOperation
from graphql_api.workflows.operations.tasks import (
    AddTaskOperation,
    ConfigureTaskOperation,
    DescribeTaskOperation,
    DuplicateTaskOperation,
    MoveTaskOperation,
    PinOutputsOperation,
    RemoveTaskOperation,
    RenameTaskOperation,
    SetTaskInputOperation,
    SetTaskPolicyOperation,
    UnpinOutputsOperation,
    UnplaceTaskOperation,
)
from graphql_api.workflows.operations.variables import (
    DeclareInputOperation,
    DeclareOutputOperation,
    DeclareVariableOperation,
    RemoveInputOperation,
    RemoveOutputOperation,
    RemoveVariableOperation,
    RenameInputOperation,
    RenameOutputOperation,
    RenameVariableOperation,
)
from graphql_api.workflows.operations.whole import (
    DescribeWorkflowOperation,
    PlaceNoteOperation,
    RemoveNoteOperation,
    SetLimitOperation,
    SetTimeLimitOperation,
)

__all__ = ["EditOperation"]


@one_of_input
class EditOperation:
    """One edit of a draft."""

    describe_workflow: DescribeWorkflowOperation | None = optional("Says what the workflow is for.")
    set_limit: SetLimitOperation | None = optional("Sets how many heavy tasks of a job may run at once.")
    set_time_limit: SetTimeLimitOperation | None = optional("Sets after how long a job times out.")
    add_task: AddTaskOperation | None = optional("Adds a task.")
    duplicate_task: DuplicateTaskOperation | None = optional("Adds a task that is set like another.")
    configure_task: ConfigureTaskOperation | None = optional("Replaces the configuration of a task.")
    describe_task: DescribeTaskOperation | None = optional("Sets label and description of a task.")
    set_task_policy: SetTaskPolicyOperation | None = optional("Sets the policy of a task.")
    set_task_input: SetTaskInputOperation | None = optional("Sets what an input of a task holds.")
    move_task: MoveTaskOperation | None = optional("Draws a task in another place.")
    unplace_task: UnplaceTaskOperation | None = optional("Draws a task where the layout puts it.")
    pin_outputs: PinOutputsOperation | None = optional("Has outputs stand for those of a task in previews.")
    unpin_outputs: UnpinOutputsOperation | None = optional("Has a task performed again in previews.")
    declare_variable: DeclareVariableOperation | None = optional("Declares an input or output of a task.")
    rename_variable: RenameVariableOperation | None = optional("Renames an input or output of a task.")
    remove_variable: RemoveVariableOperation | None = optional("Removes an input or output of a task.")
    rename_task: RenameTaskOperation | None = optional("Renames a task.")
    remove_task: RemoveTaskOperation | None = optional("Removes a task.")
    connect_edge: ConnectEdgeOperation | None = optional("Connects an edge.")
    disconnect_edge: DisconnectEdgeOperation | None = optional("Removes an edge.")
    order_edges: OrderEdgesOperation | None = optional("Puts the edges of one end in another order.")
    place_note: PlaceNoteOperation | None = optional("Puts a note on the drawing.")
    remove_note: RemoveNoteOperation | None = optional("Takes a note from the drawing.")
    declare_input: DeclareInputOperation | None = optional("Declares an input of the workflow.")
    rename_input: RenameInputOperation | None = optional("Renames an input of the workflow.")
    remove_input: RemoveInputOperation | None = optional("Removes an input of the workflow.")
    declare_output: DeclareOutputOperation | None = optional("Declares an output of the workflow.")
    rename_output: RenameOutputOperation | None = optional("Renames an output of the workflow.")
    remove_output: RemoveOutputOperation | None = optional("Removes an output of the workflow.")
