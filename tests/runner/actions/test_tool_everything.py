"""The reference server of MCP, from npm: what its tools give is understood."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runner.actions.contract import Outcome
from runner.actions.tool import CallTool
from runner.outgoing import Outgoing
from runner.tool_servers import ToolServer
from tests.runner.actions.action_stage import GivenTools, outputs, task_run
from tests.runner.actions.asking_stage import asking_tools

pytestmark = [pytest.mark.anyio, pytest.mark.soak, pytest.mark.timeout(600)]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PACKAGE = "@modelcontextprotocol/server-everything"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> ToolServer:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("npm")
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", PACKAGE], cwd=folder, check=True)
    return ToolServer("everything", str(folder / "node_modules" / ".bin" / "mcp-server-everything"), ("stdio",))


@pytest.fixture
def given(program: ToolServer, tmp_path: Path, loopback: Outgoing) -> GivenTools:
    return replace(asking_tools(tmp_path, {}, loopback), tool_servers={"everything": program})


async def call(given: GivenTools, tool: str, **inputs: Any) -> Outcome:
    types = {str: "str", int: "float", float: "float", bool: "bool"}
    declared = [{"name": name, "type": {"type": types[type(value)]}} for name, value in inputs.items()]
    config = {"server": "everything", "tool": tool, "inputs": declared, "repeatable": True}
    return await CallTool().perform(task_run("tool", config, NOW), inputs, given)


async def test_what_the_reference_server_gives_is_understood(given: GivenTools) -> None:
    assert "hello" in outputs(await call(given, "echo", message="hello"))["text"]
    assert "5" in outputs(await call(given, "get-sum", a=2, b=3))["text"]
    image = outputs(await call(given, "get-tiny-image"))
    assert [file["content"]["$blob"]["type"] for file in image["files"]] == ["image/png"]
    structured = outputs(await call(given, "get-structured-content", location="Chicago"))["structured"]
    assert "temperature" in structured


async def test_its_progress_is_passed_on(given: GivenTools) -> None:
    told: list[float] = []

    def progress(done: float, total: float | None = None, note: str | None = None) -> None:
        told.append(done)

    watched = replace(given, progress=progress)
    await call(watched, "trigger-long-running-operation", duration=1, steps=4)
    assert told == [1, 2, 3, 4]
