"""The tester of credentials of tool servers (MCP): it opens a session and lists the tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.actions.tool_sessions import NoSession, session_by_http
from runner.credential_tests.contract import TrialTools, Verdict

SECONDS_MAX = 15.0


async def try_mcp(values: Mapping[str, Any], tools: TrialTools) -> Verdict:
    """Opens a session, and asks for the first tools."""
    try:
        async with session_by_http(tools.outgoing, "mcp", values, "the credential", SECONDS_MAX) as session:
            listed = await session.client.list_tools()
    except NoSession as none:
        return Verdict(succeeded=False, message=none.failed.message)
    return Verdict(succeeded=True, message=f"The server listed {len(listed.tools)} tools.")
