"""Performs `execute_workflow`: has a job of the pinned version started, and ends; when that job has completed, hands its outputs on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.kinds.execute_workflow import ExecuteWorkflowConfiguration, Repeat
from domain.variables import Variable
from runner.actions.contract import ChildWanted, Failed, Outcome, Succeeded, TaskRun, Tools

EXPRESSION_FAILED = "EXPRESSION_FAILED"
ROUNDS_EXCEEDED = "ROUNDS_EXCEEDED"


class ExecuteWorkflow:
    """Starts a job and waits for its end; nothing of it stays in the runner meanwhile."""

    kind = "execute_workflow"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:  # noqa: ARG002
        """The job that is wanted or, when it has completed, what it gave: the end of the run, or of a round of it."""
        if run.resumed is None:
            return ChildWanted()
        outputs = {name: value for name, value in run.resumed.value.items() if value is not None}
        config = run.task.configured(ExecuteWorkflowConfiguration)
        if config.repeat is None:
            return Succeeded(outputs)
        return _round(config.repeat, config.outputs, run.run.round, outputs)


def _round(repeat: Repeat, declared: tuple[Variable, ...], number: int, outputs: Mapping[str, Any]) -> Outcome:
    # The library of expressions is imported where the first one is.
    from runner.actions.expressions import ExpressionWrong, compile_expression, operands_of  # noqa: PLC0415

    try:
        is_over = compile_expression(repeat.until, operands_of(declared)).is_true(outputs)
    except ExpressionWrong as wrong:
        return Failed(EXPRESSION_FAILED, f"Expected the expression to be true or false, but: {wrong.message}")
    if is_over or (number >= repeat.rounds_max and repeat.on_limit == "succeed"):
        return Succeeded(outputs)
    if number >= repeat.rounds_max:
        return Failed(ROUNDS_EXCEEDED, f"Expected {repeat.until} after at most {number} rounds, but it is still false.")
    return Succeeded(outputs, again=True)
