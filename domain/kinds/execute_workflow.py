"""The kind `execute_workflow`: a job of another workflow, whose inputs and outputs are the task's."""

from __future__ import annotations

from collections.abc import Iterator

from domain.kinds.contract import Configuration, Finding, Kind, OutputsOf
from domain.kinds.declared import declared_twice
from domain.variables import Variable


class ExecuteWorkflowConfiguration(Configuration):
    """The workflow by its name, and its inputs and outputs as they were when it was chosen; a check tells when they differ now."""

    workflow: str = ""
    inputs: tuple[Variable, ...] = ()
    outputs: tuple[Variable, ...] = ()


class ExecuteWorkflow(Kind[ExecuteWorkflowConfiguration]):
    """Runs another workflow of the workspace as a job of its own, and waits for it."""

    name = "execute_workflow"
    title = "Execute workflow"
    help = "Runs another active workflow, on the version that is active when this one is activated, and waits for its outputs."
    config = ExecuteWorkflowConfiguration

    def inputs(self, config: ExecuteWorkflowConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The inputs of the workflow."""
        return config.inputs

    def outputs(self, config: ExecuteWorkflowConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The outputs of the workflow."""
        return config.outputs

    def executes(self, config: ExecuteWorkflowConfiguration) -> str | None:
        """The name of the workflow."""
        return config.workflow or None

    def findings(self, config: ExecuteWorkflowConfiguration) -> Iterator[Finding]:
        """There must be a workflow; the rest is told by what is known of it."""
        if not config.workflow.strip():
            yield Finding("MISSING_CONFIGURATION", "workflow", "the name of a workflow", "nothing")
        yield from declared_twice("inputs", config.inputs)
        yield from declared_twice("outputs", config.outputs)
