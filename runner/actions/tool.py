"""Performs `tool`: one call of a tool of an MCP server, in a session of its own.

What it may change is begun once and never repeated silently: if the session is lost while the call is under way, its outcome is unknown.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

from domain.kinds.tool import ToolConfiguration
from domain.types import FilesType, FileType, ValueType
from domain.values import BLOB
from runner.actions.answer_limits import causes
from runner.actions.asking.recorded import shown_file
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.actions.tool_results import outputs_of
from runner.actions.tool_sessions import NoSession, Session, alone, said_by, session_by_http, session_by_program

if TYPE_CHECKING:
    from mcp_types import CallToolResult

ARGUMENT_FILE_BYTES_MAX = 10 * 1024 * 1024
REPORT_SECONDS = 1.0
FILE_REFUSED = "FILE_REFUSED"
TOOL_LOST = "TOOL_LOST"
TOOL_REFUSED = "TOOL_REFUSED"
TOOL_TIMEOUT = "TOOL_TIMEOUT"


class CallLost(Exception):
    """The call of a tool that may have had its effect broke off: nobody knows what became of it."""


class CallTool:
    """Calls a tool of an MCP server."""

    kind = "tool"
    tells_effect = True

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """What the tool gave, or why it gave nothing."""
        config = run.task.configured(ToolConfiguration)
        try:
            arguments, shown = await _arguments(config, inputs, tools)
        except _FileTooLarge as refused:
            return Failed(FILE_REFUSED, str(refused))
        seconds = max(tools.deadline_seconds - REPORT_SECONDS, REPORT_SECONDS)
        call = _Call(config, arguments, tools, {"server": config.server or config.credential, "tool": config.tool})
        call.evidence["arguments"] = shown
        try:
            async with asyncio.timeout(seconds), _session(config, tools, seconds) as session:
                await call.make(session)
        except NoSession as none:
            return none.failed
        except TimeoutError:
            message = f"Expected {config.tool} to end within {seconds:.0f} s, but it did not."
            call.break_off(Failed(TOOL_TIMEOUT, message, retryable=True))
        except Exception as error:  # noqa: BLE001 - what is none of the session's own is raised again
            if call.answer is None and not call.is_lost(error) and not call.is_under_way:
                raise alone(error) from None
            message = f"Expected {config.tool} to answer, but the session was lost: {said_by(error)}"
            call.break_off(Failed(TOOL_LOST, message, retryable=True))
        return await call.outcome()


class _Call:
    def __init__(
        self, config: ToolConfiguration, arguments: dict[str, Any], tools: Tools, evidence: dict[str, Any]
    ) -> None:
        self._config = config
        self._arguments = arguments
        self._tools = tools
        self.evidence = evidence
        self.is_under_way = False
        self.answer: CallToolResult | Failed | None = None

    async def make(self, session: Session) -> None:
        """Makes the call, and keeps the answer."""
        client = session.client
        from mcp import MCPError  # noqa: PLC0415 - on first use

        if (server := client.server_info) is not None:
            self.evidence["server_is"] = {"name": server.name, "version": server.version}
        if not self._config.repeatable:
            await self._tools.effect()
        began = monotonic()
        self.is_under_way = True
        try:
            result = await client.call_tool(self._config.tool, self._arguments, progress_callback=self._progress)
        except MCPError as error:
            # A status of a gateway in between says nothing of what became of the call.
            if self.is_lost(error) or (session.error_status or 0) >= 500:
                raise
            self.is_under_way = False
            said = said_by(error).removeprefix("MCPError ")
            message = f"Expected the server to take the call of {self._config.tool}, but it says: {said}"
            self.answer = Failed(TOOL_REFUSED, message)
            return
        self.is_under_way = False
        self.evidence |= {"seconds": round(monotonic() - began, 3), "is_error": result.is_error}
        self.answer = result

    async def outcome(self) -> Outcome:
        """What the answer comes to; once the session is over, as that wraps whatever goes wrong within it."""
        if self.answer is None:
            raise CallLost("Expected the call to end in some way, but it did not.")
        if isinstance(self.answer, Failed):
            return replace(self.answer, evidence=self.evidence)
        outputs = await outputs_of(self._config, self.answer, self._tools.files)
        if isinstance(outputs, Failed):
            return replace(outputs, evidence=self.evidence)
        return Succeeded(outputs, evidence=self.evidence)

    def is_lost(self, error: BaseException) -> bool:
        """Whether an error says that the session ended, and not what became of the call."""
        from mcp import MCPError  # noqa: PLC0415 - on first use
        from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT  # noqa: PLC0415

        for cause in causes(error):
            if isinstance(cause, MCPError) and cause.error.code in (CONNECTION_CLOSED, REQUEST_TIMEOUT):
                return True
            if isinstance(cause, OSError | EOFError) or type(cause).__module__.startswith(
                ("httpx2", "httpcore2", "anyio")
            ):
                return True
        return False

    def break_off(self, failed: Failed) -> None:
        """The failure is the answer; but one that is there stands, and of an effect that was under way nobody knows."""
        if self.answer is not None:
            return
        if self.is_under_way and not self._config.repeatable:
            raise CallLost(failed.message)
        self.answer = failed

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        self._tools.progress(progress, total, message)


@asynccontextmanager
async def _session(config: ToolConfiguration, tools: Tools, seconds: float) -> AsyncIterator[Session]:
    opening: AbstractAsyncContextManager[Session]
    if config.server is not None:
        opening = session_by_program(tools.tool_servers, config.server, seconds)
    else:
        name = config.credential or ""
        secrets = await tools.credentials.open(name)
        opening = session_by_http(tools.outgoing, secrets.kind, secrets.values, name, seconds)
    async with opening as session:
        yield session


class _FileTooLarge(Exception):
    pass


async def _arguments(
    config: ToolConfiguration, inputs: Mapping[str, Any], tools: Tools
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments as they are sent, and as they are recorded: of files what tells them from others."""
    sent: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    for variable in config.inputs:
        value = inputs.get(variable.name)
        if value is not None:  # What has no value is left out: tools tell null from nothing.
            name = config.arguments.get(variable.name, variable.name)
            sent[name] = await _sent(variable.type, value, tools)
            shown[name] = _shown(variable.type, value)
    return sent, shown


async def _sent(declared: ValueType, value: Any, tools: Tools) -> Any:
    match declared:
        case FileType():
            size = value["content"][BLOB]["size"]
            if size > ARGUMENT_FILE_BYTES_MAX:
                most = f"at most {ARGUMENT_FILE_BYTES_MAX} bytes as an argument"
                raise _FileTooLarge(f"Expected a file of {most}, but {value['name']} has {size}.")
            return base64.b64encode(await tools.files.read(value)).decode()
        case FilesType():
            return [await _sent(FileType(), item, tools) for item in value]
        case _:
            return value


def _shown(declared: ValueType, value: Any) -> Any:
    match declared:
        case FileType():
            return shown_file(value)
        case FilesType():
            return [shown_file(item) for item in value]
        case _:
            return value
