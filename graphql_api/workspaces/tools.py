"""The tools of other systems, for whoever designs a workflow."""

from __future__ import annotations

from graphql_api.context import Context
from graphql_api.describe import about, object_type
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import JSON
from graphql_api.system import ListedTool


@object_type
class Tool:
    """A tool of a server (MCP), as a task of the kind `tool` calls it."""

    name: str = about("Its name there.")
    title: str | None = about("What it is called.")
    description: str | None = about("What it does, in the words of the server.")
    read_only: bool | None = about("Whether it changes nothing, as the server says; null where it says nothing.")
    configuration: JSON = about("The configuration of a task that calls it, its inputs and outputs declared.")
    input_schema: JSON | None = about("What it takes, as JSON Schema.")
    output_schema: JSON | None = about("What its structured result is, as JSON Schema; null where it says nothing.")


async def tools_of(context: Context, credential: str | None, server: str | None) -> list[Tool]:
    """The tools of the server that a credential reaches, or of one that the owner of the platform lists."""
    context.identity.require("workflow:edit")
    if (credential is None) == (server is None):
        found = "neither" if credential is None else "both"
        raise ArgumentRefused(expected="either a credential or a server", name="tools", found=found)
    found_tools = await context.api.system.tools.list_tools(context.workspace_id, credential=credential, server=server)
    return [_show(tool) for tool in found_tools]


def tool_servers_of(context: Context) -> list[str]:
    """The programs that tasks may start as tool servers."""
    context.identity.require("workflow:read")
    return list(context.api.system.tools.servers)


def _show(tool: ListedTool) -> Tool:
    return Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        read_only=tool.read_only,
        configuration=JSON(tool.configuration),
        input_schema=None if tool.input_schema is None else JSON(tool.input_schema),
        output_schema=None if tool.output_schema is None else JSON(tool.output_schema),
    )
