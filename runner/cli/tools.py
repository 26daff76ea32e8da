"""`opus tools`: the tools of a server (MCP), and the configuration of a task that calls one."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from runner.cli.client import ApiClient
from runner.cli.finding import NotFound, workspace_id
from runner.cli.output import console, print_table, speaking

_TOOLS = """
query ($workspace: ID!, $credential: String, $server: String) {
  workspace(id: $workspace) { tools(credential: $credential, server: $server) { name description readOnly configuration } }
}
"""
_SERVERS = "query ($workspace: ID!) { workspace(id: $workspace) { toolServers } }"
LINE_CHARACTERS_MAX = 100


def tools(
    tool: Annotated[str | None, typer.Argument(help="One tool, shown whole.", show_default=False)] = None,
    credential: Annotated[
        str | None, typer.Option(help="Name of the credential that reaches the server.", show_default=False)
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="Name of a server that the owner of the platform lists.", show_default=False)
    ] = None,
) -> None:
    """List the tools of a server (MCP), or without one the servers that the owner of the platform lists; of one tool print the configuration of a task that calls it."""
    with speaking() as client:
        if credential is None and server is None:
            for name in client.query(_SERVERS, workspace=workspace_id(client))["workspace"]["toolServers"]:
                console.print(name)
            return
        listed = _tools(client, credential, server)
        if tool is None:
            print_table(
                ("tool", "only reads", "what it does"),
                [(one["name"], "yes" if one["readOnly"] else "", _line(one["description"])) for one in listed],
            )
            return
        found = next((one for one in listed if one["name"] == tool), None)
        if found is None:
            raise NotFound(f'Expected the name of a tool of this server, but there is no "{tool}".')
        console.print_json(json.dumps(found["configuration"]))


def _tools(client: ApiClient, credential: str | None, server: str | None) -> list[dict[str, Any]]:
    shown = client.query(_TOOLS, workspace=workspace_id(client), credential=credential, server=server)
    found: list[dict[str, Any]] = shown["workspace"]["tools"]
    return found


def _line(description: str | None) -> str:
    text = " ".join((description or "").split())
    return text if len(text) <= LINE_CHARACTERS_MAX else f"{text[:LINE_CHARACTERS_MAX]}…"
