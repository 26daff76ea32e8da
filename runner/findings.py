"""What is wrong with the code and the expressions of a design: what the checks of a workflow need and the domain cannot tell."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from domain.kinds.code import CodeConfiguration
from domain.kinds.decision import DecisionConfiguration
from domain.kinds.execute_workflow import ExecuteWorkflowConfiguration, Repeat
from domain.variables import Variable
from domain.workflows.checks.check import OutsideFinding
from domain.workflows.design import Design
from domain.workflows.wiring import Wiring
from graphql_api.system import Findings
from runner.actions.code_check import CodeChecker
from runner.actions.code_types import input_annotation, output_annotation
from runner.actions.expressions import ExpressionWrong, Operand, compile_expression


@asynccontextmanager
async def open_findings() -> AsyncGenerator[Findings, None]:
    """Checks designs as long as the block lasts; what was checked once is remembered."""
    async with CodeChecker() as checker:

        async def findings(design: Design) -> Sequence[OutsideFinding]:
            found: list[OutsideFinding] = []
            for name, wired in Wiring(design).tasks.items():
                match wired.config:
                    case CodeConfiguration() as config:
                        found += await _of_code(checker, name, config)
                    case DecisionConfiguration() as config:
                        found += _of_expression(name, "expression", config.expression, config.inputs)
                    case ExecuteWorkflowConfiguration(repeat=Repeat() as repeat, outputs=outputs):
                        found += _of_expression(name, "repeat.until", repeat.until, outputs)
                    case _:
                        continue
            return found

        yield findings


async def _of_code(checker: CodeChecker, task: str, config: CodeConfiguration) -> list[OutsideFinding]:
    inputs = {one.name: input_annotation(one) for one in config.inputs}
    outputs = {one.name: output_annotation(one) for one in config.outputs}
    wrong = await checker.check_code(config.code, inputs, outputs)
    return [OutsideFinding(task, "code", one.message, one.line) for one in wrong]


def _of_expression(task: str, path: str, expression: str | None, variables: Sequence[Variable]) -> list[OutsideFinding]:
    if not expression:
        return []
    operands = tuple(Operand(one.name, one.type, one.required) for one in variables)
    try:
        compile_expression(expression, operands)
    except ExpressionWrong as wrong:
        return [OutsideFinding(task, path, wrong.reason, wrong.line)]
    return []
