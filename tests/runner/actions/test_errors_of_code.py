"""Every error of the kind `code`, each by a program that makes it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runner.actions.code import RunCode
from runner.actions.sandbox import CodeSandbox
from tests.runner.actions.action_stage import DEADLINE_SECONDS, failed, task_run, tools
from tests.runner.actions.provoking import provokes

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENDLESS = "while True:\n    pass"


@pytest.fixture
async def sandbox() -> AsyncIterator[CodeSandbox]:
    async with CodeSandbox(processes=1) as opened:
        yield opened


def config(program: str) -> dict[str, object]:
    return {"code": program, "outputs": [{"name": "r", "type": {"type": "decimal"}}]}


@pytest.mark.parametrize(
    ("code", "program"),
    [
        ("CODE_SYNTAX", "r = = 1"),
        ("CODE_ERROR", "r = 1 / 0"),
        ("CODE_OUTPUT_MISSING", "a = 1"),
        ("CODE_OUTPUT_INVALID", "r = 0.1"),
        ("CODE_OUTPUT_TOO_LARGE", "r = 'x' * (9 * 1024 * 1024)"),
        ("CODE_TIMEOUT", ENDLESS),
        ("CODE_MEMORY", "r = 'x' * (500 * 1024 * 1024)"),
    ],
)
@provokes("code")
async def test_each_trouble_of_a_program_has_its_code(
    sandbox: CodeSandbox, tmp_path: Path, code: str, program: str
) -> None:
    run = task_run("code", config(program), NOW, seconds=2.0)
    outcome = failed(await RunCode().perform(run, {}, tools(tmp_path, code=sandbox)))
    assert outcome.code == code, outcome.message


@provokes("code", "CODE_CRASHED")
async def test_a_process_that_dies_may_be_tried_again(sandbox: CodeSandbox, tmp_path: Path) -> None:
    run = task_run("code", config(ENDLESS), NOW, seconds=20.0)
    performing = asyncio.create_task(RunCode().perform(run, {}, tools(tmp_path, code=sandbox)))
    process = None
    async with asyncio.timeout(DEADLINE_SECONDS):
        while process is None:
            await asyncio.wait({performing}, timeout=0.01)
            process = next((turn._process for turn in sandbox._running), None)
    os.kill(process, signal.SIGKILL)
    assert failed(await performing).code == "CODE_CRASHED"
