"""What is wrong with the code and the expressions of a design: what the checks of a workflow need and the domain cannot tell."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager

from pydantic import ValidationError

from domain.kinds import KINDS
from domain.kinds.code import CodeConfiguration
from domain.kinds.decision import DecisionConfiguration
from domain.kinds.execute_workflow import ExecuteWorkflowConfiguration, Repeat
from domain.variables import Variable
from domain.workflows.checks.check import OutsideFinding
from domain.workflows.design import Design, Task
from event_store.reader import Reader
from graphql_api.system import Findings, Found
from runner.actions.code_check import CodeChecker
from runner.finding_store import FindingStore

TASKS_REMEMBERED_MAX = 20_000

_Looks = tuple[Task, asyncio.Task[Sequence[OutsideFinding]]]


@asynccontextmanager
async def open_findings(reader: Reader | None = None) -> AsyncGenerator[Findings, None]:
    """Checks designs as long as the block lasts; what was checked once is remembered, with a reader beyond the process."""
    memory = None if reader is None else FindingStore(reader)
    async with CodeChecker(memory) as checker:
        findings = _Findings(checker)
        try:
            yield findings.of
        finally:
            await findings.stop()


class _Findings:
    """What was found of each task; a task that is looked at is looked at to its end, whoever has stopped waiting."""

    def __init__(self, checker: CodeChecker) -> None:
        self._checker = checker
        # By identity, since a task never changes: as long as it is kept here, nothing else has its id.
        self._looks: OrderedDict[int, _Looks] = OrderedDict()

    async def of(self, design: Design, seconds: float | None) -> Found:
        """All that is known of the tasks within so many seconds, in their order."""
        looks = [self._look(task) for task in design.tasks.values() if _is_looked_at(task)]
        underway = [look for look in looks if not look.done()]
        if underway:
            await asyncio.wait(underway, timeout=seconds)
        known = [look for look in looks if look.done()]
        found = tuple(finding for look in known for finding in look.result())
        self._forget()
        return Found(found, len(looks) - len(known))

    async def stop(self) -> None:
        """Ends what is underway."""
        underway = [look for _, look in self._looks.values() if not look.done()]
        for look in underway:
            look.cancel()
        await asyncio.gather(*underway, return_exceptions=True)

    def _look(self, task: Task) -> asyncio.Task[Sequence[OutsideFinding]]:
        known = self._looks.get(id(task))
        if known is None or (known[1].done() and (known[1].cancelled() or known[1].exception() is not None)):
            known = self._looks[id(task)] = (task, asyncio.create_task(self._of_task(task)))
        self._looks.move_to_end(id(task))
        return known[1]

    def _forget(self) -> None:
        while len(self._looks) > TASKS_REMEMBERED_MAX:
            _, (task, look) = self._looks.popitem(last=False)
            if not look.done():
                self._looks[id(task)] = (task, look)
                return

    async def _of_task(self, task: Task) -> Sequence[OutsideFinding]:
        try:
            config = KINDS[task.kind].read(task.config)
        except ValidationError:
            return ()  # The domain says what is wrong with it.
        match config:
            case CodeConfiguration():
                wrong = await self._checker.check_task(config)
                return [OutsideFinding(task.name, "code", one.message, one.line) for one in wrong]
            case DecisionConfiguration():
                return _of_expression(task.name, "expression", config.expression, config.inputs)
            case ExecuteWorkflowConfiguration(repeat=Repeat() as repeat, outputs=outputs):
                return _of_expression(task.name, "repeat.until", repeat.until, outputs)
            case _:
                return ()


def _is_looked_at(task: Task) -> bool:
    return task.kind in ("code", "decision", "execute_workflow")


def _of_expression(task: str, path: str, expression: str | None, variables: Iterable[Variable]) -> list[OutsideFinding]:
    if not expression:
        return []
    from runner.actions.expressions import (  # noqa: PLC0415 - its library with the first expression
        ExpressionWrong,
        compile_expression,
        operands_of,
    )

    operands = operands_of(variables)
    try:
        compile_expression(expression, operands)
    except ExpressionWrong as wrong:
        return [OutsideFinding(task, path, wrong.reason, wrong.line)]
    return []
