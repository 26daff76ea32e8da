"""What tools a server has, for whoever designs a workflow: each as the configuration of a task that calls it, made of its schemas."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.types import ObjectType
from domain.types.json_schema import fields_of_schema
from domain.values import ValueRefused, check_value
from domain.variables import Variable
from event_store.keys import KeyRefused
from event_store.secrets import SecretUnreadable
from graphql_api.refusals import ToolServerRefused
from graphql_api.system import ListedTool
from runner.actions.contract import CredentialRefused
from runner.actions.tool_sessions import NoSession, Session, said_by, session_by_http, session_by_program
from runner.credentials import Credentials, keep_secret
from runner.outgoing import Outgoing
from runner.secrecy import RunSecrets
from runner.tool_servers import ToolServers

if TYPE_CHECKING:
    from mcp_types import Tool

LIST_SECONDS_MAX = 20.0
TOOLS_MAX = 1_000
NAME_CHARACTERS_MAX = 60
"""Shorter than a name may be, so that a number fits behind it."""
THEIR_NAME_CHARACTERS_MAX = 1_000
TITLE_CHARACTERS_MAX = 500
DESCRIPTION_CHARACTERS_MAX = 2_000
TOOL_DESCRIPTION_CHARACTERS_MAX = 20_000


class ToolListing:
    """Lists the tools of the servers that a workspace's credentials reach, and of those that the owner of the platform lists."""

    def __init__(self, credentials: Credentials, outgoing: Outgoing, servers: ToolServers) -> None:
        self._credentials = credentials
        self._outgoing = outgoing
        self._servers = servers

    @property
    def servers(self) -> Sequence[str]:
        """The names of the programs that tasks may start."""
        return sorted(self._servers)

    async def list_tools(self, workspace: UUID, *, credential: str | None, server: str | None) -> list[ListedTool]:
        """The tools of one server; raises ToolServerRefused."""
        where = {"credential": credential} if server is None else {"server": server}
        secrets = RunSecrets()
        try:
            async with (
                asyncio.timeout(LIST_SECONDS_MAX),
                await self._session(workspace, credential, server, secrets) as session,
            ):
                listed: list[ListedTool] = []
                for tool in await _all(session):
                    listed.append(_listed(tool, where, secrets))
                    # However large their schemas are, others of this process go on between them.
                    await asyncio.sleep(0)
                return listed
        except NoSession as none:
            raise ToolServerRefused(found=_within(secrets.blanked(none.failed.message))) from None
        except (CredentialRefused, KeyRefused, SecretUnreadable) as refused:
            raise ToolServerRefused(found=_within(getattr(refused, "message", str(refused)))) from None
        except TimeoutError:
            raise ToolServerRefused(found=f"it did not answer within {LIST_SECONDS_MAX:.0f} s") from None
        except Exception as error:
            if not isinstance(error, ExceptionGroup) and type(error).__name__ != "MCPError":
                raise
            raise ToolServerRefused(found=_within(secrets.blanked(said_by(error)))) from None

    async def _session(
        self, workspace: UUID, credential: str | None, server: str | None, secrets: RunSecrets
    ) -> AbstractAsyncContextManager[Session]:
        if server is not None:
            return session_by_program(self._servers, server, LIST_SECONDS_MAX)
        name = credential or ""
        credential_id, usable = await self._credentials.find(workspace, name)
        opened = await self._credentials.read(workspace, credential_id, usable)
        keep_secret(opened, secrets)
        return session_by_http(self._outgoing, opened.kind, opened.values, name, LIST_SECONDS_MAX)


def _within(sentence: str) -> str:
    return sentence.rstrip(".")


async def _all(session: Session) -> list[Tool]:
    tools: list[Tool] = []
    cursor: str | None = None
    while len(tools) < TOOLS_MAX:
        page = await session.client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return tools[:TOOLS_MAX]


def _listed(tool: Tool, where: dict[str, Any], secrets: RunSecrets) -> ListedTool:
    inputs, arguments = _variables(tool.input_schema)
    outputs, results = _variables(tool.output_schema, taken=("text", "files", "error"))
    hints = tool.annotations
    reads = hints is not None and (hints.read_only_hint is True or hints.idempotent_hint is True)
    configuration: dict[str, Any] = {
        **where,
        "tool": tool.name,
        **({"repeatable": True} if reads else {}),
        "inputs": inputs,
        **({"arguments": arguments} if arguments else {}),
        **({"outputs": outputs} if outputs else {}),
        **({"results": results} if results else {}),
    }
    title = tool.title or (None if hints is None else hints.title)
    return ListedTool(
        name=tool.name,
        title=title and secrets.blanked(title)[:TITLE_CHARACTERS_MAX],
        description=tool.description and secrets.blanked(tool.description)[:TOOL_DESCRIPTION_CHARACTERS_MAX],
        read_only=None if hints is None else hints.read_only_hint,
        configuration=secrets.blanked_value(configuration),
        input_schema=secrets.blanked_value(_kept(tool.input_schema)),
        output_schema=secrets.blanked_value(_kept(tool.output_schema)),
    )


def _variables(schema: Any, taken: Sequence[str] = ()) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The properties of a schema as variables, and which of them the tool names otherwise."""
    used = dict.fromkeys(taken, 1)
    variables: list[dict[str, Any]] = []
    renamed: dict[str, str] = {}
    for theirs, declared, required, said in fields_of_schema(schema):
        name = _name(theirs, used)
        if name != theirs:
            renamed[name] = theirs
        description = None if said is None else said[:DESCRIPTION_CHARACTERS_MAX]
        # What may be anything has no type of ours; an open object is the nearest that holds most.
        variable = Variable(name=name, type=declared or ObjectType(), description=description, required=required)
        variables.append(variable.model_dump(mode="json", exclude_defaults=True))
    return variables, renamed


def _name(theirs: str, used: dict[str, int]) -> str:
    """Their name as one of ours: `fileName` as `file_name`; of names that are used, each with the number to go on from."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", theirs[:THEIR_NAME_CHARACTERS_MAX])
    plain = re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")[:NAME_CHARACTERS_MAX]
    name = plain if plain[:1].isalpha() else f"x_{plain}".rstrip("_")
    found = name
    while found in used:
        used[name] = used.get(name, 1) + 1
        found = f"{name}_{used[name]}"
    used[found] = 1
    return found


def _kept(schema: Any) -> Any:
    try:
        check_value(schema)
    except ValueRefused:
        return None
    return schema
