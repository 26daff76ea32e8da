"""Edits of the inputs and outputs of tasks and of the workflow."""

from __future__ import annotations

from graphql_api.describe import about, input_type, optional
from graphql_api.workflows.design_types import VariableDirection
from graphql_api.workflows.operations.parts import VariableInput


@input_type
class DeclareVariableOperation:
    """Declares an input or output of a task: in the place of one of the same name, directly before another, or last."""

    task: str = about("The task.")
    direction: VariableDirection = about("Whether it is an input or an output.")
    variable: VariableInput = about("The variable.")
    before: str | None = optional("The one directly before which it stands.")


@input_type
class RenameVariableOperation:
    """Gives an input or output of a task another name, wherever it is used, in code and expressions too."""

    task: str = about("The task.")
    direction: VariableDirection = about("Whether it is an input or an output.")
    variable: str = about("The variable.")
    name: str = about("Its new name.")
    rewrite: bool | None = optional(
        "Whether the configuration is rewritten; true if left out. If false, only edges and settings follow."
    )


@input_type
class RemoveVariableOperation:
    """Removes a declared input or output of a task, with its edges and what it is set to."""

    task: str = about("The task.")
    direction: VariableDirection = about("Whether it is an input or an output.")
    variable: str = about("The variable.")


@input_type
class DeclareInputOperation:
    """Declares an input of the workflow: in the place of one of the same name, directly before another, or last."""

    input: VariableInput = about("The input.")
    before: str | None = optional("The input directly before which it stands.")


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
    gather: bool | None = optional("Whether it gathers all that its edges deliver, as a list.")
    before: str | None = optional("The output directly before which it stands.")


@input_type
class RenameOutputOperation:
    """Gives an output of the workflow another name, wherever it is used."""

    output: str = about("The output.")
    name: str = about("Its new name.")


@input_type
class RemoveOutputOperation:
    """Removes an output of the workflow and its edges."""

    output: str = about("The output.")
