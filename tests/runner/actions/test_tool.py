"""The action of `tool` against real MCP servers, over stdio and over HTTP."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from event_store.blobs import FolderBlobs
from runner.actions.contract import FileRefused, Outcome, Succeeded
from runner.actions.tool import CallLost, CallTool
from runner.files import RunFiles
from runner.outgoing import Outgoing
from runner.secrecy import RunSecrets, SecretFound
from runner.tool_servers import ToolServer
from tests.http_servers import serving
from tests.model_servers import Floods, flooding
from tests.runner.actions.action_stage import WORKSPACE, GivenTools, failed, outputs, task_run
from tests.runner.actions.asking_stage import asking_tools
from tests.runner.actions.provoking import provokes
from tests.runner.stage import until
from tests.tool_server import ONE_PIXEL, TOKEN, tools_by_http

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
TEXT = {"type": "str"}
WEATHER: dict[str, Any] = {
    "tool": "weather",
    "inputs": [{"name": "place", "type": TEXT}, {"name": "days", "type": {"type": "float"}, "required": False}],
    "arguments": {"place": "city"},
    "outputs": [{"name": "temperature", "type": {"type": "decimal"}}, {"name": "windy", "type": {"type": "bool"}}],
    "results": {"temperature": "degrees"},
}


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


@pytest.fixture
async def url(marks: Path) -> AsyncIterator[str]:
    async with tools_by_http(marks) as url:
        yield url


@pytest.fixture
def by_http(url: str, tmp_path: Path, loopback: Outgoing) -> GivenTools:
    return asking_tools(tmp_path, {"url": url, "token": TOKEN}, loopback, kind="mcp")


@pytest.fixture
def by_program(marks: Path, tmp_path: Path, loopback: Outgoing) -> GivenTools:
    program = ToolServer(
        "tested",
        sys.executable,
        ("-m", "tests.tool_server", str(marks)),
        {"PYTHONPATH": str(ROOT), "FOR_IT": "given"},
    )
    return replace(asking_tools(tmp_path, {}, loopback), tool_servers={"tested": program})


async def call(config: dict[str, Any], inputs: dict[str, Any], given: GivenTools, *, server: bool = False) -> Outcome:
    place = {"server": "tested"} if server else {"credential": "account"}
    return await CallTool().perform(task_run("tool", {**place, **config}, NOW), inputs, given)


async def test_a_tool_is_called_over_http_with_its_inputs_by_name(by_http: GivenTools) -> None:
    outcome = await call(WEATHER, {"place": "Rome", "days": 2}, by_http)
    assert outputs(outcome) | {"text": ""} == {"temperature": "22.5", "windy": False, "text": "", "files": []}
    assert isinstance(outcome, Succeeded)
    evidence = outcome.evidence
    assert evidence["arguments"] == {"city": "Rome", "days": 2}
    assert (evidence["server"], evidence["tool"], evidence["is_error"]) == ("account", "weather", False)
    assert evidence["server_is"] == {"name": "tested tools", "version": "1.2.3"}
    assert TOKEN not in repr(outcome)


async def test_a_program_of_the_list_is_started_for_the_call(
    by_program: GivenTools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPUS_DATABASE_URL", "postgresql://secret")
    said = {"tool": "environment", "inputs": [{"name": "name", "type": TEXT}]}
    outcome = await call(said, {"name": "FOR_IT"}, by_program, server=True)
    assert outputs(outcome) == {"structured": {"result": "given"}, "text": "given", "files": []}
    hidden = await call(said, {"name": "OPUS_DATABASE_URL"}, by_program, server=True)
    assert outputs(hidden)["text"] == "nothing"


async def test_what_has_no_value_is_left_out(by_http: GivenTools) -> None:
    outcome = await call(WEATHER, {"place": "Rome", "days": None}, by_http)
    assert outputs(outcome)["temperature"] == "21.5"


async def test_files_that_a_tool_gives_are_stored(by_http: GivenTools) -> None:
    outcome = await call({"tool": "picture"}, {}, by_http)
    (file,) = outputs(outcome)["files"]
    assert await by_http.files.read(file) == ONE_PIXEL
    assert file["content"]["$blob"]["type"] == "image/png"


async def test_a_file_is_given_as_base64(by_http: GivenTools) -> None:
    file = await by_http.files.store("a.txt", "text/plain", b"abc")
    config = {"tool": "shout", "inputs": [{"name": "text", "type": {"type": "file"}}]}
    outcome = await call(config, {"text": file}, by_http)
    assert outputs(outcome)["text"] == "YWJJ".upper()
    assert isinstance(outcome, Succeeded)
    assert outcome.evidence["arguments"]["text"]["name"] == "a.txt"


@provokes("tool", "TOOL_FAILED")
async def test_a_tool_that_fails_says_why(by_http: GivenTools) -> None:
    config = {"tool": "fail", "inputs": [{"name": "why", "type": TEXT}]}
    outcome = failed(await call(config, {"why": "No such thing."}, by_http))
    assert (outcome.code, outcome.retryable) == ("TOOL_FAILED", False)
    assert "No such thing." in outcome.message
    assert outcome.evidence["is_error"] is True


async def test_a_tool_that_is_not_there_or_is_called_wrongly_is_refused(by_http: GivenTools) -> None:
    assert failed(await call({"tool": "none"}, {}, by_http)).code in ("TOOL_REFUSED", "TOOL_FAILED")
    assert failed(await call({"tool": "weather"}, {}, by_http)).code in ("TOOL_REFUSED", "TOOL_FAILED")


@provokes("tool", "RESULT_MISFIT")
async def test_a_result_without_what_is_declared_fails(by_http: GivenTools) -> None:
    config = {**WEATHER, "results": {}}
    outcome = failed(await call(config, {"place": "Rome"}, by_http))
    assert outcome.code == "RESULT_MISFIT"
    assert "temperature" in outcome.message


async def test_a_file_for_which_there_is_no_room_is_refused_as_that_and_not_told_as_a_broken_session(
    by_http: GivenTools, tmp_path: Path
) -> None:
    async def none_left(workspace: UUID) -> int:
        raise FileRefused("WORKSPACE_FULL", f"Expected room in {workspace}, but there is none.")

    full = replace(by_http, files=RunFiles(FolderBlobs(tmp_path), WORKSPACE, room=none_left))
    with pytest.raises(FileRefused) as refused:
        await call({"tool": "picture"}, {}, full)
    assert refused.value.code == "WORKSPACE_FULL"


async def test_a_file_that_holds_a_secret_is_refused_as_that_and_not_told_as_a_broken_session(
    by_http: GivenTools, tmp_path: Path
) -> None:
    secrets = RunSecrets()
    secrets.add("IHDR\0\0\0")
    with pytest.raises(SecretFound):
        await call({"tool": "picture"}, {}, replace(by_http, files=RunFiles(FolderBlobs(tmp_path), WORKSPACE, secrets)))


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
async def test_an_answer_without_end_is_not_read_into_memory(
    tmp_path: Path,
    loopback: Outgoing,
    packed: bool,  # noqa: FBT001 - a column of the table
) -> None:
    async def answer(request: Request) -> Response:
        return flooding(Floods(packed), media_type="application/json")

    async with serving([Route("/mcp", answer, methods=["POST", "GET"])]) as url:
        given = asking_tools(tmp_path, {"url": f"{url}/mcp", "token": TOKEN}, loopback, kind="mcp")
        outcome = failed(await call({"tool": "weather"}, {}, given))
    assert outcome.code == "SERVER_UNREACHABLE"
    assert ("compressed" if packed else "at most") in outcome.message


async def test_progress_is_passed_on(by_http: GivenTools) -> None:
    told: list[tuple[float, float | None, str | None]] = []

    def progress(done: float, total: float | None = None, note: str | None = None) -> None:
        told.append((done, total, note))

    config = {"tool": "count", "inputs": [{"name": "to", "type": {"type": "float"}}]}
    outcome = await call(config, {"to": 3}, replace(by_http, progress=progress))
    assert outputs(outcome)["structured"] == {"result": 3}
    assert told == [(1, 3, "at 1"), (2, 3, "at 2"), (3, 3, "at 3")]


@pytest.mark.parametrize("server", [False, True], ids=["http", "stdio"])
async def test_cancelling_is_passed_on(by_http: GivenTools, by_program: GivenTools, marks: Path, server: bool) -> None:  # noqa: FBT001
    given = by_program if server else by_http
    calling = asyncio.create_task(call({"tool": "wait"}, {}, given, server=server))
    await until_there(marks / "waiting")
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    await until_there(marks / "cancelled")


async def until_there(path: Path) -> None:
    async def there() -> bool:
        return path.exists()  # noqa: ASYNC240 - a look at a folder of the test

    await until(there)


async def test_an_effect_is_told_right_before_the_call(by_http: GivenTools, marks: Path) -> None:
    told: list[bool] = []

    async def effect() -> None:
        told.append((marks / "weather").exists())

    await call(WEATHER, {"place": "Rome"}, replace(by_http, effect=effect))
    assert told == [False]
    await call({**WEATHER, "repeatable": True}, {"place": "Rome"}, replace(by_http, effect=effect))
    assert told == [False], "a repeatable call needs no record of it"


async def test_of_a_call_that_was_lost_nobody_knows_the_outcome(by_program: GivenTools, marks: Path) -> None:
    with pytest.raises(CallLost):
        await call({"tool": "die"}, {}, by_program, server=True)
    assert (marks / "died").read_text() == "."


async def test_a_gateway_that_gives_up_says_nothing_of_the_call(url: str, tmp_path: Path, loopback: Outgoing) -> None:
    class Broken(Outgoing):
        def client(self, *, fresh: bool = False, **options: Any) -> Any:
            options["headers"] = {**options["headers"], "X-Broken": "yes"}
            return loopback.client(fresh=fresh, **options)

    given = asking_tools(tmp_path, {"url": url, "token": TOKEN}, Broken(), kind="mcp")
    with pytest.raises(CallLost):
        await call(WEATHER, {"place": "Rome"}, given)
    outcome = failed(await call({**WEATHER, "repeatable": True}, {"place": "Rome"}, given))
    assert (outcome.code, outcome.retryable) == ("TOOL_LOST", True)


@provokes("tool", "TOOL_LOST")
async def test_a_repeatable_call_that_was_lost_may_be_tried_again(by_program: GivenTools) -> None:
    outcome = failed(await call({"tool": "die", "repeatable": True}, {}, by_program, server=True))
    assert (outcome.code, outcome.retryable) == ("TOOL_LOST", True)


@provokes("tool", "TOOL_TIMEOUT")
async def test_no_answer_in_time_ends_the_call(by_http: GivenTools, marks: Path) -> None:
    short = replace(by_http, deadline_seconds=1.3)
    outcome = failed(await call({"tool": "wait", "repeatable": True}, {}, short))
    assert (outcome.code, outcome.retryable) == ("TOOL_TIMEOUT", True)
    with pytest.raises(CallLost):
        await call({"tool": "wait"}, {}, short)


@provokes("tool", "SERVER_DENIED")
async def test_who_is_not_let_in_is_told_so(by_http: GivenTools, url: str, tmp_path: Path, loopback: Outgoing) -> None:
    told: list[bool] = []

    async def effect() -> None:
        told.append(True)

    other = asking_tools(tmp_path, {"url": url, "token": "wrong"}, loopback, kind="mcp")
    outcome = failed(await call(WEATHER, {"place": "Rome"}, replace(other, effect=effect)))
    assert (outcome.code, outcome.retryable) == ("SERVER_DENIED", False)
    assert told == [], "nothing has begun"


@pytest.mark.parametrize(
    ("values", "kind", "code"),
    [
        ({"url": "http://127.0.0.1:9/mcp"}, "mcp", "SERVER_UNREACHABLE"),
        ({"token": "x"}, "bearer", "CREDENTIAL_MISFIT"),
    ],
)
@provokes("tool")
async def test_without_a_session_there_is_no_call(
    tmp_path: Path, loopback: Outgoing, values: dict[str, Any], kind: str, code: str
) -> None:
    given = asking_tools(tmp_path, values, loopback, kind=kind)
    assert failed(await call(WEATHER, {"place": "Rome"}, given)).code == code


@provokes("tool", "ADDRESS_REFUSED")
async def test_an_address_inside_is_refused(url: str, tmp_path: Path) -> None:
    closed = Outgoing()
    given = asking_tools(tmp_path, {"url": url, "token": TOKEN}, closed, kind="mcp")
    assert failed(await call(WEATHER, {"place": "Rome"}, given)).code == "ADDRESS_REFUSED"
    await closed.aclose()


@provokes("tool", "SERVER_UNKNOWN")
async def test_a_program_that_is_not_on_the_list_is_never_started(by_http: GivenTools, by_program: GivenTools) -> None:
    outcome = failed(
        await CallTool().perform(task_run("tool", {**WEATHER, "server": "sh"}, NOW), {"place": "x"}, by_program)
    )
    assert outcome.code == "SERVER_UNKNOWN"
    assert "(tested)" in outcome.message
    gone = replace(by_program, tool_servers={"sh": ToolServer("sh", "/nowhere/at/all")})
    outcome = failed(await CallTool().perform(task_run("tool", {**WEATHER, "server": "sh"}, NOW), {"place": "x"}, gone))
    assert outcome.code == "SERVER_UNREACHABLE"
