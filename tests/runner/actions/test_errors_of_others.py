"""Errors of mail, tools and rounds that no other test of these kinds provokes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.smtp import AuthResult

from domain.jobs.events import TaskChildEnded
from domain.jobs.run import Run
from domain.values import BLOB
from runner.actions.contract import Resumed
from runner.actions.execute_workflow import ExecuteWorkflow
from runner.actions.send_email import SendEmail
from runner.actions.tool import ARGUMENT_FILE_BYTES_MAX, CallTool
from runner.outgoing import Outgoing
from tests.runner.actions.action_stage import failed, task_run, tools
from tests.runner.actions.asking_stage import asking_tools
from tests.runner.actions.mail_stage import Opened, mail_server
from tests.runner.actions.provoking import provokes
from tests.tool_server import TOKEN, tools_by_http

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MAIL = {"credential": "mail", "sender": "a@example.org", "to": ["b@example.org"], "subject": "A", "text": "B"}
TIMES = pytest.mark.parametrize(("number", "retryable"), [(450, True), (550, False)])


async def send(folder: Path, values: Mapping[str, Any], **config: Any) -> str:
    """The code of the failure."""
    given = replace(tools(folder), credentials=Opened(values))
    inputs: dict[str, Any] = {"nobody": []}
    return failed(await SendEmail().perform(task_run("send_email", MAIL | config, NOW), inputs, given)).code


@asynccontextmanager
async def saying(**answers: str) -> AsyncIterator[dict[str, Any]]:
    """A mail server that says this to these commands, and OK to all others; gives a credential for it."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        try:
            while line := await reader.readline():
                command = line[:4].decode().strip().upper()
                writer.write(answers.get(command, "221 bye" if command == "QUIT" else "250 OK").encode() + b"\r\n")
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        yield {"host": "127.0.0.1", "port": server.sockets[0].getsockname()[1], "security": "none"}


@TIMES
@provokes("send_email", "MAIL_SENDER_REFUSED")
async def test_a_sender_that_is_refused_may_be_tried_again_when_it_is_for_now(
    tmp_path: Path, number: int, *, retryable: bool
) -> None:
    async with saying(MAIL=f"{number} not you") as values:
        assert await send(tmp_path, values) == "MAIL_SENDER_REFUSED"


@TIMES
@provokes("send_email", "MAIL_SERVER_UNREACHABLE")
async def test_a_server_that_takes_no_part_may_be_tried_again_when_it_is_for_now(
    tmp_path: Path, number: int, *, retryable: bool
) -> None:
    said = f"{number} not today"
    async with saying(EHLO=said, HELO=said) as values:
        assert await send(tmp_path, values) == "MAIL_SERVER_UNREACHABLE"


@provokes("send_email", "MAIL_LOGIN_REFUSED", retryable=True)
async def test_a_login_that_is_refused_for_now_may_be_tried_again(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as server:
        server.authenticate = lambda *_: AuthResult(success=False, handled=False, message="454 4.7.0 later")  # type: ignore[method-assign] # what it says to a login
        assert await send(tmp_path, server.values()) == "MAIL_LOGIN_REFUSED"


@provokes("send_email", "RECIPIENTS_MISSING")
async def test_a_mail_to_nobody_is_refused(tmp_path: Path) -> None:
    async with saying() as values:
        inputs = [{"name": "nobody", "type": {"type": "array", "items": {"type": "str"}}}]
        assert await send(tmp_path, values, inputs=inputs, to=["{{ nobody }}"]) == "RECIPIENTS_MISSING"


async def call(folder: Path, outgoing: Outgoing, tool: str, given: Mapping[str, Any], **config: Any) -> str:
    """The code of the failure."""
    async with tools_by_http(folder) as url:
        stage = asking_tools(folder, {"url": url, "token": TOKEN}, outgoing, kind="mcp")
        run = task_run("tool", {"credential": "account", "tool": tool, **config}, NOW)
        return failed(await CallTool().perform(run, given, stage)).code


@provokes("tool", "TOOL_REFUSED")
async def test_a_call_that_the_server_does_not_take_is_refused(tmp_path: Path, loopback: Outgoing) -> None:
    assert await call(tmp_path, loopback, "refuse", {}) == "TOOL_REFUSED"


@provokes("tool", "RESULT_TOO_LARGE")
async def test_a_result_that_is_too_large_is_refused(
    tmp_path: Path, loopback: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.actions.tool_results.RESULT_BYTES_MAX", 1_000)
    inputs = [{"name": "text", "type": {"type": "str"}}]
    assert await call(tmp_path, loopback, "shout", {"text": "x" * 1_001}, inputs=inputs) == "RESULT_TOO_LARGE"


@provokes("tool", "FILE_REFUSED")
async def test_a_file_that_is_too_large_for_an_argument_is_refused(tmp_path: Path, loopback: Outgoing) -> None:
    file = await tools(tmp_path).files.store("a.txt", "text/plain", b"a")
    file["content"][BLOB] |= {"size": ARGUMENT_FILE_BYTES_MAX + 1}
    inputs = [{"name": "text", "type": {"type": "file"}}]
    assert await call(tmp_path, loopback, "shout", {"text": file}, inputs=inputs) == "FILE_REFUSED"


@pytest.mark.parametrize(("code", "given"), [("ROUNDS_EXCEEDED", 1), ("EXPRESSION_FAILED", None)])
@provokes("execute_workflow")
async def test_rounds_end_where_they_must(tmp_path: Path, code: str, given: float | None) -> None:
    config = {
        "workflow": "Another",
        "outputs": [{"name": "x", "type": {"type": "float"}, "required": False}],
        "repeat": {"until": "x > 5", "rounds_max": 1},
    }
    ended = TaskChildEnded(run=Run(task="tried"), child_id=UUID(int=1), outcome="completed")
    run = replace(task_run("execute_workflow", config, NOW), resumed=Resumed(ended, {"x": given}))
    assert failed(await ExecuteWorkflow().perform(run, {}, tools(tmp_path))).code == code
