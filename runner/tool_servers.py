"""The programs that the owner of the platform lists as tool servers (MCP over stdio): tasks name them, and can start no other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

SERVERS_MAX = 200
SECTION = "mcpServers"
"""What the list is called in the files of other clients, whose form this is."""


@dataclass(frozen=True, slots=True)
class ToolServer:
    """One program: how it is started. What stands in its environment may be secret."""

    name: str
    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: str | None = None


ToolServers = Mapping[str, ToolServer]
NO_SERVERS: ToolServers = MappingProxyType({})


def read_tool_servers(path: Path) -> ToolServers:
    """The servers of a file like `{"mcpServers": {"time": {"command": "mcp-server-time", "args": [], "env": {}}}}`; raises ValueError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"Expected a file, but {path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise ValueError(f"Expected JSON in {path}, but it holds something else.") from None
    listed = content.get(SECTION) if isinstance(content, dict) else None
    if not isinstance(listed, dict) or len(listed) > SERVERS_MAX:
        raise ValueError(
            f"Expected {path} to hold an object {SECTION} of at most {SERVERS_MAX} servers, but it does not."
        )
    return MappingProxyType({name: _server(name, one) for name, one in listed.items()})


def _server(name: str, said: Any) -> ToolServer:
    command = said.get("command") if isinstance(said, dict) else None
    if not isinstance(command, str) or not command:
        raise ValueError(f"Expected the tool server {name} to have a command, but it has none.")
    args, env, cwd = said.get("args", []), said.get("env", {}), said.get("cwd")
    unknown = sorted(set(said) - {"command", "args", "env", "cwd", "type"})
    fits = (
        isinstance(args, list)
        and all(isinstance(arg, str) for arg in args)
        and isinstance(env, dict)
        and all(isinstance(value, str) for value in env.values())
        and isinstance(cwd, str | None)
    )
    if unknown or not fits:
        expected = "args as a list of texts, env as an object of texts and cwd as a text"
        found = ", ".join(unknown) or "another form"
        raise ValueError(f"Expected of the tool server {name} {expected}, but got {found}.")
    return ToolServer(name, command, tuple(args), dict(env), cwd)
