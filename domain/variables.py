"""Variables: the named, typed inputs and outputs of tasks and workflows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import StrictBool, StringConstraints

from domain.events import Recorded
from domain.graph import Given, GraphInput, GraphOutput
from domain.types import ValueType

NAME_PATTERN = r"^[a-z][a-z0-9_]{0,62}$"
Name = Annotated[str, StringConstraints(strict=True, pattern=NAME_PATTERN)]
"""The stable name of a task or variable; only an explicit rename changes it."""
Direction = Literal["input", "output"]
"""Whether a variable of a task is one of its inputs or one of its outputs."""


class Variable(Recorded):
    """A named, typed input or output, with all that its builder may say of it."""

    name: Name
    type: ValueType
    label: Any = None
    description: Any = None
    required: StrictBool = True
    default: Given | None = None
    sample: Given | None = None

    def as_input(self, *, constant: Given | None = None, gather: bool = False) -> GraphInput:
        """The variable as the engine knows an input of a task, or an output of the workflow."""
        return GraphInput(
            name=self.name,
            type=self.type,
            required=self.required,
            constant=constant,
            default=self.default,
            gather=gather,
        )

    def as_output(self) -> GraphOutput:
        """The variable as the engine knows an output of a task, or an input of the workflow."""
        return GraphOutput(name=self.name, type=self.type, required=self.required, default=self.default)
