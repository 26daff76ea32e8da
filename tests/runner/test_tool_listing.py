"""The tools of a server, listed for whoever designs: as configurations that the checks of the kind `tool` find nothing wrong with."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from mcp_types import Tool

from domain.credentials.state import Usable
from domain.kinds import KINDS
from graphql_api.refusals import ToolServerRefused
from graphql_api.system import ListedTool
from runner.actions.contract import CredentialRefused
from runner.addresses import parse_private_networks
from runner.credentials import Opened, SecretValues
from runner.outgoing import Outgoing
from runner.secrecy import RunSecrets
from runner.tool_listing import ToolListing, _listed, _variables
from runner.tool_servers import ToolServer
from tests.tool_server import TOKEN, tools_by_http

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
WORKSPACE = uuid4()


@dataclass(slots=True)
class OneCredential:
    """A workspace with one credential, `tools`."""

    values: dict[str, Any]

    async def find(self, workspace: UUID, name: str) -> tuple[UUID, Usable]:
        if name != "tools":
            raise CredentialRefused("CREDENTIAL_UNKNOWN", f"Expected the credential {name}, but there is none.")
        return uuid4(), Usable(name=name, kind="mcp", revision=1)

    async def read(self, workspace: UUID, credential_id: UUID, credential: Usable) -> Opened:
        return Opened(credential.name, credential.kind, credential.revision, SecretValues(self.values))


async def listed(values: dict[str, Any], **where: str | None) -> dict[str, ListedTool]:
    outgoing = Outgoing(parse_private_networks("127.0.0.0/8"))
    program = ToolServer("tested", sys.executable, ("-m", "tests.tool_server"), {"PYTHONPATH": str(ROOT)})
    listing = ToolListing(OneCredential(values), outgoing, {"tested": program})  # type: ignore[arg-type] # as much as it asks of it
    try:
        asked = {"credential": None, "server": None, **where}
        return {tool.name: tool for tool in await listing.list_tools(WORKSPACE, **asked)}
    finally:
        await outgoing.aclose()


async def test_tools_are_listed_as_configurations(tmp_path: Path) -> None:
    async with tools_by_http(tmp_path) as url:
        tools = await listed({"url": url, "token": TOKEN}, credential="tools")
    weather = tools["weather"]
    assert (weather.description, weather.read_only) == ("What the weather in a city is.", True)
    assert weather.configuration == {
        "credential": "tools",
        "tool": "weather",
        "repeatable": True,
        "inputs": [
            {"name": "city", "type": {"type": "str"}},
            {"name": "days", "type": {"type": "float"}, "required": False},
        ],
        "outputs": [
            {"name": "city", "type": {"type": "str"}},
            {"name": "degrees", "type": {"type": "float"}},
            {"name": "windy", "type": {"type": "bool"}},
        ],
    }
    assert weather.input_schema["properties"]["days"]["default"] == 1
    kind = KINDS["tool"]
    for tool in tools.values():
        assert list(kind.findings(kind.read(tool.configuration))) == []


async def test_the_tools_of_a_listed_program_are_listed() -> None:
    tools = await listed({}, server="tested")
    assert tools["shout"].configuration["server"] == "tested"
    assert "repeatable" not in tools["shout"].configuration


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"credential": "none"}, "there is none"),
        ({"server": "none"}, "\\(tested\\)"),
        ({"credential": "tools"}, "no session came about"),
    ],
)
async def test_what_cannot_be_listed_is_refused(where: dict[str, str], said: str) -> None:
    with pytest.raises(ToolServerRefused, match=said):
        await listed({"url": "http://127.0.0.1:9/mcp"}, **where)


async def test_who_is_not_let_in_is_told_so(tmp_path: Path) -> None:
    async with tools_by_http(tmp_path) as url:
        with pytest.raises(ToolServerRefused, match="answered with 401") as refused:
            await listed({"url": url, "token": "another"}, credential="tools")
    assert "another" not in str(refused.value)


def test_names_of_a_tool_become_names_of_ours() -> None:
    schema = {
        "type": "object",
        "properties": {
            "fileName": {"type": "string"},
            "file-name": {"type": "string"},
            "2nd": {},
            "text": {"type": "string"},
        },
        "required": ["fileName"],
    }
    variables, renamed = _variables(schema, taken=("text",))
    assert [one["name"] for one in variables] == ["file_name", "file_name_2", "x_2nd", "text_2"]
    assert renamed == {"file_name": "fileName", "file_name_2": "file-name", "x_2nd": "2nd", "text_2": "text"}
    assert variables[2]["type"] == {"type": "object"}


def test_names_that_become_the_same_are_numbered_without_counting_anew_for_each() -> None:
    schema: dict[str, Any] = {"properties": {"é" * (number + 1): {} for number in range(500)}}
    variables, renamed = _variables(schema)
    assert [one["name"] for one in variables[:3]] == ["x", "x_2", "x_3"]
    assert len({one["name"] for one in variables}) == len(renamed) == 500


def test_a_tool_that_says_very_much_is_listed_short() -> None:
    tool = Tool(name="talk", title="t" * 10_000, description="d" * 100_000, input_schema={"type": "object"})
    shown = _listed(tool, {"server": "tested"}, RunSecrets())
    assert (shown.title, shown.description) == ("t" * 500, "d" * 20_000)


def test_a_tool_that_says_the_secret_it_was_asked_with_is_listed_without_it() -> None:
    secrets = RunSecrets()
    secrets.add("sk-canary-1234567890")
    properties = {"place": {"type": "string", "description": "As sk-canary-1234567890 has it."}}
    described = "d" * 19_990 + "sk-canary-1234567890"
    tool = Tool(
        name="talk", title="sk-canary-1234567890", description=described, input_schema={"properties": properties}
    )
    shown = _listed(tool, {"credential": "tools"}, secrets)
    assert "canary" not in repr(shown)
    assert shown.configuration["inputs"][0]["name"] == "place"
