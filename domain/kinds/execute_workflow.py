"""The kind `execute_workflow`: a job of another workflow, whose inputs and outputs are the task's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from domain.kinds.contract import Configuration, Finding, Follows, Kind, OutputsOf, RenameUncertain, UncertainPlace
from domain.kinds.decision import EXPRESSION_CHARACTERS_MAX
from domain.kinds.declared import declared_twice
from domain.kinds.errors.others import CHILD_ERRORS
from domain.kinds.rewriting import renamed_in_cel
from domain.types import describe, fits
from domain.variables import Direction, Variable

ROUNDS_USUAL = 10
ROUNDS_MAX = 1_000


class Repeat(Configuration):
    """That the workflow runs again until an expression (CEL) over its outputs is true; each round is given what the last one gave."""

    until: str = ""
    rounds_max: Annotated[int, Field(strict=True, ge=1, le=ROUNDS_MAX)] = ROUNDS_USUAL
    on_limit: Literal["fail", "succeed"] = "fail"


class ExecuteWorkflowConfiguration(Configuration):
    """The workflow by its name, and its inputs and outputs as they were when it was chosen; a check tells when they differ now."""

    workflow: str = ""
    inputs: tuple[Variable, ...] = ()
    outputs: tuple[Variable, ...] = ()
    repeat: Repeat | None = None


class ExecuteWorkflow(Kind[ExecuteWorkflowConfiguration]):
    """Runs another workflow of the workspace as a job of its own, and waits for it."""

    name = "execute_workflow"
    title = "Execute workflow"
    help = "Runs another active workflow, on the version that is active when this one is activated, and waits for its outputs."
    config = ExecuteWorkflowConfiguration
    errors = CHILD_ERRORS

    def inputs(self, config: ExecuteWorkflowConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The inputs of the workflow."""
        return config.inputs

    def outputs(self, config: ExecuteWorkflowConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The outputs of the workflow."""
        return config.outputs

    def executes(self, config: ExecuteWorkflowConfiguration) -> str | None:
        """The name of the workflow."""
        return config.workflow or None

    def follows(self, direction: Direction) -> Follows:  # noqa: ARG002
        """Both are those of the workflow."""
        return "asked"

    def renamed_variable(
        self, config: ExecuteWorkflowConfiguration, direction: Direction, old: str, new: str
    ) -> ExecuteWorkflowConfiguration | None:
        """The condition of a repetition, which speaks of outputs, with the output under its new name."""
        renamed = super().renamed_variable(config, direction, old, new)
        if renamed is None or config.repeat is None:
            return renamed
        others = config.outputs if direction == "input" else config.inputs
        for variable in others:
            if variable.name in (old, new):
                why = f"{variable.name} is what one round gives to the next"
                raise RenameUncertain(UncertainPlace("repeat", None, why))
        if direction == "input":
            return renamed
        until = renamed_in_cel(config.repeat.until, old, new, "repeat.until")
        return renamed.model_copy(update={"repeat": config.repeat.model_copy(update={"until": until})})

    def findings(self, config: ExecuteWorkflowConfiguration) -> Iterator[Finding]:
        """There must be a workflow; the rest is told by what is known of it."""
        if not config.workflow.strip():
            yield Finding("MISSING_CONFIGURATION", "workflow", "the name of a workflow", "nothing")
        yield from declared_twice("inputs", config.inputs)
        yield from declared_twice("outputs", config.outputs)
        if config.repeat is not None:
            yield from _of_repeat(config, config.repeat)


def _of_repeat(config: ExecuteWorkflowConfiguration, repeat: Repeat) -> Iterator[Finding]:
    if not repeat.until.strip():
        yield Finding("MISSING_CONFIGURATION", "repeat.until", "an expression over the outputs", "nothing")
    if len(repeat.until) > EXPRESSION_CHARACTERS_MAX:
        expected = f"an expression of at most {EXPRESSION_CHARACTERS_MAX} characters"
        yield Finding("EXPRESSION_TOO_LONG", "repeat.until", expected, f"{len(repeat.until)}")
    inputs = {one.name: one for one in config.inputs}
    for output in config.outputs:
        given = inputs.get(output.name)
        if given is not None and (misfit := fits(output.type, given.type)) is not None:
            place = f"repeat.{output.name}"
            yield Finding("TYPE_MISMATCH", place, f"{describe(given.type)} for the next round", misfit)
