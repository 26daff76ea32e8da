"""Edits of tasks."""

from __future__ import annotations

from graphql_api.describe import about, input_type, optional
from graphql_api.scalars import JSON
from graphql_api.workflows.operations.parts import InputSettingInput, PlaceInput, PolicyInput


@input_type
class AddTaskOperation:
    """Adds a task; its configuration may still be incomplete."""

    task: str = about("Its name.")
    kind: str = about("Its kind.")
    label: str | None = optional("What it is called.")
    description: str | None = optional("What it does.")
    config: JSON | None = optional("Its configuration.")
    policy: PolicyInput | None = optional("Its policy.")
    place: PlaceInput | None = optional("Where it is drawn.")
    before: str | None = optional("The task directly before which it stands; last if left out.")


@input_type
class DuplicateTaskOperation:
    """Adds a task that is set like another and fed by the same edges; what follows the other does not follow it."""

    task: str = about("The task to copy.")
    name: str = about("The name of the new one.")
    place: PlaceInput | None = optional("Where the new one is drawn.")


@input_type
class ConfigureTaskOperation:
    """Replaces the configuration of a task as a whole."""

    task: str = about("The task.")
    config: JSON = about("The configuration.")


@input_type
class DescribeTaskOperation:
    """Sets the label and the description of a task."""

    task: str = about("The task.")
    label: str | None = optional("What it is called.")
    description: str | None = optional("What it does.")


@input_type
class SetTaskPolicyOperation(PolicyInput):
    """Sets when a task starts, how long it may take, and what follows when it fails."""

    task: str = about("The task.")


@input_type
class SetTaskInputOperation:
    """Gives an input of a task a constant, has it gather its edges, or (neither) ends both."""

    task: str = about("The task.")
    input: str = about("The input.")
    setting: InputSettingInput | None = optional("What it holds.")


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
    of: str | None = optional("The event they were taken from, as `stream:version`.")


@input_type
class UnpinOutputsOperation:
    """Has a task performed again in previews."""

    task: str = about("The task.")


@input_type
class RenameTaskOperation:
    """Gives a task another name, wherever it is used."""

    task: str = about("The task.")
    name: str = about("Its new name.")


@input_type
class RemoveTaskOperation:
    """Removes a task and its edges."""

    task: str = about("The task.")
