"""The list of programs that tasks may start: read in the form that other clients have it in, or refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runner.settings import SettingsRefused, load_settings
from runner.tool_servers import ToolServer, read_tool_servers

TIME = {"command": "mcp-server-time", "args": ["--local-timezone", "UTC"], "env": {"KEY": "hush"}}


def test_the_list_of_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text(json.dumps({"mcpServers": {"time": TIME, "other": {"command": "x", "type": "stdio"}}}))
    servers = load_settings({"OPUS_TOOL_SERVERS": str(path)}).tool_servers
    assert servers["time"] == ToolServer("time", "mcp-server-time", ("--local-timezone", "UTC"), {"KEY": "hush"})
    assert servers["other"].args == ()
    assert "hush" not in repr(servers)


def test_without_a_list_there_is_no_program() -> None:
    assert dict(load_settings({}).tool_servers) == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "holds something else"),
        ([], "an object mcpServers"),
        ({"mcpServers": {"a": {"args": []}}}, "a to have a command"),
        ({"mcpServers": {"a": {"command": "x", "args": "y"}}}, "args as a list of texts"),
        ({"mcpServers": {"a": {"command": "x", "shell": True}}}, "but got shell"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path, content: Any, said: str) -> None:
    path = tmp_path / "mcp.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ValueError, match=said):
        read_tool_servers(path)
    with pytest.raises(SettingsRefused, match="OPUS_TOOL_SERVERS"):
        load_settings({"OPUS_TOOL_SERVERS": str(path)})


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="OPUS_TOOL_SERVERS"):
        load_settings({"OPUS_TOOL_SERVERS": str(tmp_path / "none.json")})
