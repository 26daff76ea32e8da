"""What is wrong with the code and the expressions of a design: facts that the domain's checks cannot find by themselves."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from pydantic import ValidationError

from domain.kinds.code import CodeConfiguration
from domain.kinds.decision import DecisionConfiguration
from domain.workflows.checks.check import OutsideFinding
from domain.workflows.design import Design, Task
from runner.actions.code_check import CodeChecker
from runner.actions.decision import operands_of
from runner.actions.expressions import ExpressionWrong, compile_expression


@asynccontextmanager
async def open_findings() -> AsyncGenerator[Findings, None]:
    """What finds them, with the process that checks code."""
    async with CodeChecker() as code_checker:
        yield Findings(code_checker)


class Findings:
    """Checks what only a runner understands; a configuration that cannot be read is the domain's own finding."""

    def __init__(self, code_checker: CodeChecker) -> None:
        self._code_checker = code_checker

    async def __call__(self, design: Design) -> list[OutsideFinding]:
        """The findings of all tasks, in the order of the design."""
        found: list[OutsideFinding] = []
        for task in design.tasks.values():
            if task.kind == "code":
                found += await self._of_code(task)
            elif task.kind == "decision":
                found += _of_expression(task)
        return found

    async def _of_code(self, task: Task) -> list[OutsideFinding]:
        try:
            config = CodeConfiguration.model_validate(task.config)
        except ValidationError:
            return []
        if not config.code.strip():
            return []
        findings = await self._code_checker.check_task(config)
        return [OutsideFinding(task.name, "code", finding.message, finding.line) for finding in findings]


def _of_expression(task: Task) -> list[OutsideFinding]:
    try:
        config = DecisionConfiguration.model_validate(task.config)
    except ValidationError:
        return []
    if config.expression is None or not config.expression.strip():
        return []
    try:
        compile_expression(config.expression, operands_of(config))
    except ExpressionWrong as wrong:
        return [OutsideFinding(task.name, "expression", wrong.reason, wrong.line)]
    return []
