"""Performs `decision`: conditions by the domain's own rules, or an expression; both always come out the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.kinds import conditions
from domain.kinds.decision import FALSE, FINAL, TRUE, DecisionConfiguration
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools

EXPRESSION_FAILED = "EXPRESSION_FAILED"


class Decide:
    """Decides which way a job goes on."""

    kind = "decision"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:  # noqa: ARG002
        """The final decision and each condition on its own; the route says the final one."""
        config = DecisionConfiguration.model_validate(run.task.config)
        each: tuple[bool, ...] = ()
        if config.expression is not None:
            # The library of expressions is imported where the first one is.
            from runner.actions.expressions import ExpressionWrong, compile_expression, operands_of  # noqa: PLC0415

            try:
                final = compile_expression(config.expression, operands_of(config.inputs)).is_true(inputs)
            except ExpressionWrong as wrong:
                return Failed(EXPRESSION_FAILED, f"Expected the expression to be true or false, but: {wrong.message}")
        else:
            decided = conditions.decide(config.conditions, config.combine, config.inputs, inputs)
            final, each = decided.final, decided.conditions
        outputs = {FINAL: final, **{f"condition_{number}": holds for number, holds in enumerate(each, start=1)}}
        return Succeeded(outputs, route=TRUE if final else FALSE)
