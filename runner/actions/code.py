"""Performs `code`: the user's Python runs in the sandbox, its inputs and outputs are plain names.

What the code can count on: the language without classes that inherit, generators and `del`; the modules `asyncio base64
bisect collections copy csv dataclasses datetime decimal functools hashlib itertools json math random re time typing
unicodedata`; a clock that stands still at the moment when the attempt started and random numbers that follow from its id. Both
are recorded with what the code printed, so that the same inputs can be shown to give the same outputs. A declared Decimal arrives as `decimal.Decimal`, and is given back as one, as a whole
number or as text; a float for a Decimal is refused, because it is not exact. Dates arrive as ISO 8601 text, and may be
given back as text or as a date. An optional output that the code does not assign is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.kinds.code import CodeConfiguration
from runner.actions.code_limits import CodeFailed
from runner.actions.code_types import InexactDecimal, as_input, as_output
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.actions.sandbox import CodeSandbox

SANDBOX = "code"
CODE_SECONDS_DEFAULT = 30.0
REPORT_SECONDS = 0.5  # What is left to say that the code took too long before the task itself does.
PRINTS_BYTES_MAX = 16 * 1024
"""How much of what was printed is kept in the record."""


class RunCode:
    """Runs the user's program on the inputs of the task."""

    kind = "code"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """The declared outputs, or what is wrong with the code and in which line."""
        sandbox: CodeSandbox = tools.sandboxes[SANDBOX]
        config = run.task.configured(CodeConfiguration)
        asked = min(run.task.time_limit_seconds or CODE_SECONDS_DEFAULT, sandbox.seconds_max)
        seconds = min(asked, tools.deadline_seconds - REPORT_SECONDS)
        given = {each.name: as_input(inputs.get(each.name), each.type) for each in config.inputs}
        try:
            result = await sandbox.run_code(
                config.code,
                given,
                [each.name for each in config.outputs if each.required],
                replace(sandbox.usual, seconds=max(seconds, REPORT_SECONDS)),
                optional=[each.name for each in config.outputs if not each.required],
                now=run.started_at,
                seed=run.attempt_id,
            )
        except CodeFailed as failed:
            details = None if failed.line is None else {"line": failed.line, "source": failed.source}
            retryable = failed.code == "CODE_CRASHED"
            evidence = evidence_of(run, failed.prints)
            return Failed(failed.code, failed.message, retryable=retryable, details=details, evidence=evidence)
        evidence = evidence_of(run, result.prints)
        try:
            outputs = {
                each.name: as_output(result.outputs[each.name], each.type, each.name)
                for each in config.outputs
                if each.name in result.outputs
            }
        except InexactDecimal as refused:
            return Failed("CODE_OUTPUT_INVALID", str(refused), evidence=evidence)
        return Succeeded(outputs, evidence=evidence)


def evidence_of(run: TaskRun, prints: str) -> dict[str, Any]:
    """All that the outputs follow from beside code and inputs, and what was printed; how much of that was left out, if any."""
    shown = prints.encode("utf-8", "replace")
    kept = shown[:PRINTS_BYTES_MAX].decode("utf-8", "ignore").replace("\0", "\ufffd")
    evidence: dict[str, Any] = {"clock": run.started_at.isoformat(), "seed": run.attempt_id, "prints": kept}
    left_out = len(shown) - PRINTS_BYTES_MAX
    return evidence | {"prints_bytes_left_out": left_out} if left_out > 0 else evidence
