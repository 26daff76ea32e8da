"""Performs `code`: the user's Python runs in the sandbox, its inputs and outputs are plain names.

What the code can count on: the language without classes that inherit, generators and `del`; the modules `asyncio base64
bisect collections copy csv dataclasses datetime decimal functools hashlib itertools json math random re time typing
unicodedata`; a clock that stands still at the start of the job and random numbers that follow from the run, so that the
same inputs give the same outputs. A declared Decimal arrives as `decimal.Decimal`, and is given back as one, as a whole
number or as text; a float for a Decimal is refused, because it is not exact. Dates arrive as ISO 8601 text, and may be
given back as text or as a date. An optional output that the code does not assign is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.kinds.code import CodeConfiguration
from runner.actions.code_failures import CodeFailed, CodeLimits
from runner.actions.code_types import InexactDecimal, as_input, as_output
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.actions.sandbox import CodeSandbox

SANDBOX = "code"
CODE_SECONDS_DEFAULT = 30.0
REPORT_SECONDS = 0.5  # What is left to say that the code took too long before the task itself does.
ID_MILLISECONDS_MAX = 253_402_300_799_000  # The last moment that a datetime can hold.


class RunCode:
    """Runs the user's program on the inputs of the task."""

    kind = "code"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """The declared outputs, or what is wrong with the code and in which line."""
        sandbox: CodeSandbox = tools.sandboxes[SANDBOX]
        config = CodeConfiguration.model_validate(run.task.config)
        seconds = min(run.task.time_limit_seconds or CODE_SECONDS_DEFAULT, tools.deadline_seconds - REPORT_SECONDS)
        given = {each.name: as_input(inputs.get(each.name), each.type) for each in config.inputs}
        try:
            result = await sandbox.run_code(
                config.code,
                given,
                [each.name for each in config.outputs if each.required],
                CodeLimits(seconds=max(seconds, REPORT_SECONDS)),
                optional=[each.name for each in config.outputs if not each.required],
                now=began_at(run.job_id),
                seed=run.attempt_id,
            )
            outputs = {
                each.name: as_output(result.outputs[each.name], each.type, each.name)
                for each in config.outputs
                if each.name in result.outputs
            }
        except CodeFailed as failed:
            details = None if failed.line is None else {"line": failed.line, "source": failed.source}
            return Failed(failed.code, failed.message, retryable=failed.code == "CODE_CRASHED", details=details)
        except InexactDecimal as refused:
            return Failed("CODE_OUTPUT_INVALID", str(refused))
        return Succeeded(outputs)


def began_at(job_id: UUID) -> datetime:
    """The moment in a job's id, to the millisecond: the code's clock, the same whenever the run is performed again."""
    return datetime.fromtimestamp(min(job_id.int >> 80, ID_MILLISECONDS_MAX) / 1000, tz=UTC)
